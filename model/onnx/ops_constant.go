package onnx

import (
	"errors"
	"fmt"

	pb "github.com/rt3d-tune/rt3d-tune/model/onnx/onnxpb"
)

// The operators here compute shapes, paddings and axes that exporters leave unfolded. They work on
// constants only; the result is a constant.

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

// vector is an input that must be a constant list of integers.
func (n *node) vector(i int) (*tensor, error) {
	t, err := n.integers(i, "list")
	if err == nil && len(t.dims) != 1 {
		err = fmt.Errorf("input %d has dimensions %v, want a list", i, t.dims)
	}
	return t, err
}

// defineInts binds a computed list (or, with scalar, one value).
func (im *importer) defineInts(n *node, values []int64, dims []int) error {
	if im.spare -= len(values); im.spare < 0 {
		return errors.New("constants of the file would expand to too many values")
	}
	im.define(n, &value{constant: &tensor{name: n.proto.GetOutput()[0], ints: values, dims: dims}})
	return nil
}

// importShape gives the dimensions of an activation, which are all known.
func importShape(im *importer, n *node) error {
	dims, err := n.dimsOfInput()
	if err != nil {
		return err
	}
	start, err := n.attrInt("start", 0)
	if err != nil {
		return err
	}
	end, err := n.attrInt("end", len(dims))
	if err != nil {
		return err
	}
	start, end = clampIndex(start, len(dims)), clampIndex(end, len(dims))
	var values []int64
	for i := start; i < end; i++ {
		values = append(values, int64(dims[i]))
	}
	return im.defineInts(n, values, []int{len(values)})
}

// clampIndex counts a negative index from the end and keeps it within 0 … n.
func clampIndex(i, n int) int {
	if i < 0 {
		i += n
	}
	return min(max(i, 0), n)
}

// importGather picks from a list.
func importGather(im *importer, n *node) error {
	axis, err := n.attrInt("axis", 0)
	if err != nil {
		return err
	}
	list, err := n.vector(0)
	if err != nil {
		return err
	}
	at, err := n.integers(1, "index")
	if err != nil {
		return err
	}
	if axis != 0 && axis != -1 {
		return fmt.Errorf("axis %d of a list", axis)
	}
	values := make([]int64, len(at.ints))
	for i, index := range at.ints {
		if index < 0 {
			index += int64(len(list.ints))
		}
		if index < 0 || index >= int64(len(list.ints)) {
			return fmt.Errorf("index %d is outside a list of %d", index, len(list.ints))
		}
		values[i] = list.ints[index]
	}
	return im.defineInts(n, values, at.dims)
}

// importSlice takes a part of a list, or of the first dimension of a table, or of an activation.
func importSlice(im *importer, n *node) error {
	if v := n.input(0); v != nil && v.constant == nil {
		return im.crop(n)
	}
	t, err := n.integers(0, "list")
	if err != nil {
		return err
	}
	if len(t.dims) == 0 {
		return errors.New("a single value cannot be sliced")
	}
	rows, step := t.dims[0], 1
	bounds := [2]int{0, rows}
	for i := range bounds {
		list, err := n.vector(i + 1)
		if err != nil {
			return err
		}
		if len(list.ints) != 1 {
			return fmt.Errorf("%d dimensions are sliced, only the first is supported", len(list.ints))
		}
		bounds[i] = int(max(min(list.ints[0], maxSize), -maxSize))
	}
	if n.input(3) != nil {
		if axes, err := n.ints(3, "axes"); err != nil || len(axes) != 1 || (axes[0] != 0 && axes[0] != -len(t.dims)) {
			return errors.New("only the first dimension can be sliced")
		}
	}
	if n.input(4) != nil {
		steps, err := n.ints(4, "steps")
		if err != nil || len(steps) != 1 || (steps[0] != 1 && steps[0] != -1) {
			return errors.New("only steps of 1 and -1 are supported")
		}
		step = steps[0]
	}
	row := count(t.dims[1:])
	var values []int64
	taken := 0
	take := func(i int) { values, taken = append(values, t.ints[i*row:(i+1)*row]...), taken+1 }
	if step > 0 {
		for i := clampIndex(bounds[0], rows); i < clampIndex(bounds[1], rows); i++ {
			take(i)
		}
	} else {
		last := bounds[1]
		if last < 0 {
			last += rows
		}
		for i := min(clampIndex(bounds[0], rows), rows-1); i > max(last, -1); i-- {
			take(i)
		}
	}
	return im.defineInts(n, values, append([]int{taken}, t.dims[1:]...))
}

// importCast passes integers on; other types are not converted.
func importCast(im *importer, n *node) error {
	to, err := n.attrInt("to", 0)
	if err != nil {
		return err
	}
	t, err := n.integers(0, "list")
	if err != nil {
		return err
	}
	if kind := pb.TensorProto_DataType(to); kind != pb.TensorProto_INT64 && kind != pb.TensorProto_INT32 {
		return fmt.Errorf("conversion to %s is not supported", kind)
	}
	return im.defineInts(n, t.ints, t.dims)
}

// importConstantOfShape repeats one integer.
func importConstantOfShape(im *importer, n *node) error {
	dims, err := n.ints(0, "shape")
	if err != nil {
		return err
	}
	a, err := n.attr("value", pb.AttributeProto_TENSOR)
	if err != nil {
		return err
	}
	fill := int64(0)
	if a != nil {
		t, err := decode(a.GetT())
		if err != nil {
			return err
		}
		if len(t.ints) != 1 {
			return errors.New("only one integer can be repeated")
		}
		fill = t.ints[0]
	}
	if len(dims) > 1 {
		return fmt.Errorf("shape %v: only a list can be filled", dims)
	}
	size := count(dims)
	if size < 0 || size > 1<<10 {
		return fmt.Errorf("shape %v is out of range", dims)
	}
	values := make([]int64, size)
	for i := range values {
		values[i] = fill
	}
	return im.defineInts(n, values, dims)
}

// joinInts is Concat of lists.
func (im *importer) joinInts(n *node) error {
	var values []int64
	for i := range n.inputs {
		t, err := n.vector(i)
		if err != nil {
			return err
		}
		values = append(values, t.ints...)
	}
	return im.defineInts(n, values, []int{len(values)})
}
