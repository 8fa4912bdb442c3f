package onnx

import (
	"errors"
	"fmt"
)

// relabel gives an input new dimensions. A node appears only once an operator wants the shape that they
// stand for and it differs from the present one.
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
	out := &value{name: v.name, dims: dims, shape: v.shape}
	if shape, ok := canonical(dims); ok && shape != v.shape {
		out.relabelled = n
	}
	im.define(n, out)
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

// importTranspose is a relabelling where the order leaves all dimensions but those of size 1 in place;
// otherwise data moves (permuted). Constants may be transposed in any way.
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
		im.define(n, &value{constant: c.transpose(perm)})
		return nil
	}
	dims, last, moved := make([]int, len(in)), -1, false
	for i, p := range perm {
		dims[i] = in[p]
		if in[p] == 1 {
			continue
		}
		moved = moved || p < last
		last = p
	}
	for i, p := range perm {
		perm[i], _ = normalAxis(p, len(in)) // axisSet has seen them
	}
	if moved {
		return im.permuted(n, perm, dims)
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
