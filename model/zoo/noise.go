package zoo

import (
	"math/rand/v2"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// Noise is an input for the graph that networks of the zoo are scaled for: normal values of mean 0 and
// variance 1, row-major C, D, H, W. Equal seeds give equal values.
func Noise(g *model.Graph, seed uint64) []float32 {
	n := 1
	for _, d := range g.Input.Dims {
		n *= d
	}
	r := rand.New(rand.NewPCG(seed, 0x6e6f697365))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}
