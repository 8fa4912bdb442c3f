package main

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/rt3d-tune/rt3d-tune/bench"
	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// timingTrial is one kernel, timed several times over.
type timingTrial struct {
	Outcome results.Outcome `json:"outcome"`
	Detail  string          `json:"detail,omitempty"`
	Cores   string          `json:"cores"`
	MS      float64         `json:"ms"` // median of the runs' medians; of valid samples
	// Spread is that of the middle half of the valid samples within a run, Between that of the medians of
	// the runs; as shares of the median.
	Spread  float64                 `json:"spread"`
	Between float64                 `json:"between"`
	Samples map[results.Verdict]int `json:"samples"`
	// Frequencies, temperature and canary that were seen; nil where the device does not tell.
	KHz          *[2]int     `json:"khz,omitempty"` // lowest, highest
	MilliCelsius *int        `json:"millicelsius,omitempty"`
	Canary       *[2]float64 `json:"canary_ratio,omitempty"`
	// Advice is what the samples suggest.
	Advice []string `json:"advice"`

	unpinned bool // the device refuses to pin threads to cores
}

// trialRuns of the kernel, each a process of its own.
const trialRuns = 5

// tryTiming times a kernel of some milliseconds again and again.
func tryTiming(ctx context.Context, m *machine) (*timingTrial, error) {
	one := [3]int{1, 1, 1}
	w := spec.Workload{Channels: 32, Filters: 32, Groups: 1, Kernel: [3]int{3, 3, 3}, Stride: one, Dilation: one,
		PadBegin: one, PadEnd: one, Input: [3]int{8, 28, 28}, DataType: m.target.DataType}
	g, err := kernels.SingleConv(w, 1, kernels.Pruning{})
	if err != nil {
		return nil, err
	}
	ready, failed, err := m.session.Make(ctx, []bench.Candidate{{
		Key: "kernel", Kind: results.KernelTrial, Program: kernels.Program{Name: "kernel", Graph: g, Threads: m.threads},
		Effort: bench.Effort{MinSamples: 20, MaxSamples: 20, MinBatch: 10 * time.Millisecond, MaxTime: 2 * time.Second},
	}})
	if err != nil {
		return nil, err
	}
	if len(failed) > 0 {
		return &timingTrial{Outcome: failed[0].Outcome, Detail: failed[0].Detail, Samples: map[results.Verdict]int{}, Advice: []string{}}, nil
	}
	runs := make([]bench.Prepared, trialRuns)
	for i := range runs {
		runs[i] = ready[0]
		runs[i].Candidate.Key = fmt.Sprint("run ", i)
	}
	var all []bench.Result
	for r := range m.session.Time(ctx, runs) {
		all = append(all, r)
	}
	return sumUpTrial(all, m.facts), ctx.Err()
}

// sumUpTrial says what the runs have shown.
func sumUpTrial(runs []bench.Result, facts *remote.Facts) *timingTrial {
	t := &timingTrial{Outcome: results.OK, Samples: map[results.Verdict]int{}, Advice: []string{}}
	var medians, spreads []float64
	for _, r := range runs {
		if r.Provenance.Cores != "" {
			t.Cores = r.Provenance.Cores
		}
		if r.Outcome != results.OK {
			t.Outcome, t.Detail = r.Outcome, r.Detail
		}
		t.unpinned = t.unpinned || slices.Contains(r.Provenance.Suppressed, bench.NotPinned)
		var valid []float64
		for _, s := range r.Samples {
			t.Samples[s.Verdict]++
			t.see(s)
			if s.Verdict == results.Valid {
				valid = append(valid, s.Nanoseconds/1e6)
			}
		}
		if len(valid) < 4 {
			continue
		}
		slices.Sort(valid)
		median := valid[len(valid)/2]
		medians = append(medians, median)
		spreads = append(spreads, (valid[3*len(valid)/4]-valid[len(valid)/4])/median)
	}
	if len(medians) > 0 {
		slices.Sort(medians)
		slices.Sort(spreads)
		t.MS = medians[len(medians)/2]
		t.Spread = spreads[len(spreads)/2]
		t.Between = (medians[len(medians)-1] - medians[0]) / t.MS
	}
	t.advise(facts)
	return t
}

