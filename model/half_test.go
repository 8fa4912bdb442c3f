package model

import (
	"math"
	"strings"
	"testing"
)

func linearAndConv() *Graph {
	one := [3]int{1, 1, 1}
	layer := func(fullyConnected bool) *Conv {
		return &Conv{Filters: 1, Channels: 3, Groups: 1, Kernel: one, Stride: one, Dilation: one, FullyConnected: fullyConnected,
			Weight: []float32{0.1, 1, -2049}}
	}
	return &Graph{Name: "g", Input: Value{Name: "x", Dims: []int{1, 3, 1, 1, 1}}, Output: Value{Name: "y", Dims: []int{1, 1, 1, 1, 1}},
		Nodes: []*Node{
			{Name: "conv", Op: layer(false), Inputs: []string{"x"}, Output: "c"},
			{Name: "fc", Op: layer(true), Inputs: []string{"x"}, Output: "y"},
		}}
}

// TestHalveLinear: values are the nearest halves, of fully connected layers only, in a copy.
func TestHalveLinear(t *testing.T) {
	g := linearAndConv()
	halved, err := HalveLinear(g)
	if err != nil {
		t.Fatal(err)
	}
	conv, fc := halved.Node("conv").Op.(*Conv), halved.Node("fc").Op.(*Conv)
	if conv.HalfWeights || conv.Weight[0] != 0.1 {
		t.Errorf("the convolution has the weights %v", conv.Weight)
	}
	if want := []float32{0.0999755859375, 1, -2048}; !fc.HalfWeights || fc.Weight[0] != want[0] || fc.Weight[1] != want[1] || fc.Weight[2] != want[2] {
		t.Errorf("the fully connected layer has the weights %v, want %v", fc.Weight, want)
	}
	if old := g.Node("fc").Op.(*Conv); old.HalfWeights || old.Weight[0] != 0.1 {
		t.Error("the graph that was given has changed")
	}
	again, err := HalveLinear(halved)
	if err != nil || again.Node("fc").Op.(*Conv).Weight[0] != fc.Weight[0] {
		t.Errorf("halving twice changes weights (error %v)", err)
	}
}

func TestHalveLinearRefusesWhatIsTooLarge(t *testing.T) {
	g := linearAndConv()
	g.Node("fc").Op.(*Conv).Weight[1] = 7e4
	if _, err := HalveLinear(g); err == nil || !strings.Contains(err.Error(), `"fc"`) || !strings.Contains(err.Error(), "70000") {
		t.Errorf("error %v, want one that names the node and the weight", err)
	}
	g.Node("fc").Op.(*Conv).Weight[1] = float32(math.Inf(-1))
	if _, err := HalveLinear(g); err == nil {
		t.Error("an infinite weight is taken")
	}
}
