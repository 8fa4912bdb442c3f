package compare

import (
	"math"
	"math/rand/v2"
)

// Change is a point of a history from which on values differ from those before.
type Change struct {
	// Index of the first value after it.
	Index int
	// Ratio of the median after to the median before, each up to the next change.
	Ratio float64
	P     float64
}

const (
	// LeastSegment is the least number of values between changes: fewer than that are outliers.
	LeastSegment = 4
	// permutations behind a p value, whose least value is 1 / (permutations + 1).
	permutations = 499
)

// Changes finds the points at which a history of positive values (times, oldest first) moves, by
// circular binary segmentation of ranks (Olshen and Venkatraman 2004): the stretch that differs most from
// the rest is cut out when few permutations of the values hold one that differs as much, and the parts
// are looked at again. A slow creep, which no single comparison finds, shows as steps.
func Changes(history []float64, alpha float64, seed uint64) []Change {
	random := rand.New(rand.NewPCG(seed, 0xc4a6e))
	var changes []Change
	var split func(from, to int)
	split = func(from, to int) {
		ranks := ranksOf(history[from:to])
		i, j, most := stretch(ranks)
		if most == 0 {
			return
		}
		asMuch := 0
		for range permutations {
			random.Shuffle(len(ranks), func(a, b int) { ranks[a], ranks[b] = ranks[b], ranks[a] })
			if _, _, s := stretch(ranks); s >= most {
				asMuch++
			}
		}
		p := float64(asMuch+1) / (permutations + 1)
		if p > alpha {
			return
		}
		start := from
		for _, at := range []int{from + i, from + j} {
			if at == from || at == to {
				continue
			}
			split(start, at)
			changes = append(changes, Change{Index: at, P: p})
			start = at
		}
		split(start, to)
	}
	split(0, len(history))
	for k := range changes {
		from, to := 0, len(history)
		if k > 0 {
			from = changes[k-1].Index
		}
		if k+1 < len(changes) {
			to = changes[k+1].Index
		}
		at := changes[k].Index
		changes[k].Ratio = Median(history[at:to]) / Median(history[from:at])
	}
	return changes
}

// ranksOf gives the ranks of values around their mean; ties share theirs.
func ranksOf(values []float64) []float64 {
	ranks := make([]float64, len(values))
	for i, v := range values {
		for _, other := range values {
			switch {
			case other < v:
				ranks[i] += 0.5
			case other > v:
				ranks[i] -= 0.5
			}
		}
	}
	return ranks
}

// stretch finds the part i ... j-1 whose mean differs most from that of the rest, in units of its
// deviation; 0 when there are too few values for two parts.
func stretch(ranks []float64) (i, j int, most float64) {
	n := len(ranks)
	sums := make([]float64, n+1)
	for k, r := range ranks {
		sums[k+1] = sums[k] + r // all together are 0
	}
	for a := 0; a < n; a++ {
		for b := a + LeastSegment; b <= n; b++ {
			in := b - a
			if n-in < LeastSegment || a > 0 && a < LeastSegment || b < n && n-b < LeastSegment {
				continue
			}
			// The sums of both parts are opposite, so that their means differ by one sum times both.
			size := math.Abs(sums[b]-sums[a]) * math.Sqrt(1/float64(in)+1/float64(n-in))
			if size > most {
				i, j, most = a, b, size
			}
		}
	}
	return i, j, most
}
