package reference

import (
	"fmt"
	"math"

	"github.com/rt3d-tune/rt3d-tune/model"
)

func activate(a *model.Activation, x, out []float64) error {
	f, err := function(a)
	if err != nil {
		return err
	}
	for i, v := range x {
		out[i] = f(v)
	}
	return nil
}

// function is the pointwise function of an activation.
func function(a *model.Activation) (func(float64) float64, error) {
	alpha, low, high := float64(a.Alpha), float64(a.Min), float64(a.Max)
	switch a.Function {
	case model.Relu:
		return func(v float64) float64 { return max(v, 0) }, nil
	case model.LeakyRelu:
		return func(v float64) float64 {
			if v < 0 {
				return alpha * v
			}
			return v
		}, nil
	case model.Elu:
		return func(v float64) float64 {
			if v < 0 {
				return alpha * math.Expm1(v)
			}
			return v
		}, nil
	case model.Sigmoid:
		return func(v float64) float64 { return 1 / (1 + math.Exp(-v)) }, nil
	case model.Tanh:
		return math.Tanh, nil
	case model.Erf:
		return math.Erf, nil
	case model.Gelu:
		return func(v float64) float64 { return v / 2 * math.Erfc(-v/math.Sqrt2) }, nil
	case model.Clip:
		return func(v float64) float64 { return min(max(v, low), high) }, nil
	}
	return nil, fmt.Errorf("pointwise function %q is unknown", a.Function)
}

// product multiplies value by value; the second factor may have one value for each channel.
func product(in [][]float64, out []float64) {
	each := len(in[0]) / len(in[1])
	for i, v := range in[0] {
		out[i] = v * in[1][i/each]
	}
}

func affine(a *model.Affine, s model.Shape, x, out []float64) {
	plane := s.D * s.H * s.W
	for c := range s.C {
		scale, shift := float64(a.Scale[c]), float64(a.Shift[c])
		for i := c * plane; i < (c+1)*plane; i++ {
			out[i] = scale*x[i] + shift
		}
	}
}

// softmax normalises over the channels at each position, after taking off the largest value so that
// no exponential overflows.
func softmax(s model.Shape, x, out []float64) {
	plane := s.D * s.H * s.W
	for p := range plane {
		top := math.Inf(-1)
		for c := range s.C {
			top = max(top, x[c*plane+p])
		}
		sum := 0.0
		for c := range s.C {
			e := math.Exp(x[c*plane+p] - top)
			out[c*plane+p] = e
			sum += e
		}
		for c := range s.C {
			out[c*plane+p] /= sum
		}
	}
}
