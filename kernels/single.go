package kernels

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
)

// Pruning asks for a random mask. The zero value is dense.
type Pruning struct {
	Scheme model.Scheme
	GM, GN int
	// Density is the share of units that is kept, 0 … 1.
	Density float64
}

// SingleConv makes a graph of one convolution with seeded random weights and, when asked for, a random
// mask, so that one layer can be tuned by itself: run() of its program is the convolution with its
// fused epilogue and nothing else. The node's name is "conv"; Schedules of the Program refer to it.
// Equal arguments give equal graphs.
//
// A graph has one input. A residual of the input's own shape is that input (the case of a basic
// residual block); a residual of another shape is left out, and the time of reading it with it.
// SingleWorkload tells which workload runs.
func SingleConv(w spec.Workload, seed uint64, pruning Pruning) (*model.Graph, error) {
	if err := spec.CheckWorkload(w); err != nil {
		return nil, fmt.Errorf("make graph of one convolution: %w", err)
	}
	c := &model.Conv{
		Filters: w.Filters, Channels: w.Channels, Groups: w.Groups,
		Kernel: w.Kernel, Stride: w.Stride, Dilation: w.Dilation, PadBegin: w.PadBegin, PadEnd: w.PadEnd,
		FullyConnected: w.FullyConnected() && w.Groups == 1,
	}
	r := rand.New(rand.NewPCG(seed, 0x52543344)) // the second word keeps other users of the seed apart
	// Uniform with the variance of He et al. 2015, which keeps outputs at the scale of the input.
	scale := float32(math.Sqrt(6 / float64(w.Channels/w.Groups*w.Positions())))
	c.Weight = uniform(r, c.WeightCount(), scale)
	c.Bias = uniform(r, w.Filters, 0.1)
	if err := prune(c, pruning, r); err != nil {
		return nil, fmt.Errorf("make graph of one convolution %s: %w", w.Name(), err)
	}
	g := SingleLayer(w, c)
	if w.Weights == spec.Float16 {
		return model.HalveLinear(g)
	}
	return g, nil
}

// SingleWorkload is the workload that the graph of SingleConv runs: w, but for a residual whose shape
// is not the input's.
func SingleWorkload(w spec.Workload) spec.Workload {
	if w.Filters != w.Channels || w.Output() != w.Input {
		w.Epilogue.Residual = false
	}
	return w
}

// SingleLayer makes the graph of SingleConv of a layer that is there, weights and mask, instead of a random one.
func SingleLayer(w spec.Workload, c *model.Conv) *model.Graph {
	out := w.Output()
	g := &model.Graph{
		Name:   w.Name(),
		Input:  model.Value{Name: "input", Dims: []int{1, w.Channels, w.Input[0], w.Input[1], w.Input[2]}},
		Output: model.Value{Name: "conv_out", Dims: []int{1, w.Filters, out[0], out[1], out[2]}},
		Nodes:  []*model.Node{{Name: "conv", Op: c, Inputs: []string{"input"}, Output: "conv_out"}},
	}
	then := func(name string, op model.Op, inputs ...string) {
		g.Output.Name = name + "_out"
		g.Nodes = append(g.Nodes, &model.Node{Name: name, Op: op, Inputs: inputs, Output: g.Output.Name})
	}
	if SingleWorkload(w).Epilogue.Residual {
		then("residual", &model.Add{}, "conv_out", "input")
	}
	if a := w.Epilogue.Activation; a.Function != "" {
		then("activation", &a, g.Output.Name)
	}
	return g
}

func uniform(r *rand.Rand, n int, bound float32) []float32 {
	values := make([]float32, n)
	for i := range values {
		values[i] = (2*r.Float32() - 1) * bound
	}
	return values
}

// prune removes random units until the density is reached.
func prune(c *model.Conv, p Pruning, r *rand.Rand) error {
	if p.Scheme == "" || p.Scheme == model.Dense {
		return nil
	}
	if !(p.Density >= 0 && p.Density <= 1) {
		return fmt.Errorf("density %g: want 0 to 1", p.Density)
	}
	m, err := model.NewMask(p.Scheme, p.GM, p.GN, c)
	if err != nil {
		return err
	}
	keep := int(math.Round(p.Density * float64(len(m.Kept))))
	for _, unit := range r.Perm(len(m.Kept))[keep:] {
		m.Kept[unit] = false
	}
	for i := range c.Weight {
		k, n := i%m.Positions, i/m.Positions%m.Channels
		if !m.Keeps(i/(m.Positions*m.Channels), n, k) {
			c.Weight[i] = 0
		}
	}
	c.Mask = m
	return nil
}
