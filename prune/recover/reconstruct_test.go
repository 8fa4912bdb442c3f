package recover

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/prune"
)

// smooth are clips whose values depend on their neighbours, as those of real ones do: noise summed up
// along each axis, with channels that are mixtures of two.
func smooth(n int, seed uint64) [][]float32 {
	r := rand.New(rand.NewPCG(seed, 9))
	s := model.Shape{C: 3, D: 4, H: 8, W: 8}
	plane := s.D * s.H * s.W
	out := make([][]float32, n)
	for i := range out {
		x := make([]float32, s.Count())
		for j := range 2 * plane {
			x[j] = float32(r.NormFloat64())
			for _, before := range []int{1, s.W, s.H * s.W} {
				if j%plane >= before {
					x[j] += .33 * x[j-before]
				}
			}
		}
		for j := range plane {
			x[2*plane+j] = .6*x[j] - .5*x[plane+j] + float32(.3*r.NormFloat64())
		}
		out[i] = x
	}
	return out
}

// cut prunes every layer but conv1 and those that are fully connected.
func cut(t *testing.T, dense *model.Graph, choice prune.Choice) *model.Graph {
	t.Helper()
	pruned, err := prune.Graph(dense, prune.Uniform(dense, choice, map[string]bool{"conv1": true}))
	if err != nil {
		t.Fatal(err)
	}
	return pruned
}

func statistics(t *testing.T, dense *model.Graph, clips [][]float32, o Options) *Statistics {
	t.Helper()
	stats, err := Measure(context.Background(), Reference{}, dense, clips, o)
	if err != nil {
		t.Fatal(err)
	}
	return stats
}

// restored is a copy of pruned, restored.
func restored(t *testing.T, stats *Statistics, pruned *model.Graph, mode Mode) (*model.Graph, Outcome) {
	t.Helper()
	g := pruned.Clone()
	o, err := stats.Restore(context.Background(), g, mode)
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range g.Convs() {
		c, before := n.Op.(*model.Conv), pruned.Convs()[i].Op.(*model.Conv)
		if err := c.CheckMask(); err != nil {
			t.Fatalf("%s: %s: %v", mode, n.Name, err)
		}
		if before.Mask == nil {
			continue
		}
		if mode != OBS && c.Mask.KeptWeights() != before.Mask.KeptWeights() || math.Abs(c.Mask.Density()-before.Mask.Density()) > .02 {
			t.Errorf("%s: %s keeps %d weights, was cut to %d", mode, n.Name, c.Mask.KeptWeights(), before.Mask.KeptWeights())
		}
	}
	return g, o
}

func TestEachModeComesCloserThanTheOneBefore(t *testing.T) {
	dense := residual()
	calibration, fresh := smooth(32, 1), smooth(8, 2)
	for _, choice := range []prune.Choice{
		{Scheme: model.KGS, GM: 4, GN: 2, Rate: .5},
		{Scheme: model.KGS, GM: 5, GN: 3, Rate: .5}, // partial groups at the edges
		{Scheme: model.Vanilla, GM: 4, GN: 4, Rate: .5},
		{Scheme: model.Filter, Rate: .4},
	} {
		pruned := cut(t, dense, choice)
		for _, apart := range []bool{false, true} {
			stats := statistics(t, dense, calibration, Options{Apart: apart})
			magnitude := distance(t, dense, pruned, fresh)
			far := map[Mode]float64{}
			for _, mode := range []Mode{BatchNorm, Reconstruct, OBS} {
				g, o := restored(t, stats, pruned, mode)
				far[mode] = distance(t, dense, g, fresh)
				t.Logf("%s apart %v %s: %.3f, magnitude %.3f; %+v", choice.Scheme, apart, mode, far[mode], magnitude, o)
			}
			if far[BatchNorm] >= magnitude {
				t.Errorf("%s: BatchNorm ends %.3f from the dense network on other clips, was %.3f", choice.Scheme, far[BatchNorm], magnitude)
			}
			// Filters that are left need no other weights where they read what the dense ones read.
			if far[Reconstruct] > far[BatchNorm] || far[Reconstruct] == far[BatchNorm] && (choice.Scheme != model.Filter || !apart) {
				t.Errorf("%s apart %v: reconstruction ends %.3f from the dense network, BatchNorm %.3f", choice.Scheme, apart, far[Reconstruct], far[BatchNorm])
			}
			if far[OBS] >= far[BatchNorm] {
				t.Errorf("%s apart %v: OBS ends %.3f from the dense network, BatchNorm %.3f", choice.Scheme, apart, far[OBS], far[BatchNorm])
			}
		}
	}
}

