package reports

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/internal/testtool"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// evil is a name that would run, break out of an attribute or of the JSON, if it were not escaped.
const evil = `</script><script>alert(1)</script><img src=x onerror=alert(2)>"'&{{.}}`

func htmlOf(t *testing.T, r *Report) string {
	t.Helper()
	var out bytes.Buffer
	if err := HTML(&out, r); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Whatever the study, the model, a layer, the device or an activity is called, it is text.
func TestHTMLEscapes(t *testing.T) {
	f := demo(t, evil, results.Accuracy)
	f.network("search", [5]float64{0.01}, func(trial *results.Trial) {
		trial.Key, trial.Layers[0].Name, trial.Layers[1].Schedule = "evil", evil, evil
		trial.Provenance.Suppressed, trial.Provenance.Compiler = []string{evil}, evil
	})
	f.spend(evil, 3)
	r := f.report()
	r.Model, r.Target = evil, evil
	r.Device.Name, r.Device.Facts = evil, []byte(`{"<b>name":"<i>value","list":["<u>"]}`)
	page := htmlOf(t, r)
	for _, markup := range []string{"<script>alert", "<img", "<b>name", "<i>value", "<u>"} {
		if strings.Contains(page, markup) {
			t.Errorf("the page has %q", markup)
		}
	}
	if n := strings.Count(page, "</script>"); n != 4 {
		t.Errorf("%d scripts end, not 4", n)
	}
	if picture := FrontPicture(r); bytes.Contains(picture, []byte("<script")) || bytes.Contains(picture, []byte("<img")) {
		t.Errorf("the picture has markup: %s", picture)
	}
	for name, write := range map[string]func() (string, error){
		"table": func() (string, error) { var b strings.Builder; err := Table(&b, r, 0); return b.String(), err },
		"md":    func() (string, error) { var b strings.Builder; err := Markdown(&b, r); return b.String(), err },
	} {
		r.Study = "red\x1b[31m\nstudy|two"
		text, err := write()
		if err != nil || strings.Contains(text, "\x1b") || !strings.Contains(text, "red�") {
			t.Errorf("%s: control characters came through, %v", name, err)
		}
		if name == "md" && strings.Contains(text, "<script") {
			t.Error("md: markup came through")
		}
	}
}

// The page needs nothing but itself.
func TestHTMLSelfContained(t *testing.T) {
	page := htmlOf(t, demo(t, "demo", results.Accuracy).report())
	for _, reference := range regexp.MustCompile(`(?:src|href|url)\s*[=(]\s*["']?([^"')> ]+)`).FindAllStringSubmatch(page, -1) {
		if !strings.HasPrefix(reference[1], "#") && !strings.HasPrefix(reference[1], "data:") {
			t.Errorf("the page refers to %s", reference[1])
		}
	}
	if !strings.Contains(page, "default-src 'none'") {
		t.Error("the page has no policy")
	}
}

// browse opens a page in headless Chromium after adding a script to it, and returns the document as it
// is then and what was written to the console.
func browse(t *testing.T, page, script string) (document, console string) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a browser")
	}
	chromium := testtool.Need(t, "chromium")
	dir := t.TempDir()
	path := filepath.Join(dir, "page.html")
	page = strings.Replace(page, "</body>", "<script>"+script+"</script></body>", 1)
	if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir="+filepath.Join(dir, "profile"),
		"--window-size=1280,1600", "--enable-logging=stderr", "--virtual-time-budget=3000", "--dump-dom", "file://"+path)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("chromium: %v: %s", err, stderr.String())
	}
	for _, line := range strings.Split(stderr.String(), "\n") {
		if strings.Contains(line, "CONSOLE") {
			console += line + "\n"
		}
	}
	return string(out), console
}

