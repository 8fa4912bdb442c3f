package conv

import (
	"fmt"
	"strings"
)

// whole is the number of tiles of an axis whose pieces of `size` values, `step` apart, lie inside
// `limit` values; the tiles behind them reach beyond.
func whole(tiles, step, size, limit int) int {
	if limit < size {
		return 0
	}
	return min(tiles, (limit-size)/step+1)
}

// inside prints when the tile (z, r, c) reaches beyond nothing, given the first depth and the numbers of tiles
// for which that is so: "" when for all of them.
func (g Winograd) inside(first int, whole [3]int) string {
	var parts []string
	if first > 0 {
		parts = append(parts, fmt.Sprintf("z >= %d", first))
	}
	for i, variable := range []string{"z", "r", "c"} {
		if whole[i] < g.Tiles[i] {
			parts = append(parts, fmt.Sprintf("%s < %d", variable, whole[i]))
		}
	}
	if first >= whole[0] {
		return "0" // compilers warn of conditions that exclude each other
	}
	return strings.Join(parts, " && ")
}

// left prints how many of `size` values of tile `variable` lie inside `limit`.
func left(variable string, step, size, limit int) string {
	return fmt.Sprintf("rt3d_least(%d, %d - %s * %d)", size, limit, variable, step)
}

// reach is where the input ends on each axis, counted from the first window.
func (e *emitter) reach() [3]int {
	in, w := e.k.Input, e.k.Workload
	return [3]int{
		w.PadBegin[0] + in.Shape.D + in.HaloEnd[0],
		w.PadBegin[1] + in.Shape.H + in.HaloEnd[1],
		w.PadBegin[2] + in.Shape.W + in.HaloEnd[2],
	}
}

// gather writes the step that transforms one depth of a band: tile rows row … row + rows - 1 of all
// channel blocks.
func (e *emitter) gather(g Winograd) {
	w, in := e.w, e.k.Input
	xb, xd, xr, xc := in.Strides()
	var wholes [3]int
	reach := e.reach()
	for i := range wholes {
		wholes[i] = whole(g.Tiles[i], g.Tile[i], g.Window[i], reach[i])
	}
	if g.Window[0] == 1 {
		wholes[0] = g.Tiles[0] // depths in the padding are left out
	}
	missing := e.missingDepths(g)
	inside := g.inside(ceil(missing, g.Tile[0]), wholes)
	if inside != "" {
		e.window(g)
	}
	w.Line("/* Depth z of tile rows row to row + rows - 1 into the transform domain. */")
	w.Open("static void %s_gather(const rt3d_value *x, rt3d_value *out, int z, int row, int rows) {", e.symbol)
	w.Line("out += (ptrdiff_t)(z %% %d) * %d;", g.Slots, g.inputSlot)
	w.Open("for (int block = 0; block < %d; ++block) {", in.Blocks())
	w.Open("for (int r = row; r < row + rows; ++r) {")
	w.Open("for (int c = 0; c < %d; ++c, out += RT3D_LANES) {", g.Tiles[2])
	w.Line("const rt3d_value *p = x + %s;", at(WindowOrigin(e.k), "block", fmt.Sprint(xb), "z", fmt.Sprint(g.Tile[0]*xd), "r", fmt.Sprint(g.Tile[1]*xr), "c", fmt.Sprint(g.Tile[2]*xc)))
	call := func(x string, strides ...int) {
		if g.Window[0] == 1 {
			strides = strides[1:]
		}
		w.Line("%s_input(%s, %s, out);", e.symbol, x, joined(strides))
	}
	if inside == "" {
		call("p", xd, xr)
	} else {
		w.Open("if (%s) {", inside)
		call("p", xd, xr)
		e.elseOpen("} else {")
		w.Line("rt3d_value window[%d * RT3D_LANES];", g.Points)
		n := g.Window
		var counts []string
		if n[0] > 1 {
			counts = append(counts, fmt.Sprintf("%d - z * %d", missing, g.Tile[0]))
		}
		for i, variable := range []string{"z", "r", "c"} {
			if n[i] > 1 {
				counts = append(counts, left(variable, g.Tile[i], n[i], reach[i]))
			}
		}
		w.Line("%s_window(p, %s, window);", e.symbol, strings.Join(counts, ", "))
		call("window", n[1]*n[2]*in.Block, n[2]*in.Block)
		w.Close()
	}
	w.Close()
	w.Close()
	if g.Rows.Narrow > 0 {
		w.Line("out += (ptrdiff_t)(%d - rows) * %d;", g.Rows.Size, g.Tiles[2]*in.Block)
	}
	w.Close()
	w.Close()
	w.Line("")
}

func joined(numbers []int) string {
	text := make([]string, len(numbers))
	for i, n := range numbers {
		text[i] = fmt.Sprint(n)
	}
	return strings.Join(text, ", ")
}

// missingDepths is how many depths of padding in front of the input are not in its halo: transforms of depth
// have them in their windows.
func (e *emitter) missingDepths(g Winograd) int {
	if g.Window[0] == 1 {
		return 0
	}
	return max(0, e.k.Workload.PadBegin[0]-e.k.Input.HaloBegin[0])
}

