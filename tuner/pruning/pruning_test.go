package pruning

import (
	"math/rand/v2"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/model/reference"
	"github.com/rt3d-tune/rt3d-tune/prune/recover"
	"github.com/rt3d-tune/rt3d-tune/tuner"
)

// twoConvs is conv → relu → conv.
func twoConvs() *model.Graph {
	r := rand.New(rand.NewPCG(1, 2))
	conv := func(m, n int) *model.Conv {
		one := [3]int{1, 1, 1}
		c := &model.Conv{Filters: m, Channels: n, Groups: 1, Kernel: [3]int{1, 3, 3}, Stride: one, Dilation: one, PadBegin: [3]int{0, 1, 1}, PadEnd: [3]int{0, 1, 1}}
		c.Weight = make([]float32, c.WeightCount())
		for i := range c.Weight {
			c.Weight[i] = float32(r.NormFloat64()) / 4
		}
		return c
	}
	return &model.Graph{Name: "two", Input: model.Value{Name: "x", Dims: []int{1, 4, 2, 6, 6}}, Output: model.Value{Name: "y", Dims: []int{1, 8, 2, 6, 6}},
		Nodes: []*model.Node{
			{Name: "a", Op: conv(8, 4), Inputs: []string{"x"}, Output: "u"},
			{Name: "relu", Op: &model.Activation{Function: model.Relu}, Inputs: []string{"u"}, Output: "v"},
			{Name: "b", Op: conv(8, 8), Inputs: []string{"v"}, Output: "y"},
		}}
}

func inputs(n int, seed uint64) [][]float32 {
	r := rand.New(rand.NewPCG(seed, 2))
	list := make([][]float32, n)
	for i := range list {
		list[i] = make([]float32, 4*2*6*6)
		for j := range list[i] {
			list[i][j] = float32(r.NormFloat64())
			if j > 0 {
				list[i][j] += .8 * list[i][j-1]
			}
		}
	}
	return list
}

func distance(t *testing.T, a, b *model.Graph) float64 {
	t.Helper()
	sum := 0.0
	for _, in := range inputs(6, 9) {
		x, err := reference.Run(a, in)
		if err != nil {
			t.Fatal(err)
		}
		y, err := reference.Run(b, in)
		if err != nil {
			t.Fatal(err)
		}
		for i := range x {
			sum += (x[i] - y[i]) * (x[i] - y[i])
		}
	}
	return sum
}

// Least squares comes closer to the dense network than what does without, and a choice gives the same network
// whatever was asked for earlier: a search that goes on must find what it had.
func TestRecoveredNetworksDependOnTheirChoiceAlone(t *testing.T) {
	dense := twoConvs()
	group := tuner.Group{Scheme: model.KGS, GM: 4, GN: 2}
	both := []tuner.LayerChoice{{Layer: "a", Group: group, Rate: .4}, {Layer: "b", Group: group, Rate: .5}}
	far := map[recover.Mode]float64{}
	for _, mode := range []recover.Mode{recover.None, recover.BatchNorm, recover.Reconstruct, recover.OBS} {
		p := &Pruner{Mode: mode, Clips: inputs(24, 1), Executor: recover.Reference{}}
		first, err := p.Apply(t.Context(), dense, both)
		if err != nil {
			t.Fatal(err)
		}
		far[mode] = distance(t, dense, first)
		other := &Pruner{Mode: mode, Clips: inputs(24, 1), Executor: recover.Reference{}}
		if _, err := other.Apply(t.Context(), dense, both[1:]); err != nil {
			t.Fatal(err)
		}
		again, err := other.Apply(t.Context(), dense, both)
		if err != nil {
			t.Fatal(err)
		}
		for i, n := range first.Convs() {
			for j, w := range n.Op.(*model.Conv).Weight {
				if w != again.Convs()[i].Op.(*model.Conv).Weight[j] {
					t.Fatalf("%s: weight %d of %s differs once another network was asked for", mode, j, n.Name)
				}
			}
		}
	}
	if least := min(far[recover.None], far[recover.BatchNorm]); far[recover.Reconstruct] >= least || far[recover.OBS] >= least {
		t.Errorf("distances from the dense network: %v", far)
	}
}
