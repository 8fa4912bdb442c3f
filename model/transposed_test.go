package model_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/model/reference"
)

// scatter is the definition: every input value goes to each output position that a kernel position leads to.
func scatter(t *model.Transposed, in model.Shape, x []float32, out model.Shape) []float64 {
	y := make([]float64, out.Count())
	if t.Bias != nil {
		for i := range y {
			y[i] = float64(t.Bias[i/(out.D*out.H*out.W)])
		}
	}
	channels, filters := t.Channels/t.Groups, t.Filters/t.Groups
	place := func(axis, i, k int) int { return i*t.Stride[axis] - t.PadBegin[axis] + k*t.Dilation[axis] }
	for n := range t.Channels {
		for i := range in.D * in.H * in.W {
			d, h, w := i/(in.H*in.W), i/in.W%in.H, i%in.W
			for f := range filters {
				for k := range t.Kernel[0] * t.Kernel[1] * t.Kernel[2] {
					a, b, c := place(0, d, k/(t.Kernel[1]*t.Kernel[2])), place(1, h, k/t.Kernel[2]%t.Kernel[1]), place(2, w, k%t.Kernel[2])
					if a < 0 || a >= out.D || b < 0 || b >= out.H || c < 0 || c >= out.W {
						continue
					}
					m := n/channels*filters + f
					weight := t.Weight[(n*filters+f)*t.Kernel[0]*t.Kernel[1]*t.Kernel[2]+k]
					y[((m*out.D+a)*out.H+b)*out.W+c] += float64(weight) * float64(x[n*in.D*in.H*in.W+i])
				}
			}
		}
	}
	return y
}

// woven is the graph of the phases.
func woven(t *testing.T, tr *model.Transposed, in model.Shape) (*model.Graph, []*model.Conv) {
	t.Helper()
	phases, err := tr.Phases(in)
	if err != nil {
		t.Fatal(err)
	}
	g := &model.Graph{Name: "up", Input: model.Value{Name: "x", Dims: []int{1, in.C, in.D, in.H, in.W}}, Output: model.Value{Name: "y"}}
	weave := &model.Node{Name: "up", Op: tr.Interleave(), Output: "y"}
	for i, c := range phases {
		n := &model.Node{Name: fmt.Sprint("phase", i), Op: c, Inputs: []string{"x"}, Output: fmt.Sprint("p", i)}
		g.Nodes = append(g.Nodes, n)
		weave.Inputs = append(weave.Inputs, n.Output)
	}
	g.Nodes = append(g.Nodes, weave)
	return g, phases
}

func axis(r *rand.Rand, t *model.Transposed, a int) {
	t.Kernel[a], t.Stride[a], t.Dilation[a] = 1+r.IntN(5), 1+r.IntN(3), 1+r.IntN(3)
	reach := t.Dilation[a] * (t.Kernel[a] - 1)
	t.PadBegin[a], t.PadEnd[a] = r.IntN(reach+1), r.IntN(reach+1)
	t.OutputPad[a] = r.IntN(max(t.Stride[a], t.Dilation[a]))
}

// Phases give what the definition gives, whatever kernel, stride, dilation, padding and groups are, and
// most of them can be joined again.
func TestPhasesEqualTheDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	tried, joined := 0, 0
	for tried < 300 {
		groups := 1 + r.IntN(2)
		tr := &model.Transposed{Groups: groups, Channels: groups * (1 + r.IntN(2)), Filters: groups * (1 + r.IntN(2))}
		for a := range 3 {
			axis(r, tr, a)
		}
		in := model.Shape{C: tr.Channels, D: 1 + r.IntN(3), H: 1 + r.IntN(4), W: 1 + r.IntN(5)}
		out, err := tr.OutShape(in)
		if err != nil {
			continue
		}
		tried++
		tr.Weight = make([]float32, tr.Channels*tr.Filters/groups*tr.Kernel[0]*tr.Kernel[1]*tr.Kernel[2])
		for i := range tr.Weight {
			tr.Weight[i] = r.Float32() - .5
		}
		if r.IntN(2) == 0 {
			tr.Bias = make([]float32, tr.Filters)
			for i := range tr.Bias {
				tr.Bias[i] = r.Float32()
			}
		}
		x := make([]float32, in.Count())
		for i := range x {
			x[i] = r.Float32() - .5
		}
		g, phases := woven(t, tr, in)
		got, err := reference.Run(g, x)
		if err != nil {
			t.Fatalf("%+v of %s: %v", tr, in, err)
		}
		want := scatter(tr, in, x, out)
		if len(got) != len(want) {
			t.Fatalf("%+v of %s: %d values, want %d", tr, in, len(got), len(want))
		}
		for i := range want {
			if math.Abs(got[i]-want[i]) > 1e-12 {
				t.Fatalf("%+v of %s: value %d is %g, want %g", tr, in, i, got[i], want[i])
			}
		}
		back, err := model.JoinPhases(phases, tr.Interleave(), in)
		if err != nil {
			continue
		}
		joined++
		again, err := back.Phases(in)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(again, phases) {
			t.Fatalf("%+v of %s was joined to %+v, which has other phases", tr, in, back)
		}
	}
	if joined < tried/4 {
		t.Errorf("only %d of %d could be joined", joined, tried)
	}
}

