package compare

import (
	"math/rand/v2"
	"slices"
)

// Interval of an estimate.
type Interval struct{ Low, High float64 }

// resamples of a bootstrap: its ends are then certain to a few percent of its width.
const resamples = 1000

// Bootstrap is the percentile interval (Efron 1979) of the Hodges-Lehmann estimate.
func Bootstrap(differences []float64, confidence float64, seed uint64) Interval {
	n := len(differences)
	if n == 0 {
		return Interval{}
	}
	random := rand.New(rand.NewPCG(seed, 0xb007))
	drawn := make([]float64, n)
	estimates := make([]float64, resamples)
	for i := range estimates {
		for j := range drawn {
			drawn[j] = differences[random.IntN(n)]
		}
		estimates[i] = HodgesLehmann(drawn)
	}
	slices.Sort(estimates)
	cut := int((1 - confidence) / 2 * resamples)
	return Interval{estimates[cut], estimates[resamples-1-cut]}
}
