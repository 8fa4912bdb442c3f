package onnx

import (
	"errors"
	"fmt"

	"github.com/rt3d-tune/rt3d-tune/model"
	pb "github.com/rt3d-tune/rt3d-tune/model/onnx/onnxpb"
)

// relabel gives an input new dimensions. A node appears only if the shape that kernels see changes.
func (im *importer) relabel(n *node, dims []int) error {
	v := n.input(0)
	if v.constant != nil {
		c := *v.constant
		c.dims, c.owned, v.constant.owned = dims, true, true
		im.define(n, &value{constant: &c})
		return nil
	}
	if err := bounded(dims); err != nil {
		return err
	}
	if count(dims) != count(v.dims) {
		return fmt.Errorf("dimensions %v cannot be relabelled as %v", v.dims, dims)
	}
	if shape, ok := canonical(dims); ok && shape != v.shape {
		return im.emit(n, &model.Reshape{To: shape}, dims, nil, v)
	}
	im.define(n, &value{name: v.name, dims: dims, shape: v.shape})
	return nil
}

// dimsOfInput are the dimensions of input 0, constant or not.
func (n *node) dimsOfInput() ([]int, error) {
	v := n.input(0)
	switch {
	case v == nil:
		return nil, errors.New("input 0 is missing")
	case v.constant != nil:
		return v.constant.dims, nil
	}
	return v.dims, nil
}

func importFlatten(im *importer, n *node) error {
	in, err := n.dimsOfInput()
	if err != nil {
		return err
	}
	axis, err := n.attrInt("axis", 1)
	if err != nil {
		return err
	}
	if axis < 0 {
		axis += len(in)
	}
	if axis < 0 || axis > len(in) {
		return fmt.Errorf("axis %d is outside dimensions %v", axis, in)
	}
	return im.relabel(n, []int{count(in[:axis]), count(in[axis:])})
}

// importReshape resolves 0 (keep this dimension) and -1 (what is left).
func importReshape(im *importer, n *node) error {
	in, err := n.dimsOfInput()
	if err != nil {
		return err
	}
	to, err := n.ints(1, "shape")
	if err != nil {
		return err
	}
	allowZero, err := n.attrInt("allowzero", 0)
	if err != nil {
		return err
	}
	if len(to) > maxRank {
		return fmt.Errorf("shape %v has more than %d dimensions", to, maxRank)
	}
	dims, rest, known := make([]int, len(to)), -1, 1
	for i, d := range to {
		switch {
		case d == -1 && rest < 0:
			rest, dims[i] = i, 1
		case d == 0 && allowZero == 0 && i < len(in):
			dims[i] = in[i]
		case d > 0:
			dims[i] = d
		default:
			return fmt.Errorf("shape %v is not possible for dimensions %v", to, in)
		}
		if known *= dims[i]; known > maxValues {
			return fmt.Errorf("shape %v is not possible for dimensions %v", to, in)
		}
	}
	if rest >= 0 && known > 0 {
		dims[rest] = count(in) / known
	}
	if count(dims) != count(in) {
		return fmt.Errorf("dimensions %v (%d values) cannot become %v", in, count(in), to)
	}
	return im.relabel(n, dims)
}

// axes come from an attribute before opset 13 and from an input since then.
func (im *importer) axes(n *node) ([]int, error) {
	if im.opset < 13 {
		return n.attrInts("axes", -1)
	}
	if n.input(1) == nil {
		return nil, nil
	}
	return n.ints(1, "axes")
}

func importSqueeze(im *importer, n *node) error {
	in, err := n.dimsOfInput()
	if err != nil {
		return err
	}
	axes, err := im.axes(n)
	if err != nil {
		return err
	}
	drop, err := axisSet(axes, len(in))
	if err != nil {
		return err
	}
	var dims []int
	for i, d := range in {
		switch {
		case drop[i] && d != 1:
			return fmt.Errorf("axis %d of dimensions %v is not 1", i, in)
		case drop[i] || (axes == nil && d == 1):
		default:
			dims = append(dims, d)
		}
	}
	return im.relabel(n, dims)
}

