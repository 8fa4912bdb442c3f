package onnx_test

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/model/onnx"
	"github.com/rt3d-tune/rt3d-tune/model/reference"
)

// Forms of operators that exporters write and our own files do not hold. The input counts 1, 2, 3, …;
// outputs are worked out by hand.
var forms = []struct {
	name  string
	opset int
	input []int
	body  []string
	want  []float64
	dims  []int
}{
	{"auto_pad SAME_UPPER", 13, []int{1, 1, 1, 4}, []string{
		node("y", "Conv", "x w", attrS("auto_pad", "SAME_UPPER")), floats("w", []int{1, 1, 1, 2}, 1, 10),
	}, []float64{21, 32, 43, 4}, []int{1, 1, 1, 4}},
	{"auto_pad SAME_LOWER with stride", 13, []int{1, 1, 1, 5}, []string{
		node("y", "Conv", "x w", attrS("auto_pad", "SAME_LOWER"), attrInts("strides", 1, 2)), floats("w", []int{1, 1, 1, 4}, 1, 10, 100, 1000),
	}, []float64{2100, 4321, 543}, []int{1, 1, 1, 3}},
	{"auto_pad VALID", 13, []int{1, 1, 1, 3}, []string{
		node("y", "MaxPool", "x", attrInts("kernel_shape", 1, 2), attrS("auto_pad", "VALID")),
	}, []float64{2, 3}, []int{1, 1, 1, 2}},
	{"ConvTranspose by default", 13, []int{1, 1, 1, 2}, []string{
		node("y", "ConvTranspose", "x w b"), floats("w", []int{1, 1, 1, 2}, 1, 10), floats("b", []int{1}, .5),
	}, []float64{1.5, 12.5, 20.5}, []int{1, 1, 1, 3}},
	{"ConvTranspose with stride, padding and output padding", 13, []int{1, 1, 1, 2}, []string{
		node("y", "ConvTranspose", "x w", attrInts("strides", 1, 2), attrInts("pads", 0, 1, 0, 1), attrInts("output_padding", 0, 1)),
		floats("w", []int{1, 1, 1, 3}, 1, 10, 100),
	}, []float64{10, 102, 20, 200}, []int{1, 1, 1, 4}},
	{"ConvTranspose in groups", 13, []int{1, 2, 1, 1}, []string{
		node("y", "ConvTranspose", "x w", attrI("group", 2), attrInts("strides", 1, 2)), floats("w", []int{2, 1, 1, 2}, 1, 10, 100, 1000),
	}, []float64{1, 10, 200, 2000}, []int{1, 2, 1, 2}},
	{"ConvTranspose that a BatchNormalization follows", 13, []int{1, 1, 1, 1}, []string{
		node("c", "ConvTranspose", "x w", attrInts("strides", 1, 2)), node("y", "BatchNormalization", "c s o m v", attrF("epsilon", 0)),
		floats("w", []int{1, 1, 1, 2}, 1, 10), floats("s", []int{1}, 6), floats("o", []int{1}, 1), floats("m", []int{1}, 1), floats("v", []int{1}, 4),
	}, []float64{1, 28}, []int{1, 1, 1, 2}},
	{"ConvTranspose to twice the size", 13, []int{1, 1, 1, 2}, []string{
		node("y", "ConvTranspose", "x w", attrS("auto_pad", "SAME_UPPER"), attrInts("strides", 1, 2)), floats("w", []int{1, 1, 1, 4}, 1, 10, 100, 1000),
	}, []float64{10, 102, 1020, 200}, []int{1, 1, 1, 4}},
	{"ConvTranspose to a stated size", 13, []int{1, 1, 1, 2}, []string{
		node("y", "ConvTranspose", "x w", attrInts("output_shape", 1, 4), attrInts("strides", 1, 2)), floats("w", []int{1, 1, 1, 4}, 1, 10, 100, 1000),
	}, []float64{10, 102, 1020, 200}, []int{1, 1, 1, 4}},
	{"Resize by scales", 11, []int{1, 1, 1, 2}, []string{
		node("y", "Resize", "x _ s", attrS("mode", "nearest"), attrS("nearest_mode", "floor"), attrS("coordinate_transformation_mode", "asymmetric")),
		floats("s", []int{4}, 1, 1, 2, 1.5),
	}, []float64{1, 1, 2, 1, 1, 2}, []int{1, 1, 2, 3}},
	{"Resize to sizes, linear", 13, []int{1, 1, 1, 2}, []string{
		node("y", "Resize", "x _ _ s", attrS("mode", "linear"), attrS("coordinate_transformation_mode", "pytorch_half_pixel")), ints("s", 1, 1, 1, 4),
	}, []float64{1, 1.25, 1.75, 2}, []int{1, 1, 1, 4}},
	{"Resize of some axes", 18, []int{1, 1, 1, 2}, []string{
		node("y", "Resize", "x _ _ s", attrS("mode", "linear"), attrInts("axes", -1), attrS("coordinate_transformation_mode", "align_corners")), ints("s", 3),
	}, []float64{1, 1.5, 2}, []int{1, 1, 1, 3}},
	{"Swish", 13, []int{1, 1, 1, 2}, []string{
		node("s", "Sigmoid", "x"), node("y", "Mul", "x s"),
	}, []float64{1 / (1 + math.Exp(-1)), 2 / (1 + math.Exp(-2))}, []int{1, 1, 1, 2}},
	{"gate with one value per channel", 13, []int{1, 2, 1, 2}, []string{
		node("g", "GlobalAveragePool", "x"), node("y", "Mul", "g x"),
	}, []float64{1.5, 3, 10.5, 14}, []int{1, 2, 1, 2}},
	{"Gelu of opset 20", 20, []int{1, 2}, []string{
		node("y", "Gelu", "x"),
	}, []float64{(1 + math.Erf(1/math.Sqrt2)) / 2, 1 + math.Erf(math.Sqrt2)}, []int{1, 2}},
	{"Gelu of opset 20 by tanh", 20, []int{1, 2}, []string{
		node("y", "Gelu", "x", attrS("approximate", "tanh")),
	}, []float64{geluByTanh(1), geluByTanh(2)}, []int{1, 2}},
	{"Erf by itself", 13, []int{1, 2}, []string{
		node("y", "Erf", "x"),
	}, []float64{math.Erf(1), math.Erf(2)}, []int{1, 2}},
	{"DepthToSpace", 13, []int{1, 4, 1, 2}, []string{
		node("y", "DepthToSpace", "x", attrI("blocksize", 2)),
	}, []float64{1, 3, 2, 4, 5, 7, 6, 8}, []int{1, 1, 2, 4}},
	{"DepthToSpace, channels in front", 13, []int{1, 8, 1, 1}, []string{
		node("y", "DepthToSpace", "x", attrI("blocksize", 2), attrS("mode", "CRD")),
	}, []float64{1, 2, 3, 4, 5, 6, 7, 8}, []int{1, 2, 2, 2}},
	{"channels last", 13, []int{1, 2, 3, 2}, []string{
		node("t", "Transpose", "x", attrInts("perm", 0, 3, 1, 2)), node("y", "Conv", "t w"), floats("w", []int{1, 2, 1, 1}, 1, 100),
	}, []float64{201, 403, 605, 807, 1009, 1211}, []int{1, 1, 2, 3}},
	{"crop by Slice", 13, []int{1, 2, 2, 3}, []string{
		node("y", "Slice", "x s e a", ""), ints("s", 1, -2), ints("e", 9, -1), ints("a", 2, -1),
	}, []float64{5, 11}, []int{1, 2, 1, 1}},
	{"crop by Pad", 13, []int{1, 1, 1, 4}, []string{
		node("y", "Pad", "x p"), ints("p", 0, 0, 0, -1, 0, 0, 1, -2),
	}, []float64{2, 0}, []int{1, 1, 2, 1}},
	{"mean over channels", 13, []int{1, 2, 1, 2}, []string{
		node("y", "ReduceMean", "x", attrInts("axes", 1), attrI("keepdims", 0)),
	}, []float64{2, 3}, []int{1, 1, 2}},
	{"mean over everything", 18, []int{1, 2, 1, 2}, []string{
		node("y", "ReduceMean", "x"),
	}, []float64{2.5}, []int{1, 1, 1, 1}},
	{"mean over channels and width", 13, []int{1, 2, 2, 2}, []string{
		node("y", "ReduceMean", "x", attrInts("axes", -1, 1)),
	}, []float64{3.5, 5.5}, []int{1, 1, 2, 1}},
	{"one-dimensional convolution", 13, []int{1, 2, 1, 2}, []string{
		node("r", "Squeeze", "x a"), ints("a", 2), node("y", "Conv", "r w"), floats("w", []int{1, 2, 2}, 1, 2, 3, 4),
	}, []float64{1 + 4 + 9 + 16}, []int{1, 1, 1}},
	{"Gemm with every option", 13, []int{1, 2}, []string{
		node("c", "Transpose", "x"),
		node("y", "Gemm", "c w b", attrI("transA", 1), attrF("alpha", 2), attrF("beta", 3)),
		floats("w", []int{2, 3}, 1, 2, 3, 4, 5, 6), floats("b", []int{1, 3}, 1, 0, -1),
	}, []float64{2*(1+8) + 3, 2 * (2 + 10), 2*(3+12) - 3}, []int{1, 3}},
	{"Gemm with a scalar bias", 13, []int{1, 2}, []string{
		node("y", "Gemm", "x w b"), floats("w", []int{2, 2}, 1, 0, 0, 1), floats("b", nil, .5),
	}, []float64{1.5, 2.5}, []int{1, 2}},
	{"MatMul, Add and Mul make one layer", 13, []int{1, 2}, []string{
		node("m", "MatMul", "x w"), node("a", "Add", "b m"), node("y", "Mul", "a s"),
		floats("w", []int{2, 2}, 1, 2, 3, 4), floats("b", []int{2}, 10, 20), floats("s", nil, 2),
	}, []float64{34, 60}, []int{1, 2}},
	{"MatMul without a batch", 13, []int{1, 2, 1, 1}, []string{
		node("v", "Squeeze", "x"), node("y", "MatMul", "v w"), floats("w", []int{2, 2}, 1, 2, 3, 4),
	}, []float64{7, 10}, []int{2}},
	{"BatchNormalization folds", 13, []int{1, 1, 1, 2}, []string{
		node("c", "Conv", "x w b"), node("y", "BatchNormalization", "c s o m v", attrF("epsilon", 0), attrF("momentum", .9)),
		floats("w", []int{2, 1, 1, 1}, 1, 2), floats("b", []int{2}, 1, 0), floats("s", []int{2}, 6, 1), floats("o", []int{2}, 0, 5),
		floats("m", []int{2}, 1, 2), floats("v", []int{2}, 4, 1),
	}, []float64{3, 6, 5, 7}, []int{1, 2, 1, 2}},
	{"subtraction from a constant", 13, []int{1, 2}, []string{
		node("y", "Sub", "c x"), floats("c", []int{1, 2}, 10, 20),
	}, []float64{9, 18}, []int{1, 2}},
	{"division", 13, []int{1, 2, 1, 1}, []string{
		node("y", "Div", "x c"), floats("c", []int{2, 1, 1}, 4, 8),
	}, []float64{.25, .25}, []int{1, 2, 1, 1}},
	{"Sum of three", 13, []int{1, 2}, []string{
		node("a", "Relu", "x"), node("y", "Sum", "x a x"),
	}, []float64{3, 6}, []int{1, 2}},
	{"Clip with one bound", 11, []int{1, 3}, []string{
		node("y", "Clip", "x _ h"), floats("h", nil, 2),
	}, []float64{1, 2, 2}, []int{1, 3}},
	{"Softmax before opset 13 spans what follows", 11, []int{1, 2, 1, 1}, []string{
		node("y", "Softmax", "x"),
	}, []float64{1 / (1 + math.E), math.E / (1 + math.E)}, []int{1, 2, 1, 1}},
	{"Softmax of the last dimension", 13, []int{1, 2}, []string{
		node("y", "Softmax", "x"),
	}, []float64{1 / (1 + math.E), math.E / (1 + math.E)}, []int{1, 2}},
	{"Pad with axes", 18, []int{1, 1, 1, 2}, []string{
		node("y", "Pad", "x p _ a"), ints("p", 1, 0, 2, 1), ints("a", -1, 2),
	}, []float64{0, 1, 2, 0, 0, 0, 0, 0, 0, 0}, []int{1, 1, 2, 5}},
	{"ReduceMean with axes as input", 18, []int{1, 1, 2, 2}, []string{
		node("y", "ReduceMean", "x a", attrI("keepdims", 0)), ints("a", -1, -2),
	}, []float64{2.5}, []int{1, 1}},
	{"ReduceMean of one dimension", 13, []int{1, 1, 2, 2}, []string{
		node("y", "ReduceMean", "x", attrInts("axes", 2)),
	}, []float64{2, 3}, []int{1, 1, 1, 2}},
	{"Squeeze and Unsqueeze by attribute", 11, []int{1, 2, 1, 3}, []string{
		node("s", "Squeeze", "x", attrInts("axes", 2)), node("u", "Unsqueeze", "s", attrInts("axes", -1)), node("y", "Relu", "u"),
	}, []float64{1, 2, 3, 4, 5, 6}, []int{1, 2, 3, 1}},
	{"Reshape by arithmetic on the shape", 13, []int{1, 2, 1, 2}, []string{
		node("s", "Shape", "x"), node("b", "Gather", "s zero"), node("u", "Unsqueeze", "b first"), node("t", "Concat", "u rest", attrI("axis", 0)),
		node("f", "Reshape", "x t"), node("y", "Relu", "f"),
		`initializer { name: "zero" data_type: 7 int64_data: 0 }`, ints("first", 0), ints("rest", -1),
	}, []float64{1, 2, 3, 4}, []int{1, 4}},
	{"Transpose of what is 1", 13, []int{1, 3, 1, 1}, []string{
		node("t", "Transpose", "x", attrInts("perm", 0, 2, 3, 1)), node("r", "Relu", "t"), node("y", "Transpose", "r", attrInts("perm", 0, 3, 1, 2)),
	}, []float64{1, 2, 3}, []int{1, 3, 1, 1}},
	{"transposed weights", 13, []int{1, 2}, []string{
		node("t", "Transpose", "w"), node("y", "MatMul", "x t"), floats("w", []int{3, 2}, 1, 2, 3, 4, 5, 6),
	}, []float64{5, 11, 17}, []int{1, 3}},
	{"Dropout and Identity vanish", 13, []int{1, 2}, []string{
		node("i", "Identity", "x"), node("d", "Dropout", "i ratio"), node("y", "Relu", "d"), floats("ratio", nil, .5),
	}, []float64{1, 2}, []int{1, 2}},
	{"Constant as floats", 13, []int{1, 2}, []string{
		`node { op_type: "Constant" output: "c" attribute { name: "value_floats" type: FLOATS floats: 5 floats: 7 } }`, node("y", "Mul", "x c"),
	}, []float64{5, 14}, []int{1, 2}},
	{"raw data", 13, []int{1, 2}, []string{
		`initializer { name: "c" data_type: 1 raw_data: "\000\000\200\077" }`, node("y", "Add", "x c"),
	}, []float64{2, 3}, []int{1, 2}},
	{"nodes that the output does not need", 13, []int{1, 2}, []string{
		node("dead", "Tanh", "x"), node("y", "Relu", "x"),
	}, []float64{1, 2}, []int{1, 2}},
	{"ceil mode", 13, []int{1, 1, 1, 3}, []string{
		node("y", "MaxPool", "x", attrInts("kernel_shape", 1, 2), attrInts("strides", 1, 2), attrI("ceil_mode", 1)),
	}, []float64{2, 3}, []int{1, 1, 1, 2}},
	{"average over padding", 13, []int{1, 1, 1, 2}, []string{
		node("y", "AveragePool", "x", attrInts("kernel_shape", 1, 2), attrInts("pads", 0, 1, 0, 0), attrI("count_include_pad", 1)),
	}, []float64{.5, 1.5}, []int{1, 1, 1, 2}},
}