// A convolution reads the same channel twice: least squares loses nothing when one of the copies is
// removed, and OBS removes a copy even where its weights are the largest.
func TestCopiesOfAChannelCostNothing(t *testing.T) {
	one := [3]int{1, 1, 1}
	double := &model.Conv{Filters: 4, Channels: 2, Groups: 1, Kernel: one, Stride: one, Dilation: one,
		Weight: []float32{1, 0, 1, 0, 0, 1, 0, 1}} // a, a, b, b
	c := &model.Conv{Filters: 2, Channels: 4, Groups: 1, Kernel: one, Stride: one, Dilation: one,
		Weight: []float32{3, 3, 1, .9, 2, 3, .8, 1}}
	dense := &model.Graph{
		Name: "copies", Input: model.Value{Name: "x", Dims: []int{1, 2, 2, 4, 4}}, Output: model.Value{Name: "y", Dims: []int{1, 2, 2, 4, 4}},
		Nodes: []*model.Node{
			{Name: "double", Op: double, Inputs: []string{"x"}, Output: "d"},
			{Name: "conv", Op: c, Inputs: []string{"d"}, Output: "y"},
		},
	}
	var clips [][]float32
	r := rand.New(rand.NewPCG(1, 1))
	for range 12 {
		clip := make([]float32, 2*2*4*4)
		for i := range clip {
			clip[i] = float32(r.NormFloat64())
		}
		clips = append(clips, clip)
	}
	choice := map[string]prune.Choice{"conv": {Scheme: model.KGS, GM: 2, GN: 1, Rate: .5}}
	pruned, err := prune.Graph(dense, choice) // magnitude drops both copies of b
	if err != nil {
		t.Fatal(err)
	}
	for _, apart := range []bool{false, true} {
		stats := statistics(t, dense, clips, Options{Apart: apart})
		g, _ := restored(t, stats, pruned, OBS)
		kept := g.Node("conv").Op.(*model.Conv).Mask.Kept
		if kept[0] == kept[1] || kept[2] == kept[3] {
			t.Errorf("apart %v: units kept are %v; want one of each pair of copies", apart, kept)
		}
		if d := distance(t, dense, g, clips); d > .01 {
			t.Errorf("apart %v: %.4f from the dense network; copies make up for each other in full", apart, d)
		}
	}
}

func TestFewClipsNeverHurt(t *testing.T) {
	dense := residual()
	fresh := smooth(24, 2)
	pruned := cut(t, dense, prune.Choice{Scheme: model.KGS, GM: 4, GN: 2, Rate: .5})
	magnitude := distance(t, dense, pruned, fresh)
	for _, n := range []int{2, 8, fewClips} {
		for seed := range uint64(2) {
			stats := statistics(t, dense, smooth(n, 10+seed), Options{})
			for _, mode := range []Mode{Reconstruct, OBS} {
				g, o := restored(t, stats, pruned, mode)
				if n >= fewClips && (o.Reconstructed >= o.BatchNorm) != (o.Kept == BatchNorm) {
					t.Errorf("%d clips, %s: kept %s at %+v", n, mode, o.Kept, o)
				}
				if d := distance(t, dense, g, fresh); d >= magnitude {
					t.Errorf("%d clips, seed %d, %s: %.3f from the dense network, %.3f with nothing recovered", n, seed, mode, d, magnitude)
				}
			}
		}
	}
}

// Clips of noise tell nothing about how channels depend on each other; what they seem to tell must not be
// believed.
func TestNoiseIsNotFitted(t *testing.T) {
	dense := residual()
	pruned := cut(t, dense, prune.Choice{Scheme: model.KGS, GM: 4, GN: 2, Rate: .5})
	r := rand.New(rand.NewPCG(4, 4))
	noise := make([][]float32, 4)
	for i := range noise {
		noise[i] = make([]float32, 3*4*8*8)
		for j := range noise[i] {
			noise[i][j] = float32(r.NormFloat64())
		}
	}
	stats := statistics(t, dense, noise, Options{})
	plain, _ := restored(t, stats, pruned, BatchNorm)
	g, o := restored(t, stats, pruned, Reconstruct)
	if o.Kept == BatchNorm {
		return
	}
	if a, b := distance(t, dense, g, clips(16)), distance(t, dense, plain, clips(16)); a > b*1.05 {
		t.Errorf("%.3f from the dense network on other noise, %.3f with BatchNorm alone", a, b)
	}
}

func TestLittleMemoryMeansBlocksAndFewerClips(t *testing.T) {
	dense := residual()
	pruned := cut(t, dense, prune.Choice{Scheme: model.KGS, GM: 4, GN: 2, Rate: .5})
	fresh := smooth(12, 2)
	const memory = 1 << 20 // 75 columns of 432
	stats := statistics(t, dense, smooth(60, 1), Options{Memory: memory})
	if n := stats.Clips(); n < 2 || n >= 60 {
		t.Fatalf("%d clips used; want fewer than 60 in %d bytes", n, memory)
	}
	conv2 := dense.Node("conv2").Op.(*model.Conv)
	if n := len(blocks(conv2, stats.columns(conv2))); n < 4 {
		t.Fatalf("conv2 is fitted in %d blocks, want several", n)
	}
	plain, _ := restored(t, stats, pruned, BatchNorm)
	for _, mode := range []Mode{Reconstruct, OBS} {
		g, _ := restored(t, stats, pruned, mode)
		if a, b := distance(t, dense, g, fresh), distance(t, dense, plain, fresh); a >= b {
			t.Errorf("%s in blocks: %.3f from the dense network, BatchNorm alone %.3f", mode, a, b)
		}
	}
	_, err := Measure(context.Background(), Reference{}, dense, smooth(4, 1), Options{Memory: 10 << 10})
	if err == nil || !strings.Contains(err.Error(), "allow 1 MiB or more") {
		t.Errorf("10 KiB of memory: %v; want an error that says how much would do", err)
	}
}

