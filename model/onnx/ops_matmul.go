package onnx

import (
	"fmt"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// importGemm reads alpha·A'·B' + beta·C with constant B and C as a fully connected layer.
func importGemm(im *importer, n *node) error {
	transA, err := n.attrInt("transA", 0)
	if err != nil {
		return err
	}
	transB, err := n.attrInt("transB", 0)
	if err != nil {
		return err
	}
	alpha, err := n.attrFloat("alpha", 1)
	if err != nil {
		return err
	}
	beta, err := n.attrFloat("beta", 1)
	if err != nil {
		return err
	}
	x, err := n.data(0)
	if err != nil {
		return err
	}
	if len(x.dims) != 2 || (transA == 0 && x.dims[0] != 1) || (transA != 0 && x.dims[1] != 1) {
		return fmt.Errorf("its input has dimensions %v, want one row of features (transA %d)", x.dims, transA)
	}
	w, err := n.floats(1, "weight")
	if err != nil {
		return err
	}
	c, err := dense(w, transB != 0, count(x.dims), alpha)
	if err != nil {
		return err
	}
	if n.input(2) != nil {
		b, err := n.floats(2, "bias")
		if err != nil {
			return err
		}
		if c.Bias, err = rowBias(b, c.Filters, beta); err != nil {
			return err
		}
	}
	return im.fullyConnected(n, c, w, x, []int{1, c.Filters})
}

// importMatMul reads a product of one row with a constant matrix as a fully connected layer; a bias
// added next is folded into it later.
func importMatMul(im *importer, n *node) error {
	x, err := n.data(0)
	if err != nil {
		return err
	}
	w, err := n.floats(1, "weight")
	if err != nil {
		return err
	}
	rank := len(x.dims)
	if rank < 1 || x.dims[rank-1] != count(x.dims) {
		return fmt.Errorf("its input has dimensions %v, want one row of features", x.dims)
	}
	c, err := dense(w, false, count(x.dims), 1)
	if err != nil {
		return err
	}
	dims := append([]int(nil), x.dims...)
	dims[rank-1] = c.Filters
	return im.fullyConnected(n, c, w, x, dims)
}

// dense is the fully connected layer of a weight matrix: [units features] if transposed (as the model
// keeps it), else [features units].
func dense(w *tensor, transposed bool, features int, alpha float32) (*model.Conv, error) {
	if len(w.dims) != 2 || len(w.floats) == 0 {
		return nil, fmt.Errorf("weight %q has dimensions %v, want a matrix", w.name, w.dims)
	}
	units, in := w.dims[0], w.dims[1]
	if !transposed {
		units, in = in, units
	}
	if in != features {
		return nil, fmt.Errorf("weight %q of dimensions %v wants %d features, its input has %d", w.name, w.dims, in, features)
	}
	var weight []float32
	if transposed {
		weight = w.take()
	} else {
		weight = w.transpose([]int{1, 0}).floats
	}
	if alpha != 1 {
		weight = append([]float32(nil), weight...)
		for i := range weight {
			weight[i] *= alpha
		}
	}
	one := [3]int{1, 1, 1}
	return &model.Conv{
		Weight: weight, Filters: units, Channels: in, Groups: 1,
		Kernel: one, Stride: one, Dilation: one, FullyConnected: true,
	}, nil
}

// rowBias is a Gemm's C, scaled, as one value per unit.
func rowBias(b *tensor, units int, beta float32) ([]float32, error) {
	if !(len(b.floats) == 1 || len(b.floats) == units && len(b.dims) > 0 && b.dims[len(b.dims)-1] == units) {
		return nil, fmt.Errorf("bias %q has dimensions %v, want [%d]", b.name, b.dims, units)
	}
	bias := make([]float32, units)
	for i := range bias {
		bias[i] = beta * b.floats[i%len(b.floats)]
	}
	return bias, nil
}

// fullyConnected emits the layer on the flattened input.
func (im *importer) fullyConnected(n *node, c *model.Conv, w *tensor, x *value, dims []int) error {
	x, err := im.as(x, model.Shape{C: c.Channels, D: 1, H: 1, W: 1})
	if err != nil {
		return err
	}
	return im.emit(n, c, dims, w, x)
}