func importUnsqueeze(im *importer, n *node) error {
	in, err := n.dimsOfInput()
	if err != nil {
		return err
	}
	axes, err := im.axes(n)
	if err != nil {
		return err
	}
	rank := len(in) + len(axes)
	if rank > maxRank {
		return fmt.Errorf("axes %v make more than %d dimensions", axes, maxRank)
	}
	added, err := axisSet(axes, rank)
	if err != nil {
		return err
	}
	if len(added) != len(axes) {
		return fmt.Errorf("axes %v name a dimension twice", axes)
	}
	dims, from := make([]int, rank), 0
	for i := range dims {
		if added[i] {
			dims[i] = 1
			continue
		}
		dims[i] = in[from]
		from++
	}
	return im.relabel(n, dims)
}

// importTranspose accepts an order that leaves all dimensions but those of size 1 in place; constants
// may be transposed in any way.
func importTranspose(im *importer, n *node) error {
	in, err := n.dimsOfInput()
	if err != nil {
		return err
	}
	perm, err := n.attrInts("perm", -1)
	if err != nil {
		return err
	}
	if perm == nil {
		for i := range in {
			perm = append(perm, len(in)-1-i)
		}
	}
	seen, err := axisSet(perm, len(in))
	if err != nil {
		return err
	}
	if len(perm) != len(in) || len(seen) != len(in) {
		return fmt.Errorf("perm %v is not an order of dimensions %v", perm, in)
	}
	if c := n.inputs[0].constant; c != nil {
		t, err := c.transpose(perm)
		if err != nil {
			return err
		}
		im.define(n, &value{constant: t})
		return nil
	}
	dims, last := make([]int, len(in)), -1
	for i, p := range perm {
		dims[i] = in[p]
		if in[p] == 1 {
			continue
		}
		if p < last {
			return fmt.Errorf("perm %v moves the data of dimensions %v; only dimensions of size 1 may change places", perm, in)
		}
		last = p
	}
	return im.relabel(n, dims)
}

// normalAxis counts a negative axis from the end.
func normalAxis(axis, rank int) (int, error) {
	if axis < -rank || axis >= rank {
		return 0, fmt.Errorf("axis %d is outside %d dimensions", axis, rank)
	}
	if axis < 0 {
		axis += rank
	}
	return axis, nil
}

func axisSet(axes []int, rank int) (map[int]bool, error) {
	set := make(map[int]bool)
	for _, a := range axes {
		a, err := normalAxis(a, rank)
		if err != nil {
			return nil, err
		}
		set[a] = true
	}
	return set, nil
}

// importConcat joins along the channels.
func importConcat(im *importer, n *node) error {
	axis, err := n.attrInt("axis", maxSize)
	if err != nil {
		return err
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

// importPad reads zero padding of spatial dimensions: pads from an input (an attribute in some older
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
		if begin < 0 || end < 0 || (a < 2 && begin+end != 0) {
			return fmt.Errorf("pads %v of dimensions %v: only zeros around spatial dimensions can be added", pads, x.dims)
		}
		if a >= 2 {
			p.Begin[a-2+3-spatial], p.End[a-2+3-spatial] = begin, end
			dims[a] = x.dims[a] + begin + end
		}
	}
	return im.emit(n, p, dims, nil, x)
}

// importConstant holds a value of the graph.
func importConstant(im *importer, n *node) error {
	t := &tensor{name: n.proto.GetOutput()[0]}
	for name, a := range n.attrs {
		switch name {
		case "value":
			c, err := decode(a.GetT())
			if err != nil {
				return err
			}
			*t = tensor{name: t.name, dims: c.dims, floats: c.floats, ints: c.ints}
		case "value_float":
			t.floats = []float32{a.GetF()}
		case "value_floats":
			t.floats, t.dims = a.GetFloats(), []int{len(a.GetFloats())}
		case "value_int":
			t.ints = []int64{a.GetI()}
		case "value_ints":
			t.ints, t.dims = a.GetInts(), []int{len(a.GetInts())}
		default:
			return fmt.Errorf("attribute %q is not supported, want a tensor, floats or integers", name)
		}
	}
	if len(n.attrs) != 1 {
		return fmt.Errorf("%d values given, want one", len(n.attrs))
	}
	n.attrs = map[string]*pb.AttributeProto{}
	im.define(n, &value{constant: t})
	return nil
}