func TestForms(t *testing.T) {
	for _, c := range forms {
		t.Run(c.name, func(t *testing.T) {
			g, err := onnx.Decode("test.onnx", file(t, c.opset, c.input, c.body...))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(g.Output.Dims, c.dims) {
				t.Errorf("dimensions %v, want %v", g.Output.Dims, c.dims)
			}
			shape, err := g.InputShape()
			if err != nil {
				t.Fatal(err)
			}
			input := make([]float32, shape.Count())
			for i := range input {
				input[i] = float32(i + 1)
			}
			got, err := reference.Run(g, input)
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != len(c.want) {
				t.Fatalf("output %v, want %v", got, c.want)
			}
			for i := range got {
				if math.Abs(got[i]-c.want[i]) > 1e-12 {
					t.Fatalf("output %v, want %v", got, c.want)
				}
			}
			if strings.Contains(c.name, "mean over") || strings.Contains(c.name, "in front") {
				sameAnswers(t, again(t, g), g) // in other names, and without a Reshape before another one
				return
			}
			same(t, again(t, g), g)
		})
	}
}

// What the operators of a fused file come down to.
func TestFoldingLeavesOneLayer(t *testing.T) {
	g, err := onnx.Decode("test.onnx", file(t, 13, []int{1, 2},
		node("m", "MatMul", "x w"), node("a", "Add", "b m"), node("y", "Mul", "a s"),
		floats("w", []int{2, 2}, 1, 2, 3, 4), floats("b", []int{2}, 10, 20), floats("s", nil, 2)))
	if err != nil {
		t.Fatal(err)
	}
	if len(g.Nodes) != 1 || g.Nodes[0].Op.Kind() != "Gemm" {
		t.Errorf("%d nodes are left", len(g.Nodes))
	}
}

