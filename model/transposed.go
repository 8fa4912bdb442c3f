package model

import (
	"errors"
	"fmt"
	"slices"
)

// Transposed describes a transposed convolution: input position i and kernel position k meet in output
// position i·Stride − PadBegin + k·Dilation. It is no operator of a graph: Phases splits it into ordinary
// convolutions, one for each phase of the stride, whose outputs an Interleave weaves together. Those run
// on the same kernels as all others and are pruned like them, and no product with the zeros that a
// transposed convolution puts between its inputs is ever computed (as in "Is the deconvolution layer the
// same as a convolutional layer?", Shi et al., 2016).
type Transposed struct {
	// Weight is W[N][M/Groups][Kd][Kh][Kw], row-major, N being the input channels: the order of ONNX.
	Weight []float32
	// Bias has one value per filter; nil means zero.
	Bias []float32
	// Filters is M, Channels is N.
	Filters, Channels, Groups int
	// (depth, height, width). PadBegin and PadEnd cut positions off the output, OutputPad adds some at its
	// end.
	Kernel, Stride, Dilation, PadBegin, PadEnd, OutputPad [3]int
}

// maxPhases bounds the convolutions that one transposed convolution becomes.
const maxPhases = 1 << 10

// Interleave weaves the phases together.
func (t *Transposed) Interleave() *Interleave { return &Interleave{Step: t.Stride} }

// OutShape is the output's shape for an input's, or says what does not fit.
func (t *Transposed) OutShape(in Shape) (Shape, error) {
	if t.Groups < 1 || t.Channels%t.Groups != 0 || t.Filters%t.Groups != 0 {
		return Shape{}, fmt.Errorf("groups %d must divide %d channels and %d filters", t.Groups, t.Channels, t.Filters)
	}
	if in.C != t.Channels {
		return Shape{}, fmt.Errorf("input has %d channels, the weights want %d", in.C, t.Channels)
	}
	if s := t.Stride; s[0] > maxPhases || s[1] > maxPhases || s[2] > maxPhases || s[0]*s[1]*s[2] > maxPhases {
		return Shape{}, fmt.Errorf("strides %v make more than %d phases: not supported", s, maxPhases)
	}
	var out [3]int
	for i, size := range [3]int{in.D, in.H, in.W} {
		k, s, d, b, e, o := t.Kernel[i], t.Stride[i], t.Dilation[i], t.PadBegin[i], t.PadEnd[i], t.OutputPad[i]
		if k < 1 || s < 1 || d < 1 || b < 0 || e < 0 || o < 0 {
			return Shape{}, fmt.Errorf("%s: kernel %d, stride %d, dilation %d must be positive and padding %d,%d and output padding %d not negative",
				axes[i], k, s, d, b, e, o)
		}
		if reach := d * (k - 1); b > reach || e > reach {
			return Shape{}, fmt.Errorf("%s: padding %d,%d cuts off more than the kernel of %d (dilation %d) reaches beyond the input, %d: not supported",
				axes[i], b, e, k, d, reach)
		}
		if o >= max(s, d) {
			return Shape{}, fmt.Errorf("%s: output padding %d must be smaller than the stride %d or the dilation %d", axes[i], o, s, d)
		}
		out[i] = (size-1)*s - b - e + d*(k-1) + 1 + o
		if out[i] < s {
			return Shape{}, fmt.Errorf("%s: an output of %d positions with stride %d is not supported: want at least one for each phase", axes[i], out[i], s)
		}
	}
	return Shape{t.Filters, out[0], out[1], out[2]}, nil
}

// taps are the kernel positions of one phase along one axis: tap j reads input position i + first +
// j·step for position i of the phase. kernel is the position in the transposed kernel, or -1 for a tap
// of zeros, which is there where padding would otherwise be negative: where the kernel is smaller than the
// stride, or the padding cuts positions off that only some phases have.
type taps struct {
	first, step, count int // count of output positions
	kernel             []int
}

// taps of phase q of an axis for an input and an output size.
func (t *Transposed) taps(axis, q, in, out int) taps {
	kernel, stride, dilation, pad := t.Kernel[axis], t.Stride[axis], t.Dilation[axis], t.PadBegin[axis]
	p := taps{step: 1, count: positionsFrom(out, q, stride)}
	for k := kernel - 1; k >= 0; k-- {
		at := q + pad - k*dilation
		if at%stride != 0 {
			continue
		}
		if len(p.kernel) == 0 {
			p.first = at / stride
		} else if len(p.kernel) == 1 {
			p.step = at/stride - p.first
		}
		p.kernel = append(p.kernel, k)
	}
	if len(p.kernel) == 0 {
		p.kernel = []int{-1}
	}
	if len(p.kernel) == 1 { // any distance to a tap of zeros will do: one that needs no second
		p.step = max(1, p.first, in-p.count-p.first)
	}
	for p.first > 0 {
		p.first -= p.step
		p.kernel = slices.Insert(p.kernel, 0, -1)
	}
	for p.last()+p.count < in {
		p.kernel = append(p.kernel, -1)
	}
	return p
}

// last is the input position of the last tap for position 0.
func (p taps) last() int { return p.first + (len(p.kernel)-1)*p.step }

