package prune

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/model"
)

func randomConv(filters, channels int, kernel [3]int) *model.Conv {
	c := &model.Conv{
		Filters: filters, Channels: channels, Groups: 1, Kernel: kernel,
		Stride: [3]int{1, 1, 1}, Dilation: [3]int{1, 1, 1},
	}
	r := rand.New(rand.NewPCG(1, 2))
	c.Weight = make([]float32, c.WeightCount())
	for i := range c.Weight {
		c.Weight[i] = float32(r.NormFloat64())
	}
	return c
}

func TestMaskRemovesTheWantedShare(t *testing.T) {
	for _, scheme := range []model.Scheme{model.Filter, model.Vanilla, model.KGS} {
		for _, group := range [][2]int{{1, 1}, {4, 4}, {8, 4}, {5, 3}, {7, 45}} {
			for _, rate := range []float64{0, .1, .5, .85} {
				c := randomConv(50, 45, [3]int{3, 3, 3})
				m, err := Mask(c, Choice{scheme, group[0], group[1], rate})
				if err != nil {
					t.Fatal(err)
				}
				largest := 0
				_, weights := Scores(c, m)
				for _, w := range weights {
					largest = max(largest, w)
				}
				if off := math.Abs(1 - m.Density() - rate); off > float64(largest)/float64(c.WeightCount()) {
					t.Errorf("%s %v rate %v: removed %v, more than one unit off", scheme, group, rate, 1-m.Density())
				}
				if err := Apply(c, m); err != nil {
					t.Fatal(err)
				}
				left := 0
				for _, w := range c.Weight {
					if w != 0 {
						left++
					}
				}
				if left != m.KeptWeights() {
					t.Errorf("%s %v rate %v: %d weights left, mask keeps %d", scheme, group, rate, left, m.KeptWeights())
				}
			}
		}
	}
}

func TestMaskRemovesTheWeakest(t *testing.T) {
	c := randomConv(8, 8, [3]int{1, 3, 3})
	for i := range c.Weight {
		c.Weight[i] = 1
	}
	// Unit (p=1, q=0, k=4): filters 4..7, channels 0..3, centre position.
	for f := 4; f < 8; f++ {
		for n := 0; n < 4; n++ {
			c.Weight[(f*8+n)*9+4] = .01
		}
	}
	m, err := Mask(c, Choice{model.KGS, 4, 4, 1.0 / 36})
	if err != nil {
		t.Fatal(err)
	}
	for u, kept := range m.Kept {
		if want := u != (1*2+0)*9+4; kept != want {
			t.Errorf("unit %d: kept %v, want %v", u, kept, want)
		}
	}
}

func TestPartialGroupsAreScoredFairly(t *testing.T) {
	// 5 filters in groups of 4: the second group has one filter. Equal weights must score equally.
	c := randomConv(5, 4, [3]int{1, 1, 1})
	for i := range c.Weight {
		c.Weight[i] = -2
	}
	m, err := model.NewMask(model.KGS, 4, 4, c)
	if err != nil {
		t.Fatal(err)
	}
	scores, weights := Scores(c, m)
	if scores[0] != 2 || scores[1] != 2 || weights[0] != 16 || weights[1] != 4 {
		t.Errorf("scores %v of %v weights; want 2, 2 of 16, 4", scores, weights)
	}
}

func TestImpossibleChoicesAreRefused(t *testing.T) {
	c := randomConv(8, 8, [3]int{3, 3, 3})
	for _, choice := range []Choice{
		{model.KGS, 0, 4, .5}, {model.KGS, 9, 4, .5}, {model.KGS, 4, 9, .5},
		{model.KGS, 4, 4, 1}, {model.KGS, 4, 4, -.1}, {model.KGS, 4, 4, math.NaN()}, {"odd", 4, 4, .5},
	} {
		if _, err := Mask(c, choice); err == nil {
			t.Errorf("%+v: no error", choice)
		}
	}
	g := &model.Graph{Name: "net", Nodes: []*model.Node{{Name: "a", Op: c}, {Name: "r", Op: &model.Activation{Function: model.Relu}}}}
	for _, name := range []string{"b", "r"} {
		if _, err := Graph(g, map[string]Choice{name: {model.KGS, 4, 4, .5}}); err == nil {
			t.Errorf("layer %q: no error", name)
		}
	}
}

func TestGraphLeavesTheOriginalAlone(t *testing.T) {
	c := randomConv(8, 8, [3]int{3, 3, 3})
	before := append([]float32(nil), c.Weight...)
	g := &model.Graph{Name: "net", Nodes: []*model.Node{{Name: "a", Op: c}}}
	if _, err := Graph(g, map[string]Choice{"a": {model.KGS, 4, 4, .5}}); err != nil {
		t.Fatal(err)
	}
	for i, w := range c.Weight {
		if w != before[i] {
			t.Fatal("weights of the original changed")
		}
	}
	if c.Mask != nil {
		t.Error("the original got a mask")
	}
}
