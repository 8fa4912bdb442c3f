package reference

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// single makes a graph of one operator.
func single(dims []int, op model.Op) *model.Graph {
	return &model.Graph{
		Name: "one", Input: model.Value{Name: "x", Dims: dims}, Output: model.Value{Name: "y"},
		Nodes: []*model.Node{{Name: "n", Op: op, Inputs: []string{"x"}, Output: "y"}},
	}
}

func noise(seed uint64, n int) []float32 {
	r := rand.New(rand.NewPCG(seed, 7))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}

func near(t *testing.T, got, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d values, want %d", len(got), len(want))
	}
	for i := range got {
		if math.Abs(got[i]-want[i]) > 1e-12*(1+math.Abs(want[i])) {
			t.Fatalf("value %d is %v, want %v", i, got[i], want[i])
		}
	}
}

// Small cases computed by hand.
func TestOperators(t *testing.T) {
	one, none := [3]int{1, 1, 1}, [3]int{}
	seq := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(i + 1)
		}
		return x
	}
	inf := float32(math.Inf(1))
	cases := []struct {
		name string
		dims []int
		op   model.Op
		in   []float32
		want []float64
	}{
		{"conv row with padding", []int{1, 1, 1, 4},
			&model.Conv{Weight: []float32{1, 10, 100}, Bias: []float32{.5}, Filters: 1, Channels: 1, Groups: 1,
				Kernel: [3]int{1, 1, 3}, Stride: one, Dilation: one, PadBegin: [3]int{0, 0, 1}, PadEnd: [3]int{0, 0, 1}},
			seq(4), []float64{210.5, 321.5, 432.5, 43.5}},
		{"conv with stride and dilation", []int{1, 1, 1, 6},
			&model.Conv{Weight: []float32{1, 10}, Filters: 1, Channels: 1, Groups: 1,
				Kernel: [3]int{1, 1, 2}, Stride: [3]int{1, 1, 2}, Dilation: [3]int{1, 1, 3}},
			seq(6), []float64{41, 63}},
		{"depthwise", []int{1, 2, 1, 2},
			&model.Conv{Weight: []float32{2, 3}, Filters: 2, Channels: 2, Groups: 2, Kernel: one, Stride: one, Dilation: one},
			seq(4), []float64{2, 4, 9, 12}},
		{"fully connected", []int{1, 3},
			&model.Conv{Weight: []float32{1, 0, 0, 1, 1, 1}, Bias: []float32{0, -1}, Filters: 2, Channels: 3, Groups: 1,
				Kernel: one, Stride: one, Dilation: one, FullyConnected: true},
			seq(3), []float64{1, 5}},
		{"relu", []int{1, 3}, &model.Activation{Function: model.Relu}, []float32{-1, 0, 2}, []float64{0, 0, 2}},
		{"leaky relu", []int{1, 2}, &model.Activation{Function: model.LeakyRelu, Alpha: .25}, []float32{-4, 2}, []float64{-1, 2}},
		{"elu", []int{1, 2}, &model.Activation{Function: model.Elu, Alpha: 2}, []float32{-1, 2}, []float64{2 * (math.Exp(-1) - 1), 2}},
		{"sigmoid", []int{1, 2}, &model.Activation{Function: model.Sigmoid}, []float32{0, 1}, []float64{.5, 1 / (1 + math.Exp(-1))}},
		{"tanh", []int{1, 1}, &model.Activation{Function: model.Tanh}, []float32{1}, []float64{math.Tanh(1)}},
		{"erf", []int{1, 2}, &model.Activation{Function: model.Erf}, []float32{-1, .5}, []float64{math.Erf(-1), math.Erf(.5)}},
		{"gelu", []int{1, 3}, &model.Activation{Function: model.Gelu}, []float32{-1, 0, 2}, []float64{-(1 + math.Erf(-math.Sqrt2/2)) / 2, 0, 1 + math.Erf(math.Sqrt2)}},
		{"clip", []int{1, 3}, &model.Activation{Function: model.Clip, Min: -1, Max: 1}, []float32{-3, .5, 3}, []float64{-1, .5, 1}},
		{"clip one side", []int{1, 2}, &model.Activation{Function: model.Clip, Min: 0, Max: inf}, []float32{-3, 9}, []float64{0, 9}},
		{"affine", []int{1, 2, 1, 2}, &model.Affine{Scale: []float32{2, 3}, Shift: []float32{1, -1}}, seq(4), []float64{3, 5, 8, 11}},
		{"max pool ignores padding", []int{1, 1, 1, 3},
			&model.Pool{Function: model.MaxPool, Kernel: [3]int{1, 1, 2}, Stride: [3]int{1, 1, 2}, PadBegin: [3]int{0, 0, 1}},
			[]float32{-5, -2, -3}, []float64{-5, -2}},
		{"average without padding", []int{1, 1, 1, 2},
			&model.Pool{Function: model.AveragePool, Kernel: [3]int{1, 1, 2}, Stride: one, PadBegin: [3]int{0, 0, 1}, PadEnd: [3]int{0, 0, 1}},
			[]float32{2, 4}, []float64{2, 3, 4}},
		{"average with padding", []int{1, 1, 1, 2},
			&model.Pool{Function: model.AveragePool, Kernel: [3]int{1, 1, 2}, Stride: one, PadBegin: [3]int{0, 0, 1}, PadEnd: [3]int{0, 0, 1}, CountPad: true},
			[]float32{2, 4}, []float64{1, 3, 2}},
		// The last window hangs over the end: it counts the trailing padding but not what lies beyond.
		{"average in ceil mode", []int{1, 1, 1, 4},
			&model.Pool{Function: model.AveragePool, Kernel: [3]int{1, 1, 3}, Stride: [3]int{1, 1, 3}, CeilMode: true, CountPad: true},
			[]float32{3, 6, 9, 8}, []float64{6, 8}},
		{"global average", []int{1, 2, 1, 1, 2}, &model.GlobalAveragePool{}, seq(4), []float64{1.5, 3.5}},
		{"reshape", []int{1, 2, 1, 1, 2}, &model.Reshape{To: model.Shape{C: 4, D: 1, H: 1, W: 1}}, seq(4), []float64{1, 2, 3, 4}},
		{"softmax over channels", []int{1, 2, 1, 2}, &model.Softmax{}, []float32{0, 1000, 0, 1000 - float32(math.Ln2)},
			[]float64{.5, 1 / (1 + math.Exp(-float64(1000-float32(1000-float32(math.Ln2))))), .5, 1 - 1/(1+math.Exp(-float64(1000-float32(1000-float32(math.Ln2)))))}},
		{"pad", []int{1, 1, 1, 2}, &model.Pad{Begin: [3]int{0, 1, 0}, End: [3]int{0, 0, 1}}, seq(2), []float64{0, 0, 0, 1, 2, 0}},
		{"crop", []int{1, 2, 2, 3}, &model.Pad{Begin: [3]int{0, -1, 0}, End: [3]int{0, 1, -2}}, seq(12), []float64{4, 0, 10, 0}},
		{"depth to space", []int{1, 4, 1, 2}, &model.Interleave{Step: [3]int{1, 2, 2}}, seq(8), []float64{1, 3, 2, 4, 5, 7, 6, 8}},
		{"permute", []int{1, 2, 1, 3}, &model.Permute{Order: [4]int{3, 1, 2, 0}}, seq(6), []float64{1, 4, 2, 5, 3, 6}},
		{"nearest as PyTorch has it", []int{1, 1, 1, 2}, &model.Resize{Coordinates: model.Asymmetric, Rounding: model.Floor, Scale: [3]float64{1, 1, 2.5}}, seq(2), []float64{1, 1, 1, 2, 2}},
		{"nearest at half pixels", []int{1, 1, 1, 4}, &model.Resize{Coordinates: model.HalfPixel, Rounding: model.PreferFloor, Scale: [3]float64{1, 1, .5}}, seq(4), []float64{1, 3}},
		{"nearest, ties upwards", []int{1, 1, 1, 4}, &model.Resize{Coordinates: model.HalfPixel, Rounding: model.PreferCeil, Scale: [3]float64{1, 1, .5}}, seq(4), []float64{2, 4}},
		{"linear at half pixels", []int{1, 1, 1, 2}, &model.Resize{Linear: true, Coordinates: model.HalfPixel, Scale: [3]float64{1, 1, 2}}, seq(2), []float64{1, 1.25, 1.75, 2}},
		{"linear with aligned corners", []int{1, 1, 1, 2}, &model.Resize{Linear: true, Coordinates: model.AlignCorners, Scale: [3]float64{1, 1, 2}}, seq(2), []float64{1, 4. / 3, 5. / 3, 2}},
		{"bilinear", []int{1, 1, 2, 2}, &model.Resize{Linear: true, Coordinates: model.Asymmetric, Scale: [3]float64{1, 1.5, 1.5}}, seq(4), []float64{1, 1 + 2./3, 2, 1 + 4./3, 3, 3 + 1./3, 3, 3 + 2./3, 4}},
		{"one position at half a pixel of PyTorch", []int{1, 1, 1, 3}, &model.Resize{Linear: true, Coordinates: model.PytorchHalfPixel, Scale: [3]float64{1, 1, 1. / 3}}, seq(3), []float64{1}},
		{"pool window", []int{1, 1, 2, 2, 2}, &model.Pool{Function: model.AveragePool, Kernel: [3]int{2, 2, 2}, Stride: one, PadBegin: none}, seq(8), []float64{4.5}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := Run(single(c.dims, c.op), c.in)
			if err != nil {
				t.Fatal(err)
			}
			near(t, got, c.want)
		})
	}
}

