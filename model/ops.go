package model

import "fmt"

// Conv is a convolution over depth, height and width. A 2D convolution has Kernel[0] = 1. A fully
// connected layer is a Conv with a 1x1x1 kernel on a {F, 1, 1, 1} activation (FullyConnected is then
// true, so that tables can say so and exporters write Gemm).
type Conv struct {
	// Weight is W[M][N/Groups][Kd][Kh][Kw], row-major.
	Weight []float32
	// Bias has one value per filter; nil means zero.
	Bias []float32
	// Filters is M, Channels is N.
	Filters, Channels int
	// Kernel, Stride, Dilation are (depth, height, width).
	Kernel, Stride, Dilation [3]int
	// PadBegin and PadEnd are zero padding before and after, (depth, height, width).
	PadBegin, PadEnd [3]int
	Groups           int
	FullyConnected   bool
	// HalfWeights of a fully connected layer are stored in half precision; Weight has such values only
	// (HalveLinear).
	HalfWeights bool
	// Mask says which weights are kept; nil means all. Weights that are not kept are zero.
	Mask *Mask
}

// Positions is Kd·Kh·Kw.
func (c *Conv) Positions() int { return c.Kernel[0] * c.Kernel[1] * c.Kernel[2] }

// WeightCount is the number of weights, kept or not, without the bias.
func (c *Conv) WeightCount() int { return c.Filters * (c.Channels / c.Groups) * c.Positions() }

// Kind implements Op.
func (c *Conv) Kind() string {
	if c.FullyConnected {
		return "Gemm"
	}
	return "Conv"
}

// Infer implements Op.
func (c *Conv) Infer(in []Shape) (Shape, error) {
	if err := arity(in, 1); err != nil {
		return Shape{}, err
	}
	x := in[0]
	if x.C != c.Channels {
		return Shape{}, fmt.Errorf("input has %d channels, the weights want %d", x.C, c.Channels)
	}
	if c.Groups < 1 || c.Channels%c.Groups != 0 || c.Filters%c.Groups != 0 {
		return Shape{}, fmt.Errorf("groups %d must divide %d channels and %d filters", c.Groups, c.Channels, c.Filters)
	}
	if len(c.Weight) != c.WeightCount() {
		return Shape{}, fmt.Errorf("%d weights given, shape wants %d", len(c.Weight), c.WeightCount())
	}
	if c.Bias != nil && len(c.Bias) != c.Filters {
		return Shape{}, fmt.Errorf("%d biases given for %d filters", len(c.Bias), c.Filters)
	}
	return windowed(x, c.Filters, c.Kernel, c.Stride, c.Dilation, c.PadBegin, c.PadEnd, false)
}

// MACs implements Op. Products with zero padding are counted, as the literature does.
func (c *Conv) MACs(_ []Shape, out Shape) int64 {
	return int64(out.D) * int64(out.H) * int64(out.W) * int64(c.WeightCount())
}

func (c *Conv) clone() *Conv {
	d := *c
	d.Weight = append([]float32(nil), c.Weight...)
	if c.Bias != nil {
		d.Bias = append([]float32(nil), c.Bias...)
	}
	if c.Mask != nil {
		d.Mask = c.Mask.Clone()
	}
	return &d
}

// ActivationKind names a pointwise function, as ONNX spells it.
type ActivationKind string

// The pointwise functions.
const (
	Relu      ActivationKind = "Relu"
	LeakyRelu ActivationKind = "LeakyRelu" // Alpha: slope below zero
	Elu       ActivationKind = "Elu"       // Alpha: scale below zero
	Sigmoid   ActivationKind = "Sigmoid"
	Tanh      ActivationKind = "Tanh"
	Clip      ActivationKind = "Clip" // Min, Max (either may be infinite)
	Erf       ActivationKind = "Erf"
	Gelu      ActivationKind = "Gelu" // x/2 · (1 + erf(x/√2)): the exact form, not the one with tanh
)

// Activation applies a pointwise function.
type Activation struct {
	Function        ActivationKind
	Alpha, Min, Max float32
}

// Kind implements Op.
func (a *Activation) Kind() string { return string(a.Function) }

