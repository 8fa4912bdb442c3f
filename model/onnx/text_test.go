package onnx_test

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"

	pb "github.com/rt3d-tune/rt3d-tune/model/onnx/onnxpb"
)

// Models in tests are written in protobuf's text form, with these abbreviations.

// file is a whole model; body holds its nodes and initializers.
func file(t testing.TB, opset int, input []int, body ...string) []byte {
	t.Helper()
	return encode(t, fmt.Sprintf(`ir_version: 7 opset_import { version: %d } graph { name: "g" %s output { name: "y" } %s }`,
		opset, tensorInput("x", input), strings.Join(body, "\n")))
}

func encode(t testing.TB, text string) []byte {
	t.Helper()
	var m pb.ModelProto
	if err := prototext.Unmarshal([]byte(text), &m); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	data, err := proto.Marshal(&m)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func tensorInput(name string, dims []int) string {
	var shape strings.Builder
	for _, d := range dims {
		fmt.Fprintf(&shape, "dim { dim_value: %d } ", d)
	}
	return fmt.Sprintf(`input { name: %q type { tensor_type { elem_type: 1 shape { %s } } } }`, name, shape.String())
}

// node is `NAME = Op(inputs)` with attributes in text form.
func node(output, op, inputs string, attrs ...string) string {
	var in strings.Builder
	for _, name := range strings.Fields(inputs) {
		fmt.Fprintf(&in, "input: %q ", strings.Trim(name, "_"))
	}
	return fmt.Sprintf(`node { name: "n_%s" op_type: %q %s output: %q %s }`, output, op, in.String(), output, strings.Join(attrs, " "))
}

func attrI(name string, v int) string {
	return fmt.Sprintf(`attribute { name: %q type: INT i: %d }`, name, v)
}

func attrS(name, v string) string {
	return fmt.Sprintf(`attribute { name: %q type: STRING s: %q }`, name, v)
}

func attrF(name string, v float64) string {
	return fmt.Sprintf(`attribute { name: %q type: FLOAT f: %g }`, name, v)
}

func attrInts(name string, v ...int) string {
	return fmt.Sprintf(`attribute { name: %q type: INTS %s }`, name, list("ints", v))
}

func list[T any](field string, values []T) string {
	var b strings.Builder
	for _, v := range values {
		fmt.Fprintf(&b, "%s: %v ", field, v)
	}
	return b.String()
}

func floats(name string, dims []int, values ...float64) string {
	return fmt.Sprintf(`initializer { name: %q data_type: 1 %s %s }`, name, list("dims", dims), list("float_data", values))
}

func ints(name string, values ...int) string {
	return fmt.Sprintf(`initializer { name: %q data_type: 7 dims: %d %s }`, name, len(values), list("int64_data", values))
}