func TestProduct(t *testing.T) {
	s := model.Shape{C: 2, D: 1, H: 1, W: 2}
	x := []float64{1, 2, 3, 4}
	got, err := Apply(&model.Product{}, []model.Shape{s, s}, [][]float64{x, {5, 6, 7, 8}})
	if err != nil {
		t.Fatal(err)
	}
	near(t, got, []float64{5, 12, 21, 32})
	if got, err = Apply(&model.Product{}, []model.Shape{s, {C: 2, D: 1, H: 1, W: 1}}, [][]float64{x, {5, 6}}); err != nil {
		t.Fatal(err)
	}
	near(t, got, []float64{5, 10, 18, 24})
	if _, err = Apply(&model.Product{}, []model.Shape{{C: 2, D: 1, H: 1, W: 1}, s}, [][]float64{{5, 6}, x}); err == nil {
		t.Error("a first factor with one value per channel passed")
	}
}

// The blocked convolution must agree with the plain loops of At for every output value.
func TestConvolutionEqualsPlainLoops(t *testing.T) {
	cases := []struct {
		filters, channels, groups             int
		in                                    [3]int
		kernel, stride, dilation, begin, end_ [3]int
		zeros                                 bool
	}{
		{5, 3, 1, [3]int{4, 5, 6}, [3]int{3, 3, 3}, [3]int{1, 1, 1}, [3]int{1, 1, 1}, [3]int{1, 1, 1}, [3]int{1, 1, 1}, false},
		{8, 4, 2, [3]int{4, 7, 5}, [3]int{2, 3, 1}, [3]int{1, 2, 2}, [3]int{1, 2, 1}, [3]int{0, 2, 0}, [3]int{1, 0, 2}, false},
		{6, 6, 6, [3]int{3, 9, 9}, [3]int{3, 3, 3}, [3]int{2, 2, 2}, [3]int{1, 1, 1}, [3]int{1, 1, 1}, [3]int{1, 1, 1}, false},
		{9, 5, 1, [3]int{1, 12, 13}, [3]int{1, 7, 7}, [3]int{1, 2, 2}, [3]int{1, 1, 1}, [3]int{0, 3, 3}, [3]int{0, 3, 3}, true},
		{7, 11, 1, [3]int{1, 1, 1}, [3]int{1, 1, 1}, [3]int{1, 1, 1}, [3]int{1, 1, 1}, [3]int{}, [3]int{}, true},
	}
	for i, k := range cases {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			c := &model.Conv{Filters: k.filters, Channels: k.channels, Groups: k.groups, Kernel: k.kernel, Stride: k.stride,
				Dilation: k.dilation, PadBegin: k.begin, PadEnd: k.end_}
			c.Weight = noise(1, c.WeightCount())
			c.Bias = noise(2, c.Filters)
			if k.zeros {
				for i := range c.Weight {
					if i%3 != 0 {
						c.Weight[i] = 0
					}
				}
			}
			s := model.Shape{C: k.channels, D: k.in[0], H: k.in[1], W: k.in[2]}
			x := noise(3, s.Count())
			got, err := Run(single([]int{1, s.C, s.D, s.H, s.W}, c), x)
			if err != nil {
				t.Fatal(err)
			}
			want := make([]float64, len(got))
			for i := range want {
				want[i] = At(c, s, x, i)
			}
			near(t, got, want)
		})
	}
}