// window writes the function that copies a window which reaches beyond the input, zeros being there.
func (e *emitter) window(g Winograd) {
	w, n := e.w, g.Window
	_, xd, xr, xc := e.k.Input.Strides()
	w.Line("/* A window of which some rows and columns, and depths from missing on, are there; others are zero. */")
	depths := ""
	if n[0] > 1 {
		depths = "int missing, int depths, "
	}
	w.Open("static void %s_window(const rt3d_value *x, %sint rows, int columns, rt3d_value *out) {", e.symbol, depths)
	if n[0] > 1 {
		w.Open("for (int d = 0; d < %d; ++d) {", n[0])
	}
	w.Open("for (int i = 0; i < %d; ++i) {", n[1])
	w.Open("for (int j = 0; j < %d; ++j, out += RT3D_LANES) {", n[2])
	there, place := "i < rows && j < columns", at(0, "i", fmt.Sprint(xr), "j", fmt.Sprint(xc))
	if n[0] > 1 {
		there, place = "d >= missing && d < depths && "+there, at(0, "d", fmt.Sprint(xd), "i", fmt.Sprint(xr), "j", fmt.Sprint(xc))
	}
	w.Line("rt3d_store(out, %s ? rt3d_load(x + %s) : rt3d_zero());", there, place)
	for range min(n[0], 2) + 1 {
		w.Close()
	}
	w.Close()
	w.Line("")
}

// scatter writes the step that brings a band's products back: output depths first … last - 1, tile rows
// row … row + rows - 1, all filters.
func (e *emitter) scatter(g Winograd) {
	w, out, size := e.w, e.k.Output, e.k.Workload.Output()
	yb, yd, yr, yc := out.Strides()
	rb, rd, rr, rc := e.k.Residual.Strides()
	residual := e.k.Workload.Epilogue.Residual
	var wholes [3]int
	for i := range wholes {
		wholes[i] = whole(g.Tiles[i], g.Tile[i], g.Tile[i], size[i])
	}
	inside := g.inside(0, wholes)
	place := func(l string, origin, block, depth, row, column int) string {
		return l + " + " + at(origin, "f", fmt.Sprint(block), "z", fmt.Sprint(g.Tile[0]*depth), "r", fmt.Sprint(g.Tile[1]*row), "c", fmt.Sprint(g.Tile[2]*column))
	}
	parameters := ""
	if residual {
		parameters = ", const rt3d_value *residual"
	}
	w.Line("/* Depths first to last - 1 of tile rows row to row + rows - 1 out of the transform domain. */")
	w.Open("static void %s_scatter(const rt3d_value *m, const float *bias, rt3d_value *y%s, int first, int last, int row, int rows) {", e.symbol, parameters)
	w.Open("for (int f = 0; f < %d; ++f) {", out.Blocks())
	w.Open("for (int z = first; z < last; ++z) {")
	w.Line("const rt3d_value *products = m + %s;", at(0, "f", fmt.Sprint(g.productVector), "(z - first)", fmt.Sprint(g.productDepth)))
	w.Open("for (int r = row; r < row + rows; ++r) {")
	w.Open("for (int c = 0; c < %d; ++c, products += RT3D_LANES) {", g.Tiles[2])
	w.Line("rt3d_value *to = %s;", place("y", out.Origin(), yb, yd, yr, yc))
	if residual {
		w.Line("const rt3d_value *before = %s;", place("residual", e.k.Residual.Origin(), rb, rd, rr, rc))
	}
	call := func(to, before string, strides, beforeStrides []int) {
		if g.Window[0] == 1 {
			strides, beforeStrides = strides[1:], beforeStrides[1:]
		}
		arguments := fmt.Sprintf("%s, %s", to, joined(strides))
		if residual {
			arguments += fmt.Sprintf(", %s, %s", before, joined(beforeStrides))
		}
		w.Line("%s_output(products, bias + f * RT3D_LANES, %s);", e.symbol, arguments)
	}
	switch {
	case out.Gap[2] > 0 || e.k.Residual.Gap[2] > 0: // the transform writes neighbouring columns
		e.partialTile(g, call)
	case inside == "":
		call("to", "before", []int{yd, yr}, []int{rd, rr})
	default:
		w.Open("if (%s) {", inside)
		call("to", "before", []int{yd, yr}, []int{rd, rr})
		e.elseOpen("} else {")
		e.partialTile(g, call)
		w.Close()
	}
	for range 5 {
		w.Close()
	}
	w.Line("")
}

