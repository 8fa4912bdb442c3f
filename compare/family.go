package compare

import (
	"math"
	"slices"
)

// Holm adjusts p values for being the p values of one family (Holm 1979): those at most alpha afterwards
// can all be believed together at level alpha, whatever depends on what.
func Holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case p[a] < p[b]:
			return -1
		case p[a] > p[b]:
			return 1
		}
		return 0
	})
	adjusted := make([]float64, len(p))
	least := 0.0
	for rank, i := range order {
		least = max(least, min(1, p[i]*float64(len(p)-rank)))
		adjusted[i] = least
	}
	return adjusted
}

// McNemar is the exact one-sided p of McNemar's test: how likely it is that of the clips on which two
// networks differ at least lost go to the first one's credit, when neither is better.
func McNemar(lost, won int) float64 {
	n := lost + won
	p := 0.0
	for k := lost; k <= n; k++ {
		p += math.Exp(logChoose(n, k) - float64(n)*math.Ln2)
	}
	return min(1, p)
}

func logChoose(n, k int) float64 {
	gamma := func(x int) float64 {
		v, _ := math.Lgamma(float64(x + 1))
		return v
	}
	return gamma(n) - gamma(k) - gamma(n-k)
}