func diamond() *model.Graph {
	relu := &model.Activation{Function: model.Relu}
	return &model.Graph{
		Name: "diamond", Input: model.Value{Name: "x", Dims: []int{1, 2}}, Output: model.Value{Name: "y"},
		Nodes: []*model.Node{
			{Name: "a", Op: relu, Inputs: []string{"x"}, Output: "va"},
			{Name: "s", Op: &model.Add{}, Inputs: []string{"va", "x", "x"}, Output: "vs"},
			{Name: "c", Op: &model.Concat{}, Inputs: []string{"vs", "va"}, Output: "y"},
		},
	}
}

func TestBranches(t *testing.T) {
	all, err := RunAll(diamond(), []float32{-1, 2})
	if err != nil {
		t.Fatal(err)
	}
	near(t, all["x"], []float64{-1, 2})
	near(t, all["vs"], []float64{-2, 6})
	near(t, all["y"], []float64{-2, 6, 0, 2})
}

func TestWalkVisitsInOrderAndStops(t *testing.T) {
	var seen []string
	stop := errors.New("enough")
	err := Walk(diamond(), []float32{-1, 2}, func(n *model.Node, _ []float64) error {
		seen = append(seen, n.Name)
		if n.Name == "s" {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || fmt.Sprint(seen) != "[a s]" {
		t.Fatalf("saw %v, error %v", seen, err)
	}
}

func TestRefusals(t *testing.T) {
	g := diamond()
	if _, err := Run(g, []float32{1}); err == nil {
		t.Error("an input of the wrong length passed")
	}
	g.Nodes[1].Inputs = []string{"nowhere", "x"}
	if _, err := Run(g, []float32{1, 2}); err == nil {
		t.Error("an undefined value passed")
	}
	if _, err := Run(single([]int{1, 2}, &model.Activation{Function: "Mish"}), []float32{1, 2}); err == nil {
		t.Error("an unknown pointwise function passed")
	}
}
