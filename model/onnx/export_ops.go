package onnx

import (
	"fmt"
	"math"
	"slices"

	"github.com/rt3d-tune/rt3d-tune/model"
	pb "github.com/rt3d-tune/rt3d-tune/model/onnx/onnxpb"
)

// node writes one operator of the model.
func (ex *exporter) node(n *model.Node) error {
	if ex.skip[n] {
		return nil
	}
	shape := ex.shapes[n.Output]
	// Dimensions of the output where the operator keeps those of its input.
	keep := ex.dims[n.Inputs[0]]
	switch op := n.Op.(type) {
	case *model.Conv:
		return ex.conv(n, op, shape)
	case *model.Activation:
		ex.dims[n.Output] = keep
		return ex.activation(n, op)
	case *model.Affine:
		ex.dims[n.Output] = keep
		return ex.affine(n, op, shape)
	case *model.Add:
		kind := "Add"
		if len(n.Inputs) > 2 {
			kind = "Sum"
		}
		ex.dims[n.Output] = ex.common(n.Inputs, shape)
		ex.write(n.Name, kind, ex.alike(n.Inputs), n.Output)
	case *model.Product:
		inputs, shapes := n.Inputs, [2]model.Shape{ex.shapes[n.Inputs[0]], ex.shapes[n.Inputs[1]]}
		ex.dims[n.Output] = ex.common(inputs, shape)
		names := ex.alike(inputs)
		if shapes[0] != shapes[1] { // one value per channel has spatial dimensions of its own
			ex.dims[n.Output] = ex.spatialDims(shape)
			names = []string{ex.in(n), ex.as(inputs[1], ex.spatialDims(shapes[1]))}
		}
		ex.write(n.Name, "Mul", names, n.Output)
	case *model.Concat:
		ex.dims[n.Output] = ex.common(n.Inputs, shape)
		ex.write(n.Name, "Concat", ex.alike(n.Inputs), n.Output, intAttr("axis", 1))
	case *model.Pool:
		ex.pool(n, op, shape)
	case *model.GlobalAveragePool:
		ex.dims[n.Output] = ex.spatialDims(shape)
		ex.write(n.Name, "GlobalAveragePool", []string{ex.in(n)}, n.Output)
	case *model.Reshape:
		dims := ex.spatialDims(shape)
		if shape.Count() == shape.C {
			dims = flatDims(shape)
		}
		if stated, ok := canonical(ex.g.Output.Dims); ok && n.Output == ex.g.Output.Name && stated == shape {
			dims = ex.g.Output.Dims
		}
		ex.dims[n.Output] = dims
		ex.reshape(n.Name, ex.names[n.Inputs[0]], n.Output, dims)
	case *model.Softmax:
		ex.dims[n.Output] = keep
		ex.write(n.Name, "Softmax", []string{ex.names[n.Inputs[0]]}, n.Output, intAttr("axis", 1))
	case *model.Pad:
		ex.pad(n, op, shape)
	case *model.Interleave:
		return ex.interleave(n, op, shape)
	case *model.Permute:
		ex.permute(n, op, shape)
	case *model.Resize:
		return ex.resize(n, op, shape)
	default:
		return fmt.Errorf("operator %T cannot be written", op)
	}
	return nil
}

// in is the node's input in spatial dimensions.
func (ex *exporter) in(n *model.Node) string {
	return ex.as(n.Inputs[0], ex.spatialDims(ex.shapes[n.Inputs[0]]))
}

// common are the output dimensions of an operator that joins inputs of equal form.
func (ex *exporter) common(inputs []string, out model.Shape) []int {
	if ex.uniform(inputs) && len(ex.dims[inputs[0]]) == 2 {
		return flatDims(out)
	}
	return ex.spatialDims(out)
}

// uniform tells whether all inputs have the same number of dimensions.
func (ex *exporter) uniform(inputs []string) bool {
	for _, in := range inputs {
		if len(ex.dims[in]) != len(ex.dims[inputs[0]]) {
			return false
		}
	}
	return true
}

// alike are the inputs in equal form: as they are if they agree, else in spatial dimensions.
func (ex *exporter) alike(inputs []string) []string {
	names := make([]string, len(inputs))
	flat := ex.uniform(inputs) && len(ex.dims[inputs[0]]) == 2
	for i, in := range inputs {
		if flat {
			names[i] = ex.names[in]
		} else {
			names[i] = ex.as(in, ex.spatialDims(ex.shapes[in]))
		}
	}
	return names
}

