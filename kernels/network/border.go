package network

import (
	"fmt"
	"strconv"

	"github.com/rt3d-tune/rt3d-tune/kernels/cwriter"
	"github.com/rt3d-tune/rt3d-tune/model"
)

func itoa(i int) string { return strconv.Itoa(i) }

// cell is the C expression of channel c behind pointer p at one position.
func cell(p, c string, block, blockStride int) string {
	return fmt.Sprintf("%s[%s / %d * %d + %s %% %d]", p, c, block, blockStride, c, block)
}

// emitLoad writes load: the input as the user has it goes into the first layout.
func (p *Plan) emitLoad(e *emitter, w *cwriter.Writer) error {
	l := p.Input.Layout()
	start := p.Input.Start()
	zero := ""
	if p.Input.Buffer().haloed() {
		symbol, err := e.zeroHalo(l)
		if err != nil {
			return err
		}
		zero = symbol
	}
	s, from, note := l.Shape, [4]int{l.Shape.D * l.Shape.H * l.Shape.W, l.Shape.H * l.Shape.W, l.Shape.W, 1}, ""
	if p.Order != nil {
		in := p.inputShape()
		from, note = p.Order.InputStrides(in), fmt.Sprintf(" of %s, axes %v", in, p.Order.Order)
	}
	row := fmt.Sprintf("c * %d + d * %d + h * %d", from[0], from[1], from[2])
	value := "p[w]"
	if from[3] != 1 {
		value = fmt.Sprintf("p[w * %d]", from[3])
	}
	w.Line("/* %s row-major%s -> %s */", s, note, describe(l))
	w.Open("static void load(const float *input, void *arena) {")
	w.Line("rt3d_value *y = (rt3d_value *)arena + %d;", start)
	if zero != "" {
		w.Line("%s(y, 0, 1, 1);", zero)
	}
	openPlaces(w, l)
	w.Line("rt3d_value *q = y + %s;", rowOf(l, "b", "d", "h"))
	if l.Block == 1 {
		w.Line("const int c = b;")
		w.Line("const float *p = input + %s;", row)
		w.Line("for (int w = 0; w < %d; ++w) q[w] = %s;", s.W, value)
	} else {
		w.Open("for (int lane = 0; lane < %d; ++lane) {", l.Block)
		w.Line("const int c = b * %d + lane;", l.Block)
		w.Line("const float *p = input + %s;", row)
		if s.C%l.Block == 0 {
			w.Line("for (int w = 0; w < %d; ++w) q[w * %d + lane] = %s;", s.W, l.Block, value)
		} else {
			w.Line("for (int w = 0; w < %d; ++w) q[w * %d + lane] = c < %d ? %s : 0.0f;", s.W, l.Block, s.C, value)
		}
		w.Close()
	}
	closePlaces(w)
	w.Close()
	w.Line("")
	return nil
}

// inputShape is the input as the user has it.
func (p *Plan) inputShape() model.Shape {
	var in [4]int
	s := p.Input.Shape
	for i, axis := range p.Order.Order {
		in[axis] = [4]int{s.C, s.D, s.H, s.W}[i]
	}
	return model.Shape{C: in[0], D: in[1], H: in[2], W: in[3]}
}

// emitStore writes store: the last layouts go into the outputs as the user has them, one after another.
func (p *Plan) emitStore(w *cwriter.Writer) {
	for i, v := range p.Outputs {
		l := v.Layout()
		s := l.Shape
		name := "store"
		if len(p.Outputs) > 1 {
			name = fmt.Sprintf("store_%d", i)
		}
		w.Line("/* %s -> %s row-major */", describe(l), s)
		w.Open("static void %s(const void *arena, float *output) {", name)
		w.Line("const rt3d_value *x = (const rt3d_value *)arena + %d;", v.Start())
		openPlaces(w, l)
		w.Line("const rt3d_value *p = x + %s;", rowOf(l, "b", "d", "h"))
		w.Open("for (int lane = 0; lane < %d; ++lane) {", l.Block)
		w.Line("const int c = b * %d + lane;", l.Block)
		if s.C%l.Block != 0 {
			w.Line("if (c >= %d) break;", s.C)
		}
		w.Line("float *q = output + ((c * %d + d) * %d + h) * %d;", s.D, s.H, s.W)
		w.Line("for (int w = 0; w < %d; ++w) q[w] = p[w * %d + lane];", s.W, l.Block*(1+l.Gap[2]))
		w.Close()
		closePlaces(w)
		w.Close()
		w.Line("")
	}
	if len(p.Outputs) == 1 {
		return
	}
	w.Open("static void store(const void *arena, float *output) {")
	at := 0
	for i, v := range p.Outputs {
		w.Line("store_%d(arena, output + %d);", i, at)
		at += v.Shape.Count()
	}
	w.Close()
	w.Line("")
}

// openPlaces opens loops over all rows of a layout; closePlaces closes them.
func openPlaces(w *cwriter.Writer, l layout) {
	w.Open("for (int b = 0; b < %d; ++b) {", l.Blocks())
	w.Open("for (int d = 0; d < %d; ++d) {", l.Shape.D)
	w.Open("for (int h = 0; h < %d; ++h) {", l.Shape.H)
}

func closePlaces(w *cwriter.Writer) {
	for range 3 {
		w.Close()
	}
}
