package tuner

import (
	"math"
	"slices"
)

// losses are the sensitivities: what the network loses when one layer alone is pruned, on the link's
// scale, by layer, group and rate.
type losses struct {
	link link
	// base is the dense network's quality on the same clips.
	base float64
	// known[layer][group][rate] ≥ 0
	known map[string]map[Group]map[float64]float64
}

func newLosses(l link) *losses {
	return &losses{link: l, known: map[string]map[Group]map[float64]float64{}}
}

// learn takes in the quality of the network with one layer pruned. A gain by chance counts as no loss.
func (l *losses) learn(c LayerChoice, quality float64) {
	if l.known[c.Layer] == nil {
		l.known[c.Layer] = map[Group]map[float64]float64{}
	}
	if l.known[c.Layer][c.Group] == nil {
		l.known[c.Layer][c.Group] = map[float64]float64{}
	}
	l.known[c.Layer][c.Group][c.Rate] = math.Max(0, l.link.of(l.base)-l.link.of(quality))
}

// of estimates the loss of a choice: by rate along the measured ones of the layer and group, made
// monotone and starting from 0 at rate 0; from the other groups of the layer, or from the other layers,
// when this one was never measured; and in proportion to rate/(1−rate) when nothing was.
func (l *losses) of(c LayerChoice) float64 {
	if c.Rate <= 0 {
		return 0
	}
	if x, ok := curve(l.known[c.Layer][c.Group], c.Rate); ok {
		return x
	}
	if x, ok := mean(l.known[c.Layer], c.Rate); ok {
		return x
	}
	sum, n := 0.0, 0
	for _, layer := range sortedKeys(l.known) {
		if x, ok := mean(l.known[layer], c.Rate); ok {
			sum, n = sum+x, n+1
		}
	}
	if n > 0 {
		return sum / float64(n)
	}
	return 0.1 * c.Rate / (1 - c.Rate)
}

func mean(groups map[Group]map[float64]float64, rate float64) (float64, bool) {
	// In a fixed order, so that the sum is the same every time.
	keys := make([]Group, 0, len(groups))
	for g := range groups {
		keys = append(keys, g)
	}
	slices.SortFunc(keys, func(a, b Group) int {
		if a.String() < b.String() {
			return -1
		}
		return 1
	})
	sum, n := 0.0, 0
	for _, g := range keys {
		if x, ok := curve(groups[g], rate); ok {
			sum, n = sum+x, n+1
		}
	}
	if n == 0 {
		return 0, false
	}
	return sum / float64(n), true
}

// curve reads a loss off the measured rates: monotone by pooling adjacent violators, linear in
// rate/(1−rate) between them, beyond the highest along the last slope.
func curve(byRate map[float64]float64, rate float64) (float64, bool) {
	if len(byRate) == 0 {
		return 0, false
	}
	rates := sortedKeys(byRate)
	values := make([]float64, len(rates))
	for i, r := range rates {
		values[i] = byRate[r]
	}
	values = isotonic(values)
	odds := func(r float64) float64 { return r / (1 - r) }
	x0, y0 := 0.0, 0.0
	for i, r := range rates {
		x1, y1 := odds(r), values[i]
		if rate <= r || i == len(rates)-1 {
			return y0 + (odds(rate)-x0)*(y1-y0)/(x1-x0), true
		}
		x0, y0 = x1, y1
	}
	return 0, false
}

// isotonic is the closest non-decreasing sequence in least squares (pool adjacent violators, Ayer et al.
// 1955).
func isotonic(values []float64) []float64 {
	type block struct {
		sum float64
		n   int
	}
	var blocks []block
	for _, v := range values {
		blocks = append(blocks, block{v, 1})
		for len(blocks) > 1 {
			a, b := blocks[len(blocks)-2], blocks[len(blocks)-1]
			if a.sum/float64(a.n) <= b.sum/float64(b.n) {
				break
			}
			blocks = append(blocks[:len(blocks)-2], block{a.sum + b.sum, a.n + b.n})
		}
	}
	var out []float64
	for _, b := range blocks {
		for range b.n {
			out = append(out, b.sum/float64(b.n))
		}
	}
	return out
}

func sortedKeys[K interface{ ~float64 | ~string }, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
