package network

import (
	"github.com/rt3d-tune/rt3d-tune/kernels/cwriter"
	"github.com/rt3d-tune/rt3d-tune/model"
)

// zeroHalo emits the clearing of a buffer's halo, and of nothing else.
func (e *emitter) zeroHalo(l layout) (string, error) {
	return e.once("zero_halo", l, func(symbol string) error {
		w, x := e.w, l.Extent()
		_, depth, row, column := l.Strides()
		w.Line("/* %s */", describe(l))
		w.Open("static void %s(rt3d_value *y, int from, int to, int of) {", symbol)
		openShare(w, "plane", l.Blocks()*x[0])
		w.Line("rt3d_value *p = y + plane * %d;", depth)
		if l.HaloBegin[0] > 0 || l.HaloEnd[0] > 0 {
			w.Line("const int d = plane %% %d;", x[0])
			w.Open("if (d < %d || d >= %d) {", l.HaloBegin[0], l.HaloBegin[0]+l.Shape.D)
			w.Line("memset(p, 0, %d * sizeof *p);", depth)
			w.Line("continue;")
			w.Close()
		}
		if n := l.HaloBegin[1]; n > 0 {
			w.Line("memset(p, 0, %d * sizeof *p);", n*row)
		}
		if n := l.HaloEnd[1]; n > 0 {
			w.Line("memset(p + %d, 0, %d * sizeof *p);", (x[1]-n)*row, n*row)
		}
		if l.HaloBegin[2] > 0 || l.HaloEnd[2] > 0 {
			w.Open("for (int h = %d; h < %d; ++h) {", l.HaloBegin[1], l.HaloBegin[1]+l.Shape.H)
			if n := l.HaloBegin[2]; n > 0 {
				w.Line("memset(p + h * %d, 0, %d * sizeof *p);", row, n*column)
			}
			if n := l.HaloEnd[2]; n > 0 {
				w.Line("memset(p + h * %d + %d, 0, %d * sizeof *p);", row, (x[2]-n)*column, n*column)
			}
			w.Close()
		}
		w.Close()
		w.Close()
		return nil
	})
}

// copySlice emits the copy of one input of a concatenation to its channels, channel being the first.
// Where slices meet inside a block only the slice's own lanes are written; the last input also clears
// the lanes behind the last channel.
func (e *emitter) copySlice(in, out layout, channel int, last bool) (string, error) {
	type key struct {
		in, out layout
		channel int
		last    bool
	}
	return e.once("copy", key{in, out, channel, last}, func(symbol string) error {
		w, s := e.w, in.Shape
		w.Line("/* channels %d to %d of %s */", channel, channel+s.C-1, out.Shape)
		w.Open("static void %s(const rt3d_value *x, rt3d_value *y, int from, int to, int of) {", symbol)
		openRows(w, in.Blocks(), s)
		w.Line("const rt3d_value *p = x + %s;", rowOf(in, "b", "d", "h"))
		block, _, _, _ := out.Strides()
		w.Line("rt3d_value *q = y + %d + %s;", channel/out.Block*block, rowOf(out, "b", "d", "h"))
		if channel%out.Block == 0 && (s.C%in.Block == 0 || last) {
			w.Line("memcpy(q, p, %d * sizeof *p);", s.W*in.Block)
		} else {
			e.copyLanes(in, out, channel, last)
		}
		w.Close()
		w.Close()
		return nil
	})
}

func (e *emitter) copyLanes(in, out layout, channel int, last bool) {
	w, s := e.w, in.Shape
	block, _, _, _ := out.Strides()
	lanes, first := out.Block, channel%out.Block
	w.Line("const int lanes = b < %d ? %d : %d;", in.Blocks()-1, in.Block, s.C-(in.Blocks()-1)*in.Block)
	w.Open("for (int w = 0; w < %d; ++w) {", s.W)
	w.Open("for (int i = 0; i < lanes; ++i) {")
	w.Line("const int lane = i + %d;", first)
	w.Line("q[lane / %d * %d + w * %d + lane %% %d] = p[w * %d + i];", lanes, block, lanes, lanes, in.Block)
	w.Close()
	if end := (channel + s.C) % lanes; last && end != 0 {
		behind := (first + s.C - (in.Blocks()-1)*in.Block) / lanes * block
		w.Line("if (b == %d)", in.Blocks()-1)
		w.Line("  for (int lane = %d; lane < %d; ++lane) q[%d + w * %d + lane] = 0.0f;", end, lanes, behind, lanes)
	}
	w.Close()
}

// reorder emits the relabelling of values that keep their row-major order but not their place.
func (e *emitter) reorder(in, out layout) (string, error) {
	type key struct{ in, out layout }
	return e.once("reorder", key{in, out}, func(symbol string) error {
		w := e.w
		w.Line("/* %s -> %s, row-major */", describe(in), describe(out))
		w.Open("static void %s(const rt3d_value *x, rt3d_value *y, int from, int to, int of) {", symbol)
		openShare(w, "i", in.Shape.Count())
		place(w, "from", in)
		place(w, "to", out)
		w.Line("y[to] = x[from];")
		w.Close()
		clearTail(w, out)
		w.Close()
		return nil
	})
}

