package kernels

import "math"

// Tolerance is the largest difference from an exact result that rounding explains in one fp32
// convolution whose sums have k products, relative to the largest magnitude of the output.
//
// With unit roundoff u, the partial sums of k independent products carry an error of about
// 0.41·u·√k of the output's deviation when they are added one after another (Higham, "Accuracy and
// Stability of Numerical Algorithms", ch. 4, as a random walk); the factor covers the tails of
// millions of outputs, and the constant the epilogue.
func Tolerance(k int) float64 {
	const u = 1.0 / (1 << 24)
	return 8 * u * (4 + math.Sqrt(float64(k)))
}

// NetworkTolerance is the largest difference of a whole network's fp32 output from the exact one,
// relative to the largest magnitude of the output.
const NetworkTolerance = 1e-4
