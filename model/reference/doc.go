// Package reference executes a model exactly: every operator in float64, summed in one fixed order,
// with no blocking that changes a result. It is what all generated kernels are compared with, and it
// serves calibration, which wants the values between layers.
//
// It refuses to be a fast inference engine: it uses all cores and skips zero weights, so that whole
// networks can be checked, but never trades a digit for speed.
//
// Semantics where conventions differ: padding never wins a maximum; an average divides by the values
// inside the input or, with CountPad, by the part of the window inside the padded input, so that a
// window hanging over the end in ceil mode counts what PyTorch counts.
package reference
