package conv

import (
	"fmt"
	"slices"
)

// winograd writes the functions of a Winograd kernel: the register tiles of its products, which are those
// of a direct kernel, the transforms of one window and of one output tile, the steps of a band, and the
// entry that goes over a thread's bands.
func (e *emitter) winograd() {
	g := WinogradOf(e.info, e.k)
	tiles := g.tiles(e)
	for _, b := range g.bodies(tiles) {
		tiles.tile(b.body)
	}
	e.inputTransform(g)
	e.outputTransform(g)
	e.gather(g)
	e.products(g, tiles)
	e.scatter(g)
	e.winogradEntry(g)
	e.winogradCheck(g)
}

// tiles is the emitter of the products' register tiles.
func (g Winograd) tiles(e *emitter) *emitter {
	return &emitter{w: e.w, info: e.info, symbol: e.symbol, k: g.product(e.k), nest: g.Product}
}

// bodies lists the register tiles and when a piece has each. The tiles of a band's plane are cut into the
// fewest pieces, whose sizes differ by one at most; the plane may have a row less.
func (g Winograd) bodies(tiles *emitter) []option {
	var widths []option
	add := func(width int) {
		o := option{body{width: width, rows: 1}, fmt.Sprintf("width == %d", width)}
		if !slices.Contains(widths, o) {
			widths = append(widths, o)
		}
	}
	for rows := g.Rows.Size; rows >= g.Rows.Size-min(1, g.Rows.Narrow); rows-- {
		c := cut(rows*g.Tiles[2], tiles.k.Schedule.TileWidth)
		for width := c.Size; width >= c.Size-min(1, c.Narrow); width-- {
			add(width)
		}
	}
	var all []option
	for _, f := range tiles.filterOptions() {
		for _, o := range single(widths) {
			o.filters = f.filters
			switch {
			case o.condition == "":
				o.condition = f.condition
			case f.condition != "":
				o.condition = f.condition + " && " + o.condition
			}
			all = append(all, o)
		}
	}
	return all
}

// plane prints an index into values that lie point by point, [depth][row][column], given variables or
// numbers; a depth of one value is left out.
func (g Winograd) plane(depth, row, column string) string {
	n := g.Window[1]
	if g.Window[0] == 1 {
		return fmt.Sprintf("(%s * %d + %s)", row, n, column)
	}
	return fmt.Sprintf("((%s * %d + %s) * %d + %s)", depth, n, row, n, column)
}

// inSpace prints a place in an activation from strides that are arguments.
func (g Winograd) inSpace(base, depth, row, column string) string {
	text := fmt.Sprintf("%s + %s * row + %s * RT3D_LANES", base, row, column)
	if g.Window[0] == 1 {
		return text
	}
	return fmt.Sprintf("%s + %s * depth + %s * row + %s * RT3D_LANES", base, depth, row, column)
}

// strides are the parameters of functions that read or write an activation of any strides.
func (g Winograd) strides() string {
	if g.Window[0] == 1 {
		return "ptrdiff_t row"
	}
	return "ptrdiff_t depth, ptrdiff_t row"
}

// pass is one axis of a transform.
type pass struct {
	matrix [][]float64
	// outer and inner count the lines of values along the axis, which the variables i and j number.
	outer, inner int
	// from and to print the place of value k of a line.
	from, to func(k string) string
	// finish completes a result before it is stored.
	finish func(result, k string) string
}

// pass writes a loop over lines that loads each, combines its values by the matrix and stores the
// results. A line may replace itself.
func (e *emitter) pass(p pass) {
	w := e.w
	if p.outer > 1 {
		w.Open("for (int i = 0; i < %d; ++i) {", p.outer)
		defer w.Close()
	}
	w.Open("for (int j = 0; j < %d; ++j) {", p.inner)
	defer w.Close()
	for k := range p.matrix[0] {
		w.Line("const rt3d_vec x%d = rt3d_load(%s);", k, p.from(fmt.Sprint(k)))
	}
	e.combine(p.matrix, "x", "y")
	for k := range p.matrix {
		result := value("y", k)
		if p.finish != nil {
			result = p.finish(result, fmt.Sprint(k))
		}
		w.Line("rt3d_store(%s, %s);", p.to(fmt.Sprint(k)), result)
	}
}

