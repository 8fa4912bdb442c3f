package main

import (
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/bench"
	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// timed is a process with so many samples of each verdict, valid ones around ms.
func timed(ms float64, verdicts map[results.Verdict]int) bench.Result {
	r := bench.Result{Outcome: results.OK, Provenance: results.Provenance{Cores: "3"}}
	for v, n := range verdicts {
		for i := range n {
			khz, heat, ratio := 2_000_000-1000*i, 40_000+100*i, 1+0.001*float64(i)
			r.Samples = append(r.Samples, results.Sample{Nanoseconds: ms * 1e6 * (1 + 0.0001*float64(i)), Batch: 1, Verdict: v,
				FrequencyBefore: &khz, FrequencyAfter: &khz, Temperature: &heat, CanaryRatio: &ratio})
		}
	}
	return r
}

// Each disturbance leads to advice of its own, and a quiet device to none.
func TestTrialAdvice(t *testing.T) {
	valid := func(n int) map[results.Verdict]int { return map[results.Verdict]int{results.Valid: n} }
	with := func(v results.Verdict, n int) map[results.Verdict]int {
		return map[results.Verdict]int{results.Valid: 20, v: n}
	}
	refused := timed(1, valid(20))
	refused.Provenance.Suppressed = []string{bench.NotPinned}
	for name, c := range map[string]struct {
		runs []bench.Result
		says []string // one for each advice
	}{
		"quiet":      {[]bench.Result{timed(1, valid(20)), timed(1.001, valid(20))}, nil},
		"few":        {[]bench.Result{timed(1, with(results.Preempted, 2))}, nil},
		"preempted":  {[]bench.Result{timed(1, with(results.Preempted, 5))}, []string{"5 of 25 samples were preempted: something else runs on cores 3"}},
		"moved":      {[]bench.Result{timed(1, with(results.Moved, 5))}, []string{"device.lock_clocks"}},
		"hot":        {[]bench.Result{timed(1, with(results.SampleHot, 1))}, []string{"1 of 21 samples were hot"}},
		"drift":      {[]bench.Result{timed(1, with(results.CanaryDrift, 5))}, []string{"the fixed reference kernel"}},
		"apart":      {[]bench.Result{timed(1, valid(20)), timed(1.05, valid(20))}, []string{"differs by 4.8 %"}},
		"not pinned": {[]bench.Result{refused}, []string{"choose cores that this connection may use"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := sumUpTrial(c.runs, &remote.Facts{})
			if len(got.Advice) != len(c.says) {
				t.Fatalf("advice %q, want %q", got.Advice, c.says)
			}
			for i, say := range c.says {
				if !strings.Contains(got.Advice[i], say) {
					t.Errorf("advice %q does not say %q", got.Advice[i], say)
				}
			}
		})
	}
	quiet := sumUpTrial([]bench.Result{timed(1, valid(20)), timed(1.001, valid(20))}, &remote.Facts{})
	if quiet.Cores != "3" || quiet.MS < 1 || quiet.MS > 1.01 || *quiet.MilliCelsius != 41_900 || *quiet.KHz != [2]int{1_981_000, 2_000_000} || quiet.Canary[0] != 1 {
		t.Errorf("summed up as %+v", quiet)
	}
}
