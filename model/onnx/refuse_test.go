package onnx_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/model/onnx"
)

// Each file that cannot be used gives one error of type *onnx.Error that names the file, the node and
// the operator where one is at fault, and what is wrong.
func TestRefusals(t *testing.T) {
	flat := []int{1, 1, 2, 2}
	w := floats("w", []int{1, 1, 1, 1}, 2)
	relu := node("y", "Relu", "x")
	one := func(body ...string) func(t *testing.T) []byte {
		return func(t *testing.T) []byte { return file(t, 13, flat, body...) }
	}
	at := func(opset int, body ...string) func(t *testing.T) []byte {
		return func(t *testing.T) []byte { return file(t, opset, flat, body...) }
	}
	text := func(s string) func(t *testing.T) []byte {
		return func(t *testing.T) []byte { return encode(t, s) }
	}
	const header = `ir_version: 7 opset_import { version: 13 } `
	meta := func(json string) func(t *testing.T) []byte {
		return text(header + `graph { ` + tensorInput("x", flat) + ` output { name: "y" } ` + node("c", "Conv", "x a.weight") + node("y", "Relu", "c") +
			floats("a.weight", []int{1, 1, 1, 2}, 0, 3) + ` } metadata_props { key: "rt3d.masks" value: '` + json + `' }`)
	}
	cases := []struct {
		name     string
		data     func(t *testing.T) []byte
		node, op string
		want     string
	}{
		{"empty file", func(*testing.T) []byte { return nil }, "", "", "no graph"},
		{"random bytes", func(*testing.T) []byte { return []byte("\xff\xff\xff\xffnot a model") }, "", "", "not an ONNX model, or damaged"},
		{"text", func(*testing.T) []byte { return []byte("name: c3d\nlayers: 8\n") }, "", "", "not an ONNX model, or damaged"},
		{"truncated", func(t *testing.T) []byte { d := one(node("y", "Conv", "x w"), w)(t); return d[:len(d)-9] }, "", "", "damaged"},
		{"unknown operator", one(node("y", "GridSample", "x")), "n_y", "GridSample", "known operators: Add, AveragePool"},
		{"operator of another domain", one(`node { name: "q" op_type: "Conv" domain: "com.vendor" input: "x" output: "y" }`), "q", "com.vendor::Conv", "not supported"},
		{"no name falls back to the output", one(`node { op_type: "Lrn" input: "x" output: "y" }`), "y", "Lrn", "not supported"},
		{"dynamic batch", text(header + `graph { input { name: "x" type { tensor_type { elem_type: 1 shape { dim { dim_param: "batch" } dim { dim_value: 3 } } } } } output { name: "y" } ` + relu + ` }`),
			"", "", `dimension 0 is dynamic ("batch")`},
		{"dynamic size", text(header + `graph { input { name: "x" type { tensor_type { elem_type: 1 shape { dim { dim_value: 1 } dim { } } } } } output { name: "y" } ` + relu + ` }`), "", "", "dimension 1 is dynamic"},
		{"batch of two", func(t *testing.T) []byte { return file(t, 13, []int{2, 3}, relu) }, "", "", "batch of 1"},
		{"input of doubles", text(header + `graph { input { name: "x" type { tensor_type { elem_type: 11 } } } output { name: "y" } ` + relu + ` }`), "", "", "DOUBLE"},
		{"two inputs", text(header + `graph { ` + tensorInput("x", flat) + tensorInput("z", flat) + ` output { name: "y" } ` + relu + ` }`), "", "", "2 inputs (x, z)"},
		{"no outputs", text(header + `graph { ` + tensorInput("x", flat) + relu + ` }`), "", "", "no outputs"},
		{"second output that is the input", text(header + `graph { ` + tensorInput("x", flat) + ` output { name: "y" } output { name: "x" } ` + relu + ` }`), "", "", `output "x": it is the unchanged input`},
		{"second output that is the first", text(header + `graph { ` + tensorInput("x", flat) + ` output { name: "y" } output { name: "z" } ` + relu + node("z", "Identity", "y") + ` }`), "", "", `output "z": it is the same value as output "y"`},
		{"output of nothing", text(header + `graph { ` + tensorInput("x", flat) + ` output { name: "q" } ` + relu + ` }`), "", "", `output "q": it is not computed`},
		{"output that is the input", one(node("y", "Identity", "x")), "", "", "no layers"},
		{"output of another shape", text(header + `graph { ` + tensorInput("x", flat) + ` output { name: "y" type { tensor_type { shape { dim { dim_value: 1 } dim { dim_value: 7 } } } } } ` + relu + ` }`), "", "", "stated as [1 7] but computed as [1 1 2 2]"},
		{"old opset", at(10, relu), "", "", "opset 10 is not supported"},
		{"new opset", at(21, relu), "", "", "from 11 to 20"},
		{"no opset", text(`graph { ` + tensorInput("x", flat) + ` output { name: "y" } ` + relu + ` }`), "", "", "no opset"},
		{"missing initializer", one(node("y", "Conv", "x w")), "n_y", "Conv", `input "w" is neither`},
		{"half precision", one(node("y", "Conv", "x w"), `initializer { name: "w" data_type: 10 dims: 1 }`), "n_y", "Conv", "FLOAT16"},
		{"too few values", one(node("y", "Conv", "x w"), floats("w", []int{4, 1, 3, 3}, 1, 2)), "n_y", "Conv", "holds 2 values"},
		{"huge tensor", one(node("y", "Conv", "x w"), `initializer { name: "w" data_type: 1 dims: 2000000000 dims: 2000000000 }`), "n_y", "Conv", "too large"},
		{"sparse", one(relu, `sparse_initializer { }`), "", "", "sparse"},
		{"value defined twice", one(relu, relu), "n_y", "Relu", "defined twice"},
		{"weights of another rank", one(node("y", "Conv", "x w"), floats("w", []int{1, 1, 1}, 1)), "n_y", "Conv", "want 4 for 2D input"},
		{"wrong channels", one(node("y", "Conv", "x w"), floats("w", []int{1, 2, 1, 1}, 1, 2)), "n_y", "Conv", "input has 1 channels, the weights want 2"},
		{"wrong groups", one(node("y", "Conv", "x w", attrI("group", 3)), w), "n_y", "Conv", "group 3"},
		{"kernel_shape that is not the weights'", one(node("y", "Conv", "x w", attrInts("kernel_shape", 3, 3)), w), "n_y", "Conv", "kernel_shape [3 3] differs"},
		{"kernel too large", one(node("y", "MaxPool", "x", attrInts("kernel_shape", 3, 1))), "n_y", "MaxPool", "larger than the padded input"},
		{"pool in its padding", one(node("y", "AveragePool", "x", attrInts("kernel_shape", 1, 1), attrInts("pads", 1, 1, 1, 1))), "n_y", "AveragePool", "padding"},
		{"wrong auto_pad", one(node("y", "Conv", "x w", attrS("auto_pad", "SOMEHOW")), w), "n_y", "Conv", "SAME_UPPER"},
		{"attribute of another type", one(node("y", "Conv", "x w", attrF("group", 1)), w), "n_y", "Conv", `attribute "group" has type FLOAT, want INT`},
		{"attribute that is not known", one(node("y", "Relu", "x", attrI("inplace", 1))), "n_y", "Relu", "attribute inplace is not supported"},
		{"attribute out of range", one(node("y", "Conv", "x w", attrI("group", 1<<40)), w), "n_y", "Conv", "out of range"},
		{"computed weights", one(node("v", "Relu", "x"), node("y", "Conv", "x v")), "n_y", "Conv", "computed by the network"},
		{"training", one(node("y", "BatchNormalization", "x s s s s", attrI("training_mode", 1)), floats("s", []int{1}, 1)), "n_y", "BatchNormalization", "evaluation mode"},
		{"training before opset 14", one(`node { op_type: "BatchNormalization" input: "x" input: "s" input: "s" input: "s" input: "s" output: "y" output: "m" }`, floats("s", []int{1}, 1)), "y", "BatchNormalization", "evaluation mode"},
		{"no variance", one(node("y", "BatchNormalization", "x s s s v"), floats("s", []int{1}, 1), floats("v", []int{1}, -1)), "n_y", "BatchNormalization", "variance"},
		{"dropout in training", one(node("y", "Dropout", "x r t"), floats("r", nil, .5), ints("t", 1)), "n_y", "Dropout", "evaluation mode"},
		{"indices of a pool", one(`node { name: "p" op_type: "MaxPool" input: "x" output: "m" output: "i" `+attrInts("kernel_shape", 1, 1)+` }`, node("y", "Relu", "i")), "n_y", "Relu", `further output of node "p"`},
		{"product of activations that broadcasts", one(node("g", "ReduceMean", "x", attrInts("axes", 3)), node("y", "Mul", "x g")), "n_y", "Mul", "want the same, or one value per channel"},
		{"quotient of activations", one(node("y", "Div", "x x")), "n_y", "Div", "both inputs are activations"},
		{"constant per position", one(node("y", "Add", "x c"), floats("c", []int{2}, 1, 2)), "n_y", "Add", "not one value per channel"},
		{"constant that widens", one(node("y", "Add", "x c"), floats("c", []int{3, 1, 1, 1}, 1, 2, 3)), "n_y", "Add", "not one value per channel"},
		{"broadcast of activations", one(node("g", "GlobalAveragePool", "x"), node("y", "Add", "x g")), "n_y", "Add", "broadcasting"},
		{"data that moves", one(node("r", "Reshape", "x s"), node("t", "Transpose", "r", attrInts("perm", 1, 0)), node("y", "Relu", "t"), ints("s", 2, 2)), "n_t", "Transpose", "a batch of 1 that stays in front"},
		{"weights of another rank, transposed", one(node("y", "ConvTranspose", "x w"), floats("w", []int{1, 1, 1}, 1)), "n_y", "ConvTranspose", "want 4 for 2D input"},
		{"wrong channels, transposed", one(node("y", "ConvTranspose", "x w"), floats("w", []int{2, 1, 1, 1}, 1, 2)), "n_y", "ConvTranspose", "input has 1 channels, the weights want 2"},
		{"padding beyond the kernel, transposed", one(node("y", "ConvTranspose", "x w", attrInts("pads", 1, 0, 0, 0)), w), "n_y", "ConvTranspose", "height: padding 1,0 cuts off more than the kernel of 1"},
		{"output padding beyond the stride", one(node("y", "ConvTranspose", "x w", attrInts("output_padding", 1, 0)), w), "n_y", "ConvTranspose", "output padding 1 must be smaller"},
		{"odd padding of a stated size", one(node("y", "ConvTranspose", "x w", attrInts("output_shape", 1, 2)), w), "n_y", "ConvTranspose", "export with pads"},
		{"auto_pad of a transposed convolution", one(node("y", "ConvTranspose", "x w", attrS("auto_pad", "SOMEHOW")), w), "n_y", "ConvTranspose", "SAME_UPPER"},
		{"cubic", one(node("y", "Resize", "x _ s", attrS("mode", "cubic")), floats("s", []int{4}, 1, 1, 2, 2)), "n_y", "Resize", `mode "cubic" is not supported: want nearest or linear`},
		{"coordinates of Resize", one(node("y", "Resize", "x _ s", attrS("coordinate_transformation_mode", "tf_crop_and_resize")), floats("s", []int{4}, 1, 1, 2, 2)), "n_y", "Resize", "want half_pixel, pytorch_half_pixel, align_corners or asymmetric"},
		{"rounding of Resize", one(node("y", "Resize", "x _ s", attrS("nearest_mode", "simple")), floats("s", []int{4}, 1, 1, 2, 2)), "n_y", "Resize", `nearest_mode "simple"`},
		{"antialias", at(18, node("y", "Resize", "x _ s", attrI("antialias", 1)), floats("s", []int{4}, 1, 1, 2, 2)), "n_y", "Resize", "antialias is not supported: want 0"},
		{"aspect ratio", at(18, node("y", "Resize", "x _ s", attrS("keep_aspect_ratio_policy", "not_larger")), floats("s", []int{4}, 1, 1, 2, 2)), "n_y", "Resize", "want stretch"},
		{"resized channels", one(node("y", "Resize", "x _ s"), floats("s", []int{4}, 1, 2, 1, 1)), "n_y", "Resize", "only spatial dimensions can be resized"},
		{"scales that are too few", one(node("y", "Resize", "x _ s"), floats("s", []int{2}, 2, 2)), "n_y", "Resize", "want one each"},
		{"resized to nothing", one(node("y", "Resize", "x _ s"), floats("s", []int{4}, 1, 1, .1, 1)), "n_y", "Resize", "gives no size"},
		{"approximate Gelu", at(20, node("y", "Gelu", "x", attrS("approximate", "sigmoid"))), "n_y", "Gelu", `approximate "sigmoid": want none or tanh`},
		{"block that does not fit", one(node("y", "DepthToSpace", "x", attrI("blocksize", 2))), "n_y", "DepthToSpace", "blocksize 2 does not fit 1 channels"},
		{"sliced channels", at(13, node("a", "Concat", "x x", attrI("axis", 1)), node("y", "Slice", "a s e c"), ints("s", 0), ints("e", 1), ints("c", 1)), "n_y", "Slice", "only spatial dimensions"},
		{"slice with steps", one(node("y", "Slice", "x s e c t"), ints("s", 0), ints("e", 2), ints("c", 2), ints("t", 2)), "n_y", "Slice", "only steps of 1"},
		{"empty slice", one(node("y", "Slice", "x s e c"), ints("s", 2), ints("e", 2), ints("c", 2)), "n_y", "Slice", "are none"},
		{"softmax over width", one(node("y", "Softmax", "x")), "n_y", "Softmax", "only the channels"},
		{"reshape to another size", one(node("y", "Reshape", "x s"), ints("s", 1, 5)), "n_y", "Reshape", "cannot become [1 5]"},
		{"squeeze of what is not 1", at(11, node("y", "Squeeze", "x", attrInts("axes", 2))), "n_y", "Squeeze", "is not 1"},
		{"concat along height", one(node("y", "Concat", "x x", attrI("axis", 2))), "n_y", "Concat", "only channels"},
		{"pad with ones", one(node("y", "Pad", "x p v"), ints("p", 0, 0, 1, 1, 0, 0, 1, 1), floats("v", nil, 1)), "n_y", "Pad", "only with zeros"},
		{"pad by reflection", one(node("y", "Pad", "x p", attrS("mode", "reflect")), ints("p", 0, 0, 1, 1, 0, 0, 1, 1)), "n_y", "Pad", `mode "reflect"`},
		{"pad of channels", one(node("y", "Pad", "x p"), ints("p", 0, 1, 0, 0, 0, 0, 0, 0)), "n_y", "Pad", "spatial"},
		{"pad that crops everything", one(node("y", "Pad", "x p"), ints("p", 0, 0, -2, 0, 0, 0, 0, 0)), "n_y", "Pad", "is empty or too large"},
		{"mean over channels", one(node("y", "ReduceMean", "r", attrInts("axes", 1)), node("r", "Relu", "x")), "n_y", "ReduceMean", `input "r" is neither`},
		{"Gemm of several rows", one(node("r", "Reshape", "x s"), node("y", "Gemm", "r w"), ints("s", 2, 2), floats("w", []int{2, 1}, 1, 2)), "n_y", "Gemm", "one row of features"},
		{"Gemm of another width", one(node("f", "Flatten", "x"), node("y", "Gemm", "f w"), floats("w", []int{2, 1}, 1, 2)), "n_y", "Gemm", "wants 2 features, its input has 4"},
		{"mask that is no JSON", meta(`{`), "", "", "rt3d.masks"},
		{"mask of another version", meta(`{"version": 2}`), "", "", "version 2"},
		{"mask of no layer", meta(`{"version":1,"layers":{"q":{"scheme":"kgs","gm":1,"gn":1,"units":2,"kept":"Ag=="}}}`), "", "", `layer "q"`},
		{"mask of a Relu", meta(`{"version":1,"layers":{"n_y":{"scheme":"kgs","gm":1,"gn":1,"units":2,"kept":"Ag=="}}}`), "n_y", "Relu", "no weights"},
		{"mask with too large a group", meta(`{"version":1,"layers":{"a":{"scheme":"kgs","gm":8,"gn":1,"units":2,"kept":"Ag=="}}}`), "a", "Conv", "group size 8x1"},
		{"mask of an unknown scheme", meta(`{"version":1,"layers":{"a":{"scheme":"2:4","gm":1,"gn":1,"units":2,"kept":"Ag=="}}}`), "a", "Conv", "2:4"},
		{"mask with other units", meta(`{"version":1,"layers":{"a":{"scheme":"kgs","gm":1,"gn":1,"units":3,"kept":"Ag=="}}}`), "a", "Conv", "3 units"},
		{"mask cut short", meta(`{"version":1,"layers":{"a":{"scheme":"kgs","gm":1,"gn":1,"units":2,"kept":""}}}`), "a", "Conv", "0 bytes"},
		{"mask with bits too many", meta(`{"version":1,"layers":{"a":{"scheme":"kgs","gm":1,"gn":1,"units":2,"kept":"Bg=="}}}`), "a", "Conv", "beyond 2 units"},
		{"mask that drops a weight", meta(`{"version":1,"layers":{"a":{"scheme":"kgs","gm":1,"gn":1,"units":2,"kept":"AQ=="}}}`), "a", "Conv", "is not kept"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "model.onnx")
			if err := os.WriteFile(path, c.data(t), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := onnx.ReadFile(path)
			var e *onnx.Error
			if !errors.As(err, &e) {
				t.Fatalf("error %v is not an *onnx.Error", err)
			}
			if e.File != path || e.Node != c.node || e.Op != c.op || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v (node %q, operator %q), want node %q, operator %q and %q", err, e.Node, e.Op, c.node, c.op, c.want)
			}
		})
	}
}