// Phases are the convolutions, in the order of the inputs of Interleave.
func (t *Transposed) Phases(in Shape) ([]*Conv, error) {
	out, err := t.OutShape(in)
	if err != nil {
		return nil, err
	}
	weave := t.Interleave()
	phases := make([]*Conv, weave.Phases())
	for i := range phases {
		c := &Conv{Filters: t.Filters, Channels: t.Channels, Groups: t.Groups, Stride: [3]int{1, 1, 1}}
		var axis [3]taps
		for a := range axis {
			size, full := [3]int{in.D, in.H, in.W}[a], [3]int{out.D, out.H, out.W}[a]
			p := t.taps(a, weave.Phase(i)[a], size, full)
			axis[a] = p
			c.Kernel[a], c.Dilation[a] = len(p.kernel), p.step
			c.PadBegin[a], c.PadEnd[a] = -p.first, p.last()+p.count-size
		}
		c.Weight = make([]float32, c.WeightCount())
		t.visit(c, axis, func(conv, transposed int) { c.Weight[conv] = t.Weight[transposed] })
		c.Bias = slices.Clone(t.Bias)
		phases[i] = c
	}
	return phases, nil
}

// visit calls each pair of weights, by index, that a phase and the transposed convolution have in common.
func (t *Transposed) visit(c *Conv, axis [3]taps, pair func(conv, transposed int)) {
	channels, filters := t.Channels/t.Groups, t.Filters/t.Groups
	at := 0
	for m := range t.Filters {
		group, filter := m/filters, m%filters
		for n := range channels {
			row := ((group*channels+n)*filters + filter) * t.Kernel[0]
			for _, d := range axis[0].kernel {
				for _, h := range axis[1].kernel {
					for _, w := range axis[2].kernel {
						if d >= 0 && h >= 0 && w >= 0 {
							pair(at, ((row+d)*t.Kernel[1]+h)*t.Kernel[2]+w)
						}
						at++
					}
				}
			}
		}
	}
}

// JoinPhases is the inverse of Phases: the transposed convolution that splits into these convolutions. The
// error says why there is none, as when the phases were given biases of their own.
func JoinPhases(phases []*Conv, weave *Interleave, in Shape) (*Transposed, error) {
	if len(phases) != weave.Phases() {
		return nil, fmt.Errorf("%d phases for steps %v", len(phases), weave.Step)
	}
	first := phases[0]
	t := &Transposed{Filters: first.Filters, Channels: first.Channels, Groups: first.Groups, Stride: weave.Step, Bias: slices.Clone(first.Bias)}
	shapes := make([]Shape, len(phases))
	for i, c := range phases {
		if c.Filters != t.Filters || c.Channels != t.Channels || c.Groups != t.Groups || c.Stride != [3]int{1, 1, 1} || c.FullyConnected {
			return nil, fmt.Errorf("phase %d is another kind of convolution", i)
		}
		if !slices.Equal(c.Bias, t.Bias) {
			return nil, errors.New("the phases have different biases")
		}
		var err error
		if shapes[i], err = c.OutShape(in); err != nil {
			return nil, fmt.Errorf("phase %d: %w", i, err)
		}
	}
	out, err := weave.Infer(shapes)
	if err != nil {
		return nil, err
	}
	for a := range 3 {
		t.joinAxis(a, phases, weave, [3]int{in.D, in.H, in.W}[a], [3]int{out.D, out.H, out.W}[a])
	}
	t.Weight = make([]float32, t.Channels*(t.Filters/t.Groups)*t.Kernel[0]*t.Kernel[1]*t.Kernel[2])
	split, err := t.Phases(in)
	if err != nil {
		return nil, err
	}
	for i, c := range phases {
		s := split[i]
		if c.Kernel != s.Kernel || c.Dilation != s.Dilation || c.PadBegin != s.PadBegin || c.PadEnd != s.PadEnd {
			return nil, fmt.Errorf("phase %d has kernel %v, dilation %v, padding %v,%v where a transposed convolution has %v, %v, %v,%v",
				i, c.Kernel, c.Dilation, c.PadBegin, c.PadEnd, s.Kernel, s.Dilation, s.PadBegin, s.PadEnd)
		}
		var axis [3]taps
		for a := range axis {
			axis[a] = t.taps(a, weave.Phase(i)[a], [3]int{in.D, in.H, in.W}[a], [3]int{out.D, out.H, out.W}[a])
		}
		t.visit(c, axis, func(conv, transposed int) { t.Weight[transposed] = c.Weight[conv] })
	}
	return t, nil
}

// joinAxis finds kernel, dilation and padding of an axis from where the taps of all phases lead: tap at
// input offset o of phase q is the one that leads from input position i to output position i·stride + e
// with e = q − o·stride.
func (t *Transposed) joinAxis(axis int, phases []*Conv, weave *Interleave, in, out int) {
	stride := t.Stride[axis]
	var reach []int
	for i, c := range phases {
		for k := range c.Kernel[axis] {
			e := weave.Phase(i)[axis] - (k*c.Dilation[axis]-c.PadBegin[axis])*stride
			reach = append(reach, e)
		}
	}
	slices.Sort(reach)
	reach = slices.Compact(reach)
	least, most := reach[0], reach[len(reach)-1]
	t.Dilation[axis] = 0
	for _, e := range reach {
		t.Dilation[axis] = gcd(t.Dilation[axis], e-least)
	}
	t.Dilation[axis] = max(1, t.Dilation[axis])
	t.Kernel[axis] = (most-least)/t.Dilation[axis] + 1
	t.PadBegin[axis] = max(0, -least)
	t.PadEnd[axis] = (in-1)*stride - t.PadBegin[axis] + most - least + 1 - out
	if t.PadEnd[axis] < 0 {
		t.PadEnd[axis], t.OutputPad[axis] = 0, -t.PadEnd[axis]
	}
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