// A factor is not folded into a convolution whose plain output is used too.
func TestFoldingSparesSharedValues(t *testing.T) {
	g, err := onnx.Decode("test.onnx", file(t, 13, []int{1, 1, 1, 2},
		node("c", "Conv", "x w"), node("m", "Mul", "c s"), node("y", "Add", "m c"),
		floats("w", []int{1, 1, 1, 1}, 3), floats("s", nil, 2)))
	if err != nil {
		t.Fatal(err)
	}
	got, err := reference.Run(g, []float32{1, 2})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, []float64{9, 18}) {
		t.Errorf("output %v", got)
	}
}

// Two layers that share an initializer can be changed apart.
func TestSharedWeightsAreCopied(t *testing.T) {
	g, err := onnx.Decode("test.onnx", file(t, 13, []int{1, 1, 1, 2},
		node("a", "Conv", "x shared.weight"), node("b", "Conv", "a shared.weight"), node("y", "Mul", "b s"),
		floats("shared.weight", []int{1, 1, 1, 1}, 3), floats("s", nil, 2)))
	if err != nil {
		t.Fatal(err)
	}
	got, err := reference.Run(g, []float32{1, 2})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, []float64{18, 36}) {
		t.Errorf("output %v", got)
	}
	if g.Nodes[0].Name != "shared" || g.Nodes[1].Name != "shared_1" {
		t.Errorf("layers %q and %q", g.Nodes[0].Name, g.Nodes[1].Name)
	}
}

// geluByTanh is a Gelu's approximation, its factors rounded to float32 as a graph holds them.
func geluByTanh(x float64) float64 {
	linear, cubic := float64(float32(0.7978845608028654)), float64(float32(0.7978845608028654*0.044715))
	return x * (0.5 + 0.5*math.Tanh(x*(linear+cubic*x*x)))
}
