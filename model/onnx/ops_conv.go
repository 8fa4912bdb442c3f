package onnx

import (
	"fmt"

	"github.com/rt3d-tune/rt3d-tune/model"
)

func importConv(im *importer, n *node) error {
	x, err := n.data(0)
	if err != nil {
		return err
	}
	x, spatial, err := im.spatial(x)
	if err != nil {
		return err
	}
	w, err := n.floats(1, "weight")
	if err != nil {
		return err
	}
	if len(w.dims) != spatial+2 {
		return fmt.Errorf("weight %q has dimensions %v, want %d for %dD input", w.name, w.dims, spatial+2, spatial)
	}
	groups, err := n.attrInt("group", 1)
	if err != nil {
		return err
	}
	kernel, err := n.attrInts("kernel_shape", spatial)
	if err != nil {
		return err
	}
	for i := range kernel {
		if kernel[i] != w.dims[2+i] {
			return fmt.Errorf("kernel_shape %v differs from weight %q of dimensions %v", kernel, w.name, w.dims)
		}
	}
	if groups < 1 || groups > w.dims[0] || len(w.floats) == 0 {
		return fmt.Errorf("group %d does not fit weight %q of dimensions %v", groups, w.name, w.dims)
	}
	win, err := window(n, x.shape, spatial, w.dims[2:])
	if err != nil {
		return err
	}
	c := &model.Conv{
		Filters: w.dims[0], Channels: w.dims[1] * groups, Groups: groups,
		Kernel: win.kernel, Stride: win.stride, Dilation: win.dilation, PadBegin: win.begin, PadEnd: win.end,
	}
	if n.input(2) != nil {
		b, err := n.floats(2, "bias")
		if err != nil {
			return err
		}
		if len(b.dims) != 1 || len(b.floats) != c.Filters {
			return fmt.Errorf("bias %q has dimensions %v, want [%d]", b.name, b.dims, c.Filters)
		}
		c.Bias = b.take()
	}
	c.Weight = w.take()
	out, err := c.Infer([]model.Shape{x.shape})
	if err != nil {
		return err
	}
	return im.emit(n, c, dimsOf(out, spatial), w, x)
}

// sliding holds the attributes that windows share, (depth, height, width).
type sliding struct{ kernel, stride, dilation, begin, end [3]int }

// window reads strides, dilations, pads and auto_pad for a kernel of so many spatial dimensions.
func window(n *node, x model.Shape, spatial int, kernel []int) (sliding, error) {
	s := sliding{kernel: triple(kernel, 1)}
	strides, err := n.attrInts("strides", spatial)
	if err != nil {
		return s, err
	}
	dilations, err := n.attrInts("dilations", spatial)
	if err != nil {
		return s, err
	}
	pads, err := n.attrInts("pads", 2*spatial)
	if err != nil {
		return s, err
	}
	s.stride, s.dilation = triple(strides, 1), triple(dilations, 1)
	for i := range 3 {
		if s.kernel[i] < 1 || s.stride[i] < 1 || s.dilation[i] < 1 {
			return s, fmt.Errorf("kernel %v, strides %v and dilations %v must be positive", kernel, strides, dilations)
		}
	}
	auto, err := n.attrString("auto_pad", "NOTSET")
	if err != nil {
		return s, err
	}
	switch auto {
	case "NOTSET", "":
		if pads != nil {
			s.begin, s.end = triple(pads[:spatial], 0), triple(pads[spatial:], 0)
		}
	case "VALID":
	case "SAME_UPPER", "SAME_LOWER":
		s.same([3]int{x.D, x.H, x.W}, auto == "SAME_LOWER")
	default:
		return s, fmt.Errorf("auto_pad %q: want NOTSET, VALID, SAME_UPPER or SAME_LOWER", auto)
	}
	return s, nil
}

// same pads so that the output has ceil(input / stride) positions; an odd value goes to the end, or to
// the beginning with lower.
func (s *sliding) same(in [3]int, lower bool) {
	for i := range 3 {
		out := (in[i] + s.stride[i] - 1) / s.stride[i]
		total := max((out-1)*s.stride[i]+s.dilation[i]*(s.kernel[i]-1)+1-in[i], 0)
		s.begin[i], s.end[i] = total/2, total-total/2
		if lower {
			s.begin[i], s.end[i] = s.end[i], s.begin[i]
		}
	}
}
