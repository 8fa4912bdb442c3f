package onnx_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/model/onnx"
	"github.com/rt3d-tune/rt3d-tune/model/reference"
	"github.com/rt3d-tune/rt3d-tune/model/zoo"
)

// again writes a graph and reads it back.
func again(t *testing.T, g *model.Graph) *model.Graph {
	t.Helper()
	var b bytes.Buffer
	if err := onnx.Write(&b, g); err != nil {
		t.Fatal(err)
	}
	h, err := onnx.Decode("memory", b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// same compares two graphs value by value.
func same(t *testing.T, got, want *model.Graph) {
	t.Helper()
	if got.Name != want.Name || !reflect.DeepEqual(got.Input, want.Input) || !reflect.DeepEqual(got.Output, want.Output) {
		t.Errorf("graph %q %v %v, want %q %v %v", got.Name, got.Input, got.Output, want.Name, want.Input, want.Output)
	}
	if len(got.Nodes) != len(want.Nodes) {
		t.Fatalf("%d nodes, want %d", len(got.Nodes), len(want.Nodes))
	}
	for i, w := range want.Nodes {
		if !reflect.DeepEqual(got.Nodes[i], w) {
			t.Errorf("node %d: %q differs from %q", i, got.Nodes[i].Name, w.Name)
		}
	}
}

func build(t *testing.T, name string) *model.Graph {
	t.Helper()
	g, err := zoo.Build(name, 3)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestRoundTripOfTheZoo(t *testing.T) {
	names := []string{"c3d-small", "r2plus1d-small", "s3d", "s3d-rt3d"}
	if !testing.Short() {
		names = zoo.Names()
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			g := build(t, name)
			same(t, again(t, g), g)
		})
	}
}

// everything is a network with each operator of the model, in five and in four dimensions.
func everything(depth int) *model.Graph {
	r := rand.New(rand.NewPCG(1, 1))
	values := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(r.NormFloat64())
		}
		return x
	}
	d := func(v int) int { // a size along depth; none in a flat network
		if depth == 1 {
			return 0
		}
		return v
	}
	kd := max(d(3), 1)
	one := [3]int{1, 1, 1}
	two := [3]int{max(d(2), 1), 2, 2}
	inf := float32(math.Inf(1))
	conv := func(filters, channels, groups int, bias bool) *model.Conv {
		c := &model.Conv{Filters: filters, Channels: channels, Groups: groups, Kernel: [3]int{kd, 3, 2}, Stride: one, Dilation: [3]int{1, 1, 2},
			PadBegin: [3]int{d(1), 1, 2}, PadEnd: [3]int{d(1), 1, 0}}
		c.Weight = values(c.WeightCount())
		if bias {
			c.Bias = values(filters)
		}
		return c
	}
	fc := func(units, features int) *model.Conv {
		return &model.Conv{Filters: units, Channels: features, Groups: 1, Kernel: one, Stride: one, Dilation: one,
			FullyConnected: true, Weight: values(units * features)}
	}
	dims := []int{1, 4, depth, 8, 9}
	if depth == 1 {
		dims = []int{1, 4, 8, 9}
	}
	g := &model.Graph{Name: "everything", Input: model.Value{Name: "clip", Dims: dims}, Output: model.Value{Name: "scores", Dims: []int{1, 6}}}
	add := func(name string, op model.Op, inputs ...string) string {
		g.Nodes = append(g.Nodes, &model.Node{Name: name, Op: op, Inputs: inputs, Output: name + ":0"})
		return name + ":0"
	}
	x := add("layer1.conv", conv(6, 4, 2, true), "clip")
	a := add("relu", &model.Activation{Function: model.Relu}, x)
	b := add("leaky", &model.Activation{Function: model.LeakyRelu, Alpha: .25}, x)
	c := add("elu", &model.Activation{Function: model.Elu, Alpha: 1.5}, x)
	x = add("add", &model.Add{}, a, b)
	x = add("sum", &model.Add{}, x, b, c)
	x = add("affine", &model.Affine{Scale: values(6), Shift: values(6)}, x)
	p := add("maxpool", &model.Pool{Function: model.MaxPool, Kernel: two, Stride: two, PadBegin: [3]int{0, 1, 0}, CeilMode: true}, x)
	q := add("padded", &model.Pad{Begin: [3]int{0, 1, 0}, End: [3]int{d(1), 0, 1}}, x)
	q = add("average", &model.Pool{Function: model.AveragePool, Kernel: two, Stride: two, PadBegin: [3]int{0, 0, 0}, PadEnd: [3]int{0, 1, 0}, CountPad: true}, q)
	q = add("trimmed", &model.Pool{Function: model.AveragePool, Kernel: [3]int{1, 1, 1}, Stride: one}, q)
	x = add("concat", &model.Concat{}, p, q)
	x = add("clip6", &model.Activation{Function: model.Clip, Min: 0, Max: 6}, x)
	x = add("clipmin", &model.Activation{Function: model.Clip, Min: -1, Max: inf}, x)
	x = add("clipmax", &model.Activation{Function: model.Clip, Min: -inf, Max: 5}, x)
	x = add("layer2.conv", conv(8, 12, 1, false), x)
	x = add("sigmoid", &model.Activation{Function: model.Sigmoid}, x)
	up := &model.Transposed{Groups: 2, Channels: 8, Filters: 6, Kernel: [3]int{kd, 3, 2}, Stride: two, Dilation: one,
		PadBegin: [3]int{d(1), 1, 0}, PadEnd: [3]int{d(1), 1, 0}, Weight: values(8 * 3 * kd * 3 * 2), Bias: values(6)}
	in := shapeOf(g, x)
	split, err := up.Phases(in)
	if err != nil {
		panic(err)
	}
	var phases []string
	for i, c := range split {
		name := fmt.Sprint("up.phase", i) // of the value too, as reading gives it
		g.Nodes = append(g.Nodes, &model.Node{Name: name, Op: c, Inputs: []string{x}, Output: name})
		phases = append(phases, name)
	}
	x = add("up", up.Interleave(), phases...)
	x = add("gate", &model.Product{}, x, add("gap0", &model.GlobalAveragePool{}, x))
	x = add("square", &model.Product{}, x, x)
	x = add("gelu", &model.Activation{Function: model.Gelu}, x)
	x = add("erf", &model.Activation{Function: model.Erf}, x)
	x = add("nearest", &model.Resize{Coordinates: model.Asymmetric, Rounding: model.Floor, Scale: [3]float64{1, 1.5, 2}}, x)
	s := shapeOf(g, x)
	x = add("linear", &model.Resize{Linear: true, Coordinates: model.HalfPixel, Scale: [3]float64{1, 7 / float64(s.H), 9 / float64(s.W)}}, x)
	x = add("crop", &model.Pad{Begin: [3]int{0, -1, 0}, End: [3]int{0, 0, -2}}, x)
	x = add("swap", &model.Permute{Order: [4]int{2, 1, 3, 0}}, x)
	x = add("swapback", &model.Permute{Order: [4]int{3, 1, 0, 2}}, x)
	v := add("gap", &model.GlobalAveragePool{}, x)
	s = shapeOf(g, x)
	w := add("flatten", &model.Reshape{To: model.Shape{C: s.Count(), D: 1, H: 1, W: 1}}, x)
	w = add("fc1", fc(2, s.Count()), w)
	w = add("tanh", &model.Activation{Function: model.Tanh}, w)
	v = add("join", &model.Concat{}, v, w) // one comes in spatial dimensions, the other flat
	v = add("cube", &model.Reshape{To: model.Shape{C: 2, D: 1, H: 4, W: 1}}, v)
	v = add("mix", &model.Conv{Filters: 5, Channels: 2, Groups: 1, Kernel: one, Stride: one, Dilation: one, Weight: values(10)}, v)
	v = add("mixaverage", &model.GlobalAveragePool{}, v)
	v = add("fc2", fc(6, 5), v)
	g.Output.Name = add("softmax", &model.Softmax{}, v)
	return g
}

