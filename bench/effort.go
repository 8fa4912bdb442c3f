package bench

import "time"

// leastSamples is the least number of samples with a 95 % order-statistic interval of the median.
const leastSamples = 6

// DefaultEffort suits one kernel among many.
var DefaultEffort = Effort{MinSamples: 10, MaxSamples: 30, MinBatch: 2 * time.Millisecond, MaxTime: 1500 * time.Millisecond}

// EmulatedEffort is used on devices with a runner prefix whatever a candidate asks for: their answers
// count and their times do not.
var EmulatedEffort = Effort{MinSamples: 1, MaxSamples: 2, MinBatch: time.Millisecond, MaxTime: 50 * time.Millisecond}

// orDefault fills in what is not given.
func (e Effort) orDefault() Effort {
	if e.MinSamples == 0 {
		e.MinSamples = DefaultEffort.MinSamples
	}
	if e.MaxSamples == 0 {
		e.MaxSamples = max(DefaultEffort.MaxSamples, e.MinSamples)
	}
	if e.MinBatch == 0 {
		e.MinBatch = DefaultEffort.MinBatch
	}
	if e.MaxTime == 0 {
		e.MaxTime = DefaultEffort.MaxTime
	}
	e.MinSamples = max(e.MinSamples, leastSamples)
	e.MaxSamples = max(e.MaxSamples, e.MinSamples)
	return e
}

// A machine whose cores others want too interrupts a long sample surely and a short one by chance: briefShare
// shorter, but not below briefBatch, and briefMore times as many.
const (
	briefShare = 16
	briefBatch = 200 * time.Microsecond
	briefMore  = 4
)

// brief is an effort for cores that others want too.
func (e Effort) brief() Effort {
	e.MinBatch = min(e.MinBatch, max(e.MinBatch/briefShare, briefBatch))
	e.MinSamples, e.MaxSamples = briefMore*e.MinSamples, briefMore*e.MaxSamples
	return e
}
