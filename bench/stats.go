package bench

import (
	"math"
	"slices"
	"time"

	"golang.org/x/perf/benchmath"

	"github.com/rt3d-tune/rt3d-tune/results"
)

// confidence of the intervals around medians.
const confidence = 0.95

// latencyOf gives the median of the valid samples with its exact order-statistic interval, or nil when
// there is none. With fewer than leastSamples, which only emulated runs have, there is no such interval
// and the range of the samples stands in for it.
func latencyOf(samples []results.Sample) *results.Latency {
	var ms []float64
	for _, s := range samples {
		if s.Verdict == results.Valid {
			ms = append(ms, s.Nanoseconds/1e6)
		}
	}
	if len(ms) == 0 {
		return nil
	}
	sample := benchmath.NewSample(ms, &benchmath.DefaultThresholds) // sorts ms
	sum := benchmath.AssumeNothing.Summary(sample, confidence)
	if math.IsInf(sum.Lo, 0) || math.IsInf(sum.Hi, 0) {
		sum.Lo, sum.Hi = ms[0], ms[len(ms)-1]
	}
	return &results.Latency{MedianMS: sum.Center, LowMS: sum.Lo, HighMS: sum.Hi, Valid: len(ms)}
}

func countValid(samples []results.Sample) int {
	n := 0
	for _, s := range samples {
		if s.Verdict == results.Valid {
			n++
		}
	}
	return n
}

// canaryOf gives the median time of the canary.
func canaryOf(samples []sampleEvent) time.Duration {
	var ns []float64
	for _, s := range samples {
		ns = append(ns, float64(s.CanaryNS))
	}
	return time.Duration(median(ns))
}

// median of values, which it sorts; 0 of none.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}