func (ex *exporter) conv(n *model.Node, c *model.Conv, shape model.Shape) error {
	input, kind := ex.in(n), "Conv"
	ex.dims[n.Output] = ex.spatialDims(shape)
	weightDims := append([]int{c.Filters, c.Channels / c.Groups}, c.Kernel[3-ex.spatial:]...)
	attrs := append(ex.sliding(c.Kernel, c.Stride, c.PadBegin, c.PadEnd),
		intsAttr("dilations", c.Dilation[3-ex.spatial:]), intAttr("group", c.Groups))
	if c.FullyConnected {
		if c.Channels != ex.shapes[n.Inputs[0]].Count() || c.Groups != 1 || c.Positions() != 1 {
			return fmt.Errorf("a fully connected layer wants a flat input and a 1x1x1 kernel, has %s and %v", ex.shapes[n.Inputs[0]], c.Kernel)
		}
		input, kind = ex.as(n.Inputs[0], flatDims(ex.shapes[n.Inputs[0]])), "Gemm"
		ex.dims[n.Output] = flatDims(shape)
		weightDims = []int{c.Filters, c.Channels}
		attrs = []*pb.AttributeProto{intAttr("transB", 1)}
	}
	weight, err := ex.constant(n.Name, "weight", weightDims, c.Weight)
	if err != nil {
		return err
	}
	inputs := []string{input, weight}
	if c.Bias != nil {
		bias, err := ex.constant(n.Name, "bias", []int{c.Filters}, c.Bias)
		if err != nil {
			return err
		}
		inputs = append(inputs, bias)
	}
	ex.write(n.Name, kind, inputs, n.Output, attrs...)
	return nil
}

// sliding are the attributes that windows share.
func (ex *exporter) sliding(kernel, stride, begin, end [3]int) []*pb.AttributeProto {
	first := 3 - ex.spatial
	return []*pb.AttributeProto{
		intsAttr("kernel_shape", kernel[first:]), intsAttr("strides", stride[first:]),
		intsAttr("pads", slices.Concat(begin[first:], end[first:])),
	}
}

func (ex *exporter) pool(n *model.Node, p *model.Pool, shape model.Shape) {
	attrs := ex.sliding(p.Kernel, p.Stride, p.PadBegin, p.PadEnd)
	if p.CeilMode {
		attrs = append(attrs, intAttr("ceil_mode", 1))
	}
	if p.CountPad && p.Function == model.AveragePool {
		attrs = append(attrs, intAttr("count_include_pad", 1))
	}
	ex.dims[n.Output] = ex.spatialDims(shape)
	ex.write(n.Name, string(p.Function), []string{ex.in(n)}, n.Output, attrs...)
}

func (ex *exporter) activation(n *model.Node, a *model.Activation) error {
	inputs := []string{ex.names[n.Inputs[0]]}
	var attrs []*pb.AttributeProto
	switch a.Function {
	case model.Gelu:
		return ex.gelu(n)
	case model.Relu, model.Sigmoid, model.Tanh, model.Erf:
	case model.LeakyRelu, model.Elu:
		attrs = append(attrs, floatAttr("alpha", a.Alpha))
	case model.Clip:
		for i, bound := range []float32{a.Min, a.Max} {
			name := ""
			if !math.IsInf(float64(bound), 2*i-1) {
				var err error
				if name, err = ex.constant(n.Name, []string{"min", "max"}[i], nil, []float32{bound}); err != nil {
					return err
				}
			}
			inputs = append(inputs, name)
		}
		for len(inputs) > 1 && inputs[len(inputs)-1] == "" {
			inputs = inputs[:len(inputs)-1]
		}
	default:
		return fmt.Errorf("pointwise function %q cannot be written", a.Function)
	}
	ex.write(n.Name, string(a.Function), inputs, n.Output, attrs...)
	return nil
}

// affine writes a BatchNormalization with mean 0, variance 1 and epsilon 0, which is exact.
func (ex *exporter) affine(n *model.Node, a *model.Affine, shape model.Shape) error {
	ones := make([]float32, shape.C)
	for i := range ones {
		ones[i] = 1
	}
	inputs := []string{ex.names[n.Inputs[0]]}
	for _, p := range []struct {
		what   string
		values []float32
	}{{"weight", a.Scale}, {"bias", a.Shift}, {"running_mean", make([]float32, shape.C)}, {"running_var", ones}} {
		name, err := ex.constant(n.Name, p.what, []int{shape.C}, p.values)
		if err != nil {
			return err
		}
		inputs = append(inputs, name)
	}
	ex.write(n.Name, "BatchNormalization", inputs, n.Output, floatAttr("epsilon", 0))
	return nil
}

func (ex *exporter) pad(n *model.Node, p *model.Pad, shape model.Shape) {
	first := 3 - ex.spatial
	pads := slices.Concat([]int{0, 0}, p.Begin[first:], []int{0, 0}, p.End[first:])
	name := unique(n.Name+".pads", ex.taken)
	ex.out.Initializer = append(ex.out.Initializer, intTensor(name, pads))
	ex.dims[n.Output] = ex.spatialDims(shape)
	ex.write(n.Name, "Pad", []string{ex.in(n), name}, n.Output)
}
