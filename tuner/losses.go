package tuner

import (
	"math"
	"slices"
	"strings"
)

// losses are the sensitivities: what the network loses when one layer alone is pruned, on the link's
// scale, by layer, group and rate.
type losses struct {
	link link
	// base is the dense network's quality on the same clips.
	base float64
	// raw[layer][group][rate] is what was measured; it may be negative by chance.
	raw map[string]map[Group]map[float64]float64
	// known is raw, shrunk; nil when raw has changed since.
	known map[string]map[Group]map[float64]float64
}

func newLosses(l link) *losses {
	return &losses{link: l, raw: map[string]map[Group]map[float64]float64{}}
}

// learn takes in the quality of the network with one layer pruned.
func (l *losses) learn(c LayerChoice, quality float64) {
	set(l.raw, c, l.link.of(l.base)-l.link.of(quality))
	l.known = nil
}

func set(m map[string]map[Group]map[float64]float64, c LayerChoice, x float64) {
	if m[c.Layer] == nil {
		m[c.Layer] = map[Group]map[float64]float64{}
	}
	if m[c.Layer][c.Group] == nil {
		m[c.Layer][c.Group] = map[float64]float64{}
	}
	m[c.Layer][c.Group][c.Rate] = x
}

const (
	// discordant is the share of clips that a moderately pruned network answers otherwise than the dense
	// one by chance, in both directions together: the noise of a difference on the same clips.
	discordant = 0.04
	// leastLoss of a layer, as a share of the mean of all layers at the same rate: nothing is free.
	leastLoss = 0.1
)

// shrink draws each measured loss towards the mean of all layers at the same rate, as far as the noise
// of counting clips explains the differences between them (empirical Bayes, James and Stein 1961). With
// a few hundred clips that noise is as large as most losses, and the largest gains by chance are what a
// search would fall for.
func (l *losses) shrink() {
	if l.known != nil {
		return
	}
	l.known = map[string]map[Group]map[float64]float64{}
	byRate := map[float64][]LayerChoice{}
	for _, layer := range sortedKeys(l.raw) {
		for _, g := range sortedGroups(l.raw[layer]) {
			for _, rate := range sortedKeys(l.raw[layer][g]) {
				byRate[rate] = append(byRate[rate], LayerChoice{layer, g, rate})
			}
		}
	}
	noise := l.link.noise(l.base)
	for rate, choices := range byRate {
		n := float64(len(choices))
		mean, variance := 0.0, 0.0
		value := func(c LayerChoice) float64 { return l.raw[c.Layer][c.Group][c.Rate] }
		for _, c := range choices {
			mean += value(c) / n
		}
		mean = math.Max(mean, l.link.prior()*rate/(1-rate))
		for _, c := range choices {
			variance += math.Pow(value(c)-mean, 2) / n
		}
		between := math.Max(variance-noise, 0)
		trust := 1.0
		if noise > 0 {
			trust = between / (between + noise)
			if len(choices) == 1 {
				trust = 1 // nothing to compare with
			}
		}
		for _, c := range choices {
			set(l.known, c, math.Max(mean+trust*(value(c)-mean), leastLoss*mean))
		}
	}
}

// of estimates the loss of a choice: by rate along the measured ones of the layer and group, made
// monotone and starting from 0 at rate 0; from the other groups of the layer, or from the other layers,
// when this one was never measured; and in proportion to rate/(1−rate) when nothing was.
func (l *losses) of(c LayerChoice) float64 {
	if c.Rate <= 0 {
		return 0
	}
	l.shrink()
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
	return l.link.prior() * c.Rate / (1 - c.Rate)
}

func mean(groups map[Group]map[float64]float64, rate float64) (float64, bool) {
	sum, n := 0.0, 0
	for _, g := range sortedGroups(groups) { // in a fixed order, so that the sum is the same every time
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

func sortedGroups[V any](m map[Group]V) []Group {
	keys := make([]Group, 0, len(m))
	for g := range m {
		keys = append(keys, g)
	}
	slices.SortFunc(keys, func(a, b Group) int { return strings.Compare(a.String(), b.String()) })
	return keys
}
