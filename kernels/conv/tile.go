package conv

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rt3d-tune/rt3d-tune/kernels/cwriter"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
)

// body is one register tile: its size, and whether it begins or ends a row whose columns are clipped.
type body struct {
	width, rows, filters int
	first, last          bool
}

func (b body) positions() int { return b.width * b.rows }

// inside lists the positions that a class of kernel columns needs; where that is none, all of them, which
// read zeros.
func (b body) inside(c ColumnClass) []int {
	from, to := 0, b.width
	if b.first {
		from = c.SkipFirst
	}
	if b.last {
		to -= c.SkipLast
	}
	var list []int
	for p := range b.positions() {
		if at := p % b.width; at >= from && at < to {
			list = append(list, p)
		}
	}
	if len(list) == 0 {
		return b.inside(ColumnClass{})
	}
	return list
}

// option is one value of a part of a body, and when a tile has it ("" where there is no other).
type option struct {
	body
	condition string
}

// bodies lists the bodies that occur with the condition for each; the last one has none, because it is
// what is left.
func (e *emitter) bodies() []option {
	n := e.nest
	var all []option
	for _, f := range e.filterOptions() {
		for _, r := range cutOptions("row", n.Rows) {
			for _, c := range e.columnOptions() {
				o := option{body{c.width, r.width, f.filters, c.first, c.last}, ""}
				for _, condition := range []string{f.condition, r.condition, c.condition} {
					if condition != "" && o.condition != "" {
						o.condition += " && "
					}
					o.condition += condition
				}
				all = append(all, o)
			}
		}
	}
	all[len(all)-1].condition = ""
	return all
}

func (e *emitter) filterOptions() []option {
	n := e.nest
	var list []option
	if n.FullBlocks > 0 {
		list = append(list, option{body{filters: n.Filters}, fmt.Sprintf("filter < %d", n.FullBlocks)})
	}
	for i, f := range n.Rest {
		if i > 0 && f == n.Rest[0] {
			list[len(list)-1].condition = fmt.Sprintf("filter >= %d", n.FullBlocks)
			continue
		}
		list = append(list, option{body{filters: f}, fmt.Sprintf("filter == %d", n.FullBlocks+i)})
	}
	return single(list)
}

// cutOptions gives the sizes of the pieces of an axis, as widths.
func cutOptions(variable string, c Cut) []option {
	list := []option{{body{width: c.Size}, fmt.Sprintf("%s < %d", variable, c.Wide)}}
	if c.Narrow > 0 {
		list = append(list, option{body{width: c.Size - 1}, fmt.Sprintf("%s >= %d", variable, c.Wide)})
	}
	return single(list)
}

// columnOptions puts the ends of a row in front where columns are clipped.
func (e *emitter) columnOptions() []option {
	c := e.nest.Width
	if !e.nest.Clip.clipsColumns() {
		return cutOptions("column", c)
	}
	last := c.Count() - 1
	lastWidth := c.Size
	if c.Narrow > 0 {
		lastWidth--
	}
	if last == 0 {
		return []option{{body{width: c.Size, first: true, last: true}, ""}}
	}
	list := []option{
		{body{width: c.Size, first: true}, "column == 0"},
		{body{width: lastWidth, last: true}, fmt.Sprintf("column == %d", last)},
	}
	middle := Cut{c.Size, c.Wide - 1, c.Narrow - 1}
	if c.Narrow == 0 {
		middle = Cut{c.Size, c.Wide - 2, 0}
	}
	if middle.Wide > 0 {
		list = append(list, option{body{width: c.Size}, fmt.Sprintf("column < %d", c.Wide)})
	}
	if middle.Narrow > 0 {
		list = append(list, option{body{width: c.Size - 1}, fmt.Sprintf("column >= %d", c.Wide)})
	}
	return list
}

// single drops the condition of an only option.
func single(list []option) []option {
	if len(list) == 1 {
		list[0].condition = ""
	}
	return list
}

func (e *emitter) bodyName(b body) string {
	name := fmt.Sprintf("%s_%dx%dx%d", e.symbol, b.width, b.rows, b.filters)
	if b.first {
		name += "_first"
	}
	if b.last {
		name += "_last"
	}
	return name
}