// The forms that decoders use are joined to exactly what they were, and cost no tap of zeros.
func TestUsualFormsAreJoinedAsTheyWere(t *testing.T) {
	for _, c := range []struct {
		kernel, stride, pad, output int
		macs                        int // of one phase after the other, per input position and axis
	}{{2, 2, 0, 0, 2}, {3, 2, 1, 1, 3}, {4, 2, 1, 0, 4}, {3, 3, 0, 0, 3}, {4, 4, 0, 0, 4}} {
		tr := &model.Transposed{Groups: 1, Channels: 2, Filters: 3, Dilation: [3]int{1, 1, 1}, Bias: []float32{1, 2, 3}}
		positions := 1
		for a := range 3 {
			tr.Kernel[a], tr.Stride[a], tr.PadBegin[a], tr.PadEnd[a], tr.OutputPad[a] = c.kernel, c.stride, c.pad, c.pad, c.output
			positions *= c.kernel
		}
		tr.Weight = make([]float32, 6*positions)
		for i := range tr.Weight {
			tr.Weight[i] = float32(i)
		}
		in := model.Shape{C: 2, D: 3, H: 4, W: 5}
		g, phases := woven(t, tr, in)
		back, err := model.JoinPhases(phases, tr.Interleave(), in)
		if err != nil {
			t.Fatal(err)
		}
		for a := range 3 { // output padding that takes back padding is the same as less padding
			tr.PadEnd[a], tr.OutputPad[a] = tr.PadEnd[a]-tr.OutputPad[a], 0
		}
		if !reflect.DeepEqual(back, tr) {
			t.Errorf("joined to %+v, want %+v", back, tr)
		}
		macs, err := g.MACs(false)
		if err != nil {
			t.Fatal(err)
		}
		if want := int64(6 * 3 * 4 * 5 * c.macs * c.macs * c.macs); macs != want {
			t.Errorf("kernel %d, stride %d: %d MACs, want %d", c.kernel, c.stride, macs, want)
		}
	}
}

// However far apart the positions of a kernel are, a phase has few taps of zeros.
func TestFewTapsOfZeros(t *testing.T) {
	tr := &model.Transposed{Groups: 1, Channels: 1, Filters: 1, Kernel: [3]int{1, 1, 2}, Stride: [3]int{1, 1, 2}, Dilation: [3]int{1, 1, 1001},
		PadBegin: [3]int{0, 0, 1000}, Weight: []float32{1, 10}}
	phases, err := tr.Phases(model.Shape{C: 1, D: 1, H: 1, W: 600})
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range phases {
		if c.Kernel[2] > 3 {
			t.Errorf("phase %d has %d taps", i, c.Kernel[2])
		}
	}
}

func TestTransposedRefuses(t *testing.T) {
	good := func() *model.Transposed {
		one, two := [3]int{1, 1, 1}, [3]int{2, 2, 2}
		return &model.Transposed{Groups: 1, Channels: 2, Filters: 2, Kernel: two, Stride: two, Dilation: one, Weight: make([]float32, 32)}
	}
	for _, c := range []struct {
		name, want string
		spoil      func(*model.Transposed)
	}{
		{"groups", "groups 3", func(t *model.Transposed) { t.Groups = 3 }},
		{"channels", "input has 2 channels", func(t *model.Transposed) { t.Channels = 4 }},
		{"stride", "height: kernel 2, stride 0", func(t *model.Transposed) { t.Stride[1] = 0 }},
		{"strides", "make more than 1024 phases", func(t *model.Transposed) { t.Stride = [3]int{1, 64, 64} }},
		{"padding beyond the kernel", "cuts off more than the kernel", func(t *model.Transposed) { t.PadBegin[2] = 2 }},
		{"output padding", "output padding 2 must be smaller", func(t *model.Transposed) { t.OutputPad[0] = 2 }},
		{"fewer positions than phases", "at least one for each phase", func(t *model.Transposed) { t.Stride[0], t.PadBegin[0] = 4, 1 }},
	} {
		tr := good()
		c.spoil(tr)
		if _, err := tr.Phases(model.Shape{C: 2, D: 1, H: 3, W: 3}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
	phases, err := good().Phases(model.Shape{C: 2, D: 1, H: 3, W: 3})
	if err != nil {
		t.Fatal(err)
	}
	phases[3].Bias = []float32{1, 2}
	if _, err := model.JoinPhases(phases, good().Interleave(), model.Shape{C: 2, D: 1, H: 3, W: 3}); err == nil || !strings.Contains(err.Error(), "different biases") {
		t.Errorf("error %v", err)
	}
}