func shapeOf(g *model.Graph, value string) model.Shape {
	shapes, err := (&model.Graph{Input: g.Input, Output: model.Value{Name: value}, Nodes: g.Nodes}).Shapes()
	if err != nil {
		panic(err)
	}
	return shapes[value]
}

// Phases with biases of their own, as correcting them leaves behind, have no transposed convolution: they
// are written one by one, and mean the same when they are read again, masks included.
func TestRoundTripOfPhasesApart(t *testing.T) {
	for _, depth := range []int{6, 1} {
		g := everything(depth)
		prune(t, g, "up.phase1", model.KGS, 2, 2)
		g.Node("up.phase0").Op.(*model.Conv).Bias[1]++
		h := again(t, g)
		for i := range h.Convs() {
			if a, b := h.Convs()[i], g.Convs()[i]; a.Name != b.Name || !reflect.DeepEqual(a.Op, b.Op) {
				t.Errorf("layer %s was %s", a.Name, b.Name)
			}
		}
		sameAnswers(t, h, g)
	}
}

func sameAnswers(t *testing.T, got, want *model.Graph) {
	t.Helper()
	input := zoo.Noise(want, 5)
	a, err := reference.Run(got, input)
	if err != nil {
		t.Fatal(err)
	}
	b, err := reference.Run(want, input)
	if err != nil {
		t.Fatal(err)
	}
	for i := range b {
		if math.Abs(a[i]-b[i]) > 1e-12*(1+math.Abs(b[i])) {
			t.Fatalf("value %d is %v, want %v", i, a[i], b[i])
		}
	}
}