func (e *emitter) tiles() {
	for _, b := range e.bodies() {
		e.tile(b.body)
	}
}

// tile writes one body: accumulators in named variables (compilers keep arrays in memory), the runs of
// the kept list up to an empty one, the epilogue.
func (e *emitter) tile(b body) {
	w := e.w
	parameters := ""
	if e.k.Workload.Epilogue.Residual {
		parameters += ", const rt3d_value *residual"
	}
	if e.nest.ChannelBlocks > 1 {
		parameters += ", int part"
	}
	w.Open("static __attribute__((noinline)) void %s(const rt3d_value *x, const int32_t *list, const %s *section, const rt3d_run *run, const float *bias, rt3d_value *y%s) {",
		e.bodyName(b), e.weightType(), parameters)
	if e.streaming() {
		e.streamTile(b)
		w.Close()
		w.Line("")
		return
	}
	e.begin(b)
	w.Open("for (; run->count > 0; ++run) {")
	w.Line("const int32_t *offsets = list + run->first;")
	w.Line("const rt3d_value *weights = section + (ptrdiff_t)run->first * (%d * RT3D_LANES);", b.filters*e.nest.WeightVectors)
	if b.first || b.last {
		e.classes(b)
	} else {
		e.entries(b, b.inside(ColumnClass{}))
	}
	w.Close()
	e.finish(b)
	w.Close()
	w.Line("")
}

// classes writes the loop over entries once for each set of positions that a class of kernel columns
// leaves.
func (e *emitter) classes(b body) {
	var sets [][]int
	labels := map[int]string{} // of a set, the classes that have it
	for i, c := range e.nest.Clip.Columns {
		inside := b.inside(c)
		at := slices.IndexFunc(sets, func(s []int) bool { return slices.Equal(s, inside) })
		if at < 0 {
			at = len(sets)
			sets = append(sets, inside)
		}
		labels[at] += fmt.Sprintf("case %d: ", i)
	}
	e.w.Open("switch (run->class) {")
	for i, inside := range sets {
		e.w.Open("%s{", labels[i])
		e.entries(b, inside)
		e.w.Line("break;")
		e.w.Close()
	}
	e.w.Close()
}

// entries writes the loop over the entries of a run at some positions of the tile.
func (e *emitter) entries(b body, positions []int) {
	w := e.w
	e.openEntries()
	w.Line("const rt3d_value *p = x + offsets[i];")
	e.prefetch(b)
	switch {
	case e.k.Schedule.Algorithm == spec.Depthwise:
		e.depthwiseStep(b, positions)
	case e.byLane():
		for j := 0; j < e.k.Schedule.UnrollChannels; j += 4 {
			e.laneStep(b, positions, j)
		}
	default:
		for j := range e.k.Schedule.UnrollChannels {
			e.broadcastStep(b, positions, j)
		}
	}
	w.Line("weights += %d * RT3D_LANES;", b.filters*e.nest.WeightVectors)
	e.closeEntries(b)
}

// lineBytes is the size of a cache line on most processors; one that is larger is asked for twice.
const lineBytes = 64

// prefetch asks for what the entry at p reads in a tile that comes later in the row. The next rows lie where
// the windows of this one have been.
func (e *emitter) prefetch(b body) {
	s, values := e.k.Schedule, lineBytes/e.k.Workload.DataType.Bytes()
	if s.Prefetch == 0 || b.last {
		return
	}
	ahead := s.Prefetch * b.width * e.k.Workload.Stride[2] * e.k.Input.Block
	var lines []int
	for j := 0; j < s.UnrollChannels; j += e.k.Input.Block {
		for p := range b.positions() {
			at := e.inputAt(b, p, j) + ahead
			if n := len(lines); n == 0 || at < lines[n-1] || at >= lines[n-1]+values {
				lines = append(lines, at)
				e.w.Line("RT3D_PREFETCH(p + %d);", at)
			}
		}
	}
}

func (e *emitter) byLane() bool {
	return e.info.ByLane && e.k.Schedule.UnrollChannels%4 == 0 && e.k.Input.Block%4 == 0
}

