package network

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/rt3d-tune/rt3d-tune/kernels/cwriter"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
)

type layout = spec.Layout

// literal is a float constant in C.
func literal(v float32) string {
	switch {
	case math.IsInf(float64(v), 1):
		return "INFINITY"
	case math.IsInf(float64(v), -1):
		return "-INFINITY"
	}
	s := strconv.FormatFloat(float64(v), 'g', -1, 32)
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return s + "f"
}

// activate is the C expression of a pointwise function of a vector.
func activate(a model.Activation, v string) (string, error) {
	switch a.Function {
	case "":
		return v, nil
	case model.Relu:
		return fmt.Sprintf("rt3d_relu(%s)", v), nil
	case model.LeakyRelu:
		return fmt.Sprintf("rt3d_leaky_relu(%s, %s)", v, literal(a.Alpha)), nil
	case model.Elu:
		return fmt.Sprintf("rt3d_elu(%s, %s)", v, literal(a.Alpha)), nil
	case model.Sigmoid:
		return fmt.Sprintf("rt3d_sigmoid(%s)", v), nil
	case model.Tanh:
		return fmt.Sprintf("rt3d_tanh(%s)", v), nil
	case model.Clip:
		return fmt.Sprintf("rt3d_clip(%s, %s, %s)", v, literal(a.Min), literal(a.Max)), nil
	case model.Erf:
		return fmt.Sprintf("rt3d_erf(%s)", v), nil
	case model.Gelu:
		return fmt.Sprintf("rt3d_gelu(%s)", v), nil
	}
	return "", fmt.Errorf("activation %q: want Relu, LeakyRelu, Elu, Sigmoid, Tanh, Clip, Erf or Gelu", a.Function)
}

// openShare opens a loop over this thread's share of count items; item is the loop's variable.
func openShare(w *cwriter.Writer, item string, count int) {
	w.Line("const int end = (int)((int64_t)%d * to / of);", count)
	w.Open("for (int %s = (int)((int64_t)%d * from / of); %s < end; ++%s) {", item, count, item, item)
}

// openRows opens a loop over this thread's share of the rows (block b, depth d, height h) of a size.
func openRows(w *cwriter.Writer, blocks int, s model.Shape) {
	openShare(w, "row", blocks*s.D*s.H)
	w.Line("const int b = row / %d, d = row / %d %% %d, h = row %% %d;", s.D*s.H, s.H, s.D, s.H)
}

// rowOf is the C expression of the index of (block b, depth d, height h, column 0), each given as an
// expression, in a layout.
func rowOf(l layout, b, d, h string) string {
	block, depth, row, _ := l.Strides()
	var terms []string
	if o := l.Origin(); o != 0 {
		terms = append(terms, itoa(o))
	}
	for _, t := range []struct {
		index  string
		stride int
	}{{b, block}, {d, depth}, {h, row}} {
		if t.index != "0" {
			terms = append(terms, t.index+" * "+itoa(t.stride))
		}
	}
	if len(terms) == 0 {
		return "0"
	}
	return strings.Join(terms, " + ")
}

// describe is a layout in a comment.
func describe(l layout) string {
	s := fmt.Sprintf("%s in blocks of %d", l.Shape, l.Block)
	if l.HaloBegin != [3]int{} || l.HaloEnd != [3]int{} {
		s += fmt.Sprintf(", halo %v %v", l.HaloBegin, l.HaloEnd)
	}
	if l.Kept != [3]int{} {
		s += fmt.Sprintf(", of which %v are kept", l.Kept)
	}
	if l.Gap != [3]int{} {
		s += fmt.Sprintf(", gaps %v", l.Gap)
	}
	return s
}
