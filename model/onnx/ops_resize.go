package onnx

import (
	"fmt"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// importResize reads a change of spatial sizes to the nearest position or by linear interpolation, with
// constant scales or sizes.
func importResize(im *importer, n *node) error {
	r, err := resizeMode(n)
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
	scales, err := im.resizeScales(n, x.dims)
	if err != nil {
		return err
	}
	for i, s := range scales {
		switch {
		case !(s > 0):
			return fmt.Errorf("scales %v must be positive", scales)
		case i < 2 && s != 1:
			return fmt.Errorf("scales %v of dimensions %v: only spatial dimensions can be resized", scales, x.dims)
		case i >= 2:
			r.Scale[i-2+3-spatial] = s
		}
	}
	out, err := r.Infer([]model.Shape{x.shape})
	if err != nil {
		return err
	}
	return im.emit(n, r, dimsOf(out, spatial), nil, x)
}

// resizeMode reads the attributes.
func resizeMode(n *node) (*model.Resize, error) {
	r := &model.Resize{Scale: [3]float64{1, 1, 1}}
	words := map[string]string{"mode": "nearest", "coordinate_transformation_mode": "half_pixel", "nearest_mode": "round_prefer_floor", "keep_aspect_ratio_policy": "stretch"}
	for name, otherwise := range words {
		var err error
		if words[name], err = n.attrString(name, otherwise); err != nil {
			return nil, err
		}
	}
	switch words["mode"] {
	case "nearest":
		r.Rounding = model.Rounding(words["nearest_mode"])
	case "linear":
		r.Linear = true
	default:
		return nil, fmt.Errorf("mode %q is not supported: want nearest or linear", words["mode"])
	}
	switch r.Rounding {
	case "", model.PreferFloor, model.PreferCeil, model.Floor, model.Ceil:
	default:
		return nil, fmt.Errorf("nearest_mode %q is not supported: want round_prefer_floor, round_prefer_ceil, floor or ceil", r.Rounding)
	}
	r.Coordinates = model.Coordinates(words["coordinate_transformation_mode"])
	switch r.Coordinates {
	case model.HalfPixel, model.PytorchHalfPixel, model.AlignCorners, model.Asymmetric:
	default:
		return nil, fmt.Errorf("coordinate_transformation_mode %q is not supported: want half_pixel, pytorch_half_pixel, align_corners or asymmetric", r.Coordinates)
	}
	if words["keep_aspect_ratio_policy"] != "stretch" {
		return nil, fmt.Errorf("keep_aspect_ratio_policy %q is not supported: want stretch", words["keep_aspect_ratio_policy"])
	}
	for _, name := range []string{"antialias", "exclude_outside"} {
		on, err := n.attrInt(name, 0)
		if err != nil {
			return nil, err
		}
		if on != 0 {
			return nil, fmt.Errorf("attribute %s is not supported: want 0", name)
		}
	}
	n.ignore("cubic_coeff_a", "extrapolation_value") // of modes that are refused
	return r, nil
}

// resizeScales are the scales of all dimensions, from scales (input 2) or sizes (input 3); the axes that
// they belong to are all unless an attribute lists them.
func (im *importer) resizeScales(n *node, dims []int) ([]float64, error) {
	axes, err := n.attrInts("axes", -1)
	if err != nil {
		return nil, err
	}
	if axes == nil {
		for i := range dims {
			axes = append(axes, i)
		}
	}
	given := make([]float64, 0, len(dims))
	scales := n.input(2)
	if scales != nil && !(scales.constant != nil && len(scales.constant.floats)+len(scales.constant.ints) == 0) {
		t, err := n.floats(2, "scales")
		if err != nil {
			return nil, err
		}
		for _, s := range t.floats {
			given = append(given, float64(s))
		}
	} else {
		sizes, err := n.ints(3, "sizes")
		if err != nil {
			return nil, err
		}
		if len(sizes) != len(axes) {
			return nil, fmt.Errorf("sizes %v for axes %v: want one each", sizes, axes)
		}
		for i, a := range axes {
			if a, err = normalAxis(a, len(dims)); err != nil {
				return nil, err
			}
			given = append(given, float64(sizes[i])/float64(dims[a]))
		}
	}
	if len(given) != len(axes) {
		return nil, fmt.Errorf("scales %v for axes %v: want one each", given, axes)
	}
	all := make([]float64, len(dims))
	for i := range all {
		all[i] = 1
	}
	for i, a := range axes {
		if a, err = normalAxis(a, len(dims)); err != nil {
			return nil, err
		}
		all[a] = given[i]
	}
	return all, nil
}