// each visits the accumulators position by position.
func each(b body, visit func(position, filter int)) {
	for p := range b.positions() {
		for f := range b.filters {
			visit(p, f)
		}
	}
}

// begin fills the accumulators: from the bias, or from y where earlier channel blocks left their sum.
func (e *emitter) begin(b body) {
	w := e.w
	if e.narrow() {
		e.beginChains(b)
		return
	}
	if e.nest.ChannelBlocks == 1 {
		for f := range b.filters {
			w.Line("rt3d_data a0_%d = rt3d_load_floats(bias + %d * RT3D_LANES);", f, f)
		}
		each(b, func(p, f int) {
			if p > 0 {
				w.Line("rt3d_data a%d_%d = a0_%d;", p, f, f)
			}
		})
		return
	}
	each(b, func(p, f int) { w.Line("rt3d_data a%d_%d;", p, f) })
	w.Open("if (part & 1) {")
	for f := range b.filters {
		w.Line("a0_%d = rt3d_load_floats(bias + %d * RT3D_LANES);", f, f)
	}
	each(b, func(p, f int) {
		if p > 0 {
			w.Line("a%d_%d = a0_%d;", p, f, f)
		}
	})
	e.elseOpen("} else {")
	each(b, func(p, f int) { w.Line("a%d_%d = rt3d_load(y + %d);", p, f, e.outputAt(b, e.k.Output, p, f)) })
	w.Close()
}

// inputAt is the distance in floats from an entry's first channel at the tile's first window to
// channel j of the entry at position p of the tile.
func (e *emitter) inputAt(b body, p, j int) int {
	block, _, row, column := e.k.Input.Strides()
	s := e.k.Workload.Stride
	return p/b.width*s[1]*row + p%b.width*s[2]*column + j/e.k.Input.Block*block + j%e.k.Input.Block
}

func (e *emitter) outputAt(b body, l spec.Layout, p, f int) int {
	block, _, row, column := l.Strides()
	return f*block + p/b.width*row + p%b.width*column
}

// broadcastStep is one input channel: what is fewer, filters or activations, is held in registers while
// the other streams through. Where registers are short, the last one that would be held stays in memory;
// so does what streams past a single vector, since each of it is used once.
func (e *emitter) broadcastStep(b body, positions []int, j int) {
	w := e.w
	w.Open("{")
	defer w.Close()
	weight := func(f int) string { return fmt.Sprintf("weights + %d * RT3D_LANES", j*b.filters+f) }
	activation := func(p int) string { return fmt.Sprintf("p + %d", e.inputAt(b, p, j)) }
	loadWeight := func(f int) { w.Line("RT3D_STEP_LOAD(w%d, %s);", f, weight(f)) }
	loadActivation := func(p int) { w.Line("RT3D_STEP_BROADCAST(x%d, %s);", p, activation(p)) }
	multiply := func(p, f int) { w.Line("RT3D_STEP_FMA(a%d_%d, w%d, x%d);", p, f, f, p) }
	filters := indices(b.filters)
	folds := e.info.Vector().Folds(b.positions(), b.filters)
	switch once := e.info.FoldsOperands; {
	case once && b.filters == 1:
		declare(w, []string{"w0"})
		loadWeight(0)
		for _, p := range positions {
			w.Line("RT3D_STEP_FMA_BROADCAST(a%d_0, w0, %s);", p, activation(p))
		}
		return
	case once && len(positions) == 1:
		p := positions[0]
		declare(w, names("x", positions))
		loadActivation(p)
		for _, f := range filters {
			w.Line("RT3D_STEP_FMA_LOAD(a%d_%d, %s, x%d);", p, f, weight(f), p)
		}
		return
	}
	if b.filters <= len(positions) {
		held := filters
		if folds {
			held = filters[:len(filters)-1]
		}
		declare(w, append(names("w", held), names("x", positions)...))
		for _, f := range held {
			loadWeight(f)
		}
		for _, p := range positions {
			loadActivation(p)
			for _, f := range held {
				multiply(p, f)
			}
			for _, f := range filters[len(held):] {
				w.Line("RT3D_STEP_FMA_LOAD(a%d_%d, %s, x%d);", p, f, weight(f), p)
			}
		}
		return
	}
	held := positions
	if folds {
		held = positions[:len(positions)-1]
	}
	declare(w, append(names("w", filters), names("x", held)...))
	for _, p := range held {
		loadActivation(p)
	}
	for _, f := range filters {
		loadWeight(f)
		for _, p := range held {
			multiply(p, f)
		}
		for _, p := range positions[len(held):] {
			w.Line("RT3D_STEP_FMA_BROADCAST(a%d_%d, w%d, %s);", p, f, f, activation(p))
		}
	}
}

