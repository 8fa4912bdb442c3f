package reference

import "github.com/rt3d-tune/rt3d-tune/model"

// Activate applies a pointwise function to values, in place: with At it gives single values of a
// convolution and what follows it. The error names an unknown function.
func Activate(a *model.Activation, values []float64) error { return activate(a, values, values) }
