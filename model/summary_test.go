package model_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/model"
)

var one = [3]int{1, 1, 1}

// small is a 3x3x3 convolution of 2 to 5 channels, a factor per channel and a classifier.
func small() *model.Graph {
	conv := &model.Conv{Filters: 5, Channels: 2, Groups: 1, Kernel: [3]int{3, 3, 3}, Stride: one, Dilation: one, PadBegin: one, PadEnd: one}
	conv.Weight, conv.Bias = make([]float32, conv.WeightCount()), make([]float32, 5)
	for i := range conv.Weight {
		conv.Weight[i] = float32(i + 1)
	}
	fc := &model.Conv{Filters: 3, Channels: 5, Groups: 1, Kernel: one, Stride: one, Dilation: one, FullyConnected: true, Weight: make([]float32, 15)}
	return &model.Graph{
		Name: "small", Input: model.Value{Name: "x", Dims: []int{1, 2, 4, 6, 8}}, Output: model.Value{Name: "y", Dims: []int{1, 3}},
		Nodes: []*model.Node{
			{Name: "conv", Op: conv, Inputs: []string{"x"}, Output: "a"},
			{Name: "scale", Op: &model.Affine{Scale: make([]float32, 5), Shift: make([]float32, 5)}, Inputs: []string{"a"}, Output: "b"},
			{Name: "pool", Op: &model.GlobalAveragePool{}, Inputs: []string{"b"}, Output: "c"},
			{Name: "fc", Op: fc, Inputs: []string{"c"}, Output: "y"},
		},
	}
}

// mask keeps the units of a layer that keep says, and zeroes the other weights.
func mask(t *testing.T, c *model.Conv, scheme model.Scheme, gm, gn int, keep func(unit int) bool) {
	t.Helper()
	m, err := model.NewMask(scheme, gm, gn, c)
	if err != nil {
		t.Fatal(err)
	}
	for u := range m.Kept {
		m.Kept[u] = keep(u)
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

func TestSummary(t *testing.T) {
	g := small()
	conv := g.Nodes[0].Op.(*model.Conv)
	mask(t, conv, model.KGS, 2, 2, func(unit int) bool { return unit%27 < 7 }) // 7 of 27 positions in each of 3 groups
	layers, err := model.Summary(g)
	if err != nil {
		t.Fatal(err)
	}
	const positions = 4 * 6 * 8
	want := []model.Layer{
		{Name: "conv", Kind: "Conv", Conv: conv, In: model.Shape{C: 2, D: 4, H: 6, W: 8}, Out: model.Shape{C: 5, D: 4, H: 6, W: 8},
			Weights: 270, KeptWeights: 70, MACs: 270 * positions, KeptMACs: 70 * positions},
		{Name: "fc", Kind: "Gemm", Conv: g.Nodes[3].Op.(*model.Conv), In: model.Shape{C: 5, D: 1, H: 1, W: 1}, Out: model.Shape{C: 3, D: 1, H: 1, W: 1},
			Weights: 15, KeptWeights: 15, MACs: 15, KeptMACs: 15},
	}
	if !reflect.DeepEqual(layers, want) {
		t.Errorf("summary %+v, want %+v", layers, want)
	}
	for _, c := range []struct {
		kept bool
		want int64
	}{{false, 270*positions + 15}, {true, 70*positions + 15}} {
		if got, err := g.MACs(c.kept); err != nil || got != c.want {
			t.Errorf("MACs(%v) = %d, %v, want %d", c.kept, got, err, c.want)
		}
	}
	if got := g.Params(); got != 270+5+10+15 {
		t.Errorf("%d parameters", got)
	}
}

// TestValidMACs counts products with the input one by one.
func TestValidMACs(t *testing.T) {
	conv := &model.Conv{Filters: 6, Channels: 4, Groups: 2, Kernel: [3]int{3, 2, 3}, Stride: [3]int{1, 2, 2}, Dilation: [3]int{2, 1, 1},
		PadBegin: [3]int{2, 0, 1}, PadEnd: [3]int{2, 1, 0}}
	conv.Weight = make([]float32, conv.WeightCount())
	in := model.Shape{C: 4, D: 3, H: 5, W: 6}
	out, err := conv.OutShape(in)
	if err != nil {
		t.Fatal(err)
	}
	count := func() int64 {
		var n int64
		for i := range conv.WeightCount() * out.D * out.H * out.W {
			o, weight := i%(out.D*out.H*out.W), i/(out.D*out.H*out.W)
			k := weight % conv.Positions()
			f, c := weight/conv.Positions()/2, weight/conv.Positions()%2
			z := o/(out.H*out.W) + 2*(k/6) - 2
			y := 2*(o/out.W%out.H) + k/3%2
			x := 2*(o%out.W) + k%3 - 1
			if (conv.Mask == nil || conv.Mask.Keeps(f, c, k)) && z >= 0 && z < in.D && y >= 0 && y < in.H && x >= 0 && x < in.W {
				n++
			}
		}
		return n
	}
	for _, kept := range []string{"all", "some"} {
		if kept == "some" {
			mask(t, conv, model.KGS, 4, 2, func(unit int) bool { return unit%5 < 2 })
		}
		if got, err := conv.ValidMACs(in); err != nil || got != count() {
			t.Errorf("%s weights kept: %d valid MACs, %v, want %d", kept, got, err, count())
		}
	}
	if _, err := (&model.Conv{Filters: 1, Channels: 4, Groups: 1, Kernel: [3]int{9, 1, 1}, Stride: one, Dilation: one}).ValidMACs(in); err == nil {
		t.Error("a kernel larger than the input was accepted")
	}
}

func TestCheckMask(t *testing.T) {
	cases := []struct {
		name, want string
		spoil      func(c *model.Conv)
	}{
		{"sound", "", func(*model.Conv) {}},
		{"none", "", func(c *model.Conv) { c.Mask = nil }},
		{"weight that is not kept", "is not kept", func(c *model.Conv) { c.Weight[26] = 1 }},
		{"another layer's", "the layer has 5, 2, 27", func(c *model.Conv) { c.Mask.Filters = 4 }},
		{"too few units", "2 units", func(c *model.Conv) { c.Mask.Kept = c.Mask.Kept[:2] }},
		{"no group size", "at least 1x1", func(c *model.Conv) { c.Mask.GM = 0 }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			conv := small().Nodes[0].Op.(*model.Conv)
			mask(t, conv, model.KGS, 2, 1, func(unit int) bool { return unit%27 != 26 })
			c.spoil(conv)
			err := conv.CheckMask()
			if c.want == "" && err != nil {
				t.Fatal(err)
			}
			if c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestOutShapeNeedsNoWeights(t *testing.T) {
	c := small().Nodes[0].Op.(*model.Conv)
	c.Weight = nil
	in := model.Shape{C: 2, D: 4, H: 6, W: 8}
	if out, err := c.OutShape(in); err != nil || out != (model.Shape{C: 5, D: 4, H: 6, W: 8}) {
		t.Errorf("shape %v, %v", out, err)
	}
	if _, err := c.Infer([]model.Shape{in}); err == nil {
		t.Error("Infer accepted a layer without weights")
	}
}
