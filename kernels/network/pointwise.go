package network

import (
	"fmt"
	"strings"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// pointwise emits the sum or product of the inputs, then scale and shift of each channel, then a function, each
// where the step has it.
func (e *emitter) pointwise(s *Step) (string, error) {
	y := s.Output.Layout()
	affine := s.Section >= 0
	layouts := ""
	for _, in := range s.Inputs {
		layouts += fmt.Sprint(in.Layout(), ";")
	}
	combine := "rt3d_add"
	if _, ok := s.Op.(*model.Product); ok {
		combine = "rt3d_mul"
	}
	type key struct {
		in         string
		combine    string
		out        layout
		affine     bool
		activation model.Activation
	}
	result, err := activate(s.Epilogue.Activation, "v")
	if err != nil {
		return "", err
	}
	return e.once("pointwise", key{layouts, combine, y, affine, s.Epilogue.Activation}, func(symbol string) error {
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
		value := func(i int) string { return fmt.Sprintf("rt3d_load(p%d + i)", i) }
		for i, in := range s.Inputs {
			if in.Shape != y.Shape { // one value per channel
				w.Line("const rt3d_vec v%d = rt3d_load(x%d + %s);", i, i, rowOf(in.Layout(), "b", "0", "0"))
				continue
			}
			w.Line("const rt3d_value *p%d = x%d + %s;", i, i, rowOf(in.Layout(), "b", "d", "h"))
		}
		w.Line("rt3d_value *q = y + %s;", rowOf(y, "b", "d", "h"))
		if affine {
			w.Line("const rt3d_vec scale = rt3d_load_floats(affine + b * %d);", e.lanes)
			w.Line("const rt3d_vec shift = rt3d_load_floats(affine + %d + b * %d);", affineFloats(y.Shape.C, e.lanes), e.lanes)
		}
		w.Open("for (int i = 0; i < %d; i += %d) {", y.Shape.W*e.lanes, e.lanes)
		w.Line("rt3d_vec v = %s;", value(0))
		for i := 1; i < len(s.Inputs); i++ {
			operand := value(i)
			if s.Inputs[i].Shape != y.Shape {
				operand = fmt.Sprintf("v%d", i)
			}
			w.Line("v = %s(v, %s);", combine, operand)
		}
		if affine {
			w.Line("v = rt3d_fma(v, scale, shift);")
		}
		w.Line("rt3d_store(q + i, %s);", result)
		w.Close()
		w.Close()
		w.Close()
		return nil
	})
}
