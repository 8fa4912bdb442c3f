package main

import (
	"fmt"
	"math"

	"golang.org/x/perf/benchmath"
)

// interval is a median with its exact order-statistic interval of 95 %, or the range of the values where
// they are too few for one.
type interval struct {
	Median float64 `json:"median"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
}

func (i interval) String() string { return fmt.Sprintf("%.3f [%.3f, %.3f]", i.Median, i.Low, i.High) }

// times scales it.
func (i interval) times(f float64) interval { return interval{i.Median * f, i.Low * f, i.High * f} }

// summarise gives the median of at least one value.
func summarise(values []float64) interval {
	s := benchmath.NewSample(append([]float64(nil), values...), &benchmath.DefaultThresholds) // sorts
	sum := benchmath.AssumeNothing.Summary(s, 0.95)
	if math.IsInf(sum.Lo, 0) || math.IsInf(sum.Hi, 0) {
		sum.Lo, sum.Hi = s.Values[0], s.Values[len(s.Values)-1]
	}
	return interval{sum.Center, sum.Lo, sum.Hi}
}

// ratio divides two sides' times round by round, so that what slows a whole round cancels.
func ratio(a, b []float64) interval {
	r := make([]float64, len(a))
	for i := range a {
		r[i] = a[i] / b[i]
	}
	return summarise(r)
}

// geometricMean of at least one value above 0.
func geometricMean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += math.Log(v)
	}
	return math.Exp(sum / float64(len(values)))
}
