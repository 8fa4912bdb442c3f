package onnx_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/model/onnx"
	"github.com/rt3d-tune/rt3d-tune/model/reference"
)

// Files exported by PyTorch (testdata/make_golden.py), with the output that PyTorch computes.
func TestFilesFromPyTorch(t *testing.T) {
	cases := []struct {
		name   string
		layers []string
		// kinds counts the operators that are left.
		kinds map[string]int
	}{
		{"c3d-opset11", []string{"conv1", "conv2", "fc6", "fc7"},
			map[string]int{"Conv": 2, "Relu": 3, "MaxPool": 2, "Reshape": 1, "Gemm": 2, "Softmax": 1}},
		{"r2plus1d-opset17", r2plus1dLayers(), map[string]int{"Conv": 14, "Relu": 13, "Add": 3, "GlobalAveragePool": 1, "Gemm": 1}},
		{"r2plus1d-fused-opset13", r2plus1dLayers(), map[string]int{"Conv": 14, "Relu": 13, "Add": 3, "GlobalAveragePool": 1, "Gemm": 1}},
		{"s3d-opset12", []string{"conv1", "branch1", "branch2.1", "classifier"},
			map[string]int{"Conv": 4, "Relu": 1, "MaxPool": 1, "Concat": 1, "Pad": 1, "AveragePool": 2, "GlobalAveragePool": 1}},
		// Subtraction with division, and the BatchNorm ahead of its convolution, stay; the doubling is folded.
		{"flat-opset14", []string{"conv1", "conv2", "conv3", "conv4"},
			map[string]int{"Mul": 2, "Conv": 4, "LeakyRelu": 1, "Elu": 1, "Relu": 2, "Clip": 2, "MaxPool": 1, "Tanh": 1, "Sigmoid": 1, "Add": 1, "Pad": 1, "GlobalAveragePool": 1}},
		{"tokens-opset15", []string{"conv", "linear"}, map[string]int{"Conv": 1, "Relu": 1, "GlobalAveragePool": 1, "Gemm": 1}},
		// Each transposed convolution is its phases; BatchNorm behind one goes into all of them.
		{"unet-opset13", slices.Concat([]string{"enc1.0", "enc2.0", "middle.0"}, phases("up2", 8), []string{"dec2.0"}, phases("up1", 4), []string{"dec1.0", "out"}),
			map[string]int{"Conv": 18, "Relu": 6, "MaxPool": 2, "DepthToSpace": 2, "Concat": 2}},
		{"dilated-opset14", []string{"stem", "pooled", "branches.0", "branches.1", "branches.2", "out"},
			map[string]int{"Conv": 6, "Relu": 4, "AveragePool": 1, "Resize": 2, "Concat": 1}},
		// What is left: the second spelling has 1.4142 instead of the root of two, the third is twice a Gelu, and
		// a constant is added to a sum.
		{"gelu-opset17", []string{"stem", "depthwise", "wide", "narrow", "fc"},
			map[string]int{"Conv": 4, "Gelu": 3, "Mul": 3, "Add": 1, "GlobalAveragePool": 1, "Gemm": 1}},
		{"channelslast-opset12", slices.Concat([]string{"conv"}, phases("up", 4), []string{"fc"}),
			map[string]int{"Transpose": 1, "Conv": 5, "Relu": 1, "Pad": 2, "DepthToSpace": 1, "Sigmoid": 1, "GlobalAveragePool": 1, "Gemm": 1, "AveragePool": 1, "Reshape": 5, "Concat": 1}},
		{"upscaler-opset11", slices.Concat([]string{"body"}, phases("up", 9), []string{"tail"}),
			map[string]int{"Conv": 11, "Relu": 2, "DepthToSpace": 2, "Reshape": 2, "Transpose": 1}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			g, err := onnx.ReadFile("testdata/" + c.name + ".onnx")
			if err != nil {
				t.Fatal(err)
			}
			var layers []string
			for _, n := range g.Convs() {
				layers = append(layers, n.Name)
			}
			if !reflect.DeepEqual(layers, c.layers) {
				t.Errorf("layers %q, want %q", layers, c.layers)
			}
			kinds := map[string]int{}
			for _, n := range g.Nodes {
				kinds[n.Op.Kind()]++
			}
			if !reflect.DeepEqual(kinds, c.kinds) {
				t.Errorf("operators %v, want %v", kinds, c.kinds)
			}
			outputs := []string{"scores"}
			if strings.HasPrefix(c.name, "channelslast") {
				outputs = []string{"scores0", "scores1"}
			}
			var parts []string
			for _, v := range g.Parts() {
				parts = append(parts, v.Name)
			}
			if g.Name != c.name || g.Input.Name != "clip" || !slices.Equal(parts, outputs) {
				t.Errorf("graph %q from %q to %q", g.Name, g.Input.Name, parts)
			}
			golden(t, g, c.name)
			golden(t, again(t, g), c.name)
		})
	}
}

// phases of a transposed convolution.
func phases(layer string, n int) []string {
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("%s.phase%d", layer, i))
	}
	return names
}

func r2plus1dLayers() []string {
	layers := []string{"stem.0"}
	for _, block := range []string{"layer1.0", "layer1.1", "layer2.0"} {
		if block == "layer2.0" {
			layers = append(layers, "layer2.0.downsample.0") // PyTorch's forward runs it first
		}
		for _, conv := range []string{".conv1.0.0", ".conv1.0.3", ".conv2.0.0", ".conv2.0.3"} {
			layers = append(layers, block+conv)
		}
	}
	return append(layers, "fc")
}

// golden runs the graph on the input of make_golden.py.
func golden(t *testing.T, g *model.Graph, name string) {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Dims   []int
		Output []float64
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(g.Output.Dims, want.Dims) {
		t.Errorf("output dimensions %v, want %v", g.Output.Dims, want.Dims)
	}
	shape, err := g.InputShape()
	if err != nil {
		t.Fatal(err)
	}
	input := make([]float32, shape.Count())
	for i := range input {
		input[i] = float32(float64(7919*i%1000)/500 - 1)
	}
	got, err := reference.Run(g, input)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want.Output) {
		t.Fatalf("%d values, want %d", len(got), len(want.Output))
	}
	for i, w := range want.Output {
		// Both sides compute in float64; folding rounds weights to float32.
		if math.Abs(got[i]-w) > 2e-6*(1+math.Abs(w)) {
			t.Errorf("value %d is %v, PyTorch has %v", i, got[i], w)
		}
	}
}