// local prints a place in the buffer t of a transform.
func (g Winograd) local(depth, row, column string) string {
	return "t + " + g.plane(depth, row, column) + " * RT3D_LANES"
}

// inputTransform writes the function that brings a window of one channel block into the transform
// domain.
func (e *emitter) inputTransform(g Winograd) {
	w, n, transforms := e.w, g.Window, Transforms(e.k.Schedule.Algorithm)
	w.Line("/* One window of a channel block into the transform domain. */")
	w.Open("static __attribute__((noinline)) void %s_input(const rt3d_value *x, %s, rt3d_value *out) {", e.symbol, g.strides())
	w.Line("rt3d_value t[%d * RT3D_LANES];", g.Points)
	source := func(depth, row, column string) string { return g.inSpace("x", depth, row, column) }
	if transforms[0] != nil {
		e.pass(pass{matrix: transforms[0].Input, outer: n[1], inner: n[2],
			from: func(k string) string { return source(k, "i", "j") },
			to:   func(k string) string { return g.local(k, "i", "j") }})
		source = g.local
	}
	e.pass(pass{matrix: transforms[1].Input, outer: n[0], inner: n[2],
		from: func(k string) string { return source("i", k, "j") },
		to:   func(k string) string { return g.local("i", k, "j") }})
	e.pass(pass{matrix: transforms[2].Input, outer: n[0], inner: n[1],
		from: func(k string) string { return g.local("i", "j", k) },
		to: func(k string) string {
			return fmt.Sprintf("out + (ptrdiff_t)%s * %d", g.plane("i", "j", k), g.inputPoint)
		}})
	w.Close()
	w.Line("")
}

// outputTransform writes the function that brings the products of one output tile and filter vector
// back, with bias, residual and activation.
func (e *emitter) outputTransform(g Winograd) {
	w, n, transforms := e.w, g.Window, Transforms(e.k.Schedule.Algorithm)
	parameters := ""
	if e.k.Workload.Epilogue.Residual {
		parameters = ", const rt3d_value *residual, ptrdiff_t residual_row"
		if n[0] > 1 {
			parameters = ", const rt3d_value *residual, ptrdiff_t residual_depth, ptrdiff_t residual_row"
		}
	}
	w.Line("/* The products of one output tile and filter vector out of the transform domain. */")
	w.Open("static __attribute__((noinline)) void %s_output(const rt3d_value *m, const float *bias, rt3d_value *y, %s%s) {", e.symbol, g.strides(), parameters)
	w.Line("const rt3d_vec b = rt3d_load(bias);")
	w.Line("rt3d_value t[%d * RT3D_LANES];", g.Points)
	source := func(depth, row, column string) string {
		return fmt.Sprintf("m + (ptrdiff_t)%s * %d", g.plane(depth, row, column), g.productPoint)
	}
	if transforms[0] != nil {
		e.pass(pass{matrix: transforms[0].Output, outer: n[1], inner: n[2],
			from: func(k string) string { return source(k, "i", "j") },
			to:   func(k string) string { return g.local(k, "i", "j") }})
		source = g.local
	}
	e.pass(pass{matrix: transforms[1].Output, outer: g.Tile[0], inner: n[2],
		from: func(k string) string { return source("i", k, "j") },
		to:   func(k string) string { return g.local("i", k, "j") }})
	e.pass(pass{matrix: transforms[2].Output, outer: g.Tile[0], inner: g.Tile[1],
		from: func(k string) string { return g.local("i", "j", k) },
		to:   func(k string) string { return g.inSpace("y", "i", "j", k) },
		finish: func(result, k string) string {
			result = fmt.Sprintf("rt3d_add(%s, b)", result)
			if e.k.Workload.Epilogue.Residual {
				at := fmt.Sprintf("residual + j * residual_row + %s * RT3D_LANES", k)
				if n[0] > 1 {
					at = fmt.Sprintf("residual + i * residual_depth + j * residual_row + %s * RT3D_LANES", k)
				}
				result = fmt.Sprintf("rt3d_add(%s, rt3d_load(%s))", result, at)
			}
			return e.activated(result)
		}})
	w.Close()
	w.Line("")
}
