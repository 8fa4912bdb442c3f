package recover

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/model/reference"
	"github.com/rt3d-tune/rt3d-tune/prune"
)

// residual is conv1 → relu → pool → conv2 (+ skip) → relu → average → fc: every kind of piece that walk
// distinguishes.
func residual() *model.Graph {
	r := rand.New(rand.NewPCG(3, 4))
	conv := func(m, n int, kernel [3]int) *model.Conv {
		c := &model.Conv{Filters: m, Channels: n, Groups: 1, Kernel: kernel, Stride: [3]int{1, 1, 1}, Dilation: [3]int{1, 1, 1}}
		for i := range c.PadBegin {
			c.PadBegin[i], c.PadEnd[i] = kernel[i]/2, kernel[i]/2
		}
		c.Weight = make([]float32, c.WeightCount())
		for i := range c.Weight {
			c.Weight[i] = float32(r.NormFloat64() / math.Sqrt(float64(n*c.Positions())))
		}
		return c
	}
	relu := &model.Activation{Function: model.Relu}
	fc := conv(5, 16, [3]int{1, 1, 1})
	fc.FullyConnected = true
	return &model.Graph{
		Name:   "residual",
		Input:  model.Value{Name: "x", Dims: []int{1, 3, 4, 8, 8}},
		Output: model.Value{Name: "y", Dims: []int{1, 5}},
		Nodes: []*model.Node{
			{Name: "conv1", Op: conv(16, 3, [3]int{3, 3, 3}), Inputs: []string{"x"}, Output: "a"},
			{Name: "relu1", Op: relu, Inputs: []string{"a"}, Output: "b"},
			{Name: "pool1", Op: &model.Pool{Function: model.MaxPool, Kernel: [3]int{1, 2, 2}, Stride: [3]int{1, 2, 2}}, Inputs: []string{"b"}, Output: "c"},
			{Name: "conv2", Op: conv(16, 16, [3]int{3, 3, 3}), Inputs: []string{"c"}, Output: "d"},
			{Name: "add", Op: &model.Add{}, Inputs: []string{"c", "d"}, Output: "e"},
			{Name: "relu2", Op: relu, Inputs: []string{"e"}, Output: "f"},
			{Name: "average", Op: &model.GlobalAveragePool{}, Inputs: []string{"f"}, Output: "g"},
			{Name: "fc", Op: fc, Inputs: []string{"g"}, Output: "y"},
		},
	}
}

func clips(n int) [][]float32 {
	r := rand.New(rand.NewPCG(5, 6))
	out := make([][]float32, n)
	for i := range out {
		out[i] = make([]float32, 3*4*8*8)
		for j := range out[i] {
			out[i][j] = float32(r.NormFloat64())
		}
	}
	return out
}

// distance is the relative L2 distance between the outputs of two networks over clips.
func distance(t *testing.T, a, b *model.Graph, inputs [][]float32) float64 {
	t.Helper()
	diff, norm := 0.0, 0.0
	for _, in := range inputs {
		x, err := reference.Run(a, in)
		if err != nil {
			t.Fatal(err)
		}
		y, err := reference.Run(b, in)
		if err != nil {
			t.Fatal(err)
		}
		for i := range x {
			diff += (x[i] - y[i]) * (x[i] - y[i])
			norm += x[i] * x[i]
		}
	}
	return math.Sqrt(diff / norm)
}

func TestRestoreMatchesTheDenseMoments(t *testing.T) {
	ctx := context.Background()
	dense := residual()
	calibration := clips(16)
	stats, err := Measure(ctx, Reference{}, dense, calibration, Options{})
	if err != nil {
		t.Fatal(err)
	}
	choice := prune.Choice{Scheme: model.KGS, GM: 4, GN: 1, Rate: .4}
	errors := map[Mode]float64{}
	for _, mode := range []Mode{None, Bias, BatchNorm} {
		pruned, err := prune.Graph(dense, prune.Uniform(dense, choice, nil))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := stats.Restore(ctx, pruned, mode); err != nil {
			t.Fatal(err)
		}
		errors[mode] = distance(t, dense, pruned, calibration)
		if mode == None {
			continue
		}
		// The corrected network, run from its weights alone, shows the dense moments.
		for _, name := range []string{"conv1", "conv2", "fc"} {
			have := outputsOf(t, pruned, name, calibration)
			for f, want := range stats.layer[name].mean {
				if math.Abs(have.mean[f]-want) > 1e-4 {
					t.Errorf("%s: %s filter %d: mean %v, dense %v", mode, name, f, have.mean[f], want)
				}
				if mode == BatchNorm && name != "fc" && math.Abs(have.deviation[f]/stats.layer[name].deviation[f]-1) > 1e-3 {
					t.Errorf("%s filter %d: deviation %v, dense %v", name, f, have.deviation[f], stats.layer[name].deviation[f])
				}
			}
		}
		// Zeros stay zeros.
		for _, n := range pruned.Convs() {
			c := n.Op.(*model.Conv)
			if c.Mask == nil {
				continue
			}
			for i, w := range c.Weight {
				perFilter, k := len(c.Weight)/c.Filters, c.Positions()
				if !c.Mask.Keeps(i/perFilter, i%perFilter/k, i%k) && w != 0 {
					t.Fatalf("%s: weight %d came back", n.Name, i)
				}
			}
		}
	}
	if !(errors[BatchNorm] < errors[None]) || !(errors[Bias] < errors[None]) {
		t.Errorf("output error none %.3f, bias %.3f, batchnorm %.3f: recovery must lower it", errors[None], errors[Bias], errors[BatchNorm])
	}
}

func outputsOf(t *testing.T, g *model.Graph, layer string, inputs [][]float32) moments {
	t.Helper()
	shapes, err := g.Shapes()
	if err != nil {
		t.Fatal(err)
	}
	node := g.Node(layer)
	var outputs [][]float32
	for _, in := range inputs {
		all, err := reference.RunAll(g, in)
		if err != nil {
			t.Fatal(err)
		}
		outputs = append(outputs, narrow(all[node.Output]))
	}
	return measure(shapes[node.Output], outputs)
}

func TestNoClipsIsAnError(t *testing.T) {
	if _, err := Measure(context.Background(), Reference{}, residual(), nil, Options{}); err == nil {
		t.Error("no error")
	}
}

func TestAnUnprunedNetworkIsLeftAlone(t *testing.T) {
	ctx := context.Background()
	dense := residual()
	stats, err := Measure(ctx, Reference{}, dense, clips(2), Options{})
	if err != nil {
		t.Fatal(err)
	}
	same := dense.Clone()
	if _, err := stats.Restore(ctx, same, BatchNorm); err != nil {
		t.Fatal(err)
	}
	for i, n := range same.Convs() {
		for j, w := range n.Op.(*model.Conv).Weight {
			if w != dense.Convs()[i].Op.(*model.Conv).Weight[j] {
				t.Fatalf("%s: weight %d changed", n.Name, j)
			}
		}
	}
}
