package onnx

import (
	"errors"
	"fmt"
	"math"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// factors are an Affine's scale and shift before rounding to float32.
type factors struct{ scale, shift []float64 }

// affine emits y = scale·x + shift per channel.
func (im *importer) affine(n *node, x *value, f factors, weights *tensor) error {
	a := f.round()
	im.exact[a] = f
	return im.emit(n, a, x.dims, weights, x)
}

// round gives the Affine.
func (f factors) round() *model.Affine {
	a := &model.Affine{Scale: make([]float32, len(f.scale)), Shift: make([]float32, len(f.shift))}
	for i := range f.scale {
		a.Scale[i], a.Shift[i] = float32(f.scale[i]), float32(f.shift[i])
	}
	return a
}

// importBatchNorm reads the inference form: (x − mean)/√(variance + epsilon)·scale + bias.
func importBatchNorm(im *importer, n *node) error {
	epsilon, err := n.attrFloat("epsilon", 1e-5)
	if err != nil {
		return err
	}
	training, err := n.attrInt("training_mode", 0)
	if err != nil {
		return err
	}
	if training != 0 || (im.opset < 14 && len(n.proto.GetOutput()) > 1) {
		return errors.New("it is in training mode: export the model in evaluation mode")
	}
	n.ignore("momentum")
	x, err := n.data(0)
	if err != nil {
		return err
	}
	shape, ok := canonical(x.dims)
	if !ok {
		return fmt.Errorf("its input has dimensions %v, want a batch of 1 and channels", x.dims)
	}
	if x, err = im.as(x, shape); err != nil {
		return err
	}
	var p [4]*tensor
	for i, what := range []string{"scale", "bias", "mean", "variance"} {
		if p[i], err = n.floats(i+1, what); err != nil {
			return err
		}
		if len(p[i].floats) != shape.C {
			return fmt.Errorf("%s %q has %d values for %d channels", what, p[i].name, len(p[i].floats), shape.C)
		}
	}
	f := factors{make([]float64, shape.C), make([]float64, shape.C)}
	for c := range shape.C {
		variance := float64(p[3].floats[c]) + float64(epsilon)
		if !(variance > 0) {
			return fmt.Errorf("variance %q of channel %d is %g, want a positive value", p[3].name, c, p[3].floats[c])
		}
		f.scale[c] = float64(p[0].floats[c]) / math.Sqrt(variance)
		f.shift[c] = float64(p[1].floats[c]) - float64(p[2].floats[c])*f.scale[c]
	}
	return im.affine(n, x, f, p[0])
}

func importAdd(im *importer, n *node) error {
	return im.withConstant(n, true, func(c float64, _ bool) (float64, float64) { return 1, c })
}

func importSub(im *importer, n *node) error {
	return im.withConstant(n, false, func(c float64, constantFirst bool) (float64, float64) {
		if constantFirst {
			return -1, c
		}
		return 1, -c
	})
}

func importMul(im *importer, n *node) error {
	if len(n.inputs) == 2 && n.inputs[0] != nil && n.inputs[1] != nil && n.inputs[0].constant == nil && n.inputs[1].constant == nil {
		if found, err := im.geluOf(n); found || err != nil {
			return err
		}
		return im.multiply(n)
	}
	return im.withConstant(n, false, func(c float64, _ bool) (float64, float64) { return c, 0 })
}

func importDiv(im *importer, n *node) error {
	if v := n.input(0); v != nil && v.constant != nil {
		return errors.New("division of a constant by an activation is not supported")
	}
	return im.withConstant(n, false, func(c float64, _ bool) (float64, float64) { return 1 / c, 0 })
}

// importSum is an Add of any number of activations.
func importSum(im *importer, n *node) error {
	if len(n.inputs) == 1 {
		return importIdentity(im, n)
	}
	return im.addActivations(n)
}

// withConstant reads an arithmetic operator with one activation and one constant, which to turns into
// scale and shift; or, if activations may be added, a sum of two activations.
func (im *importer) withConstant(n *node, sum bool, to func(c float64, constantFirst bool) (scale, shift float64)) error {
	if len(n.inputs) != 2 || n.inputs[0] == nil || n.inputs[1] == nil {
		return fmt.Errorf("want 2 inputs, have %d", len(n.inputs))
	}
	constantFirst := n.inputs[0].constant != nil
	i := 1
	if constantFirst {
		i = 0
	}
	if n.inputs[i].constant == nil {
		if sum {
			return im.addActivations(n)
		}
		return errors.New("both inputs are activations, only a constant is supported as one of them")
	}
	x, err := im.settledData(n, 1-i)
	if err != nil {
		return err
	}
	t, err := n.floats(i, "constant")
	if err != nil {
		return err
	}
	x, values, err := im.perChannel(x, t)
	if err != nil {
		return err
	}
	f := factors{make([]float64, x.shape.C), make([]float64, x.shape.C)}
	for c, v := range values {
		f.scale[c], f.shift[c] = to(float64(v), constantFirst)
	}
	return im.affine(n, x, f, t)
}

// perChannel broadcasts a constant over an activation and gives its value in each channel, with the
// activation in the shape that these channels belong to.
func (im *importer) perChannel(x *value, t *tensor) (*value, []float32, error) {
	axis, ok := channelAxis(x)
	if !ok {
		shape, known := canonical(x.dims)
		if !known {
			return nil, nil, fmt.Errorf("its input has dimensions %v, want a batch of 1 and channels", x.dims)
		}
		var err error
		if x, err = im.as(x, shape); err != nil {
			return nil, nil, err
		}
		axis = 1
	}
	lead := len(x.dims) - len(t.dims)
	if lead < 0 {
		return nil, nil, fmt.Errorf("constant %q has dimensions %v, more than its input's %v", t.name, t.dims, x.dims)
	}
	for i, d := range t.dims {
		if d != 1 && (lead+i != axis || d != x.dims[axis]) {
			return nil, nil, fmt.Errorf("constant %q of dimensions %v is not one value per channel of %v", t.name, t.dims, x.dims)
		}
	}
	if im.spare -= x.shape.C; im.spare < 0 {
		return nil, nil, errors.New("constants of the file would expand to too many values")
	}
	values := make([]float32, x.shape.C)
	for c := range values {
		values[c] = t.floats[c%len(t.floats)]
	}
	return x, values, nil
}

// channelAxis is the ONNX dimension that holds the channels of the value's present shape: the first
// that is not 1, if it has their size.
func channelAxis(v *value) (int, bool) {
	if s, ok := canonical(v.dims); ok && s == v.shape {
		return 1, true
	}
	for i, d := range v.dims {
		if d != 1 {
			return i, d == v.shape.C
		}
	}
	return 0, false
}

// multiply emits a Product of activations of equal dimensions, or of one by one value per channel.
func (im *importer) multiply(n *node) error {
	var xs [2]*value
	for i := range xs {
		x, err := im.settledData(n, i)
		if err != nil {
			return err
		}
		xs[i] = x
	}
	if count(xs[0].dims) < count(xs[1].dims) {
		xs[0], xs[1] = xs[1], xs[0]
	}
	if fmt.Sprint(xs[0].dims) == fmt.Sprint(xs[1].dims) {
		second, err := im.as(xs[1], xs[0].shape)
		if err != nil {
			return err
		}
		return im.emit(n, &model.Product{}, xs[0].dims, nil, xs[0], second)
	}
	shape, ok := canonical(xs[0].dims)
	gate := make([]int, len(xs[0].dims)) // 1 but for the channels
	for i := range gate {
		gate[i] = 1
	}
	if len(gate) > 1 {
		gate[1] = xs[0].dims[1]
	}
	if !ok || fmt.Sprint(xs[1].dims) != fmt.Sprint(gate) {
		return fmt.Errorf("inputs have dimensions %v and %v: want the same, or one value per channel", xs[0].dims, xs[1].dims)
	}
	for i, s := range []model.Shape{shape, {C: shape.C, D: 1, H: 1, W: 1}} {
		var err error
		if xs[i], err = im.as(xs[i], s); err != nil {
			return err
		}
	}
	return im.emit(n, &model.Product{}, xs[0].dims, nil, xs[0], xs[1])
}

// addActivations emits an Add of activations of equal dimensions.
func (im *importer) addActivations(n *node) error {
	var xs []*value
	for i := range n.inputs {
		x, err := im.settledData(n, i)
		if err != nil {
			return err
		}
		if i > 0 && fmt.Sprint(x.dims) != fmt.Sprint(xs[0].dims) {
			return fmt.Errorf("inputs have dimensions %v and %v (broadcasting of activations is not supported)", xs[0].dims, x.dims)
		}
		if i > 0 {
			if x, err = im.as(x, xs[0].shape); err != nil {
				return err
			}
		}
		xs = append(xs, x)
	}
	if len(xs) == 0 {
		return errors.New("it has no inputs")
	}
	return im.emit(n, &model.Add{}, xs[0].dims, nil, xs...)
}
