package onnx

import (
	"fmt"
	"math"

	"github.com/rt3d-tune/rt3d-tune/model"
)

func importErf(im *importer, n *node) error {
	return im.pointwise(n, &model.Activation{Function: model.Erf})
}

// importGelu reads the operator of opset 20.
func importGelu(im *importer, n *node) error {
	approximate, err := n.attrString("approximate", "none")
	if err != nil {
		return err
	}
	switch approximate {
	case "none":
		return im.pointwise(n, &model.Activation{Function: model.Gelu})
	case "tanh":
		return im.geluByTanh(n)
	}
	return fmt.Errorf("approximate %q: want none or tanh", approximate)
}

// geluByTanh spells a Gelu's approximation, x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))) (Hendrycks and Gimpel, 2016).
func (im *importer) geluByTanh(n *node) error {
	x, err := im.settledData(n, 0)
	if err != nil {
		return err
	}
	name := im.layerName(n, nil)
	v := x
	step := func(part string, op model.Op, inputs ...*value) {
		if err == nil {
			v, err = im.append(unique(name+"."+part, im.names), unique(name+"."+part, im.valueNames), op, x.dims, inputs...)
		}
	}
	line := func(scale, shift float64) *model.Affine {
		f := uniform(scale, shift, x.shape.C)
		a := f.round()
		im.exact[a] = f
		return a
	}
	k := math.Sqrt(2 / math.Pi)
	step("square", &model.Product{}, x, x)
	step("factor", line(k*0.044715, k), v)
	step("inner", &model.Product{}, x, v)
	step("tanh", &model.Activation{Function: model.Tanh}, v)
	step("half", line(0.5, 0.5), v)
	if err != nil {
		return err
	}
	return im.emit(n, &model.Product{}, x.dims, nil, x, v)
}

// geluOf recognises z·k·(1 + erf(z·m)), which is how exporters write a Gelu before opset 20: as a chain
// of Div, Erf, Add and Mul in any order of the factors. It emits a Gelu of z·m·√2, times what is left of
// the factors, and tells whether the product was one.
func (im *importer) geluOf(n *node) (bool, error) {
	for i := range 2 {
		x, err := im.settledData(n, i)
		if err != nil {
			return false, err
		}
		erf, err := im.settledData(n, 1-i)
		if err != nil {
			return false, err
		}
		source, outer := im.linear(erf.name)
		maker := im.maker(source)
		if maker == nil || outer.scale == 0 || !near(outer.shift, outer.scale) {
			continue
		}
		if a, ok := maker.Op.(*model.Activation); !ok || a.Function != model.Erf {
			continue
		}
		z, inner := im.linear(maker.Inputs[0])
		base, plain := im.linear(x.name)
		if z != base || inner.scale == 0 || inner.shift != 0 || plain.shift != 0 || fmt.Sprint(x.dims) != fmt.Sprint(erf.dims) {
			continue
		}
		// The product is plain·z·outer·(1 + erf(inner·z)); a Gelu of y is y/2·(1 + erf(y/√2)).
		toY := inner.scale * math.Sqrt2
		v := &value{name: base, dims: x.dims, shape: x.shape}
		if v, err = im.scaled(v, toY, n); err != nil {
			return false, err
		}
		after := 2 * plain.scale * outer.scale / toY
		if near(after, 1) {
			return true, im.emit(n, &model.Activation{Function: model.Gelu}, v.dims, nil, v)
		}
		name := im.layerName(n, nil)
		if v, err = im.append(name, unique(name+".gelu", im.valueNames), &model.Activation{Function: model.Gelu}, v.dims, v); err != nil {
			return false, err
		}
		return true, im.affine(n, v, uniform(after, 0, v.shape.C), nil)
	}
	return false, nil
}

// scaled multiplies a value by a factor, unless that is 1 but for rounding.
func (im *importer) scaled(v *value, factor float64, n *node) (*value, error) {
	if near(factor, 1) {
		return v, nil
	}
	f := uniform(factor, 0, v.shape.C)
	a := f.round()
	im.exact[a] = f
	name := im.layerName(n, nil)
	return im.append(unique(name+".scaled", im.names), unique(name+".scaled", im.valueNames), a, v.dims, v)
}

// line is y = scale·x + shift, the same for all channels.
type line struct{ scale, shift float64 }

// linear follows a value back through Affine nodes that treat all channels alike, and gives the value that
// they begin with and what they do together.
func (im *importer) linear(name string) (string, line) {
	total := line{1, 0}
	for {
		maker := im.maker(name)
		if maker == nil {
			return name, total
		}
		a, ok := maker.Op.(*model.Affine)
		if !ok {
			return name, total
		}
		f := im.exact[a]
		for c := range f.scale {
			if f.scale[c] != f.scale[0] || f.shift[c] != f.shift[0] {
				return name, total
			}
		}
		total = line{total.scale * f.scale[0], total.scale*f.shift[0] + total.shift}
		name = maker.Inputs[0]
	}
}

// maker is the node that makes a value, or nil for the network's input.
func (im *importer) maker(value string) *model.Node {
	for i := len(im.g.Nodes) - 1; i >= 0; i-- {
		if im.g.Nodes[i].Output == value {
			return im.g.Nodes[i]
		}
	}
	return nil
}

// near tells whether two numbers are the same but for rounding to float32.
func near(a, b float64) bool { return math.Abs(a-b) <= 1e-6*math.Abs(b) }

// uniform are factors that treat all channels alike.
func uniform(scale, shift float64, channels int) factors {
	f := factors{make([]float64, channels), make([]float64, channels)}
	for c := range channels {
		f.scale[c], f.shift[c] = scale, shift
	}
	return f
}
