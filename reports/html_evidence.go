package reports

import (
	"encoding/json"
	"fmt"
	"html/template"
	"strings"

	"github.com/rt3d-tune/rt3d-tune/results"
)

// pageEvidence is what the page shows of how one network was timed: a value per sample in each list, and
// no list of what the device did not tell.
type pageEvidence struct {
	MS       []float64         `json:"ms"`
	Verdicts []results.Verdict `json:"verdicts"`
	Batch    []int             `json:"batch"`
	Canary   []*float64        `json:"canary,omitempty"`
	KHz      []*int            `json:"khz,omitempty"`
	Heat     []*int            `json:"millicelsius,omitempty"`
	Throttle []*int            `json:"throttle,omitempty"`
	Cores    []*int            `json:"cores,omitempty"`
	Switches []*int            `json:"nivcsw,omitempty"`
	Facts    [][2]string       `json:"facts"`
}

// pageVerdict is a verdict with its mark, so that it is told not by colour alone.
type pageVerdict struct {
	Name results.Verdict
	Mark string
	// Means says when a sample gets it.
	Means string
	Count int
}

// verdictMarks are in the order in which legends list them.
var verdictMarks = []pageVerdict{
	{Name: results.Valid, Mark: "●", Means: "counts"},
	{Name: results.SampleHot, Mark: "▲", Means: "the processor was too hot, or held back by heat"},
	{Name: results.Moved, Mark: "◆", Means: "the core or its frequency changed"},
	{Name: results.Preempted, Mark: "■", Means: "something else ran on the core"},
	{Name: results.CanaryDrift, Mark: "✕", Means: "the reference kernel beside it took another time"},
}

// pageVerdicts are the verdicts with what the study has of each.
func (r *Report) pageVerdicts() []pageVerdict {
	var list []pageVerdict
	for _, v := range verdictMarks {
		if v.Count = r.Samples[v.Name]; v.Count > 0 {
			list = append(list, v)
		}
	}
	return list
}

// pageEvidence lists the networks' evidence by trial.
func (r *Report) pageEvidence() map[string]pageEvidence {
	all := map[string]pageEvidence{}
	for _, p := range r.points() {
		samples := p.Evidence.Samples
		e := pageEvidence{Facts: p.evidenceFacts()}
		for _, s := range samples {
			e.MS = append(e.MS, s.Nanoseconds/1e6)
			e.Verdicts = append(e.Verdicts, s.Verdict)
			e.Batch = append(e.Batch, s.Batch)
		}
		e.Canary = column(samples, func(s results.Sample) *float64 { return s.CanaryRatio })
		e.KHz = column(samples, func(s results.Sample) *int { return s.FrequencyAfter })
		e.Heat = column(samples, func(s results.Sample) *int { return s.Temperature })
		e.Throttle = column(samples, func(s results.Sample) *int { return s.Throttle })
		e.Cores = column(samples, func(s results.Sample) *int { return s.Core })
		e.Switches = column(samples, func(s results.Sample) *int { return s.InvoluntarySwitches })
		all[fmt.Sprint(p.Trial)] = e
	}
	return all
}

// column is one value of each sample; nil when no sample has it.
func column[T any](samples []results.Sample, value func(results.Sample) *T) []*T {
	var list []*T
	known := false
	for _, s := range samples {
		v := value(s)
		known = known || v != nil
		list = append(list, v)
	}
	if !known {
		return nil
	}
	return list
}

// evidenceFacts are names and values of what stands behind a time.
func (p *Point) evidenceFacts() [][2]string {
	e, from := p.Evidence, p.Evidence.Provenance
	var list [][2]string
	add := func(name, value string) {
		if value != "" {
			list = append(list, [2]string{name, printable(value)})
		}
	}
	add("timed", e.Started.UTC().Format("2006-01-02 15:04:05 UTC"))
	if p.Reused {
		add("taken over", "from another trial of the results file with the same code, compiler, device and cores")
	}
	add("conditions", strings.Join(e.Conditions.words(), ", "))
	add("clocks held", from.Clocks)
	add("suppressed", strings.Join(from.Suppressed, ", "))
	if from.ErrorAllow > 0 {
		add("answers checked", fmt.Sprintf("largest error %.2g, allowed %.2g, outputs up to %.2g", from.MaxError, from.ErrorAllow, from.OutputScale))
	}
	if from.PeakGFLOPS > 0 {
		add("multiply-adds", fmt.Sprintf("%.1f GFLOP/s in the same process", from.PeakGFLOPS))
	}
	add("compiler", from.Compiler)
	add("flags", from.Flags)
	add("runner", from.Runner)
	for _, h := range []struct{ name, hash string }{{"source SHA-256", from.SourceHash}, {"binary SHA-256", from.BinaryHash}, {"weights SHA-256", from.BlobHash}, {"nonce", from.Nonce}} {
		add(h.name, h.hash)
	}
	return list
}

// suppressedFindings are the findings under which networks were timed, with the probe's words where it had some.
func (r *Report) suppressedFindings() []fact {
	var facts struct {
		Findings []struct{ Code, Text string }
	}
	if r.Device != nil {
		_ = json.Unmarshal(r.Device.Facts, &facts) // names without words are shown as well
	}
	var list []fact
	for _, name := range r.Suppressed {
		f := fact{Name: printable(name)}
		for _, known := range facts.Findings {
			if known.Code == name {
				f.Value = printable(known.Text)
			}
		}
		list = append(list, f)
	}
	return list
}

// The picture of the device's speed, in pixels.
const speedWidth, speedHeight = 560, 150

// speedPicture draws how fast the device was in each trial's process, over the study.
func (r *Report) speedPicture() template.HTML {
	if len(r.Speed) < 2 {
		return ""
	}
	const left, right, top, bottom = 48, speedWidth - 8, 8, speedHeight - 26
	low, high, last := 0.9, 1.1, 0.0
	for _, s := range r.Speed {
		low, high, last = min(low, s.Speed), max(high, s.Speed), max(last, s.Minutes)
	}
	x, y := newAxis(0, last, 0.02, left, right), newAxis(low, high, 0.05, bottom, top)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="speed" viewBox="0 0 %d %d" role="img" aria-label="Speed of the device over the study">`, speedWidth, speedHeight)
	values, digits := axis{low: 100 * y.low, high: 100 * y.high}.ticks(4)
	for _, v := range values {
		at := y.place(v / 100)
		fmt.Fprintf(&b, `<path class="grid" d="M%d %.1fH%d"/><text x="%d" y="%.1f" text-anchor="end">%s %%</text>`, left, at, right, left-6, at+4, fixed(v, digits))
	}
	values, digits = x.ticks(6)
	for _, v := range values {
		if v >= 0 {
			fmt.Fprintf(&b, `<text x="%.1f" y="%d" text-anchor="middle">%s</text>`, x.place(v), speedHeight-8, fixed(v, digits))
		}
	}
	fmt.Fprintf(&b, `<path class="usual" d="M%d %.1fH%d"/>`, left, y.place(1), right)
	for _, s := range r.Speed {
		fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="2.5"><title>trial %d: %.1f %%</title></circle>`, x.place(s.Minutes), y.place(s.Speed), s.Trial, 100*s.Speed)
	}
	b.WriteString("</svg>")
	return template.HTML(b.String()) // numbers only
}
