package onnx

import (
	"errors"
	"fmt"
	"slices"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// permuted reads a Transpose that moves data: of channels and spatial dimensions, as in front of a network
// that is fed channels last, or the one in the middle of a depth-to-space that is written out as Reshape,
// Transpose, Reshape.
func (im *importer) permuted(n *node, perm, dims []int) error {
	if done, err := im.depthToSpaceOf(n, perm, dims); done || err != nil {
		return err
	}
	x, err := im.settledData(n, 0)
	if err != nil {
		return err
	}
	in, ok := canonical(x.dims)
	out, fits := canonical(dims)
	if !ok || !fits || perm[0] != 0 {
		return fmt.Errorf("perm %v of dimensions %v is not supported: want a batch of 1 that stays in front, channels and up to three spatial dimensions", perm, x.dims)
	}
	if x, err = im.as(x, in); err != nil {
		return err
	}
	// Dimension i of ONNX is this axis of the model: channels, depth, height, width.
	axes := append([]int{-1, 0}, []int{1, 2, 3}[5-len(dims):]...)
	order := [4]int{0, 1, 2, 3}
	for i := 1; i < len(perm); i++ {
		order[axes[i]] = axes[perm[i]]
	}
	p := &model.Permute{Order: order}
	if shape, err := p.Infer([]model.Shape{in}); err != nil || shape != out {
		return fmt.Errorf("perm %v of dimensions %v does not give %v", perm, x.dims, dims)
	}
	return im.emit(n, p, dims, nil, x)
}

// depthToSpaceOf recognises the Transpose between [1, step..., C, size...] and [1, C, size, step, ...],
// channels behind the steps, or in front of them as PyTorch's pixel_shuffle has them.
func (im *importer) depthToSpaceOf(n *node, perm, dims []int) (bool, error) {
	v := n.inputs[0]
	spatial := (len(v.dims) - 2) / 2
	if len(v.dims)%2 != 0 || (spatial != 2 && spatial != 3) || v.dims[0] != 1 {
		return false, nil
	}
	for _, channelsFirst := range []bool{false, true} {
		channels, steps := 1+spatial, 1
		if channelsFirst {
			channels, steps = 1, 2
		}
		want := []int{0, channels}
		for i := range spatial {
			want = append(want, 2+spatial+i, steps+i)
		}
		if !slices.Equal(perm, want) {
			continue
		}
		step := triple(v.dims[steps:steps+spatial], 1)
		size := triple(v.dims[2+spatial:], 1)
		in := model.Shape{C: v.dims[channels] * step[0] * step[1] * step[2], D: size[0], H: size[1], W: size[2]}
		x, err := im.as(v, in)
		if err != nil {
			return true, err
		}
		return true, im.weave(n, x, step, channelsFirst, dims)
	}
	return false, nil
}

// importDepthToSpace reads the operator, which is two-dimensional.
func importDepthToSpace(im *importer, n *node) error {
	block, err := n.attrInt("blocksize", 0)
	if err != nil {
		return err
	}
	mode, err := n.attrString("mode", "DCR")
	if err != nil {
		return err
	}
	x, err := n.data(0)
	if err != nil {
		return err
	}
	x, spatial, err := im.spatial(x)
	if err != nil {
		return err
	}
	switch {
	case spatial != 2:
		return fmt.Errorf("its input has dimensions %v, want 1xCxHxW", x.dims)
	case mode != "DCR" && mode != "CRD":
		return fmt.Errorf("mode %q: want DCR or CRD", mode)
	case block < 1 || block > maxSize>>16 || x.shape.C%(block*block) != 0:
		return fmt.Errorf("blocksize %d does not fit %d channels", block, x.shape.C)
	}
	return im.weave(n, x, [3]int{1, block, block}, mode == "CRD", []int{1, x.shape.C / (block * block), x.shape.H * block, x.shape.W * block})
}

// weave emits an Interleave of slices of the channels. With channelsFirst, the phases of a channel lie side
// by side and are brought in front.
func (im *importer) weave(n *node, x *value, step [3]int, channelsFirst bool, dims []int) error {
	w := &model.Interleave{Step: step}
	phases, s := w.Phases(), x.shape
	if phases == 1 {
		return im.emit(n, &model.Reshape{To: s}, dims, nil, x)
	}
	if channelsFirst {
		name := im.layerName(n, nil)
		for _, op := range []model.Op{
			&model.Reshape{To: model.Shape{C: s.C / phases, D: phases, H: s.D * s.H, W: s.W}}, &model.Permute{Order: [4]int{1, 0, 2, 3}}, &model.Reshape{To: s},
		} {
			var err error
			if x, err = im.append(unique(name+".channels", im.names), unique(name+".channels", im.valueNames), op, x.dims, x); err != nil {
				return err
			}
		}
	}
	inputs := []*value{x}
	// The phases themselves, if they were only just joined.
	if maker := im.maker(x.name); maker != nil && len(maker.Inputs) == phases {
		if _, ok := maker.Op.(*model.Concat); ok {
			part := model.Shape{C: s.C / phases, D: s.D, H: s.H, W: s.W}
			inputs = nil
			for _, name := range maker.Inputs {
				inputs = append(inputs, &value{name: name, shape: part})
			}
			if !im.alike(maker.Inputs, part) {
				inputs = []*value{x}
			}
		}
	}
	return im.emit(n, w, dims, nil, inputs...)
}

// alike tells whether values of the graph have a shape.
func (im *importer) alike(names []string, want model.Shape) bool {
	g := *im.g
	for _, name := range names {
		g.Output.Name = name
		shapes, err := g.Shapes()
		if err != nil || shapes[name] != want {
			return false
		}
	}
	return true
}

// crop reads a Slice of an activation: a part of its spatial dimensions.
func (im *importer) crop(n *node) error {
	x, err := n.data(0)
	if err != nil {
		return err
	}
	x, spatial, err := im.spatial(x)
	if err != nil {
		return err
	}
	var bounds [2][]int
	for i := range bounds {
		list, err := n.vector(i + 1)
		if err != nil {
			return err
		}
		for _, v := range list.ints {
			bounds[i] = append(bounds[i], int(max(min(v, maxSize), -maxSize)))
		}
	}
	axes := make([]int, len(bounds[0]))
	for i := range axes {
		axes[i] = i
	}
	if n.input(3) != nil {
		if axes, err = n.ints(3, "axes"); err != nil {
			return err
		}
	}
	if len(axes) != len(bounds[0]) || len(axes) != len(bounds[1]) {
		return fmt.Errorf("starts %v and ends %v for axes %v: want one of each", bounds[0], bounds[1], axes)
	}
	if n.input(4) != nil {
		steps, err := n.ints(4, "steps")
		if err != nil {
			return err
		}
		for _, s := range steps {
			if s != 1 {
				return errors.New("of an activation, only steps of 1 are supported")
			}
		}
	}
	p, dims := &model.Pad{}, slices.Clone(x.dims)
	for i, a := range axes {
		if a, err = normalAxis(a, len(dims)); err != nil {
			return err
		}
		from, to := clampIndex(bounds[0][i], dims[a]), clampIndex(bounds[1][i], dims[a])
		switch {
		case from >= to:
			return fmt.Errorf("positions %d to %d of dimension %d are none", from, to, a)
		case a < 2 && (from > 0 || to < dims[a]):
			return fmt.Errorf("dimension %d of %v is cut: of an activation, only spatial dimensions can be", a, x.dims)
		case a >= 2:
			p.Begin[a-2+3-spatial], p.End[a-2+3-spatial] = -from, to-dims[a]
			dims[a] = to - from
		}
	}
	if *p == (model.Pad{}) {
		im.define(n, x)
		return nil
	}
	return im.emit(n, p, dims, nil, x)
}
