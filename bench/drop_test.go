package bench

import (
	"testing"

	"github.com/rt3d-tune/rt3d-tune/internal/sequential"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// A candidate that is surely slower than its reference is dropped early, with a lower bound for a time; as
// fast ones are timed to the end.
func TestSurelySlowerIsDropped(t *testing.T) {
	s := handmadeSession(t, newDirect(t), Options{})
	s.thresholds.CanaryDrift = DefaultThresholds.CanaryDrift
	s.thresholds.FrequencyChange = DefaultThresholds.FrequencyChange
	slow := candidate("SLOW-drop") // 30 ms
	slow.Reference = Reference{MS: 10}
	slow.Effort = Effort{MinSamples: 20, MaxSamples: 20}
	fast := candidate("GOOD-stays")
	fast.Reference = Reference{MS: 10}
	all := evaluate(t, s, slow, fast)
	r := all["SLOW-drop"]
	if r.Outcome != results.Dropped || r.Latency == nil || r.Latency.LowMS != 10 || r.Latency.MedianMS != 0 || !r.Outcome.Teaches() {
		t.Errorf("%s %s, latency %+v: want dropped, with the reference as a lower bound alone", r.Outcome, r.Detail, r.Latency)
	}
	if n := len(r.Samples); n < sequential.Fewest || n > 19 {
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
	s.thresholds.CanaryDrift = DefaultThresholds.CanaryDrift
	c := candidate("SLOW-drift")
	c.Reference = Reference{MS: 10, PeakGFLOPS: 1e6}
	c.Effort = Effort{MinSamples: 20, MaxSamples: 20}
	r := evaluate(t, s, c)["SLOW-drift"]
	if r.Outcome != results.OK || r.Latency == nil || r.Latency.MedianMS < 29 {
		t.Fatalf("%s %s, latency %+v: want it timed to the end", r.Outcome, r.Detail, r.Latency)
	}
	if n := countVerdicts(r.Samples)[results.CanaryDrift]; n < sequential.Fewest {
		t.Errorf("%d samples count as drift, want those of the first try: at least %d", n, sequential.Fewest)
	}
}
