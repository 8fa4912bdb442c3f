package bench

import (
	"fmt"
	"testing"
	"time"

	"github.com/rt3d-tune/rt3d-tune/internal/sequential"
	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// manyBrief asks for so many samples that some are undisturbed on any machine: a disturbed one says
// nothing about a candidate that may be dropped.
var manyBrief = Effort{MinSamples: 300, MaxSamples: 300}

// A candidate that is surely slower than its reference is dropped early, with a lower bound for a time; as
// fast ones are timed to the end.
func TestSurelySlowerIsDropped(t *testing.T) {
	s := handmadeSession(t, newDirect(t), Options{})
	slow := candidate("TARDY-drop") // 0.2 ms
	slow.Reference = Reference{MS: 0.05}
	slow.Effort = manyBrief
	fast := candidate("GOOD-stays")
	fast.Reference = Reference{MS: 0.05}
	all := evaluate(t, s, slow, fast)
	r := all["TARDY-drop"]
	if r.Outcome != results.Dropped || r.Latency == nil || r.Latency.LowMS != 0.05 || r.Latency.MedianMS != 0 || !r.Outcome.Teaches() {
		t.Errorf("%s %s, latency %+v: want dropped, with the reference as a lower bound alone", r.Outcome, r.Detail, r.Latency)
	}
	if n := len(r.Samples); n < sequential.Fewest || n >= manyBrief.MinSamples {
		t.Errorf("%d samples were taken and kept", n)
	}
	if r := all["GOOD-stays"]; r.Outcome != results.OK {
		t.Errorf("%s %s: want ok", r.Outcome, r.Detail)
	}
}

// On a device that has become slower since the reference was taken, everything would seem slower: what it
// drops is timed to the end, and its first samples do not count.
func TestDropIsNotBelievedOfASlowDevice(t *testing.T) {
	s := handmadeSession(t, newDirect(t), Options{})
	c := candidate("TARDY-drift")
	c.Reference = Reference{MS: 0.05, PeakGFLOPS: 2 * s.thresholds.CanaryDrift * 1e6} // no core does two petaflops
	c.Effort = manyBrief
	r := evaluate(t, s, c)["TARDY-drift"]
	if r.Outcome != results.OK || r.Latency == nil || r.Latency.MedianMS < 0.199 {
		t.Fatalf("%s %s, latency %+v: want it timed to the end", r.Outcome, r.Detail, r.Latency)
	}
	if n := countVerdicts(r.Samples)[results.CanaryDrift]; n < sequential.Fewest {
		t.Errorf("%d samples count as drift, want those of the first try: at least %d", n, sequential.Fewest)
	}
}

// On a phone with all its noise, from process to process too, a kernel is hardly ever dropped against an
// earlier time of its own, with the margin that a search leaves; against half of it, always.
func TestEqualsAreSeldomDropped(t *testing.T) {
	s := simulated(t, remote.SimConfig{Noise: 0.02})
	c := kernelCandidate(t, workload(16, 16, 20), kernels.Pruning{})
	c.Effort = Effort{MinSamples: 15, MaxSamples: 30, MinBatch: 100 * time.Microsecond, MaxTime: 100 * time.Millisecond}
	before := evaluate(t, s, c)[c.Key]
	dropped := func(ms float64) (n int) {
		against := c
		against.Reference = Reference{MS: ms, PeakGFLOPS: before.Provenance.PeakGFLOPS}
		ready, failed, err := s.Make(t.Context(), []Candidate{against})
		if err != nil || len(failed) > 0 {
			t.Fatal(failed, err)
		}
		var runs []Prepared
		for i := range 200 {
			run := ready[0]
			run.Candidate.Key = fmt.Sprint(i)
			runs = append(runs, run)
		}
		for r := range s.Time(t.Context(), runs) {
			if r.Outcome == results.Dropped {
				n++
			} else if r.Outcome != results.OK {
				t.Errorf("%s %s", r.Outcome, r.Detail)
			}
		}
		return n
	}
	if n := dropped(1.05 * before.Latency.HighMS); n > 4 { // 1 % of 200, and what chance may add
		t.Errorf("%d of 200 equals were dropped", n)
	}
	if n := dropped(0.5 * before.Latency.MedianMS); n != 200 {
		t.Errorf("%d of 200 that take twice the reference were dropped", n)
	}
}
