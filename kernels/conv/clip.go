package conv

import (
	"fmt"
	"strings"

	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
)

// Clip says which part of the kept list a tile needs: entries that fall on padding add nothing and are
// left out. The list of a block is cut into segments, one per (column class, kernel depth, kernel row)
// in this order, so that the depths and rows that a tile needs are a few runs of the list, and all of
// them one.
//
// Columns are clipped inside a tile, where its outer positions skip the kernel columns that fall on
// padding. That takes code for each class of kernel columns and shorter runs, so it is done only where
// rows are so short that it pays.
type Clip struct {
	// Depths of the kernel that each output depth needs, Rows of it that each row tile needs.
	Depths, Rows []Span
	// Columns are the classes of kernel columns; a single one when columns are not clipped.
	Columns []ColumnClass
	// Whole: every tile needs the whole list, which then is one segment.
	Whole    bool
	Segments int
}

// Span is a half-open interval of kernel positions along one axis.
type Span struct{ Begin, End int }

// ColumnClass is a set of kernel columns that fall on padding for the same output columns.
type ColumnClass struct {
	Columns []int
	// SkipFirst output columns of the first tile of a row, SkipLast of the last one.
	SkipFirst, SkipLast int
}

func clipOf(w spec.Workload, n Nest) Clip {
	out := w.Output()
	c := Clip{Depths: spans(w, 0, Cut{1, out[0], 0}), Rows: spans(w, 1, n.Rows), Columns: columnClasses(w, n.Width), Segments: 1}
	c.Whole = !c.clipsColumns()
	for axis, list := range [][]Span{c.Depths, c.Rows} {
		for _, s := range list {
			c.Whole = c.Whole && s == Span{0, w.Kernel[axis]}
		}
	}
	if !c.Whole {
		c.Segments = len(c.Columns) * w.Kernel[0] * w.Kernel[1]
	}
	return c
}

// spans gives, for each piece of an output axis, the kernel positions that reach the input from any
// output of the piece.
func spans(w spec.Workload, axis int, pieces Cut) []Span {
	var list []Span
	first := 0
	for i := range pieces.Count() {
		size := pieces.Size
		if i >= pieces.Wide {
			size--
		}
		s := Span{w.Kernel[axis], 0}
		for k := range w.Kernel[axis] {
			for o := first; o < first+size; o++ {
				if w.OnInput(axis, o, k) {
					s.Begin, s.End = min(s.Begin, k), max(s.End, k+1)
				}
			}
		}
		s.Begin = min(s.Begin, s.End)
		list = append(list, s)
		first += size
	}
	return list
}

func columnClasses(w spec.Workload, width Cut) []ColumnClass {
	lastWidth := width.Size
	if width.Narrow > 0 {
		lastWidth--
	}
	var classes []ColumnClass
	for k := range w.Kernel[2] {
		var class ColumnClass
		if w.ClipsColumns() {
			first, last := w.ColumnPadding(k)
			class.SkipFirst, class.SkipLast = min(first, width.Size), min(last, lastWidth)
		}
		if n := len(classes); n > 0 && classes[n-1].SkipFirst == class.SkipFirst && classes[n-1].SkipLast == class.SkipLast {
			classes[n-1].Columns = append(classes[n-1].Columns, k)
			continue
		}
		class.Columns = []int{k}
		classes = append(classes, class)
	}
	return classes
}

// clipsColumns tells whether tiles at the ends of rows skip positions.
func (c Clip) clipsColumns() bool {
	return len(c.Columns) > 1 || c.Columns[0].SkipFirst+c.Columns[0].SkipLast > 0
}

// BlockWords is the number of int32 of a block in a section's table: first entry, first weight vector,
// the begin of each segment and the end of the last one.
func (c Clip) BlockWords() int { return c.Segments + 3 }

// mostRuns of the list that any tile needs.
func (c Clip) mostRuns(w spec.Workload) int {
	if c.Whole {
		return 1
	}
	return len(c.Columns) * w.Kernel[0]
}

// runs writes how a tile finds the runs of its block's list; an empty run ends them.
func (e *emitter) runs() {
	w, c := e.w, e.nest.Clip
	kernel := e.k.Workload.Kernel
	if c.Whole {
		w.Line("runs[0] = (rt3d_run){0, block[3], 0};")
		w.Line("runs[1].count = 0;")
		return
	}
	w.Line("const int d0 = %s, d1 = %s, h0 = %s, h1 = %s;", e.bound(c.Depths, "depths", "d", 0), e.bound(c.Depths, "depths", "d", 1),
		e.bound(c.Rows, "rows", "row", 0), e.bound(c.Rows, "rows", "row", 1))
	w.Line("rt3d_run *run = runs;")
	whole := fmt.Sprintf("h1 - h0 == %d", kernel[1])
	if len(c.Columns) > 1 {
		all := fmt.Sprintf("d1 - d0 == %d && %s", kernel[0], whole)
		if c.clipsColumns() {
			all += fmt.Sprintf(" && column > 0 && column < %d", e.nest.Width.Count()-1)
		}
		w.Open("if (%s) {", all)
		w.Line("*run++ = (rt3d_run){0, block[%d], 0};", c.BlockWords()-1)
		e.elseOpen("} else {")
	}
	w.Open("for (int class = 0; class < %d; ++class) {", len(c.Columns))
	w.Line("const int32_t *starts = block + 2 + class * %d;", kernel[0]*kernel[1])
	w.Open("if (%s) {", whole)
	w.Line("*run = (rt3d_run){starts[d0 * %d], starts[d1 * %d] - starts[d0 * %d], class};", kernel[1], kernel[1], kernel[1])
	w.Line("run += run->count > 0;")
	e.elseOpen("} else {")
	w.Open("for (int i = d0; i < d1; ++i) {")
	w.Line("*run = (rt3d_run){starts[i * %d + h0], starts[i * %d + h1] - starts[i * %d + h0], class};", kernel[1], kernel[1], kernel[1])
	w.Line("run += run->count > 0;")
	w.Close()
	w.Close()
	w.Close()
	if len(c.Columns) > 1 {
		w.Close()
	}
	w.Line("run->count = 0;")
}

// bound prints one end of a span: a constant where all are alike, else a look-up.
func (e *emitter) bound(list []Span, table, index string, end int) string {
	if alike(list) {
		return fmt.Sprint([2]int{list[0].Begin, list[0].End}[end])
	}
	return fmt.Sprintf("%s_%s[%s][%d]", e.symbol, table, index, end)
}

func alike(list []Span) bool {
	for _, s := range list {
		if s != list[0] {
			return false
		}
	}
	return true
}

// clipTables writes the spans that bound looks up.
func (e *emitter) clipTables() {
	c := e.nest.Clip
	if c.Whole {
		return
	}
	for _, t := range []struct {
		name string
		list []Span
	}{{"depths", c.Depths}, {"rows", c.Rows}} {
		if alike(t.list) {
			continue
		}
		var text []string
		for _, s := range t.list {
			text = append(text, fmt.Sprintf("{%d, %d}", s.Begin, s.End))
		}
		e.w.Line("/* Kernel %s on the input, for each output. */", t.name)
		e.w.Line("static const int %s_%s[%d][2] = {%s};", e.symbol, t.name, len(t.list), strings.Join(text, ", "))
	}
	e.w.Line("")
}
