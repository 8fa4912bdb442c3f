package kernels

import (
	"math"

	"github.com/rt3d-tune/rt3d-tune/internal/half"
	"github.com/rt3d-tune/rt3d-tune/kernels/conv"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
)

// Tolerance is the largest difference from an exact result that rounding explains in one convolution
// whose sums have k products, relative to the largest magnitude of the output. In half precision, chain
// products are added up before the sum goes to a float32 (spec.Schedule.Chain; 0: all).
//
// With unit roundoff u, the partial sums of k independent products carry an error of about
// 0.41·u·√k of the output's deviation when they are added one after another (Higham, "Accuracy and
// Stability of Numerical Algorithms", ch. 4, as a random walk), and chains of them the same with the
// chain's length; the factor covers the tails of millions of outputs, and the constant the epilogue and,
// in half precision, the rounding of inputs, weights and outputs. The factor of float32 is the wider,
// because compilers and processors may fuse differently there and nobody notices a few roundings.
func Tolerance(k int, d spec.DataType, chain int) float64 {
	if d == spec.Float16 {
		if chain > 0 {
			k = min(k, chain)
		}
		return 2 * half.Roundoff * (4 + math.Sqrt(float64(k)))
	}
	return 8 * roundoff * (4 + math.Sqrt(float64(k)))
}

// WinogradTolerance is Tolerance of a convolution in float32 that runs by a Winograd algorithm: its sums are
// shorter, their errors amplified, and the transforms round too.
func WinogradTolerance(a spec.Algorithm, k int) float64 {
	for _, t := range conv.Transforms(a) {
		if t != nil {
			k /= 3
		}
	}
	return 8 * roundoff * conv.Amplification(a) * (8 + math.Sqrt(float64(k)))
}

// roundoff of float32.
const roundoff = 1.0 / (1 << 24)

// NetworkTolerance is the largest difference of a whole network's output from the exact one, relative to
// the largest magnitude of the output. In half precision it grows with the longest chain of any layer:
// the errors of layers add up like independent ones.
func NetworkTolerance(d spec.DataType, chain int) float64 {
	if d == spec.Float16 {
		return 2 * Tolerance(chain, d, chain)
	}
	return 1e-4
}

// LongestChain is the most products that any layer of a program adds up in one accumulator.
func LongestChain(p Program) int {
	longest := 0
	for _, n := range p.Graph.Convs() {
		c := n.Op.(*model.Conv)
		products := c.Channels / c.Groups * c.Positions()
		chain := spec.DefaultChain
		if s, ok := p.Schedules[n.Name]; ok {
			chain = s.Chain
		}
		if chain > 0 {
			products = min(products, chain)
		}
		longest = max(longest, products)
	}
	return longest
}