// Infer implements Op.
func (a *Activation) Infer(in []Shape) (Shape, error) { return same(in) }

// MACs implements Op.
func (*Activation) MACs([]Shape, Shape) int64 { return 0 }

// Add sums two or more activations of one shape.
type Add struct{}

// Kind implements Op.
func (*Add) Kind() string { return "Add" }

// Infer implements Op.
func (*Add) Infer(in []Shape) (Shape, error) {
	if len(in) < 2 {
		return Shape{}, fmt.Errorf("want at least 2 inputs, have %d", len(in))
	}
	for _, s := range in[1:] {
		if s != in[0] {
			return Shape{}, fmt.Errorf("shapes %s and %s differ (broadcasting is not supported)", in[0], s)
		}
	}
	return in[0], nil
}

// MACs implements Op.
func (*Add) MACs([]Shape, Shape) int64 { return 0 }

// Product multiplies the first activation by the second, which has the same shape, or one value per channel
// (squeeze and excitation, gates).
type Product struct{}

// Kind implements Op.
func (*Product) Kind() string { return "Mul" }

// Infer implements Op.
func (*Product) Infer(in []Shape) (Shape, error) {
	if err := arity(in, 2); err != nil {
		return Shape{}, err
	}
	if in[1] != in[0] && in[1] != (Shape{in[0].C, 1, 1, 1}) {
		return Shape{}, fmt.Errorf("shapes %s and %s: want the same, or one value per channel as the second", in[0], in[1])
	}
	return in[0], nil
}

// MACs implements Op.
func (*Product) MACs([]Shape, Shape) int64 { return 0 }

// Affine multiplies each channel by Scale and adds Shift (an unfolded BatchNormalization, Mul by a
// constant or Add of a constant). Each slice has one value per channel.
type Affine struct{ Scale, Shift []float32 }

// Kind implements Op.
func (*Affine) Kind() string { return "Mul" }

// Infer implements Op.
func (a *Affine) Infer(in []Shape) (Shape, error) {
	s, err := same(in)
	if err == nil && (len(a.Scale) != s.C || len(a.Shift) != s.C) {
		err = fmt.Errorf("%d scales and %d shifts for %d channels", len(a.Scale), len(a.Shift), s.C)
	}
	return s, err
}

// MACs implements Op.
func (*Affine) MACs([]Shape, Shape) int64 { return 0 }

// Concat joins activations along the channels.
type Concat struct{}

// Kind implements Op.
func (*Concat) Kind() string { return "Concat" }

// Infer implements Op.
func (*Concat) Infer(in []Shape) (Shape, error) {
	if len(in) == 0 {
		return Shape{}, fmt.Errorf("want at least 1 input")
	}
	out := in[0]
	for _, s := range in[1:] {
		if s.D != out.D || s.H != out.H || s.W != out.W {
			return Shape{}, fmt.Errorf("shapes %s and %s differ beside the channels", in[0], s)
		}
		out.C += s.C
	}
	return out, nil
}

// MACs implements Op.
func (*Concat) MACs([]Shape, Shape) int64 { return 0 }

// PoolKind says how a window is reduced.
type PoolKind string

// The reductions.
const (
	MaxPool     PoolKind = "MaxPool"
	AveragePool PoolKind = "AveragePool"
)

// Pool reduces windows. Padding never wins a maximum; it counts in an average only with CountPad.
type Pool struct {
	Function         PoolKind
	Kernel, Stride   [3]int
	PadBegin, PadEnd [3]int
	CeilMode         bool
	CountPad         bool
}

// Kind implements Op.
func (p *Pool) Kind() string { return string(p.Function) }

// Infer implements Op.
func (p *Pool) Infer(in []Shape) (Shape, error) {
	if err := arity(in, 1); err != nil {
		return Shape{}, err
	}
	return windowed(in[0], in[0].C, p.Kernel, p.Stride, [3]int{1, 1, 1}, p.PadBegin, p.PadEnd, p.CeilMode)
}

// MACs implements Op.
func (*Pool) MACs([]Shape, Shape) int64 { return 0 }

// GlobalAveragePool averages each channel over depth, height and width.
type GlobalAveragePool struct{}

