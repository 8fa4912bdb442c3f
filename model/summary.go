package model

import "fmt"

// Layer is one row of a network's layer table: a convolution or a fully connected layer.
type Layer struct {
	Name string
	// Kind is "Conv" or "Gemm".
	Kind    string
	Conv    *Conv
	In, Out Shape
	// Weights counts the weights, kept or not, without biases; KeptWeights those that the mask keeps.
	Weights, KeptWeights int64
	// MACs counts the multiply-accumulates of the dense layer, products with padding included, as the
	// literature does; KeptMACs those of the weights that the mask keeps.
	MACs, KeptMACs int64
}

// Summary lists the network's convolutions and fully connected layers in graph order.
func Summary(g *Graph) ([]Layer, error) {
	shapes, err := g.Shapes()
	if err != nil {
		return nil, fmt.Errorf("summarize %s: %w", g.Name, err)
	}
	var layers []Layer
	for _, n := range g.Convs() {
		c := n.Op.(*Conv)
		in, out := shapes[n.Inputs[0]], shapes[n.Output]
		weights, kept := int64(c.WeightCount()), c.KeptWeights()
		macs := c.MACs([]Shape{in}, out)
		layers = append(layers, Layer{
			Name: n.Name, Kind: c.Kind(), Conv: c, In: in, Out: out,
			Weights: weights, KeptWeights: kept, MACs: macs, KeptMACs: macs / weights * kept,
		})
	}
	return layers, nil
}

// MACs is the number of multiply-accumulates of the whole network; with kept, only those of weights
// that the masks keep. FLOPs are twice as many.
func (g *Graph) MACs(kept bool) (int64, error) {
	layers, err := Summary(g)
	if err != nil {
		return 0, err
	}
	var total int64
	for _, l := range layers {
		if kept {
			total += l.KeptMACs
		} else {
			total += l.MACs
		}
	}
	return total, nil
}

// Params counts the values held in the graph: weights (kept or not), biases, and the scales and
// shifts of Affine operators. A published count may be larger: see zoo.Info.
func (g *Graph) Params() int64 {
	var total int64
	for _, n := range g.Nodes {
		switch op := n.Op.(type) {
		case *Conv:
			total += int64(op.WeightCount() + len(op.Bias))
		case *Affine:
			total += int64(len(op.Scale) + len(op.Shift))
		}
	}
	return total
}

// KeptWeights is the number of weights that the mask keeps; all of them without a mask.
func (c *Conv) KeptWeights() int64 {
	if c.Mask == nil {
		return int64(c.WeightCount())
	}
	return int64(c.Mask.KeptWeights())
}

// ValidMACs counts the multiply-accumulates of the weights that the mask keeps for an input of the given
// shape, without the products with zero padding: what no kernel can do without.
func (c *Conv) ValidMACs(in Shape) (int64, error) {
	out, err := c.OutShape(in)
	if err != nil {
		return 0, fmt.Errorf("count MACs: %w", err)
	}
	// How often each row of the kernel, along each axis, meets the input.
	var meets [3][]int64
	for axis, size := range [3][2]int{{in.D, out.D}, {in.H, out.H}, {in.W, out.W}} {
		meets[axis] = make([]int64, c.Kernel[axis])
		for k := range meets[axis] {
			for o := range size[1] {
				at := o*c.Stride[axis] + k*c.Dilation[axis] - c.PadBegin[axis]
				if at >= 0 && at < size[0] {
					meets[axis][k]++
				}
			}
		}
	}
	var total int64
	for k := range c.Positions() {
		d, h, w := k/(c.Kernel[1]*c.Kernel[2]), k/c.Kernel[2]%c.Kernel[1], k%c.Kernel[2]
		total += c.keptAt(k) * meets[0][d] * meets[1][h] * meets[2][w]
	}
	return total, nil
}

// keptAt counts the kept weights at one kernel position.
func (c *Conv) keptAt(k int) int64 {
	if c.Mask == nil {
		return int64(c.Filters * (c.Channels / c.Groups))
	}
	var kept int64
	for f := range c.Mask.Filters {
		for n := range c.Mask.Channels {
			if c.Mask.Keeps(f, n, k) {
				kept++
			}
		}
	}
	return kept
}

// OutShape is the output shape for the input shape, as Infer gives it, but without wanting the
// weights to be there.
func (c *Conv) OutShape(x Shape) (Shape, error) {
	return windowed(x, c.Filters, c.Kernel, c.Stride, c.Dilation, c.PadBegin, c.PadEnd, false)
}

// CheckMask tells whether the mask, if there is one, fits the layer and every weight that it does not
// keep is zero.
func (c *Conv) CheckMask() error {
	m := c.Mask
	if m == nil {
		return nil
	}
	channels, positions := c.Channels/c.Groups, c.Positions()
	if m.Filters != c.Filters || m.Channels != channels || m.Positions != positions {
		return fmt.Errorf("mask is for %d filters, %d channels, %d positions; the layer has %d, %d, %d",
			m.Filters, m.Channels, m.Positions, c.Filters, channels, positions)
	}
	if m.GM < 1 || m.GN < 1 {
		return fmt.Errorf("mask has group size %dx%d: want at least 1x1", m.GM, m.GN)
	}
	if len(m.Kept) != m.Units() {
		return fmt.Errorf("mask has %d units, %s %dx%d wants %d", len(m.Kept), m.Scheme, m.GM, m.GN, m.Units())
	}
	i := 0
	for f := range c.Filters {
		for n := range channels {
			for k := range positions {
				if c.Weight[i] != 0 && !m.Keeps(f, n, k) {
					return fmt.Errorf("weight of filter %d, channel %d, position %d is %g but its %s unit %d is not kept",
						f, n, k, c.Weight[i], m.Scheme, m.Unit(f, n, k))
				}
				i++
			}
		}
	}
	return nil
}
