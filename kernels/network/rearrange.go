package network

import (
	"fmt"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// copyPhase emits the copy of a value, or of its channels from one on, to its positions in an interleaving.
func (e *emitter) copyPhase(in, out layout, channel int) (string, error) {
	type key struct {
		in, out layout
		channel int
	}
	return e.once("phase", key{in, out, channel}, func(symbol string) error {
		w, s := e.w, out.Shape
		block, _, _, _ := in.Strides()
		_, _, _, column := out.Strides()
		w.Line("/* from channel %d of %s -> %s */", channel, describe(in), describe(out))
		w.Open("static void %s(const rt3d_value *x, rt3d_value *y, int from, int to, int of) {", symbol)
		openRows(w, out.Blocks(), s)
		w.Line("const rt3d_value *p = x + %s;", rowOf(in, "0", "d", "h"))
		w.Line("rt3d_value *q = y + %s;", rowOf(out, "b", "d", "h"))
		if channel%in.Block == 0 && (s.C%out.Block == 0 || s.C == in.Shape.C) {
			w.Line("p += (b + %d) * %d;", channel/in.Block, block)
			w.Line("for (int w = 0; w < %d; ++w) rt3d_store(q + w * %d, rt3d_load(p + w * %d));", s.W, column, in.Block)
		} else {
			w.Open("for (int lane = 0; lane < %d; ++lane) {", out.Block)
			w.Line("const int c = b * %d + lane + %d;", out.Block, channel)
			w.Line("for (int w = 0; w < %d; ++w) q[w * %d + lane] = c < %d ? %s : 0.0f;", s.W, column, channel+s.C,
				fmt.Sprintf("p[c / %d * %d + c %% %d + w * %d]", in.Block, block, in.Block, in.Block))
			w.Close()
		}
		w.Close()
		w.Close()
		return nil
	})
}

// permute emits the copy that puts axes in another order, value by value.
func (e *emitter) permute(op *model.Permute, in, out layout) (string, error) {
	type key struct {
		op      model.Permute
		in, out layout
	}
	return e.once("permute", key{*op, in, out}, func(symbol string) error {
		w, s := e.w, out.Shape
		block, depth, row, column := in.Strides()
		_, _, _, outColumn := out.Strides()
		var at [4]string // the place along each axis of the input
		for i, axis := range op.Order {
			at[axis] = []string{"c", "d", "h", "w"}[i]
		}
		w.Line("/* axes %v of %s -> %s */", op.Order, describe(in), describe(out))
		w.Open("static void %s(const rt3d_value *x, rt3d_value *y, int from, int to, int of) {", symbol)
		openRows(w, out.Blocks(), s)
		w.Line("rt3d_value *q = y + %s;", rowOf(out, "b", "d", "h"))
		w.Open("for (int lane = 0; lane < %d; ++lane) {", out.Block)
		w.Line("const int c = b * %d + lane;", out.Block)
		w.Open("for (int w = 0; w < %d; ++w) {", s.W)
		w.Line("const int from_c = %s;", at[0])
		from := fmt.Sprintf("x[%d + from_c / %d * %d + from_c %% %d + %s * %d + %s * %d + %s * %d]",
			in.Origin(), in.Block, block, in.Block, at[1], depth, at[2], row, at[3], column)
		if s.C%out.Block != 0 {
			from = fmt.Sprintf("c < %d ? %s : 0.0f", s.C, from)
		}
		w.Line("q[w * %d + lane] = %s;", outColumn, from)
		w.Close()
		w.Close()
		w.Close()
		w.Close()
		return nil
	})
}