// The sound mask of the cases above is accepted.
func TestMaskIsLoaded(t *testing.T) {
	g, err := onnx.Decode("m", encode(t, `ir_version: 7 opset_import { version: 13 } graph { `+tensorInput("x", []int{1, 1, 2, 2})+` output { name: "y" } `+
		node("y", "Conv", "x a.weight")+floats("a.weight", []int{1, 1, 1, 2}, 0, 3)+
		` } metadata_props { key: "rt3d.masks" value: '{"version":1,"layers":{"a":{"scheme":"kgs","gm":1,"gn":1,"units":2,"kept":"Ag=="}}}' }`))
	if err != nil {
		t.Fatal(err)
	}
	if kept := g.Convs()[0]; kept.Name != "a" {
		t.Errorf("layer %q", kept.Name)
	}
	if macs, err := g.MACs(true); err != nil || macs != 2 {
		t.Errorf("%d MACs kept (%v), want 2", macs, err)
	}
}

func TestMissingFile(t *testing.T) {
	_, err := onnx.ReadFile("nowhere.onnx")
	var e *onnx.Error
	if !errors.As(err, &e) || !errors.Is(err, os.ErrNotExist) || strings.Count(err.Error(), "nowhere.onnx") != 1 {
		t.Errorf("error %v", err)
	}
}
