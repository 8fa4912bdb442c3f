package network

import (
	"fmt"

	"github.com/rt3d-tune/rt3d-tune/kernels/cwriter"
	"github.com/rt3d-tune/rt3d-tune/model"
)

// pool emits a maximum or an average over windows, all channels of a block at once. Windows are cut
// at the borders of the input, so that padding never wins a maximum; the input's halo is not read.
func (e *emitter) pool(op *model.Pool, in, out layout) (string, error) {
	type key struct {
		op      model.Pool
		in, out layout
	}
	return e.once("pool", key{*op, in, out}, func(symbol string) error {
		w := e.w
		w.Line("/* %s %s of %s -> %s */", op.Function, window(op), describe(in), describe(out))
		w.Open("static void %s(const rt3d_value *x, rt3d_value *y, int from, int to, int of) {", symbol)
		openRows(w, out.Blocks(), out.Shape)
		e.poolRow(op, in, out)
		w.Close()
		w.Close()
		return nil
	})
}

// poolRow writes the windows of output row h at depth d of channel block b.
func (e *emitter) poolRow(op *model.Pool, in, out layout) {
	w := e.w
	cut(w, op, 0, "d", in.Shape.D)
	cut(w, op, 1, "h", in.Shape.H)
	_, depth, row, _ := in.Strides()
	w.Line("const rt3d_value *p = x + %s;", rowOf(in, "b", "d0", "h0"))
	w.Line("rt3d_value *q = y + %s;", rowOf(out, "b", "d", "h"))
	if op.Function == model.AveragePool {
		if op.CountPad {
			w.Line("const int lines = %s * %s;", padded(op, 0, "d", in.Shape.D), padded(op, 1, "h", in.Shape.H))
		} else {
			w.Line("const int lines = (d1 - d0) * (h1 - h0);")
		}
	}
	p := &poolWriter{w: w, op: op, lanes: e.lanes, depth: depth, row: row, width: in.Shape.W}
	p.columns(out.Shape.W)
}

func window(op *model.Pool) string {
	s := fmt.Sprintf("%dx%dx%d, stride %dx%dx%d", op.Kernel[0], op.Kernel[1], op.Kernel[2], op.Stride[0], op.Stride[1], op.Stride[2])
	if op.PadBegin != [3]int{} || op.PadEnd != [3]int{} {
		s += fmt.Sprintf(", padding %v %v", op.PadBegin, op.PadEnd)
	}
	return s
}

// cut declares the part v0 … v1 of window v that lies inside the input.
func cut(w *cwriter.Writer, op *model.Pool, axis int, v string, size int) {
	stride, pad, kernel := op.Stride[axis], op.PadBegin[axis], op.Kernel[axis]
	from := fmt.Sprintf("%s * %d - %d", v, stride, pad)
	if pad == 0 {
		w.Line("const int %s0 = %s * %d;", v, v, stride)
	} else {
		w.Line("const int %s0 = %s > 0 ? %s : 0;", v, from, from)
	}
	w.Line("const int %s1 = %s + %d < %d ? %s + %d : %d;", v, from, kernel, size, from, kernel, size)
}

// padded is the C expression of a window's size within the padded input.
func padded(op *model.Pool, axis int, v string, size int) string {
	from := fmt.Sprintf("%s * %d - %d", v, op.Stride[axis], op.PadBegin[axis])
	end := size + op.PadEnd[axis]
	return fmt.Sprintf("((%s + %d < %d ? %s + %d : %d) - (%s))", from, op.Kernel[axis], end, from, op.Kernel[axis], end, from)
}

// poolWriter writes the windows of one output row.
type poolWriter struct {
	w                        *cwriter.Writer
	op                       *model.Pool
	lanes, depth, row, width int
}

// columns writes a loop over the windows that lie inside the row, and each cut window by itself, so
// that every window has a constant width.
func (p *poolWriter) columns(count int) {
	stride, pad, kernel := p.op.Stride[2], p.op.PadBegin[2], p.op.Kernel[2]
	inside := func(o int) bool { return o*stride-pad >= 0 && o*stride-pad+kernel <= p.width }
	for o := 0; o < count; {
		first := o
		for o < count && inside(o) {
			o++
		}
		if o-first > 1 {
			p.w.Open("for (int w = %d; w < %d; ++w) {", first, o)
			p.window(fmt.Sprintf("(w * %d - %d)", stride, pad), kernel, kernel, "w")
			p.w.Close()
			continue
		}
		o = first
		from, to := o*stride-pad, o*stride-pad+kernel
		counted := min(to, p.width+p.op.PadEnd[2]) - from
		p.w.Open("{")
		p.window(fmt.Sprint(max(from, 0)), min(to, p.width)-max(from, 0), counted, fmt.Sprint(o))
		p.w.Close()
		o++
	}
}

// window writes one output: `width` input columns from the C expression `from`; counted is the width
// that an average divides by when padding counts.
func (p *poolWriter) window(from string, width, counted int, column string) {
	const unrolled = 8
	w, average := p.w, p.op.Function == model.AveragePool
	combine, start := "rt3d_max", "rt3d_set1(-INFINITY)"
	if average {
		combine, start = "rt3d_add", "rt3d_zero()"
	}
	w.Line("rt3d_vec v = %s;", start)
	w.Open("for (int i = 0; i < d1 - d0; ++i) {")
	w.Open("for (int j = 0; j < h1 - h0; ++j) {")
	w.Line("const rt3d_value *r = p + i * %d + j * %d + %s * %d;", p.depth, p.row, from, p.lanes)
	if width <= unrolled {
		for k := range width {
			w.Line("v = %s(v, rt3d_load(r + %d));", combine, k*p.lanes)
		}
	} else {
		w.Line("for (int k = 0; k < %d; ++k) v = %s(v, rt3d_load(r + k * %d));", width, combine, p.lanes)
	}
	w.Close()
	w.Close()
	if average {
		if !p.op.CountPad {
			counted = width
		}
		w.Line("v = rt3d_mul(v, rt3d_set1(1.0f / (float)(lines * %d)));", counted)
	}
	w.Line("rt3d_store(q + %s * %d, v);", column, p.lanes)
}

// globalAverage emits the mean of each channel. Rows are added up by themselves first, which keeps
// the rounding errors of long sums small.
func (e *emitter) globalAverage(in, out layout) (string, error) {
	type key struct{ in, out layout }
	return e.once("average", key{in, out}, func(symbol string) error {
		w, s := e.w, in.Shape
		block, _, _, _ := out.Strides()
		w.Line("/* mean of each channel of %s */", describe(in))
		w.Open("static void %s(const rt3d_value *x, rt3d_value *y, int from, int to, int of) {", symbol)
		openShare(w, "b", in.Blocks())
		w.Line("rt3d_vec sum = rt3d_zero();")
		w.Open("for (int d = 0; d < %d; ++d) {", s.D)
		w.Open("for (int h = 0; h < %d; ++h) {", s.H)
		w.Line("const rt3d_value *p = x + %s;", rowOf(in, "b", "d", "h"))
		w.Line("rt3d_vec v = rt3d_zero();")
		w.Line("for (int w = 0; w < %d; ++w) v = rt3d_add(v, rt3d_load(p + w * %d));", s.W, e.lanes)
		w.Line("sum = rt3d_add(sum, v);")
		w.Close()
		w.Close()
		w.Line("rt3d_store(y + %d + b * %d, rt3d_mul(sum, rt3d_set1(1.0f / %d.0f)));", out.Origin(), block, s.D*s.H*s.W)
		w.Close()
		w.Close()
		return nil
	})
}
