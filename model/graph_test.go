package model_test

import (
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/model"
)

func TestShapeOf(t *testing.T) {
	cases := []struct {
		dims []int
		want model.Shape
		ok   bool
	}{
		{[]int{1, 3, 16, 112, 112}, model.Shape{C: 3, D: 16, H: 112, W: 112}, true},
		{[]int{1, 3, 32, 40}, model.Shape{C: 3, D: 1, H: 32, W: 40}, true},
		{[]int{1, 10}, model.Shape{C: 10, D: 1, H: 1, W: 1}, true},
		{[]int{2, 10}, model.Shape{}, false},
		{[]int{1, 0}, model.Shape{}, false},
		{[]int{1, 2, 3}, model.Shape{}, false},
		{nil, model.Shape{}, false},
	}
	for _, c := range cases {
		if got, err := model.ShapeOf(c.dims); got != c.want || (err == nil) != c.ok {
			t.Errorf("%v is %v, %v", c.dims, got, err)
		}
	}
}

func TestShapesNamesTheNode(t *testing.T) {
	cases := []struct {
		name, want string
		spoil      func(g *model.Graph)
	}{
		{"undefined input", `node "pool" (GlobalAveragePool): input "nowhere"`, func(g *model.Graph) { g.Nodes[2].Inputs[0] = "nowhere" }},
		{"defined twice", `value "a" is defined twice`, func(g *model.Graph) { g.Nodes[1].Output = "a" }},
		{"wrong channels", `node "fc" (Gemm): input has 5 channels, the weights want 4`, func(g *model.Graph) { g.Nodes[3].Op.(*model.Conv).Channels = 4 }},
		{"wrong factors", `node "scale" (Mul): 4 scales`, func(g *model.Graph) { g.Nodes[1].Op.(*model.Affine).Scale = make([]float32, 4) }},
		{"no output", `output "z"`, func(g *model.Graph) { g.Output.Name = "z" }},
		{"dynamic input", `input "x"`, func(g *model.Graph) { g.Input.Dims[2] = -1 }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			g := small()
			c.spoil(g)
			if _, err := g.Shapes(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

// Window sizes with stride, dilation, padding and ceil mode along each axis.
func TestWindows(t *testing.T) {
	in := model.Shape{C: 3, D: 7, H: 8, W: 9}
	pool := func(ceil bool, k, s, b, e [3]int) model.Op {
		return &model.Pool{Function: model.MaxPool, Kernel: k, Stride: s, PadBegin: b, PadEnd: e, CeilMode: ceil}
	}
	two := [3]int{2, 2, 2}
	cases := []struct {
		name string
		op   model.Op
		want model.Shape
	}{
		{"floor", pool(false, two, two, [3]int{}, [3]int{}), model.Shape{C: 3, D: 3, H: 4, W: 4}},
		{"ceil", pool(true, two, two, [3]int{}, [3]int{}), model.Shape{C: 3, D: 4, H: 4, W: 5}},
		// A last window wholly in the trailing padding does not count.
		{"ceil in padding", pool(true, two, [3]int{3, 3, 3}, [3]int{}, [3]int{1, 1, 1}), model.Shape{C: 3, D: 3, H: 3, W: 3}},
		{"dilation", &model.Conv{Filters: 4, Channels: 3, Groups: 1, Kernel: two, Stride: one, Dilation: [3]int{1, 2, 3}, Weight: make([]float32, 96)},
			model.Shape{C: 4, D: 6, H: 6, W: 6}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got, err := c.op.Infer([]model.Shape{in}); err != nil || got != c.want {
				t.Errorf("shape %v, %v, want %v", got, err, c.want)
			}
		})
	}
}

func TestCloneIsApart(t *testing.T) {
	g := small()
	mask(t, g.Nodes[0].Op.(*model.Conv), model.KGS, 1, 1, func(int) bool { return true })
	c := g.Clone()
	conv := c.Nodes[0].Op.(*model.Conv)
	conv.Weight[0], conv.Bias[0], conv.Mask.Kept[0] = -1, -1, false
	c.Nodes[1].Inputs[0] = "x"
	was := g.Nodes[0].Op.(*model.Conv)
	if was.Weight[0] == -1 || was.Bias[0] == -1 || !was.Mask.Kept[0] || g.Nodes[1].Inputs[0] == "x" {
		t.Error("changing a clone changed the graph")
	}
}