// place declares the index in a layout of value i of the row-major order.
func place(w *cwriter.Writer, name string, l layout) {
	block, depth, row, column := l.Strides()
	s := l.Shape
	w.Line("const int %s_c = i / %d;", name, s.D*s.H*s.W)
	w.Line("const int %s = %d + %s_c / %d * %d + %s_c %% %d + i / %d %% %d * %d + i / %d %% %d * %d + i %% %d * %d;", name,
		l.Origin(), name, l.Block, block, name, l.Block, s.H*s.W, s.D, depth, s.W, s.H, row, s.W, column)
}

// clearTail lets the last thread clear the lanes behind the last channel.
func clearTail(w *cwriter.Writer, l layout) {
	end := l.Shape.C % l.Block
	if end == 0 {
		return
	}
	w.Line("if (to == of)")
	w.Line("  for (int d = 0; d < %d; ++d)", l.Shape.D)
	w.Line("    for (int h = 0; h < %d; ++h)", l.Shape.H)
	w.Line("      for (int w = 0; w < %d; ++w)", l.Shape.W)
	w.Line("        for (int lane = %d; lane < %d; ++lane)", end, l.Block)
	w.Line("          y[%s + w * %d + lane] = 0.0f;", rowOf(l, itoa(l.Blocks()-1), "d", "h"), l.Block)
}

// pad emits the copy of the input into the middle of the output and zeros around it; what a negative
// padding cuts off is not copied.
func (e *emitter) pad(op *model.Pad, in, out layout) (string, error) {
	type key struct {
		op      model.Pad
		in, out layout
	}
	return e.once("pad", key{*op, in, out}, func(symbol string) error {
		w, s := e.w, in.Shape
		c := out.Block
		w.Line("/* %s -> %s */", describe(in), describe(out))
		w.Open("static void %s(const rt3d_value *x, rt3d_value *y, int from, int to, int of) {", symbol)
		openRows(w, out.Blocks(), out.Shape)
		w.Line("rt3d_value *q = y + %s;", rowOf(out, "b", "d", "h"))
		w.Line("const int i = d - %d, j = h - %d;", op.Begin[0], op.Begin[1])
		w.Open("if (i < 0 || i >= %d || j < 0 || j >= %d) {", s.D, s.H)
		w.Line("memset(q, 0, %d * sizeof *q);", out.Shape.W*c)
		w.Line("continue;")
		w.Close()
		first := max(0, -op.Begin[2])
		begin, count := max(0, op.Begin[2]), min(s.W, out.Shape.W-op.Begin[2])-first
		if begin > 0 {
			w.Line("memset(q, 0, %d * sizeof *q);", begin*c)
		}
		w.Line("memcpy(q + %d, x + %d + %s, %d * sizeof *q);", begin*c, first*c, rowOf(in, "b", "i", "j"), count*c)
		if n := out.Shape.W - begin - count; n > 0 {
			w.Line("memset(q + %d, 0, %d * sizeof *q);", (begin+count)*c, n*c)
		}
		w.Close()
		w.Close()
		return nil
	})
}

// softmax emits the normalisation over the channels at each position. It goes lane by lane: networks
// end with it on a few hundred values.
func (e *emitter) softmax(in, out layout) (string, error) {
	type key struct{ in, out layout }
	return e.once("softmax", key{in, out}, func(symbol string) error {
		w, s := e.w, in.Shape
		inBlock, _, _, inColumn := in.Strides()
		outBlock, _, _, outColumn := out.Strides()
		w.Line("/* over the channels of %s */", describe(in))
		w.Open("static void %s(const rt3d_value *x, rt3d_value *y, int from, int to, int of) {", symbol)
		openShare(w, "i", s.D*s.H*s.W)
		w.Line("const int d = i / %d, h = i / %d %% %d, w = i %% %d;", s.H*s.W, s.W, s.H, s.W)
		w.Line("const rt3d_value *p = x + %s + w * %d;", rowOf(in, "0", "d", "h"), inColumn)
		w.Line("rt3d_value *q = y + %s + w * %d;", rowOf(out, "0", "d", "h"), outColumn)
		w.Line("float top = p[0], sum = 0.0f;")
		from := func(c string) string { return cell("p", c, in.Block, inBlock) }
		to := func(c string) string { return cell("q", c, out.Block, outBlock) }
		w.Line("for (int c = 1; c < %d; ++c) top = fmaxf(top, %s);", s.C, from("c"))
		w.Open("for (int c = 0; c < %d; ++c) {", s.C)
		w.Line("const float v = expf(%s - top);", from("c"))
		w.Line("%s = v;", to("c"))
		w.Line("sum += v;")
		w.Close()
		w.Line("for (int c = 0; c < %d; ++c) %s /= sum;", s.C, to("c"))
		if s.C%out.Block != 0 {
			w.Line("for (int c = %d; c < %d; ++c) %s = 0.0f;", s.C, out.Blocks()*out.Block, to("c"))
		}
		w.Close()
		w.Close()
		return nil
	})
}
