package network

import (
	"fmt"
	"strconv"

	"github.com/rt3d-tune/rt3d-tune/kernels/cwriter"
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
	s := l.Shape
	w.Line("/* %s row-major -> %s */", s, describe(l))
	w.Open("static void load(const float *input, void *arena) {")
	w.Line("rt3d_value *y = (rt3d_value *)arena + %d;", start)
	if zero != "" {
		w.Line("%s(y, 0, 1, 1);", zero)
	}
	openPlaces(w, l)
	w.Line("rt3d_value *q = y + %s;", rowOf(l, "b", "d", "h"))
	if l.Block == 1 {
		w.Line("const float *p = input + ((b * %d + d) * %d + h) * %d;", s.D, s.H, s.W)
		w.Line("for (int w = 0; w < %d; ++w) q[w] = p[w];", s.W)
	} else {
		w.Open("for (int lane = 0; lane < %d; ++lane) {", l.Block)
		w.Line("const int c = b * %d + lane;", l.Block)
		w.Line("const float *p = input + ((c * %d + d) * %d + h) * %d;", s.D, s.H, s.W)
		if s.C%l.Block == 0 {
			w.Line("for (int w = 0; w < %d; ++w) q[w * %d + lane] = p[w];", s.W, l.Block)
		} else {
			w.Line("for (int w = 0; w < %d; ++w) q[w * %d + lane] = c < %d ? p[w] : 0.0f;", s.W, l.Block, s.C)
		}
		w.Close()
	}
	closePlaces(w)
	w.Close()
	w.Line("")
	return nil
}

// emitStore writes store: the last layout goes into the output as the user has it.
func (p *Plan) emitStore(w *cwriter.Writer) {
	l := p.Output.Layout()
	s := l.Shape
	w.Line("/* %s -> %s row-major */", describe(l), s)
	w.Open("static void store(const void *arena, float *output) {")
	w.Line("const rt3d_value *x = (const rt3d_value *)arena + %d;", p.Output.Start())
	openPlaces(w, l)
	w.Line("const rt3d_value *p = x + %s;", rowOf(l, "b", "d", "h"))
	w.Open("for (int lane = 0; lane < %d; ++lane) {", l.Block)
	w.Line("const int c = b * %d + lane;", l.Block)
	if s.C%l.Block != 0 {
		w.Line("if (c >= %d) break;", s.C)
	}
	w.Line("float *q = output + ((c * %d + d) * %d + h) * %d;", s.D, s.H, s.W)
	w.Line("for (int w = 0; w < %d; ++w) q[w] = p[w * %d + lane];", s.W, l.Block)
	w.Close()
	closePlaces(w)
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
