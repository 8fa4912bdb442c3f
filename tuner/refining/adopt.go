package refining

import (
	"fmt"
	"math"
	"slices"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// adopt gives the pruned network the weights and biases of the trained one, which must have the same
// operators in the same order, and zeros where the masks say so. Names may differ: exporters make up
// their own.
func adopt(pruned, trained *model.Graph) (*model.Graph, error) {
	g := pruned.Clone()
	if !slices.Equal(g.Input.Dims, trained.Input.Dims) {
		return nil, fmt.Errorf("its network takes %v; want %v", trained.Input.Dims, g.Input.Dims)
	}
	if len(g.Nodes) != len(trained.Nodes) {
		return nil, fmt.Errorf("its network has %d operators; want the %d of the network that it was given", len(trained.Nodes), len(g.Nodes))
	}
	for i, n := range g.Nodes {
		from := trained.Nodes[i]
		if from.Op.Kind() != n.Op.Kind() {
			return nil, fmt.Errorf("its operator %d, %q, is a %s; want a %s like %q", i+1, from.Name, from.Op.Kind(), n.Op.Kind(), n.Name)
		}
		switch op := n.Op.(type) {
		case *model.Conv:
			if err := adoptConv(op, from.Op.(*model.Conv)); err != nil {
				return nil, fmt.Errorf("its layer %q: %w", from.Name, err)
			}
		case *model.Affine:
			other := from.Op.(*model.Affine)
			if len(other.Scale) != len(op.Scale) || len(other.Shift) != len(op.Shift) {
				return nil, fmt.Errorf("its operator %q has other channels than %q", from.Name, n.Name)
			}
			if err := finite(other.Scale, other.Shift); err != nil {
				return nil, fmt.Errorf("its operator %q: %w", from.Name, err)
			}
			copied := *other
			n.Op = &copied
		}
	}
	return g, nil
}

// geometry is all of a convolution but its values.
func geometry(c *model.Conv) model.Conv {
	return model.Conv{Filters: c.Filters, Channels: c.Channels, Kernel: c.Kernel, Stride: c.Stride, Dilation: c.Dilation,
		PadBegin: c.PadBegin, PadEnd: c.PadEnd, Groups: c.Groups, FullyConnected: c.FullyConnected}
}

func adoptConv(c, from *model.Conv) error {
	want, got := geometry(c), geometry(from)
	if fmt.Sprint(want) != fmt.Sprint(got) {
		return fmt.Errorf("it is not the same convolution: %d filters of %d channels, kernel %v, stride %v; want %d of %d, %v, %v (padding, dilation and groups too)",
			from.Filters, from.Channels, from.Kernel, from.Stride, c.Filters, c.Channels, c.Kernel, c.Stride)
	}
	if err := finite(from.Weight, from.Bias); err != nil {
		return err
	}
	c.Weight, c.Bias = slices.Clone(from.Weight), slices.Clone(from.Bias)
	if c.Mask == nil {
		return nil
	}
	if err := c.CheckMask(); err != nil {
		return fmt.Errorf("%w; removed weights must stay zero in training", err)
	}
	return nil
}

// finite refuses what training that diverged leaves behind.
func finite(values ...[]float32) error {
	for _, v := range slices.Concat(values...) {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return fmt.Errorf("it holds %v; want finite numbers: a smaller learning rate may help", v)
		}
	}
	return nil
}