func indices(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// names numbers variables.
func names(prefix string, indices []int) []string {
	list := make([]string, len(indices))
	for i, index := range indices {
		list[i] = fmt.Sprint(prefix, index)
	}
	return list
}

func declare(w *cwriter.Writer, names []string) {
	w.Line("rt3d_data %s;", strings.Join(names, ", "))
}

// depthwiseStep is one kernel position of a vector of channels.
func (e *emitter) depthwiseStep(b body, positions []int) {
	w := e.w
	w.Line("const rt3d_data w0 = rt3d_load_data(weights);")
	for _, p := range positions {
		w.Line("a%d_0 = rt3d_fma_data(w0, rt3d_load_data(p + %d), a%d_0);", p, e.inputAt(b, p, 0), p)
	}
}

// finish stores the tile: residual and activation when the sum is complete, else the sum.
func (e *emitter) finish(b body) {
	w := e.w
	epilogue := e.k.Workload.Epilogue
	plain := !epilogue.Residual && epilogue.Activation.Function == ""
	sum := func(p, f int) string { return fmt.Sprintf("a%d_%d", p, f) }
	if e.narrow() {
		e.endChains(b)
		sum = func(p, f int) string { return fmt.Sprintf("s%d_%d", p, f) }
	}
	if e.nest.ChannelBlocks > 1 && !plain {
		w.Open("if (part & 2) {")
	}
	if !plain {
		each(b, func(p, f int) {
			value := sum(p, f)
			if epilogue.Residual {
				value = fmt.Sprintf("rt3d_add(%s, rt3d_load(residual + %d))", value, e.outputAt(b, e.k.Residual, p, f))
			}
			w.Line("%s = %s;", sum(p, f), e.activated(value))
		})
		if e.nest.ChannelBlocks > 1 {
			w.Close()
		}
	}
	each(b, func(p, f int) { w.Line("rt3d_store(y + %d, %s);", e.outputAt(b, e.k.Output, p, f), sum(p, f)) })
}

// activated wraps a value in the epilogue's function.
func (e *emitter) activated(value string) string {
	if e.k.Workload.Epilogue.Activation.Function == "" {
		return value
	}
	return fmt.Sprintf("%s_activate(%s)", e.symbol, value)
}

// activation writes the epilogue's function. Those that call libm stay out of line: they are long, and
// a tile calls them once per accumulator.
func (e *emitter) activation() {
	a := e.k.Workload.Epilogue.Activation
	inline := "RT3D_INLINE"
	var value string
	switch a.Function {
	case "":
		return
	case model.Relu:
		value = "rt3d_relu(v)"
	case model.LeakyRelu:
		value = fmt.Sprintf("rt3d_leaky_relu(v, %s)", float(a.Alpha))
	case model.Clip:
		value = fmt.Sprintf("rt3d_clip(v, %s, %s)", float(a.Min), float(a.Max))
	case model.Elu:
		inline, value = "static __attribute__((noinline))", fmt.Sprintf("rt3d_elu(v, %s)", float(a.Alpha))
	case model.Sigmoid:
		inline, value = "static __attribute__((noinline))", "rt3d_sigmoid(v)"
	case model.Tanh:
		inline, value = "static __attribute__((noinline))", "rt3d_tanh(v)"
	case model.Erf:
		inline, value = "static __attribute__((noinline))", "rt3d_erf(v)"
	case model.Gelu:
		inline, value = "static __attribute__((noinline))", "rt3d_gelu(v)"
	}
	e.w.Line("%s rt3d_vec %s_activate(rt3d_vec v) { return %s; }", inline, e.symbol, value)
	e.w.Line("")
}
