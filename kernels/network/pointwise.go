package network

import (
	"fmt"
	"strings"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// pointwise emits sum of the inputs, then scale and shift of each channel, then a function, each
// where the step has it.
func (e *emitter) pointwise(s *Step) (string, error) {
	y := s.Output.Layout()
	affine := s.Section >= 0
	layouts := ""
	for _, in := range s.Inputs {
		layouts += fmt.Sprint(in.Layout(), ";")
	}
	type key struct {
		in         string
		out        layout
		affine     bool
		activation model.Activation
	}
	value, err := activate(s.Epilogue.Activation, "v")
	if err != nil {
		return "", err
	}
	return e.once("pointwise", key{layouts, y, affine, s.Epilogue.Activation}, func(symbol string) error {
		w := e.w
		var params []string
		for i := range s.Inputs {
			params = append(params, fmt.Sprintf("const rt3d_value *x%d", i))
		}
		if affine {
			params = append(params, "const float *affine")
		}
		w.Line("/* %s */", describe(y))
		w.Line("static void %s(%s, rt3d_value *y, int from, int to,", symbol, strings.Join(params, ", "))
		w.Open("    int of) {")
		openRows(w, y.Blocks(), y.Shape)
		for i, in := range s.Inputs {
			w.Line("const rt3d_value *p%d = x%d + %s;", i, i, rowOf(in.Layout(), "b", "d", "h"))
		}
		w.Line("rt3d_value *q = y + %s;", rowOf(y, "b", "d", "h"))
		if affine {
			w.Line("const rt3d_vec scale = rt3d_load_floats(affine + b * %d);", e.lanes)
			w.Line("const rt3d_vec shift = rt3d_load_floats(affine + %d + b * %d);", affineFloats(y.Shape.C, e.lanes), e.lanes)
		}
		w.Open("for (int i = 0; i < %d; i += %d) {", y.Shape.W*e.lanes, e.lanes)
		w.Line("rt3d_vec v = rt3d_load(p0 + i);")
		for i := 1; i < len(s.Inputs); i++ {
			w.Line("v = rt3d_add(v, rt3d_load(p%d + i));", i)
		}
		if affine {
			w.Line("v = rt3d_fma(v, scale, shift);")
		}
		w.Line("rt3d_store(q + i, %s);", value)
		w.Close()
		w.Close()
		w.Close()
		return nil
	})
}
