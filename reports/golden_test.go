package reports

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/results"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test ./reports -update writes it)", err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (go test ./reports -update, then look at the diff); got:\n%s", path, got)
	}
}

// emulatedStudy is a study whose networks ran under an emulator.
func emulatedStudy(t *testing.T) *fixture {
	f := newFixture(t, "board under qemu", results.Accuracy)
	emulate := func(trial *results.Trial) {
		trial.Latency.Emulated = true
		trial.Provenance.Suppressed = []string{"EMULATED"}
	}
	f.network("search", [5]float64{}, emulate)
	f.network("search", [5]float64{0, 0.5, 0.5, 0.5, 0.5}, emulate)
	return f
}

// simulatedStudy is a study on a simulated phone.
func simulatedStudy(t *testing.T) *fixture {
	f := newFixtureOf(t, &results.Study{Name: "night", Objective: results.Accuracy, Simulated: true})
	simulate := func(trial *results.Trial) {
		trial.Provenance.Simulated = true
		trial.Provenance.Suppressed = []string{"SIMULATED"}
	}
	f.network("search", [5]float64{}, simulate)
	f.network("search", [5]float64{0, 0.5, 0.5, 0.5, 0.5}, simulate)
	return f
}

func TestGolden(t *testing.T) {
	for name, r := range map[string]*Report{
		"demo":     demo(t, "demo", results.Accuracy).report(),
		"fidelity": demo(t, "no labels", results.Fidelity).report(),
		"emulated": emulatedStudy(t).report(),
		"empty":    newFixture(t, "just begun", results.Accuracy).report(),

		"simulated": simulatedStudy(t).report(),
	} {
		narrow := func(w io.Writer, r *Report) error { return Table(w, r, 80) }
		for format, write := range map[string]func(io.Writer, *Report) error{"txt": wide, "80.txt": narrow, "json": JSON, "csv": CSV, "md": Markdown} {
			t.Run(name+"."+format, func(t *testing.T) {
				var out bytes.Buffer
				if err := write(&out, r); err != nil {
					t.Fatal(err)
				}
				golden(t, name+"."+format, out.Bytes())
			})
		}
	}
}

// What a terminal would break is broken at spaces, and nothing that tells networks apart is left out.
func TestTableFitsTheTerminal(t *testing.T) {
	for name, r := range map[string]*Report{
		"demo":     demo(t, "demo", results.Accuracy).report(),
		"fidelity": demo(t, "no labels", results.Fidelity).report(),
		"emulated": emulatedStudy(t).report(),
	} {
		for _, columns := range []int{80, 100, 140} {
			var out bytes.Buffer
			if err := Table(&out, r, columns); err != nil {
				t.Fatal(err)
			}
			if got := width(out.String()); got > columns {
				t.Errorf("%s: %d columns on a terminal of %d:\n%s", name, got, columns, out.String())
			}
			for _, p := range r.Front {
				if !strings.Contains(out.String(), interval(p.MS, p.Latency)) {
					t.Errorf("%s: the interval of trial %d is missing in %d columns", name, p.Trial, columns)
				}
			}
		}
	}
}

func TestPictures(t *testing.T) {
	golden(t, "demo.svg", FrontPicture(demo(t, "demo", results.Accuracy).report()))
	golden(t, "simulated.svg", FrontPicture(simulatedStudy(t).report()))
	golden(t, "empty.svg", FrontPicture(newFixture(t, "just begun", results.Accuracy).report()))
}

// Dense and the best point may lie beside each other; their labels do not lie on one another.
func TestLabelsKeepApart(t *testing.T) {
	for name, rates := range map[string][5]float64{"near dense": {0, 0, 0, 0, .02}, "a little faster": {0, .1, .1, .1, .1}, "far": {0, .3, .3, .3, .3}} {
		f := newFixture(t, name, results.Accuracy)
		f.network("search", [5]float64{}, nil)
		f.network("search", [5]float64{.4, .9, 1, 1, .8}, nil) // stretches the axes
		f.network("search", rates, nil)
		picture := string(FrontPicture(f.report()))
		labels := regexp.MustCompile(`<text class="note" x="([0-9.]+)" y="([0-9.]+)" text-anchor="(start|end)">([^<]+)<`).FindAllStringSubmatch(picture, -1)
		if len(labels) != 2 {
			t.Fatalf("%s: %d labels, want 2:\n%s", name, len(labels), picture)
		}
		var boxes []box
		for _, l := range labels {
			x, errX := strconv.ParseFloat(l[1], 64)
			y, errY := strconv.ParseFloat(l[2], 64)
			if errX != nil || errY != nil {
				t.Fatal(errX, errY)
			}
			width := 7 * float64(len(l[4]))
			if l[3] == "end" {
				x -= width
			}
			boxes = append(boxes, box{x, y - 11, x + width, y + 3})
		}
		if boxes[0].overlaps(boxes[1]) {
			t.Errorf("%s: %q lies on %q: %v, %v", name, labels[0][4], labels[1][4], boxes[0], boxes[1])
		}
	}
}