// grouped is a convolution in two groups behind another, with stride and dilation.
func grouped() *model.Graph {
	r := rand.New(rand.NewPCG(8, 8))
	conv := func(m, n, groups int, stride, dilation [3]int) *model.Conv {
		c := &model.Conv{Filters: m, Channels: n, Groups: groups, Kernel: [3]int{3, 3, 3}, Stride: stride, Dilation: dilation, PadBegin: dilation, PadEnd: dilation}
		c.Weight = make([]float32, c.WeightCount())
		for i := range c.Weight {
			c.Weight[i] = float32(r.NormFloat64() / math.Sqrt(27*float64(n/groups)))
		}
		return c
	}
	one := [3]int{1, 1, 1}
	return &model.Graph{
		Name: "grouped", Input: model.Value{Name: "x", Dims: []int{1, 3, 4, 8, 8}}, Output: model.Value{Name: "y", Dims: []int{1, 8, 4, 4, 4}},
		Nodes: []*model.Node{
			{Name: "conv1", Op: conv(8, 3, 1, one, one), Inputs: []string{"x"}, Output: "a"},
			{Name: "relu", Op: &model.Activation{Function: model.Relu}, Inputs: []string{"a"}, Output: "b"},
			{Name: "conv2", Op: conv(8, 8, 2, [3]int{1, 2, 2}, [3]int{1, 2, 1}), Inputs: []string{"b"}, Output: "y"},
		},
	}
}

func TestGroupsStrideAndDilation(t *testing.T) {
	dense := grouped()
	fresh := smooth(8, 2)
	// Blocks of 3 filters lie across the two groups of 4.
	for _, gm := range []int{2, 3} {
		pruned := cut(t, dense, prune.Choice{Scheme: model.KGS, GM: gm, GN: 2, Rate: .5})
		stats := statistics(t, dense, smooth(16, 1), Options{})
		far := distance(t, dense, pruned, fresh)
		for _, mode := range []Mode{Reconstruct, OBS} {
			g, _ := restored(t, stats, pruned, mode)
			if near := distance(t, dense, g, fresh); near >= .9*far {
				t.Errorf("groups of %d: %s ends %.3f from the dense network, was %.3f", gm, mode, near, far)
			}
		}
	}
}

func TestApartIsTheSameWhateverCameBefore(t *testing.T) {
	dense := residual()
	calibration := smooth(12, 1)
	a := cut(t, dense, prune.Choice{Scheme: model.KGS, GM: 4, GN: 2, Rate: .5})
	b := cut(t, dense, prune.Choice{Scheme: model.KGS, GM: 4, GN: 4, Rate: .3})
	warm := statistics(t, dense, calibration, Options{Apart: true})
	restored(t, warm, b, OBS)
	restored(t, warm, a, OBS)
	first, _ := restored(t, statistics(t, dense, calibration, Options{Apart: true}), a, OBS)
	again, _ := restored(t, warm, a, OBS)
	for i, n := range first.Convs() {
		x, y := n.Op.(*model.Conv), again.Convs()[i].Op.(*model.Conv)
		for j, w := range x.Weight {
			if w != y.Weight[j] {
				t.Fatalf("%s: weight %d is %v, and %v once other choices were tried", n.Name, j, w, y.Weight[j])
			}
		}
	}
}

func TestWhatCannotBeRecoveredIsSaid(t *testing.T) {
	ctx := context.Background()
	dense := residual()
	pruned := cut(t, dense, prune.Choice{Scheme: model.KGS, GM: 4, GN: 2, Rate: .5})
	stats := statistics(t, dense, smooth(1, 1), Options{})
	if _, err := stats.Restore(ctx, pruned, Reconstruct); err == nil || !strings.Contains(err.Error(), "1 calibration clip; at least 2") {
		t.Errorf("one clip: %v", err)
	}
	bad := smooth(2, 1)
	bad[1][7] = float32(math.NaN())
	if _, err := Measure(ctx, Reference{}, dense, bad, Options{}); err == nil || !strings.Contains(err.Error(), "clip 1 holds NaN") {
		t.Errorf("a clip with NaN: %v", err)
	}
}

func TestProgressComesToItsEnd(t *testing.T) {
	dense := residual()
	var seen []Progress
	stats := statistics(t, dense, smooth(4, 1), Options{Progress: func(p Progress) { seen = append(seen, p) }})
	restored(t, stats, cut(t, dense, prune.Choice{Scheme: model.KGS, GM: 4, GN: 2, Rate: .5}), Reconstruct)
	for i, p := range seen {
		if p.Done > p.Total || i > 0 && p.Done < seen[i-1].Done {
			t.Errorf("step %d: %+v", i, p)
		}
	}
	if n := len(seen); n < 2 || seen[n-1].Done == 0 {
		t.Errorf("progress was %+v", seen)
	}
}
