package onnx

import (
	"errors"
	"fmt"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// importConcat joins along the channels.
func importConcat(im *importer, n *node) error {
	axis, err := n.attrInt("axis", maxSize)
	if err != nil {
		return err
	}
	if first := n.input(0); first != nil && first.constant != nil {
		return im.joinInts(n)
	}
	var xs []*value
	for i := range n.inputs {
		x, err := n.data(i)
		if err != nil {
			return err
		}
		shape, ok := canonical(x.dims)
		if !ok || (i > 0 && len(x.dims) != len(xs[0].dims)) {
			return fmt.Errorf("input %d has dimensions %v, want a batch of 1 and channels as the others", i, x.dims)
		}
		if x, err = im.as(x, shape); err != nil {
			return err
		}
		xs = append(xs, x)
	}
	if len(xs) == 0 {
		return errors.New("it has no inputs")
	}
	rank := len(xs[0].dims)
	if a, err := normalAxis(axis, rank); err != nil || a != 1 {
		return fmt.Errorf("axis %d of dimensions %v: only channels (axis 1) can be joined", axis, xs[0].dims)
	}
	dims := append([]int(nil), xs[0].dims...)
	for _, x := range xs[1:] {
		dims[1] += x.dims[1]
	}
	return im.emit(n, &model.Concat{}, dims, nil, xs...)
}

// importPad reads zero padding of spatial dimensions, or cropping where pads are negative: pads from an input (an attribute in some older
// exports), a value, and since opset 18 the axes that they belong to.
func importPad(im *importer, n *node) error {
	mode, err := n.attrString("mode", "constant")
	if err != nil {
		return err
	}
	if mode != "constant" {
		return fmt.Errorf("mode %q is not supported, only constant zeros", mode)
	}
	x, err := n.data(0)
	if err != nil {
		return err
	}
	pads, err := n.attrInts("pads", -1)
	if err != nil {
		return err
	}
	if pads == nil {
		if pads, err = n.ints(1, "pads"); err != nil {
			return err
		}
	}
	fill, err := n.attrFloat("value", 0)
	if err != nil {
		return err
	}
	if n.input(2) != nil {
		t, err := n.floats(2, "constant_value")
		if err != nil {
			return err
		}
		if len(t.floats) != 1 {
			return fmt.Errorf("constant_value %q has dimensions %v, want one value", t.name, t.dims)
		}
		fill = t.floats[0]
	}
	if fill != 0 {
		return fmt.Errorf("padding with %g is not supported, only with zeros", fill)
	}
	rank := len(x.dims)
	axes := make([]int, rank)
	for i := range axes {
		axes[i] = i
	}
	if n.input(3) != nil {
		if axes, err = n.ints(3, "axes"); err != nil {
			return err
		}
	}
	if len(pads) != 2*len(axes) {
		return fmt.Errorf("pads %v for axes %v: want two values each", pads, axes)
	}
	x, spatial, err := im.spatial(x)
	if err != nil {
		return err
	}
	p, dims := &model.Pad{}, append([]int(nil), x.dims...)
	for i, a := range axes {
		begin, end := pads[i], pads[len(axes)+i]
		if a, err = normalAxis(a, rank); err != nil {
			return err
		}
		if a < 2 && (begin != 0 || end != 0) {
			return fmt.Errorf("pads %v of dimensions %v: only zeros around spatial dimensions can be added", pads, x.dims)
		}
		if a >= 2 {
			p.Begin[a-2+3-spatial], p.End[a-2+3-spatial] = begin, end
			dims[a] = x.dims[a] + begin + end
		}
	}
	if *p == (model.Pad{}) {
		im.define(n, x) // PyTorch puts such a node before every average pool
		return nil
	}
	return im.emit(n, p, dims, nil, x)
}