// see takes in the evidence of a sample.
func (t *timingTrial) see(s results.Sample) {
	for _, khz := range []*int{s.FrequencyBefore, s.FrequencyAfter} {
		if khz == nil {
			continue
		}
		if t.KHz == nil {
			t.KHz = &[2]int{*khz, *khz}
		}
		t.KHz[0], t.KHz[1] = min(t.KHz[0], *khz), max(t.KHz[1], *khz)
	}
	if c := s.Temperature; c != nil && (t.MilliCelsius == nil || *c > *t.MilliCelsius) {
		t.MilliCelsius = c
	}
	if r := s.CanaryRatio; r != nil {
		if t.Canary == nil {
			t.Canary = &[2]float64{math.Inf(1), 0}
		}
		t.Canary[0], t.Canary[1] = min(t.Canary[0], *r), max(t.Canary[1], *r)
	}
}

// Shares from which something is worth saying.
const (
	badSamples  = 0.1
	wideBetween = 0.02
)

// advise says what to do about what the samples show.
func (t *timingTrial) advise(facts *remote.Facts) {
	total := 0
	for _, n := range t.Samples {
		total += n
	}
	share := func(v results.Verdict) float64 { return float64(t.Samples[v]) / float64(max(1, total)) }
	add := func(format string, args ...any) { t.Advice = append(t.Advice, fmt.Sprintf(format, args...)) }
	if t.unpinned {
		add("%s: the device refuses to pin threads to cores %s, and moves them as it likes; choose cores that this connection may use, or suppress the name and have it on every number", bench.NotPinned, t.Cores)
	}
	if share(results.Preempted) > badSamples {
		add("%d of %d samples were preempted: something else runs on cores %s; stop it, or choose other cores (--cores, device.cores)", t.Samples[results.Preempted], total, t.Cores)
	}
	if share(results.Moved) > badSamples {
		add("during %d of %d samples the frequency or the core changed; hold the clock (device.lock_clocks, needs root), or let samples be longer (measure.min_batch)", t.Samples[results.Moved], total)
	}
	if share(results.SampleHot) > 0 {
		add("%d of %d samples were hot: heat holds the processor back after a few seconds of work; cool the device from outside, or hold a lower clock (device.lock_clocks)", t.Samples[results.SampleHot], total)
	}
	if share(results.CanaryDrift) > badSamples {
		add("beside %d of %d samples the fixed reference kernel took more or less than 10 %% longer than at first: the device's speed changes, and it does not say why; other programs, or a virtual machine's neighbours", t.Samples[results.CanaryDrift], total)
	}
	if t.Between > wideBetween {
		add("from process to process the same kernel differs by %.1f %%, and smaller differences between kernels need playoffs with more rounds (search.playoff.rounds) to be told apart", 100*t.Between)
	}
	if facts.Has("hypervisor") && t.Outcome == results.Unstable {
		add("the machine is shared; try again when its neighbours are quiet")
	}
}

// title sums the trial up in a line.
func (t *timingTrial) title() string {
	if t.MS == 0 {
		return fmt.Sprintf("A kernel that was timed ended as %s: %s", t.Outcome, t.Detail)
	}
	var verdicts []string
	for _, v := range []results.Verdict{results.Valid, results.SampleHot, results.Moved, results.Preempted, results.CanaryDrift} {
		if n := t.Samples[v]; n > 0 {
			verdicts = append(verdicts, fmt.Sprintf("%s %d", v, n))
		}
	}
	s := fmt.Sprintf("A kernel of %.2f ms, timed by %d processes on cores %s: samples %s; half of a process's lie within %.1f %%, the processes' medians within %.1f %%",
		t.MS, trialRuns, t.Cores, strings.Join(verdicts, ", "), 100*t.Spread, 100*t.Between)
	if t.KHz != nil {
		s += fmt.Sprintf("; %.2f to %.2f GHz", float64(t.KHz[0])/1e6, float64(t.KHz[1])/1e6)
	}
	if t.MilliCelsius != nil {
		s += fmt.Sprintf("; up to %.0f °C", float64(*t.MilliCelsius)/1000)
	}
	return s
}
