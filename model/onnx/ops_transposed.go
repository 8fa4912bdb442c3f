package onnx

import (
	"errors"
	"fmt"
	"strings"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// importConvTranspose splits a transposed convolution into one convolution for each phase of its stride,
// whose outputs are woven together (model.Transposed). The phases are layers of their own, called
// LAYER.phase0 and so on; with stride 1 there is one, which keeps the layer's name.
func importConvTranspose(im *importer, n *node) error {
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
	if len(w.dims) != spatial+2 || len(w.floats) == 0 {
		return fmt.Errorf("weight %q has dimensions %v, want %d for %dD input", w.name, w.dims, spatial+2, spatial)
	}
	t, err := im.transposed(n, w, x.shape, spatial)
	if err != nil {
		return err
	}
	if n.input(2) != nil {
		b, err := n.floats(2, "bias")
		if err != nil {
			return err
		}
		if len(b.dims) != 1 || len(b.floats) != t.Filters {
			return fmt.Errorf("bias %q has dimensions %v, want [%d]", b.name, b.dims, t.Filters)
		}
		t.Bias = b.floats
	}
	phases, err := t.Phases(x.shape)
	if err != nil {
		return err
	}
	name := im.layerName(n, w)
	var outputs []*value
	for i, c := range phases {
		out, err := c.OutShape(x.shape)
		if err != nil {
			return err
		}
		phase, output := name, n.proto.GetOutput()[0]
		if len(phases) > 1 {
			phase = unique(phaseName(name, i), im.names)
			output = unique(phase, im.valueNames)
		}
		v, err := im.append(phase, output, c, dimsOf(out, spatial), x)
		if err != nil {
			return err
		}
		outputs = append(outputs, v)
	}
	if len(phases) == 1 {
		im.define(n, outputs[0])
		return nil
	}
	out, err := t.OutShape(x.shape)
	if err != nil {
		return err
	}
	v, err := im.append(name, n.proto.GetOutput()[0], t.Interleave(), dimsOf(out, spatial), outputs...)
	if err == nil {
		im.define(n, v)
	}
	return err
}

// phaseName is the name of a phase of a transposed convolution.
func phaseName(layer string, phase int) string { return fmt.Sprintf("%s.phase%d", layer, phase) }

// transposed reads the attributes of a transposed convolution.
func (im *importer) transposed(n *node, w *tensor, x model.Shape, spatial int) (*model.Transposed, error) {
	groups, err := n.attrInt("group", 1)
	if err != nil {
		return nil, err
	}
	if groups < 1 || groups > w.dims[0] {
		return nil, fmt.Errorf("group %d does not fit weight %q of dimensions %v", groups, w.name, w.dims)
	}
	t := &model.Transposed{Weight: w.floats, Channels: w.dims[0], Filters: w.dims[1] * groups, Groups: groups, Kernel: triple(w.dims[2:], 1)}
	lists := map[string][]int{}
	for _, name := range []string{"kernel_shape", "strides", "dilations", "output_padding", "output_shape"} {
		if lists[name], err = n.attrInts(name, spatial); err != nil {
			return nil, err
		}
	}
	if kernel := lists["kernel_shape"]; kernel != nil && triple(kernel, 1) != t.Kernel {
		return nil, fmt.Errorf("kernel_shape %v differs from weight %q of dimensions %v", kernel, w.name, w.dims)
	}
	t.Stride, t.Dilation, t.OutputPad = triple(lists["strides"], 1), triple(lists["dilations"], 1), triple(lists["output_padding"], 0)
	pads, err := n.attrInts("pads", 2*spatial)
	if err != nil {
		return nil, err
	}
	auto, err := n.attrString("auto_pad", "NOTSET")
	if err != nil {
		return nil, err
	}
	out := lists["output_shape"]
	switch {
	case strings.HasPrefix(auto, "SAME_") && out == nil:
		for i := 3 - spatial; i < 3; i++ {
			out = append(out, [3]int{x.D, x.H, x.W}[i]*t.Stride[i])
		}
	case auto == "NOTSET" || auto == "VALID" || auto == "" || auto == "SAME_UPPER" || auto == "SAME_LOWER":
	default:
		return nil, fmt.Errorf("auto_pad %q: want NOTSET, VALID, SAME_UPPER or SAME_LOWER", auto)
	}
	if out != nil {
		return t, padTo(t, x, triple(out, 1))
	}
	if pads != nil && auto != "VALID" {
		t.PadBegin, t.PadEnd = triple(pads[:spatial], 0), triple(pads[spatial:], 0)
	}
	return t, nil
}

// padTo chooses the padding that gives an output size. Which side an odd number of positions is cut off
// from is told differently by versions of the standard, so that is refused.
func padTo(t *model.Transposed, x model.Shape, out [3]int) error {
	for i, size := range [3]int{x.D, x.H, x.W} {
		total := (size-1)*t.Stride[i] + t.OutputPad[i] + (t.Kernel[i]-1)*t.Dilation[i] + 1 - out[i]
		switch {
		case total < 0:
			return fmt.Errorf("output size %v is larger than kernel %v, strides %v and dilations %v give", out, t.Kernel, t.Stride, t.Dilation)
		case total%2 != 0:
			return errors.New("auto_pad or output_shape cuts off an odd number of positions, which versions of ONNX read differently: export with pads and output_padding")
		}
		t.PadBegin[i], t.PadEnd[i] = total/2, total/2
	}
	return nil
}