// Kind implements Op.
func (*GlobalAveragePool) Kind() string { return "GlobalAveragePool" }

// Infer implements Op.
func (*GlobalAveragePool) Infer(in []Shape) (Shape, error) {
	s, err := same(in)
	return Shape{s.C, 1, 1, 1}, err
}

// MACs implements Op.
func (*GlobalAveragePool) MACs([]Shape, Shape) int64 { return 0 }

// Reshape relabels the values in row-major C, D, H, W order: Flatten, Reshape, Squeeze, Unsqueeze and
// those Transposes that move only dimensions of size 1.
type Reshape struct{ To Shape }

// Kind implements Op.
func (*Reshape) Kind() string { return "Reshape" }

// Infer implements Op.
func (r *Reshape) Infer(in []Shape) (Shape, error) {
	s, err := same(in)
	if err == nil && s.Count() != r.To.Count() {
		err = fmt.Errorf("cannot relabel %s (%d values) as %s (%d values)", s, s.Count(), r.To, r.To.Count())
	}
	return r.To, err
}

// MACs implements Op.
func (*Reshape) MACs([]Shape, Shape) int64 { return 0 }

// Softmax normalises over the channels.
type Softmax struct{}

// Kind implements Op.
func (*Softmax) Kind() string { return "Softmax" }

// Infer implements Op.
func (*Softmax) Infer(in []Shape) (Shape, error) { return same(in) }

// MACs implements Op.
func (*Softmax) MACs([]Shape, Shape) int64 { return 0 }

// Pad adds zeros around depth, height and width; a negative number of them cuts positions off.
type Pad struct{ Begin, End [3]int }

// Kind implements Op.
func (*Pad) Kind() string { return "Pad" }

// Infer implements Op.
func (p *Pad) Infer(in []Shape) (Shape, error) {
	s, err := same(in)
	if err != nil {
		return Shape{}, err
	}
	for i, size := range []*int{&s.D, &s.H, &s.W} {
		if *size+min(p.Begin[i], 0)+min(p.End[i], 0) < 1 {
			return Shape{}, fmt.Errorf("%s: padding %d,%d leaves nothing of %d positions", axes[i], p.Begin[i], p.End[i], *size)
		}
		*size += p.Begin[i] + p.End[i]
	}
	return s, nil
}

// MACs implements Op.
func (*Pad) MACs([]Shape, Shape) int64 { return 0 }

// axes are the spatial axes in errors.
var axes = [3]string{"depth", "height", "width"}

func arity(in []Shape, n int) error {
	if len(in) != n {
		return fmt.Errorf("want %d input(s), have %d", n, len(in))
	}
	return nil
}

func same(in []Shape) (Shape, error) {
	if err := arity(in, 1); err != nil {
		return Shape{}, err
	}
	return in[0], nil
}

// windowed is the output shape of a sliding window. With ceil, a last window that starts inside the
// input or its leading padding counts although it reaches past the end (ONNX ceil_mode as PyTorch
// defines it).
func windowed(x Shape, channels int, kernel, stride, dilation, begin, end [3]int, ceil bool) (Shape, error) {
	in := [3]int{x.D, x.H, x.W}
	var out [3]int
	for i, axis := range axes {
		if kernel[i] < 1 || stride[i] < 1 || dilation[i] < 1 || begin[i] < 0 || end[i] < 0 {
			return Shape{}, fmt.Errorf("%s: kernel %d, stride %d, dilation %d must be positive and padding %d,%d not negative",
				axis, kernel[i], stride[i], dilation[i], begin[i], end[i])
		}
		span := in[i] + begin[i] + end[i] - (dilation[i]*(kernel[i]-1) + 1)
		if span < 0 {
			return Shape{}, fmt.Errorf("%s: window of %d (dilation %d) is larger than the padded input %d", axis, kernel[i], dilation[i], in[i]+begin[i]+end[i])
		}
		out[i] = span/stride[i] + 1
		if ceil && span%stride[i] != 0 && out[i]*stride[i] < in[i]+begin[i] {
			out[i]++
		}
	}
	return Shape{channels, out[0], out[1], out[2]}, nil
}
