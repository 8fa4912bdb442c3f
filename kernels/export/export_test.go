package export

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/internal/testtool"
	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/model/reference"
	"github.com/rt3d-tune/rt3d-tune/model/zoo"
	"github.com/rt3d-tune/rt3d-tune/prune"
)

var neon = spec.Target{Arch: spec.ARM64, ISA: spec.NEON, DataType: spec.Float32}

// host is the best target of this machine.
func host(t *testing.T) spec.Target {
	t.Helper()
	target := spec.Target{Arch: spec.Arch(runtime.GOARCH), ISA: spec.Scalar, DataType: spec.Float32}
	text, err := os.ReadFile("/proc/cpuinfo")
	switch {
	case target.Arch == spec.ARM64:
		return neon
	case err == nil && strings.Contains(string(text), " avx2 ") && strings.Contains(string(text), " fma "):
		target.ISA = spec.AVX2
	}
	return target
}

// tiny is a network with masks that compiles in no time: two convolutions, pooling, a classifier. Filters
// of the second convolution tell one such network from another.
func tiny(t *testing.T, filters int) *model.Graph {
	t.Helper()
	cube := func(channels, filters int) *model.Conv {
		one := [3]int{1, 1, 1}
		return &model.Conv{Filters: filters, Channels: channels, Groups: 1, Kernel: [3]int{3, 3, 3}, Stride: one, Dilation: one, PadBegin: one, PadEnd: one}
	}
	classifier := cube(filters, 10)
	classifier.Kernel, classifier.PadBegin, classifier.PadEnd, classifier.FullyConnected = classifier.Stride, [3]int{}, [3]int{}, true
	g := &model.Graph{
		Name:   "tiny",
		Input:  model.Value{Name: "in", Dims: []int{1, 3, 4, 9, 10}},
		Output: model.Value{Name: "out", Dims: []int{1, 10, 1, 1, 1}},
		Nodes: []*model.Node{
			{Name: "conv1", Op: cube(3, 16), Inputs: []string{"in"}, Output: "a"},
			{Name: "relu1", Op: &model.Activation{Function: model.Relu}, Inputs: []string{"a"}, Output: "b"},
			{Name: "conv2", Op: cube(16, filters), Inputs: []string{"b"}, Output: "c"},
			{Name: "pool", Op: &model.GlobalAveragePool{}, Inputs: []string{"c"}, Output: "d"},
			{Name: "fc", Op: classifier, Inputs: []string{"d"}, Output: "out"},
		},
	}
	r := rand.New(rand.NewPCG(uint64(filters), 1))
	for _, n := range g.Convs() {
		c := n.Op.(*model.Conv)
		c.Weight, c.Bias = make([]float32, c.WeightCount()), make([]float32, c.Filters)
		for i := range c.Weight {
			c.Weight[i] = float32(r.NormFloat64()) / 8
		}
		for i := range c.Bias {
			c.Bias[i] = float32(r.NormFloat64()) / 8
		}
	}
	g, err := prune.Graph(g, map[string]prune.Choice{"conv2": {Scheme: model.KGS, GM: 8, GN: 4, Rate: 0.5}})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func library(g *model.Graph, target spec.Target) Library {
	return Library{Name: "net", Target: target, Program: kernels.Program{Graph: g, Threads: 3}, Origin: "a test", Tool: "rt3d-tune test"}
}

// exported writes a library into a folder of its own.
func exported(t *testing.T, l Library) string {
	t.Helper()
	tree, err := Generate(l)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), l.Name)
	if err := tree.Write(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// build configures and builds with CMake, warnings being errors, and returns the build folder.
func build(t *testing.T, dir string, args ...string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "build")
	configure := append([]string{testtool.Need(t, "cmake"), "-S", dir, "-B", out, "-DCMAKE_COMPILE_WARNING_AS_ERROR=ON"}, args...)
	execute(t, configure...)
	execute(t, "cmake", "--build", out, "--parallel", strconv.Itoa(runtime.NumCPU()))
	return out
}

func execute(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command(args[0], args[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// floats writes values as an app would have them in a file.
func floats(t *testing.T, values []float32) string {
	t.Helper()
	content, err := binary.Append(nil, binary.LittleEndian, values)
	if err != nil {
		t.Fatal(err)
	}
	return write(t, "clip", content)
}

func write(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// matches compares what the example printed with the exact executor's values.
func matches(t *testing.T, l Library, input []float32, printed string) {
	t.Helper()
	want, err := reference.Run(l.Program.Graph, input)
	if err != nil {
		t.Fatal(err)
	}
	tolerance := kernels.NetworkTolerance(l.Target.DataType, kernels.LongestChain(l.Program))
	lines := strings.Fields(printed)
	if len(lines) != len(want) {
		t.Fatalf("%d values, want %d:\n%s", len(lines), len(want), printed)
	}
	scale, worst := 0.0, 0.0
	for i, w := range want {
		got, err := strconv.ParseFloat(lines[i], 64)
		if err != nil {
			t.Fatal(err)
		}
		scale, worst = math.Max(scale, math.Abs(w)), math.Max(worst, math.Abs(w-got))
	}
	if !(worst <= tolerance*scale) {
		t.Errorf("largest difference %g, scale %g", worst, scale)
	}
}

// The example as an app developer builds it, for this machine and for AArch64 by both compilers.
func TestExampleGivesTheReferencesValues(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles networks")
	}
	native, half := host(t), neon
	half.DataType = spec.Float16
	for _, c := range []struct {
		name, toolchain, compiler string
		target                    spec.Target
	}{
		{"native", "", "gcc", native},
		{"aarch64-gcc", "aarch64-gcc.cmake", "aarch64-linux-gnu-gcc", neon},
		{"aarch64-clang", "aarch64-clang.cmake", "clang-19", neon},
		{"aarch64-clang-fp16", "aarch64-clang.cmake", "clang-19", half},
	} {
		t.Run(c.name, func(t *testing.T) {
			testtool.Need(t, c.compiler)
			g := tiny(t, 24)
			l := library(g, c.target)
			dir := exported(t, l)
			var args, emulator []string
			if c.toolchain != "" {
				file, err := filepath.Abs(filepath.Join("testdata", c.toolchain))
				if err != nil {
					t.Fatal(err)
				}
				args = append(args, "-DCMAKE_TOOLCHAIN_FILE="+file)
			}
			if c.target.Arch != native.Arch {
				info, err := isa.Of(c.target.ISA, c.target.DataType)
				if err != nil {
					t.Fatal(err)
				}
				emulator = []string{testtool.Need(t, info.Emulator)}
			}
			run := append(emulator, filepath.Join(build(t, dir, args...), "net_example"), filepath.Join(dir, "net.weights"))

			input := zoo.Noise(g, 4)
			matches(t, l, input, execute(t, append(slices.Clone(run), floats(t, input))...))

			frames, values := pixelClip(t, g)
			matches(t, l, values, execute(t, append(slices.Clone(run), write(t, "frames", frames), "2")...))
		})
	}
}

// pixelClip makes interleaved frames of bytes, and the values of the example's normalisation.
func pixelClip(t *testing.T, g *model.Graph) (frames []byte, values []float32) {
	t.Helper()
	s, err := g.InputShape()
	if err != nil {
		t.Fatal(err)
	}
	frames, values = make([]byte, s.Count()), make([]float32, s.Count())
	places := s.D * s.H * s.W
	for i := range frames {
		frames[i] = byte(i * i >> 3)
		values[i%s.C*places+i/s.C] = float32(frames[i]) / 255
	}
	return frames, values
}