// The browser draws every point, and complains of nothing, even when names are hostile.
func TestBrowserDraws(t *testing.T) {
	for _, name := range []string{"demo", evil} {
		r := demo(t, name, results.Accuracy).report()
		document, console := browse(t, htmlOf(t, r), "")
		if console != "" {
			t.Errorf("console: %s", console)
		}
		for _, p := range r.Front {
			if !regexp.MustCompile(fmt.Sprintf(`<g class="point onfront[^"]*" data-trial="%d"`, p.Trial)).MatchString(document) {
				t.Errorf("trial %d of the front is not drawn", p.Trial)
			}
		}
		if !strings.Contains(document, `class="point beaten dense"`) {
			t.Error("dense is not marked")
		}
		choice := r.Choice()
		if !strings.Contains(document, fmt.Sprintf(`onfront selected" data-trial="%d"`, choice.Trial)) {
			t.Errorf("trial %d is not selected", choice.Trial)
		}
		if n := strings.Count(document, `<th scope="row">conv`); n != len(layers) {
			t.Errorf("%d layers in the table, not %d", n, len(layers))
		}
	}
	// The console is really read: a broken script shows.
	if _, console := browse(t, htmlOf(t, demo(t, "demo", results.Accuracy).report()), "throw new Error('on purpose')"); !strings.Contains(console, "on purpose") {
		t.Errorf("an error on purpose is not in the console: %q", console)
	}
	for name, f := range map[string]*fixture{"empty": newFixture(t, "empty", results.Fidelity), "emulated": emulatedStudy(t), "fidelity": demo(t, "f", results.Fidelity)} {
		if _, console := browse(t, htmlOf(t, f.report()), ""); console != "" {
			t.Errorf("%s: console: %s", name, console)
		}
	}
}

// Each sample of the chosen network is drawn with its verdict's own shape, beside what the device told, and
// another choice draws another's.
func TestBrowserDrawsEvidence(t *testing.T) {
	const script = `
const seen = [], all = s => [...document.querySelectorAll(s)], note = (name, value) => seen.push(name + '=' + value);
const look = () => note(document.getElementById('evidence-title').textContent,
  ['valid', 'hot', 'moved', 'preempted', 'canary-drift'].map(v => all('#strip .sample.' + v).length).join('/'));
look();
note('legend', document.getElementById('evidence-marks').textContent.replace(/\s+/g, ' '));
note('shapes', new Set(all('#strip .sample').map(p => p.getAttribute('d').replace(/[0-9.-]+/g, '').replace(/ +/g, ''))).size);
note('lanes', all('#strip .lane').map(l => l.textContent).join('/'));
note('told', all('#strip .preempted title')[0].textContent);
document.querySelector('button.trial[data-trial="12"]').click();
look();
note('wide', document.documentElement.scrollWidth <= innerWidth);
document.body.dataset.seen = seen.join(' ; ');`
	document, console := browse(t, htmlOf(t, demo(t, "demo", results.Accuracy).report()), script)
	if console != "" {
		t.Errorf("console: %s", console)
	}
	found := regexp.MustCompile(`data-seen="([^"]*)"`).FindStringSubmatch(document)
	if found == nil {
		t.Fatal("the script did not end")
	}
	for _, want := range []string{"How trial 22 was timed=10/1/1/1/1", "legend=● 10 valid▲ 1 hot◆ 1 moved■ 1 preempted✕ 1 canary-drift", "shapes=5",
		"lanes=ms/canary/GHz/°C/throttle", "involuntary switches 3", "How trial 12 was timed=10/1/1/1/1", "wide=true"} {
		if !strings.Contains(found[1], want) {
			t.Errorf("want %q in\n%s", want, found[1])
		}
	}
}

