package network

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// operations prints what runs together, with the epilogues: "conv+bn+relu[affine Relu]".
func operations(t *testing.T, g *model.Graph) string {
	t.Helper()
	l, err := Lower(g)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, o := range l.Operations {
		s := o.Op.Kind() + "(" + strings.Join(o.Nodes, "+") + ")"
		if len(o.Affines) > 0 && o.Conv() != nil {
			s += fmt.Sprintf(" affine*%d", len(o.Affines))
		}
		if o.Epilogue.Residual {
			s += " residual " + o.Inputs[1]
		}
		if f := o.Epilogue.Activation.Function; f != "" && o.Conv() != nil {
			s += " " + string(f)
		}
		out = append(out, s)
	}
	return strings.Join(out, "; ")
}

func TestLower(t *testing.T) {
	cases := []struct {
		name  string
		build func(s *sketch) string
		want  string
	}{
		{"chain", func(s *sketch) string {
			return s.activation(s.affine(s.conv("in", 8, 1, cube)), model.Relu)
		}, "Conv(n0+n1+n2) affine*1 Relu"},
		{"two affines fold", func(s *sketch) string {
			return s.affine(s.affine(s.conv("in", 8, 1, cube)))
		}, "Conv(n0+n1+n2) affine*2"},
		{"a second activation runs alone", func(s *sketch) string {
			return s.activation(s.activation(s.conv("in", 8, 1, cube), model.Relu), model.Clip)
		}, "Conv(n0+n1) Relu; Clip(n2)"},
		{"an affine behind an activation runs alone, with what follows", func(s *sketch) string {
			return s.activation(s.affine(s.activation(s.conv("in", 8, 1, cube), model.Relu)), model.Tanh)
		}, "Conv(n0+n1) Relu; Mul(n2+n3)"},
		{"identity residual", func(s *sketch) string {
			a := s.activation(s.conv("in", 8, 1, cube), model.Relu)
			b := s.affine(s.conv(a, 8, 1, cube))
			return s.activation(s.add(&model.Add{}, b, a), model.Relu)
		}, "Conv(n0+n1) Relu; Conv(n2+n3+n4+n5) affine*1 residual n1.out Relu"},
		{"of two convolutions the later takes the residual", func(s *sketch) string {
			main := s.conv("in", 8, 1, cube)
			down := s.affine(s.conv("in", 8, 1, unit))
			return s.activation(s.add(&model.Add{}, main, down), model.Relu)
		}, "Conv(n0); Conv(n1+n2+n3+n4) affine*1 residual n0.out Relu"},
		{"three summands run alone", func(s *sketch) string {
			a, b := s.conv("in", 5, 1, cube), s.conv("in", 5, 1, unit)
			return s.activation(s.add(&model.Add{}, a, b, "in"), model.Relu)
		}, "Conv(n0); Conv(n1); Add(n2+n3)"},
		{"an earlier convolution moves behind a pool", func(s *sketch) string {
			main := s.conv("in", 5, 1, cube)
			pool := s.add(&model.Pool{Function: model.MaxPool, Kernel: [3]int{3, 3, 3}, Stride: [3]int{1, 1, 1},
				PadBegin: [3]int{1, 1, 1}, PadEnd: [3]int{1, 1, 1}}, "in")
			return s.add(&model.Add{}, main, pool)
		}, "MaxPool(n1); Conv(n0+n2) residual n1.out"},
		{"a value with two readers stays", func(s *sketch) string {
			c := s.conv("in", 8, 1, cube)
			return s.add(&model.Concat{}, c, s.activation(c, model.Relu))
		}, "Conv(n0); Relu(n1); Concat(n2)"},
		{"a sum of a value with itself", func(s *sketch) string {
			c := s.conv("in", 8, 1, cube)
			return s.activation(s.add(&model.Add{}, c, c), model.Relu)
		}, "Conv(n0); Add(n1+n2)"},
		{"no second residual", func(s *sketch) string {
			a := s.activation(s.conv("in", 8, 1, cube), model.Relu)
			return s.add(&model.Add{}, s.add(&model.Add{}, s.conv(a, 8, 1, unit), a), a)
		}, "Conv(n0+n1) Relu; Conv(n2+n3) residual n1.out; Add(n4)"},
		{"relabels vanish and hide nothing", func(s *sketch) string {
			c := s.conv("in", 8, 1, cube)
			c = s.add(&model.Reshape{To: s.shapes[c]}, s.add(&model.Pad{}, s.add(&model.Concat{}, c)))
			return s.activation(c, model.Relu)
		}, "Conv(n0+n4) Relu"},
		{"dead nodes do not run", func(s *sketch) string {
			c := s.conv("in", 8, 1, cube)
			s.activation(s.conv(c, 8, 1, cube), model.Relu)
			return s.activation(c, model.Relu)
		}, "Conv(n0+n3) Relu"},
		{"what follows a transposed convolution goes into its phases", func(s *sketch) string {
			up := s.transposed("in", &model.Transposed{Groups: 1, Filters: 8, Kernel: [3]int{1, 1, 2}, Stride: [3]int{1, 1, 2}, Dilation: [3]int{1, 1, 1}})
			return s.activation(s.affine(up), model.Relu)
		}, "Conv(n0) affine*1 Relu; Conv(n1) affine*1 Relu; DepthToSpace(n2+n3+n4)"},
		{"the output is a reader", func(s *sketch) string {
			c := s.conv("in", 8, 1, cube)
			s.activation(c, model.Relu)
			return c
		}, "Conv(n0)"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := newSketch("lower", 1, 5, 4, 6, 6)
			if got := operations(t, s.finish(c.build(s))); got != c.want {
				t.Errorf("operations\n got %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestLowerRefusesTwinNames(t *testing.T) {
	s := newSketch("twins", 1, 5, 4, 6, 6)
	g := s.finish(s.activation(s.conv("in", 8, 1, cube), model.Relu))
	g.Nodes[1].Name = "n0"
	if _, err := Lower(g); err == nil || !strings.Contains(err.Error(), `"n0"`) {
		t.Errorf("two nodes of one name: error %v, want one that names n0", err)
	}
}
