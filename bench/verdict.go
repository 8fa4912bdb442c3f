package bench

import (
	"math"

	"github.com/rt3d-tune/rt3d-tune/results"
)

// Thresholds decide the verdict of a sample from its evidence. Evidence that the device does not give
// decides nothing.
type Thresholds struct {
	// HotMilliCelsius of the hottest processor zone and above is hot: phones throttle there. So is a sample
	// during which the processor's cooling device held it back, unless Throttled says that this is how the
	// device is to be timed.
	HotMilliCelsius int
	Throttled       bool
	// FrequencyChange is the relative change of the core's frequency during a sample, and its distance
	// from the median of the run, from which a sample has moved.
	FrequencyChange float64
	// QueueShare is the share of a sample's time that a thread may wait for a core. Without that
	// evidence SwitchEvery is used: one involuntary switch is allowed in so many nanoseconds.
	QueueShare  float64
	SwitchEvery float64
	// CanaryDrift is the relative change of the canary from its first time in the run.
	CanaryDrift float64
}

// DefaultThresholds accept what changes a time by no more than a few percent, which medians over many
// samples bear; the canary is a short program whose own noise is larger.
var DefaultThresholds = Thresholds{
	HotMilliCelsius: 85000,
	FrequencyChange: 0.05,
	QueueShare:      0.02,
	SwitchEvery:     50e6,
	CanaryDrift:     0.10,
}

// judge turns the raw samples of one process into samples with verdicts.
func (t Thresholds) judge(raw []sampleEvent) []results.Sample {
	samples := make([]results.Sample, len(raw))
	usual := medianFrequency(raw)
	for i, r := range raw {
		s := results.Sample{
			Nanoseconds: r.Nanoseconds, Batch: r.Batch, CoreBefore: r.CoreBefore, Core: r.CoreAfter,
			FrequencyBefore: r.KHzBefore, FrequencyAfter: r.KHzAfter, Temperature: r.MilliCelsius, Throttle: r.Throttle,
			InvoluntarySwitches: r.InvoluntarySwitches, QueueNS: r.QueueNS,
		}
		if raw[0].CanaryNS > 0 && r.CanaryNS > 0 {
			ratio := float64(r.CanaryNS) / float64(raw[0].CanaryNS)
			s.CanaryRatio = &ratio
		}
		s.Verdict = t.verdict(r, s.CanaryRatio, usual)
		samples[i] = s
	}
	return samples
}

func (t Thresholds) verdict(r sampleEvent, canaryRatio *float64, usualKHz float64) results.Verdict {
	switch {
	case t.hot(r.heat):
		return results.SampleHot
	case r.CoreBefore != nil && r.CoreAfter != nil && *r.CoreBefore != *r.CoreAfter,
		t.frequencyMoved(r, usualKHz):
		return results.Moved
	case t.preempted(r):
		return results.Preempted
	case canaryRatio != nil && (*canaryRatio > 1+t.CanaryDrift || *canaryRatio < 1/(1+t.CanaryDrift)):
		return results.CanaryDrift
	}
	return results.Valid
}

// hot tells whether heat disturbs what is timed now.
func (t Thresholds) hot(h heat) bool {
	if t.Throttled {
		return false
	}
	return h.MilliCelsius != nil && *h.MilliCelsius >= t.HotMilliCelsius || h.Throttle != nil && *h.Throttle > 0
}

func (t Thresholds) frequencyMoved(r sampleEvent, usual float64) bool {
	if r.KHzBefore == nil || r.KHzAfter == nil {
		return false
	}
	before, after := float64(*r.KHzBefore), float64(*r.KHzAfter)
	return math.Abs(after-before) > t.FrequencyChange*before || math.Abs(after-usual) > t.FrequencyChange*usual
}

func (t Thresholds) preempted(r sampleEvent) bool {
	duration := r.Nanoseconds * float64(r.Batch)
	if r.QueueNS != nil {
		return float64(*r.QueueNS) > t.QueueShare*duration
	}
	return r.InvoluntarySwitches != nil && float64(*r.InvoluntarySwitches) > math.Floor(duration/t.SwitchEvery)
}

// medianFrequency is the frequency at which most of the run took place; 0 when it is not told.
func medianFrequency(raw []sampleEvent) float64 {
	var khz []float64
	for _, r := range raw {
		if r.KHzAfter != nil {
			khz = append(khz, float64(*r.KHzAfter))
		}
	}
	return median(khz)
}
