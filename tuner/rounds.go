package tuner

import (
	"math"
	"slices"

	"golang.org/x/perf/benchmath"

	"github.com/rt3d-tune/rt3d-tune/compare"
	"github.com/rt3d-tune/rt3d-tune/results"
)

const (
	confidence = 0.95
	// significance below which two networks count as different.
	significance = 0.05
)

// validMS are the times of the valid samples in ms.
func validMS(samples []results.Sample) []float64 {
	var ms []float64
	for _, s := range samples {
		if s.Verdict == results.Valid {
			ms = append(ms, s.Nanoseconds/1e6)
		}
	}
	return ms
}

// roundMedians gives the median of each round that has valid samples, in ms.
func roundMedians(rounds [][]results.Sample) []float64 {
	var medians []float64
	for _, r := range rounds {
		if ms := validMS(r); len(ms) > 0 {
			medians = append(medians, benchmath.AssumeNothing.Summary(benchmath.NewSample(ms, &benchmath.DefaultThresholds), confidence).Center)
		}
	}
	return medians
}

// poolRounds gives the median over all rounds. Samples of one round share its luck, so the interval is
// the order-statistic one of all samples, widened to that of the rounds' medians (with few rounds their
// range). Nil when there are no valid samples.
func poolRounds(rounds [][]results.Sample, emulated bool) *results.Latency {
	var all []float64
	for _, r := range rounds {
		all = append(all, validMS(r)...)
	}
	if len(all) == 0 {
		return nil
	}
	low, high := slices.Min(all), slices.Max(all)
	n := len(all)
	within := benchmath.AssumeNothing.Summary(benchmath.NewSample(all, &benchmath.DefaultThresholds), confidence)
	l := &results.Latency{MedianMS: within.Center, LowMS: finite(within.Lo, low), HighMS: finite(within.Hi, high), Valid: n, Emulated: emulated}
	medians := roundMedians(rounds)
	low, high = slices.Min(medians), slices.Max(medians)
	between := benchmath.AssumeNothing.Summary(benchmath.NewSample(medians, &benchmath.DefaultThresholds), confidence)
	l.LowMS = min(l.LowMS, finite(between.Lo, low), l.MedianMS)
	l.HighMS = max(l.HighMS, finite(between.Hi, high), l.MedianMS)
	return l
}

func finite(x, otherwise float64) float64 {
	if math.IsInf(x, 0) || math.IsNaN(x) {
		return otherwise
	}
	return x
}

// pairedRounds are the fewest in which the signed-rank test can be significant at all: 2 / 2⁶ is below
// significance, 2 / 2⁵ is not.
const pairedRounds = 6

// differ tells whether the times of two networks can be told apart, at an error rate of 5 % for each pair of
// equal ones. The rounds, in which both were timed one after the other, are pairs: whatever made one round
// slower than another fell on both. So it is the signed-rank test on the logarithms of their medians' ratios;
// with fewer than six common rounds, which can never be significant, a Mann-Whitney test on the medians; with
// fewer than four, on all samples.
func differ(a, b [][]results.Sample) bool {
	if ratios := logRatios(a, b); len(ratios) >= pairedRounds {
		inverse := make([]float64, len(ratios))
		for i, r := range ratios {
			inverse[i] = -r
		}
		return 2*min(compare.SignedRank(ratios, 0), compare.SignedRank(inverse, 0)) < significance
	}
	x, y := roundMedians(a), roundMedians(b)
	if len(x) < 4 || len(y) < 4 {
		x, y = validMS(slices.Concat(a...)), validMS(slices.Concat(b...))
	}
	if len(x) == 0 || len(y) == 0 {
		return false
	}
	c := benchmath.AssumeNothing.Compare(benchmath.NewSample(x, &benchmath.DefaultThresholds), benchmath.NewSample(y, &benchmath.DefaultThresholds))
	return c.P < significance
}

// logRatios are those of two networks' medians in the rounds in which both have valid samples.
func logRatios(a, b [][]results.Sample) (ratios []float64) {
	for i := range min(len(a), len(b)) {
		x, y := validMS(a[i]), validMS(b[i])
		if len(x) > 0 && len(y) > 0 {
			ratios = append(ratios, math.Log(compare.Median(x)/compare.Median(y)))
		}
	}
	return ratios
}
