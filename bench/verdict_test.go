package bench

import (
	"math"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/results"
)

func ptr[T any](v T) *T { return &v }

func TestVerdicts(t *testing.T) {
	// 10 ms, quiet.
	quiet := sampleEvent{Nanoseconds: 1e6, Batch: 10, CoreBefore: ptr(1), CoreAfter: ptr(1), KHzBefore: ptr(2000000), KHzAfter: ptr(2000000),
		heat: heat{ptr(50000), ptr(0)}, InvoluntarySwitches: ptr(0), QueueNS: ptr(int64(0)), CanaryNS: 1000}
	cases := []struct {
		name   string
		change func(s *sampleEvent)
		want   results.Verdict
	}{
		{"quiet", func(*sampleEvent) {}, results.Valid},
		{"a device that tells nothing", func(s *sampleEvent) { *s = sampleEvent{Nanoseconds: 1e6, Batch: 10} }, results.Valid},
		{"below hot", func(s *sampleEvent) { s.MilliCelsius = ptr(84999) }, results.Valid},
		{"hot", func(s *sampleEvent) { s.MilliCelsius = ptr(85000) }, results.SampleHot},
		{"held back", func(s *sampleEvent) { s.Throttle = ptr(1) }, results.SampleHot},
		{"another core", func(s *sampleEvent) { s.CoreAfter = ptr(2) }, results.Moved},
		{"frequency wobbles", func(s *sampleEvent) { s.KHzAfter = ptr(1960000) }, results.Valid},
		{"frequency falls", func(s *sampleEvent) { s.KHzAfter = ptr(1800000) }, results.Moved},
		{"frequency is not that of the run", func(s *sampleEvent) { s.KHzBefore, s.KHzAfter = ptr(1500000), ptr(1500000) }, results.Moved},
		{"a short wait for the core", func(s *sampleEvent) { s.QueueNS = ptr(int64(190000)) }, results.Valid},
		{"a long wait for the core", func(s *sampleEvent) { s.QueueNS = ptr(int64(210000)) }, results.Preempted},
		{"switches without a wait", func(s *sampleEvent) { s.InvoluntarySwitches = ptr(3) }, results.Valid},
		{"a switch, waits unknown", func(s *sampleEvent) { s.InvoluntarySwitches, s.QueueNS = ptr(1), nil }, results.Preempted},
		{"a switch in a long sample, waits unknown", func(s *sampleEvent) { s.InvoluntarySwitches, s.QueueNS, s.Batch = ptr(1), nil, 50 }, results.Valid},
		{"canary slow", func(s *sampleEvent) { s.CanaryNS = 1110 }, results.CanaryDrift},
		{"canary fast", func(s *sampleEvent) { s.CanaryNS = 900 }, results.CanaryDrift},
		{"canary wobbles", func(s *sampleEvent) { s.CanaryNS = 1090 }, results.Valid},
		{"hot before all", func(s *sampleEvent) { s.MilliCelsius, s.CoreAfter, s.CanaryNS = ptr(90000), ptr(2), 2000 }, results.SampleHot},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := quiet
			c.change(&s)
			got := DefaultThresholds.judge([]sampleEvent{quiet, quiet, s})
			if got[2].Verdict != c.want || got[0].Verdict != results.Valid {
				t.Errorf("verdicts %s, %s: want valid, %s", got[0].Verdict, got[2].Verdict, c.want)
			}
		})
	}
}

// Who times a device that is held back, and says so, gets times.
func TestThrottledOnRequest(t *testing.T) {
	thresholds := DefaultThresholds
	thresholds.Throttled = true
	held := sampleEvent{Nanoseconds: 1e6, Batch: 10, heat: heat{ptr(90000), ptr(4)}}
	if got := thresholds.judge([]sampleEvent{held})[0].Verdict; got != results.Valid {
		t.Errorf("verdict %s, want valid", got)
	}
}

func TestSamplesKeepTheirEvidence(t *testing.T) {
	raw := []sampleEvent{{Nanoseconds: 5, Batch: 2, CanaryNS: 100}, {Nanoseconds: 6, Batch: 2, CoreBefore: ptr(3), CoreAfter: ptr(3),
		KHzBefore: ptr(7), KHzAfter: ptr(8), heat: heat{ptr(9), ptr(0)}, InvoluntarySwitches: ptr(10), QueueNS: ptr(int64(11)), CanaryNS: 105}}
	got := DefaultThresholds.judge(raw)
	if s := got[0]; s.Core != nil || s.FrequencyBefore != nil || s.Temperature != nil || s.InvoluntarySwitches != nil || *s.CanaryRatio != 1 {
		t.Errorf("sample of a device that tells nothing: %+v", s)
	}
	s := got[1]
	if *s.CoreBefore != 3 || *s.Core != 3 || *s.Throttle != 0 || *s.QueueNS != 11 || *s.FrequencyBefore != 7 || *s.FrequencyAfter != 8 || *s.Temperature != 9 || *s.InvoluntarySwitches != 10 || *s.CanaryRatio != 1.05 {
		t.Errorf("evidence was lost: %+v", s)
	}
}

func TestLatency(t *testing.T) {
	samples := func(ms ...float64) []results.Sample {
		var s []results.Sample
		for _, v := range ms {
			s = append(s, results.Sample{Nanoseconds: v * 1e6, Verdict: results.Valid})
		}
		return s
	}
	// The 95 % interval of the median of 10 values is from the 2nd to the 9th (confidence 97.9 %).
	ten := samples(10, 1, 9, 2, 8, 3, 7, 4, 6, 5)
	l := latencyOf(append(ten, results.Sample{Nanoseconds: 1e12, Verdict: results.Preempted}))
	if l.MedianMS != 5.5 || l.LowMS != 2 || l.HighMS != 9 || l.Valid != 10 {
		t.Errorf("latency of 1 to 10 ms: %+v: want median 5.5, interval 2 to 9, and no invalid sample counted", l)
	}
	if l := latencyOf(samples(3, 1, 2)); l.MedianMS != 2 || l.LowMS != 1 || l.HighMS != 3 || math.IsInf(l.HighMS, 0) {
		t.Errorf("latency of three samples: %+v: want their range", l)
	}
	if l := latencyOf([]results.Sample{{Nanoseconds: 1, Verdict: results.SampleHot}}); l != nil {
		t.Errorf("latency without valid samples: %+v", l)
	}
}

func TestEffortNeedsEnoughForAnInterval(t *testing.T) {
	if e := (Effort{}).orDefault(); e != DefaultEffort {
		t.Errorf("zero effort becomes %+v: want %+v", e, DefaultEffort)
	}
	if e := (Effort{MinSamples: 2, MaxSamples: 3}).orDefault(); e.MinSamples != leastSamples || e.MaxSamples != leastSamples {
		t.Errorf("effort %+v: want at least %d samples", e, leastSamples)
	}
}