func TestRoundTripOfSeveralOutputs(t *testing.T) {
	g := everything(6)
	last := g.Output
	if err := g.JoinOutputs([]model.Value{{Name: "up:0", Dims: []int{1, 6, 5, 9, 8}}, last}); err != nil {
		t.Fatal(err)
	}
	shape := shapeOf(g, "up:0")
	g.Outputs[0].Dims = []int{1, shape.C, shape.D, shape.H, shape.W}
	same(t, again(t, g), g)
	if got := again(t, g).Outputs; !reflect.DeepEqual(got, g.Outputs) {
		t.Errorf("outputs %v, want %v", got, g.Outputs)
	}
}

func TestRoundTripOfEveryOperator(t *testing.T) {
	for _, depth := range []int{6, 1} {
		g := everything(depth)
		same(t, again(t, g), g)
	}
}

// The output may be declared in other dimensions than its operator gives.
func TestRoundTripOfOutputDimensions(t *testing.T) {
	for _, dims := range [][]int{{1, 6, 1, 1, 1}, {6}, {1, 6, 1}} {
		g := everything(6)
		g.Output.Dims = dims
		same(t, again(t, g), g)
	}
}

// prune gives a layer a mask that keeps every third unit.
func prune(t *testing.T, g *model.Graph, layer string, scheme model.Scheme, gm, gn int) {
	t.Helper()
	c := g.Node(layer).Op.(*model.Conv)
	m, err := model.NewMask(scheme, gm, gn, c)
	if err != nil {
		t.Fatal(err)
	}
	for i := range m.Kept {
		m.Kept[i] = i%3 == 0
	}
	i := 0
	for f := range m.Filters {
		for n := range m.Channels {
			for k := range m.Positions {
				if !m.Keeps(f, n, k) {
					c.Weight[i] = 0
				}
				i++
			}
		}
	}
	c.Mask = m
}

func TestRoundTripOfMasks(t *testing.T) {
	g := build(t, "c3d-small")
	prune(t, g, "conv2", model.KGS, 8, 4)
	prune(t, g, "conv3a", model.Vanilla, 3, 5) // partial groups at both edges
	prune(t, g, "conv3b", model.Filter, 0, 0)
	prune(t, g, "fc6", model.KGS, 4, 4)
	h := again(t, g)
	same(t, h, g)
	dense, err := h.MACs(false)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := h.MACs(true)
	if err != nil {
		t.Fatal(err)
	}
	if kept >= dense {
		t.Errorf("%d MACs kept of %d", kept, dense)
	}
}

func TestWriteRefuses(t *testing.T) {
	cases := []struct {
		name, want string
		spoil      func(g *model.Graph)
	}{
		{"weights outside the mask", "is not kept", func(g *model.Graph) {
			prune(t, g, "conv2", model.KGS, 8, 4)
			w := g.Node("conv2").Op.(*model.Conv).Weight
			for i := range w {
				w[i] = 1
			}
		}},
		{"an unknown function", "Mish", func(g *model.Graph) { g.Node("relu1").Op = &model.Activation{Function: "Mish"} }},
		{"an undefined value", "nowhere", func(g *model.Graph) { g.Node("relu1").Inputs[0] = "nowhere" }},
		{"no nodes", "no nodes", func(g *model.Graph) { g.Nodes = nil }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			g := build(t, "c3d-small")
			c.spoil(g)
			err := onnx.Write(&bytes.Buffer{}, g)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v does not speak of %q", err, c.want)
			}
		})
	}
}

func TestWriteFile(t *testing.T) {
	g := build(t, "r2plus1d-small")
	dir := t.TempDir()
	path := filepath.Join(dir, "net.onnx")
	if err := onnx.WriteFile(path, g); err != nil {
		t.Fatal(err)
	}
	h, err := onnx.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	same(t, h, g)
	if err := onnx.WriteFile(path, &model.Graph{Name: "empty"}); err == nil {
		t.Error("an empty graph was written")
	}
	if files, _ := os.ReadDir(dir); len(files) != 1 {
		t.Errorf("a failed write left files behind: %v", files)
	}
	if h, err = onnx.ReadFile(path); err != nil {
		t.Fatalf("a failed write spoiled the file: %v", err)
	}
	same(t, h, g)
}
