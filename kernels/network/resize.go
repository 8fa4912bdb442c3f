package network

import (
	"fmt"
	"strings"

	"github.com/rt3d-tune/rt3d-tune/kernels/cwriter"
	"github.com/rt3d-tune/rt3d-tune/model"
)

// resize emits resampling: tables say which one or two positions of each axis an output position takes, and
// how much of the second. An axis that needs no interpolation takes one.
func (e *emitter) resize(op *model.Resize, in, out layout) (string, error) {
	type key struct {
		op      model.Resize
		in, out layout
	}
	return e.once("resize", key{*op, in, out}, func(symbol string) error {
		w := e.w
		_, depth, row, column := in.Strides()
		_, _, _, outColumn := out.Strides()
		axes := [3]resampled{
			resample(op, 0, in.Shape.D, out.Shape.D, depth),
			resample(op, 1, in.Shape.H, out.Shape.H, row),
			resample(op, 2, in.Shape.W, out.Shape.W, column),
		}
		for i, name := range []string{"d", "h", "w"} {
			axes[i].tables(w, symbol+"_"+name)
		}
		w.Line("/* %s %s of %s -> %s */", op.Coordinates, kindOf(op), describe(in), describe(out))
		w.Open("static void %s(const rt3d_value *x, rt3d_value *y, int from, int to, int of) {", symbol)
		openRows(w, out.Blocks(), out.Shape)
		w.Line("const rt3d_value *p = x + %s;", rowOf(in, "b", "0", "0"))
		w.Line("rt3d_value *q = y + %s;", rowOf(out, "b", "d", "h"))
		for i, name := range []string{"d", "h"} {
			if axes[i].linear {
				w.Line("const rt3d_vec weight_%s = rt3d_set1(%s_%s_weight[%s]);", name, symbol, name, name)
			}
		}
		w.Open("for (int w = 0; w < %d; ++w) {", out.Shape.W)
		if axes[2].linear {
			w.Line("const rt3d_vec weight_w = rt3d_set1(%s_w_weight[w]);", symbol)
		}
		w.Line("rt3d_store(q + w * %d, %s);", outColumn, blend(symbol, axes, 0, nil))
		w.Close()
		w.Close()
		w.Close()
		return nil
	})
}

func kindOf(op *model.Resize) string {
	if op.Linear {
		return "linear"
	}
	return "nearest " + string(op.Rounding)
}

// blend is the C expression of an interpolation along an axis and those behind it, at places of the axes
// before.
func blend(symbol string, axes [3]resampled, axis int, at []string) string {
	if axis == len(axes) {
		return fmt.Sprintf("rt3d_load(p + %s)", strings.Join(at, " + "))
	}
	name := [3]string{"d", "h", "w"}[axis]
	next := func(table string) string {
		place := fmt.Sprintf("%s_%s_%s[%s]", symbol, name, table, name)
		return blend(symbol, axes, axis+1, append(at[:len(at):len(at)], place))
	}
	if !axes[axis].linear {
		return next("low")
	}
	return fmt.Sprintf("resize_between(%s, %s, weight_%s)", next("low"), next("high"), name)
}

// resampled are the tables of one axis: distances in values to the first and second position, and the weight
// of the second.
type resampled struct {
	low, high []int
	weight    []float32
	linear    bool
}

func resample(op *model.Resize, axis, in, out, stride int) resampled {
	var r resampled
	for _, s := range op.Samples(axis, in, out) {
		r.low, r.high, r.weight = append(r.low, s.Low*stride), append(r.high, s.High*stride), append(r.weight, float32(s.Weight))
		r.linear = r.linear || s.Weight != 0
	}
	return r
}

func (r resampled) tables(w *cwriter.Writer, name string) {
	table(w, "int", name+"_low", r.low, func(v int) string { return itoa(v) })
	if r.linear {
		table(w, "int", name+"_high", r.high, func(v int) string { return itoa(v) })
		table(w, "float", name+"_weight", r.weight, literal)
	}
}

func table[T any](w *cwriter.Writer, kind, name string, values []T, text func(T) string) {
	const perLine = 12
	w.Open("static const %s %s[%d] = {", kind, name, len(values))
	for len(values) > 0 {
		n := min(perLine, len(values))
		var line []string
		for _, v := range values[:n] {
			line = append(line, text(v)+",")
		}
		w.Line("%s", strings.Join(line, " "))
		values = values[n:]
	}
	w.CloseWith("};")
}

// emitBetween writes what interpolates between two vectors.
func emitBetween(w *cwriter.Writer) {
	w.Line("RT3D_INLINE rt3d_vec resize_between(rt3d_vec a, rt3d_vec b, rt3d_vec weight) {")
	w.Line("  return rt3d_fma(weight, rt3d_sub(b, a), a);")
	w.Line("}")
	w.Line("")
}
