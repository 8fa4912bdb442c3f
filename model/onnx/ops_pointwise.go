package onnx

import (
	"errors"
	"fmt"
	"math"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// pointwise emits an activation function; any dimensions will do.
func (im *importer) pointwise(n *node, a *model.Activation) error {
	x, err := im.settledData(n, 0)
	if err != nil {
		return err
	}
	return im.emit(n, a, x.dims, nil, x)
}

// settledData is an input that must be an activation, with no relabelling open.
func (im *importer) settledData(n *node, i int) (*value, error) {
	x, err := n.data(i)
	if err != nil {
		return nil, err
	}
	return im.settled(x)
}

func importRelu(im *importer, n *node) error {
	return im.pointwise(n, &model.Activation{Function: model.Relu})
}

func importSigmoid(im *importer, n *node) error {
	return im.pointwise(n, &model.Activation{Function: model.Sigmoid})
}

func importTanh(im *importer, n *node) error {
	return im.pointwise(n, &model.Activation{Function: model.Tanh})
}

func importLeakyRelu(im *importer, n *node) error {
	alpha, err := n.attrFloat("alpha", .01)
	if err != nil {
		return err
	}
	return im.pointwise(n, &model.Activation{Function: model.LeakyRelu, Alpha: alpha})
}

func importElu(im *importer, n *node) error {
	alpha, err := n.attrFloat("alpha", 1)
	if err != nil {
		return err
	}
	return im.pointwise(n, &model.Activation{Function: model.Elu, Alpha: alpha})
}

// importClip takes its bounds from inputs (opset 11 on); one that is left out is infinite.
func importClip(im *importer, n *node) error {
	a := &model.Activation{Function: model.Clip, Min: float32(math.Inf(-1)), Max: float32(math.Inf(1))}
	for i, bound := range []*float32{&a.Min, &a.Max} {
		if n.input(i+1) == nil {
			continue
		}
		t, err := n.floats(i+1, []string{"min", "max"}[i])
		if err != nil {
			return err
		}
		if len(t.floats) != 1 {
			return fmt.Errorf("bound %q has dimensions %v, want one value", t.name, t.dims)
		}
		*bound = t.floats[0]
	}
	return im.pointwise(n, a)
}

// importSoftmax wants the channels alone to be normalised over. Before opset 13 the operator worked on
// all dimensions from axis on; since then on one.
func importSoftmax(im *importer, n *node) error {
	otherwise := 1
	if im.opset >= 13 {
		otherwise = -1
	}
	axis, err := n.attrInt("axis", otherwise)
	if err != nil {
		return err
	}
	x, err := im.settledData(n, 0)
	if err != nil {
		return err
	}
	if axis, err = normalAxis(axis, len(x.dims)); err != nil {
		return err
	}
	channels, ok := channelAxis(x)
	if !ok {
		return fmt.Errorf("its input has dimensions %v, want a batch of 1 and channels", x.dims)
	}
	for i, d := range x.dims {
		normalised := i == axis || (im.opset < 13 && i > axis)
		if d != 1 && normalised != (i == channels) {
			return fmt.Errorf("axis %d of dimensions %v: only the channels (axis %d) can be normalised over", axis, x.dims, channels)
		}
	}
	return im.emit(n, &model.Softmax{}, x.dims, nil, x)
}

// importIdentity passes its input on.
func importIdentity(im *importer, n *node) error {
	v := n.input(0)
	if v == nil {
		return errors.New("input 0 is missing")
	}
	if v.constant != nil {
		// Exporters store a shared parameter once and copy it under its other names.
		c := *v.constant
		c.name, c.owned = n.proto.GetOutput()[0], true
		v.constant.owned = true
		v = &value{constant: &c}
	}
	im.define(n, v)
	return nil
}

// importDropout passes its input on, which is what it does outside training.
func importDropout(im *importer, n *node) error {
	n.ignore("ratio", "seed")
	if n.input(2) != nil {
		training, err := n.ints(2, "training_mode")
		if err != nil {
			return err
		}
		if len(training) != 1 || training[0] != 0 {
			return errors.New("it is in training mode: export the model in evaluation mode")
		}
	}
	return importIdentity(im, n)
}
