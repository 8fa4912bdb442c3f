package onnx

import (
	"errors"
	"fmt"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// importPool reads MaxPool and AveragePool. In ceil mode a last window that would lie wholly in the
// trailing padding does not count, as PyTorch has it.
func importPool(im *importer, n *node) error {
	x, err := n.data(0)
	if err != nil {
		return err
	}
	x, spatial, err := im.spatial(x)
	if err != nil {
		return err
	}
	kernel, err := n.attrInts("kernel_shape", spatial)
	if err != nil {
		return err
	}
	if kernel == nil {
		return errors.New("attribute kernel_shape is missing")
	}
	win, err := window(n, x.shape, spatial, kernel)
	if err != nil {
		return err
	}
	if win.dilation != [3]int{1, 1, 1} {
		return fmt.Errorf("dilations %v are not supported in pooling", win.dilation)
	}
	for i := range 3 {
		if win.begin[i] >= win.kernel[i] || win.end[i] >= win.kernel[i] {
			return fmt.Errorf("padding %v, %v must be smaller than the kernel %v", win.begin, win.end, win.kernel)
		}
	}
	ceil, err := n.attrInt("ceil_mode", 0)
	if err != nil {
		return err
	}
	p := &model.Pool{
		Function: model.PoolKind(n.op()), Kernel: win.kernel, Stride: win.stride, PadBegin: win.begin, PadEnd: win.end,
		CeilMode: ceil != 0,
	}
	if p.Function == model.AveragePool {
		countPad, err := n.attrInt("count_include_pad", 0)
		if err != nil {
			return err
		}
		p.CountPad = countPad != 0
	}
	n.ignore("storage_order") // matters only to the indices
	out, err := p.Infer([]model.Shape{x.shape})
	if err != nil {
		return err
	}
	return im.emit(n, p, dimsOf(out, spatial), nil, x)
}

func importGlobalAverage(im *importer, n *node) error {
	x, err := n.data(0)
	if err != nil {
		return err
	}
	x, spatial, err := im.spatial(x)
	if err != nil {
		return err
	}
	return im.emit(n, &model.GlobalAveragePool{}, dimsOf(model.Shape{C: x.shape.C, D: 1, H: 1, W: 1}, spatial), nil, x)
}

// importReduceMean reads a mean over any dimensions but a batch: spatial ones are a GlobalAveragePool if no
// other is left, else an AveragePool that spans them; channels are averaged behind that.
func importReduceMean(im *importer, n *node) error {
	axes, err := n.attrInts("axes", -1)
	if err != nil {
		return err
	}
	if im.opset >= 18 && n.input(1) != nil {
		if axes, err = n.ints(1, "axes"); err != nil {
			return err
		}
	}
	noop, err := n.attrInt("noop_with_empty_axes", 0)
	if err != nil {
		return err
	}
	keep, err := n.attrInt("keepdims", 1)
	if err != nil {
		return err
	}
	x, err := n.data(0)
	if err != nil {
		return err
	}
	if len(axes) == 0 && noop != 0 {
		return importIdentity(im, n)
	}
	reduced, err := axisSet(axes, len(x.dims))
	if err != nil {
		return err
	}
	x, spatial, err := im.spatial(x)
	if err != nil {
		return err
	}
	size := [3]int{x.shape.D, x.shape.H, x.shape.W}
	kernel, left := [3]int{1, 1, 1}, 1
	channels := x.dims[1] != 1 && (reduced[1] || len(axes) == 0)
	var dims []int
	for i, d := range x.dims {
		all := reduced[i] || len(axes) == 0
		axis := i - 2 + 3 - spatial // depth, height, width
		switch {
		case all && i >= 2:
			kernel[axis] = size[axis]
		case i >= 2:
			left *= d
		}
		switch {
		case !all:
			dims = append(dims, d)
		case keep != 0:
			dims = append(dims, 1)
		}
	}
	var op model.Op = &model.Pool{Function: model.AveragePool, Kernel: kernel, Stride: [3]int{1, 1, 1}}
	if left == 1 {
		op = &model.GlobalAveragePool{}
	}
	if channels {
		if x, err = im.averageChannels(n, x); err != nil {
			return err
		}
	}
	if kernel == [3]int{1, 1, 1} { // over channels, or nothing, alone
		im.define(n, &value{name: x.name, dims: dims, shape: x.shape})
		return nil
	}
	return im.emit(n, op, dims, nil, x)
}

// averageChannels emits the mean over the channels: an AveragePool along the depth of the same values, the
// channels being the depth.
func (im *importer) averageChannels(n *node, x *value) (*value, error) {
	s, name := x.shape, im.layerName(n, nil)
	for _, op := range []model.Op{
		&model.Reshape{To: model.Shape{C: 1, D: s.C, H: s.D * s.H, W: s.W}},
		&model.Pool{Function: model.AveragePool, Kernel: [3]int{s.C, 1, 1}, Stride: [3]int{1, 1, 1}},
		&model.Reshape{To: model.Shape{C: 1, D: s.D, H: s.H, W: s.W}},
	} {
		dims := x.dims
		if _, pools := op.(*model.Pool); pools {
			dims = append([]int{1, 1}, x.dims[2:]...)
		}
		var err error
		if x, err = im.append(unique(name+".channels", im.names), unique(name+".channels", im.valueNames), op, dims, x); err != nil {
			return nil, err
		}
	}
	return x, nil
}