// What stands behind the times is in the page without a script: verdicts with marks, suppressed findings in
// the probe's words, the time lost, and the device's speed.
func TestHTMLShowsWhatStandsBehindTheTimes(t *testing.T) {
	f := demo(t, "demo", results.Accuracy)
	f.network("search", [5]float64{0.01}, func(trial *results.Trial) {
		trial.Key, trial.Provenance.Suppressed = "under a governor", []string{"GOVERNOR"}
	})
	r := f.report()
	r.Device.Facts = []byte(`{"findings":[{"code":"GOVERNOR","text":"cores follow schedutil"}]}`)
	page := htmlOf(t, r)
	for _, want := range []string{`<span class="mark preempted" aria-hidden="true">■</span> 32 preempted`, `<b>GOVERNOR</b> <span class="note">cores follow schedutil</span>`,
		"waiting for a hot device 12.0 s", "nothing to measure while programs are built 4.5 s", "samples that do not count", `<svg class="speed"`, "Over 32 trials the device was between"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	if strings.Contains(page, `"millicelsius":null`) {
		t.Error("the page has lists of what the device did not tell")
	}
}

// A time that was taken over brings the samples of the trial that was measured.
func TestEvidenceOfReusedTimes(t *testing.T) {
	f := newFixture(t, "again", results.Accuracy)
	first := f.network("search", [5]float64{}, nil)
	f.network("search", [5]float64{0, .2, .2, .2, .2}, func(trial *results.Trial) { trial.Samples, trial.ReusedFrom = nil, first.ID })
	for _, p := range f.report().Front {
		if n := len(p.Evidence.Samples); n != 14 || !p.Evidence.Started.Equal(first.Started) && p.Reused {
			t.Errorf("trial %d, reused %v: %d samples of %v", p.Trial, p.Reused, n, p.Evidence.Started)
		}
	}
}

// Mouse and keyboard do what the hint says. The script notes what it sees after each step.
func TestBrowserInteraction(t *testing.T) {
	const script = `
const seen = [], q = s => document.querySelector(s);
const chosen = () => q('#plot .selected').dataset.trial + '/' + q('#layers-title').textContent + '/' + q('#front-table tr.selected')?.dataset.trial;
const note = (name, value) => seen.push(name + '=' + value);
const key = k => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: k, bubbles: true, cancelable: true}));
const first = SELECTED;
note('start', chosen());
q('#plot [data-trial="40"]').dispatchEvent(new MouseEvent('click', {bubbles: true}));
note('click', chosen() + location.hash);
q('#plot .selected').focus();
key('ArrowRight'); note('right', chosen());
note('focus', document.activeElement.dataset.trial);
key('End'); note('end', chosen());
q('button.trial[data-trial="12"]').click(); note('row', chosen());
note('pressed', q('button.trial[data-trial="12"]').getAttribute('aria-pressed'));
const count = () => document.querySelectorAll('#plot .point').length;
const all = (q('[data-view="all"]').click(), count());
q('#beaten').click(); note('hidden', count() < all);
q('#beaten').click();
q('#bars').click(); note('bars', document.querySelectorAll('#plot .bars').length);
const svg = q('#plot svg'), b = svg.getBoundingClientRect();
const at = (x, y) => ({clientX: b.left + x * b.width, clientY: b.top + y * b.height, bubbles: true, button: 0, pointerId: 1, pointerType: 'mouse'});
svg.setPointerCapture = () => {};
svg.dispatchEvent(new PointerEvent('pointerdown', at(.6, .1)));
svg.dispatchEvent(new PointerEvent('pointermove', at(.95, .4)));
svg.dispatchEvent(new PointerEvent('pointerup', at(.95, .4)));
note('zoomed', count() < all);
q('#plot svg').dispatchEvent(new MouseEvent('dblclick', {bubbles: true})); note('back', count() === all);
q('#plot .point').dispatchEvent(new PointerEvent('pointerenter')); note('tip', !q('#tip').hidden && /ms/.test(q('#tip').textContent));
const before = getComputedStyle(document.body).backgroundColor;
q('#theme').click(); note('theme', before !== getComputedStyle(document.body).backgroundColor);
document.body.dataset.seen = seen.join(' ; ');`
	document, console := browse(t, htmlOf(t, demo(t, "demo", results.Accuracy).report()), script)
	if console != "" {
		t.Errorf("console: %s", console)
	}
	found := regexp.MustCompile(`data-seen="([^"]*)"`).FindStringSubmatch(document)
	if found == nil {
		t.Fatal("the script did not end")
	}
	want := []string{"start=22/Layers of trial 22/22", "click=40/Layers of trial 40/40#trial-40", "right=37/Layers of trial 37/37", "focus=37",
		"end=13/Layers of trial 13/13", "row=12/Layers of trial 12/12", "pressed=true", "hidden=true", "bars=0", "zoomed=true", "back=true", "tip=true", "theme=true"}
	if got := strings.Split(found[1], " ; "); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("seen\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
