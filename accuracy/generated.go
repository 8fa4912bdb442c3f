package accuracy

import (
	"math/rand/v2"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// Generated is a data set of unlabelled inputs with independent normal values, for fidelity where a
// user has no clips yet.
type Generated struct {
	Size  model.Shape
	Count int
	Seed  uint64
}

// Len implements Dataset.
func (g Generated) Len() int { return g.Count }

// Shape implements Dataset.
func (g Generated) Shape() model.Shape { return g.Size }

// Classes implements Dataset: there are none.
func (g Generated) Classes() []string { return nil }

// Clip implements Dataset; the label is -1.
func (g Generated) Clip(i int) ([]float32, int, error) {
	r := rand.New(rand.NewPCG(g.Seed, uint64(i)))
	clip := make([]float32, g.Size.Count())
	for j := range clip {
		clip[j] = float32(r.NormFloat64())
	}
	return clip, -1, nil
}
