package compare

import (
	"cmp"
	"math"
	"slices"
	"sync"
)

// exactPairs is the number of pairs up to which the null distribution is counted out; beyond it the
// normal approximation is right to three digits.
const exactPairs = 60

// SignedRank is the one-sided p of Wilcoxon's signed-rank test (1945): how likely differences at least
// as large as these are when they lie symmetrically around shift. It asks nothing of their distribution
// but that symmetry, which pairs timed in random order have. Zeros are dropped and ties share their rank.
func SignedRank(differences []float64, shift float64) float64 {
	type item struct{ size, sign float64 }
	var items []item
	for _, d := range differences {
		if d -= shift; d != 0 {
			items = append(items, item{math.Abs(d), math.Copysign(1, d)})
		}
	}
	n := len(items)
	if n == 0 {
		return 1
	}
	slices.SortFunc(items, func(a, b item) int { return cmp.Compare(a.size, b.size) })
	// Ranks are doubled, so that those of ties are whole.
	ranks := make([]int, n)
	positive, ties := 0, false
	for i := 0; i < n; {
		j := i
		for j < n && items[j].size == items[i].size {
			j++
		}
		ties = ties || j > i+1
		for k := i; k < j; k++ {
			ranks[k] = i + j + 1 // twice the mean of i+1 ... j
			if items[k].sign > 0 {
				positive += ranks[k]
			}
		}
		i = j
	}
	if n > exactPairs {
		return normalTail(ranks, positive)
	}
	tail := untied(n)
	if ties {
		tail = tails(ranks)
	}
	return tail[positive]
}

var (
	untiedMu    sync.Mutex
	untiedTails = map[int][]float64{}
)

// untied keeps the tails without ties, which depend on n alone.
func untied(n int) []float64 {
	untiedMu.Lock()
	defer untiedMu.Unlock()
	if untiedTails[n] == nil {
		ranks := make([]int, n)
		for i := range ranks {
			ranks[i] = 2 * (i + 1)
		}
		untiedTails[n] = tails(ranks)
	}
	return untiedTails[n]
}

// tails gives for every sum of positive ranks the probability of that sum or more: each rank counts with
// probability one half.
func tails(ranks []int) []float64 {
	total := 0
	for _, r := range ranks {
		total += r
	}
	p := make([]float64, total+1)
	p[0] = 1
	reach := 0
	for _, r := range ranks {
		reach += r
		for s := reach; s >= 0; s-- {
			v := p[s] / 2
			if s >= r {
				v += p[s-r] / 2
			}
			p[s] = v
		}
	}
	for s := total - 1; s >= 0; s-- {
		p[s] += p[s+1]
	}
	return p
}

func normalTail(ranks []int, positive int) float64 {
	var mean, variance float64
	for _, r := range ranks {
		mean += float64(r) / 2
		variance += float64(r*r) / 4
	}
	z := (float64(positive) - 1 - mean) / math.Sqrt(variance) // doubled ranks: the continuity correction is 1
	return math.Erfc(z/math.Sqrt2) / 2
}

// HodgesLehmann is the estimate that goes with the signed-rank test: the median of the means of all
// pairs of differences, each with itself included. NaN for none.
func HodgesLehmann(differences []float64) float64 {
	n := len(differences)
	means := make([]float64, 0, n*(n+1)/2)
	for i, a := range differences {
		for _, b := range differences[i:] {
			means = append(means, (a+b)/2)
		}
	}
	return Median(means)
}

// Median of values, which are left as they are; NaN for none.
func Median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
