package onnx_test

import (
	"encoding/binary"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/model/onnx"
	"github.com/rt3d-tune/rt3d-tune/model/reference"
	"github.com/rt3d-tune/rt3d-tune/model/zoo"
)

// runtimePython is a Python with the packages onnx, onnxruntime and numpy, named by
// RT3D_ONNXRUNTIME_PYTHON. They are no part of the project's own set-up, so the test is optional:
//
//	python3 -m venv v && v/bin/pip install onnx onnxruntime numpy
//	RT3D_ONNXRUNTIME_PYTHON=$PWD/v/bin/python go test -run Runtime ./model/onnx
func runtimePython(t *testing.T) string {
	python := os.Getenv("RT3D_ONNXRUNTIME_PYTHON")
	if python == "" {
		t.Skip("RT3D_ONNXRUNTIME_PYTHON names no Python with onnxruntime")
	}
	return python
}

// inRuntime writes the graph and runs it in ONNX Runtime.
func inRuntime(t *testing.T, python string, g *model.Graph, input []float32) []float32 {
	t.Helper()
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	if err := onnx.WriteFile(path("net.onnx"), g); err != nil {
		t.Fatal(err)
	}
	raw := make([]byte, 4*len(input))
	for i, v := range input {
		binary.LittleEndian.PutUint32(raw[4*i:], math.Float32bits(v))
	}
	if err := os.WriteFile(path("in"), raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(python, "testdata/run_onnx.py", path("net.onnx"), path("in"), path("out")).CombinedOutput(); err != nil {
		t.Fatalf("run ONNX Runtime: %v\n%s", err, out)
	}
	raw, err := os.ReadFile(path("out"))
	if err != nil {
		t.Fatal(err)
	}
	result := make([]float32, len(raw)/4)
	for i := range result {
		result[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return result
}

// agree compares with the reference on the scale of the output.
func agree(t *testing.T, got []float32, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d values, want %d", len(got), len(want))
	}
	scale, worst := 0.0, 0.0
	for i, w := range want {
		scale = max(scale, math.Abs(w))
		worst = max(worst, math.Abs(float64(got[i])-w))
	}
	t.Logf("largest difference %.3g of scale %.3g", worst/scale, scale)
	if !(worst <= tolerance*scale) {
		t.Errorf("largest difference %g at scale %g, want at most %g of it", worst, scale, tolerance)
	}
}

func TestRuntimeAgreesOnEveryOperator(t *testing.T) {
	python := runtimePython(t)
	for _, depth := range []int{6, 1} {
		g := everything(depth)
		input := zoo.Noise(g, 5)
		want, err := reference.Run(g, input)
		if err != nil {
			t.Fatal(err)
		}
		agree(t, inRuntime(t, python, g, input), want, 1e-6)
	}
}

func TestRuntimeAgreesOnTheZoo(t *testing.T) {
	python := runtimePython(t)
	names := []string{"c3d-small", "r2plus1d-small"}
	if !testing.Short() {
		names = zoo.Names()
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			g := build(t, name)
			input := zoo.Noise(g, 5)
			want, err := reference.Run(g, input)
			if err != nil {
				t.Fatal(err)
			}
			agree(t, inRuntime(t, python, g, input), want, 1e-5)
		})
	}
}