// partialTile writes what becomes of an output tile that reaches beyond the output, or whose columns do not
// lie side by side: it is computed aside, and what exists is copied.
func (e *emitter) partialTile(g Winograd, call func(to, before string, strides, beforeStrides []int)) {
	w, t, size := e.w, g.Tile, e.k.Workload.Output()
	_, yd, yr, yc := e.k.Output.Strides()
	_, rd, rr, rc := e.k.Residual.Strides()
	lanes := e.info.Lanes
	strides := []int{t[1] * t[2] * lanes, t[2] * lanes}
	w.Line("rt3d_value tile[%d * RT3D_LANES];", t[0]*t[1]*t[2])
	var limits [3]string
	for i, variable := range []string{"z", "r", "c"} {
		limits[i] = left(variable, t[i], t[i], size[i])
	}
	copyEach := func(line string) {
		depths := 0
		if t[0] > 1 {
			w.Open("for (int d = 0; d < %s; ++d) {", limits[0])
			depths++
		}
		w.Open("for (int i = 0; i < %s; ++i) {", limits[1])
		w.Open("for (int j = 0; j < %s; ++j) {", limits[2])
		w.Line("%s", line)
		for range depths + 2 {
			w.Close()
		}
	}
	place := func(depth, row, column int) string {
		if t[0] == 1 {
			return at(0, "i", fmt.Sprint(row), "j", fmt.Sprint(column))
		}
		return at(0, "d", fmt.Sprint(depth), "i", fmt.Sprint(row), "j", fmt.Sprint(column))
	}
	aside := place(strides[0], strides[1], lanes)
	if e.k.Workload.Epilogue.Residual {
		w.Line("rt3d_value summand[%d * RT3D_LANES] = {0.0f};", t[0]*t[1]*t[2])
		copyEach(fmt.Sprintf("rt3d_store(summand + %s, rt3d_load(before + %s));", aside, place(rd, rr, rc)))
	}
	call("tile", "summand", strides, strides)
	copyEach(fmt.Sprintf("rt3d_store(to + %s, rt3d_load(tile + %s));", place(yd, yr, yc), aside))
}

// winogradEntry writes the kernel's function: the bands of the thread, slab by slab, depth after depth.
func (e *emitter) winogradEntry(g Winograd) {
	w := e.w
	bands := g.Rows.Count() * g.DepthBlocks
	products, offsets, _ := g.workspace()
	w.Open("static void %s(%s) {", e.symbol, entryParameters)
	w.Line("const rt3d_winograd k = rt3d_winograd_of(weights);")
	w.Line("rt3d_value *input = workspace, *products = workspace + %d;", products)
	w.Line("int32_t *offsets = (int32_t *)(void *)(workspace + %d);", offsets)
	w.Line("const int begin = (int)((int64_t)%d * from / of), end = (int)((int64_t)%d * to / of);", bands, bands)
	if !e.k.Workload.Epilogue.Residual {
		w.Line("(void)residual;")
	}
	w.Open("for (int band = begin; band < end; ++band) {")
	w.Line("const int slab = band / %d, first = band %% %d * %d;", g.DepthBlocks, g.DepthBlocks, g.Depths)
	last := fmt.Sprintf("first + %d", g.Depths)
	if g.Tiles[0]%g.Depths != 0 {
		last = fmt.Sprintf("rt3d_least(%d, first + %d)", g.Tiles[0], g.Depths)
	}
	rows := fmt.Sprint(g.Rows.Size)
	if g.Rows.Narrow > 0 {
		rows = fmt.Sprintf("slab < %d ? %d : %d", g.Rows.Wide, g.Rows.Size, g.Rows.Size-1)
	}
	w.Line("const int last = %s, row = %s, rows = %s;", last, origin("slab", g.Rows), rows)
	from, to := "first", "last"
	if g.Kernel > 1 {
		w.Line("/* Earlier bands of the thread transformed the depths that the kernel shares. */")
		w.Line("const int known = band == begin || first == 0 ? first : first + %d;", g.Kernel-1)
		from, to = "known", fmt.Sprintf("last + %d", g.Kernel-1)
	}
	if pad := e.k.Workload.PadBegin[0]; e.clipsDepth(g) {
		from, to = fmt.Sprintf("rt3d_most(%s, %d)", from, pad), fmt.Sprintf("rt3d_least(%s, %d)", to, pad+e.k.Workload.Input[0])
	}
	w.Line("for (int z = %s; z < %s; ++z)", from, to)
	w.Line("  %s_gather(x, input, z, row, rows);", e.symbol)
	w.Line("%s_products(k.weights, input, products, offsets, first, last, rows * %d);", e.symbol, g.Tiles[2])
	residual := ""
	if e.k.Workload.Epilogue.Residual {
		residual = ", residual"
	}
	w.Line("%s_scatter(products, k.bias, y%s, first, last, row, rows);", e.symbol, residual)
	w.Close()
	w.Close()
	w.Line("")
}

// winogradCheck writes the function that holds a section against the kernel.
func (e *emitter) winogradCheck(g Winograd) {
	w := e.w
	w.Open("static __attribute__((unused)) int %s_check(const unsigned char *weights, size_t bytes) {", e.symbol)
	w.Line("return rt3d_winograd_check(weights, bytes, %d, %d, %d);", g.Points, g.Biases(), g.WeightVectors())
	w.Close()
	w.Line("")
}
