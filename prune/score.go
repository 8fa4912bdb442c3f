package prune

import (
	"math"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// Scores gives each unit of the mask the L2 norm of its weights divided by the square root of their
// number, so that units of unequal size (at the edges of partial groups) compare fairly: the heuristic
// of RT3D (Niu et al., AAAI 2021). The second result counts the weights of each unit.
func Scores(c *model.Conv, m *model.Mask) (scores []float64, weights []int) {
	scores = make([]float64, m.Units())
	weights = make([]int, m.Units())
	i := 0
	for f := 0; f < m.Filters; f++ {
		for n := 0; n < m.Channels; n++ {
			for k := 0; k < m.Positions; k++ {
				w := float64(c.Weight[i])
				u := m.Unit(f, n, k)
				scores[u] += w * w
				weights[u]++
				i++
			}
		}
	}
	for u := range scores {
		scores[u] = math.Sqrt(scores[u] / float64(weights[u]))
	}
	return scores, weights
}
