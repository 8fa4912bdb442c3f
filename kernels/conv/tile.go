package conv

import (
	"fmt"

	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
)

// body is the size of one register tile: the full one, or one with a narrow tail.
type body struct{ width, rows, filters int }

func (b body) positions() int { return b.width * b.rows }

// bodies lists the sizes that occur, the full one first.
func (e *emitter) bodies() []body {
	n := e.nest
	sizes := func(c Cut) []int {
		if c.Narrow > 0 {
			return []int{c.Size, c.Size - 1}
		}
		return []int{c.Size}
	}
	filters := []int{n.Filters}
	if n.TailFilters != n.Filters {
		filters = []int{n.Filters, n.TailFilters}
		if n.FilterBlocks == 1 {
			filters = filters[1:]
		}
	}
	var all []body
	for _, f := range filters {
		for _, r := range sizes(n.Rows) {
			for _, c := range sizes(n.Width) {
				all = append(all, body{c, r, f})
			}
		}
	}
	return all
}

func (e *emitter) bodyName(b body) string {
	return fmt.Sprintf("%s_%dx%dx%d", e.symbol, b.width, b.rows, b.filters)
}

// condition prints when a tile has the size of a body.
func (e *emitter) condition(b body) string {
	n := e.nest
	text := ""
	and := func(format string, args ...any) {
		if text != "" {
			text += " && "
		}
		text += fmt.Sprintf(format, args...)
	}
	if n.TailFilters != n.Filters && n.FilterBlocks > 1 {
		if b.filters == n.Filters {
			and("filter < %d", n.FilterBlocks-1)
		} else {
			and("filter == %d", n.FilterBlocks-1)
		}
	}
	side := func(variable string, c Cut, size int) {
		switch {
		case c.Narrow == 0:
		case size == c.Size:
			and("%s < %d", variable, c.Wide)
		default:
			and("%s >= %d", variable, c.Wide)
		}
	}
	side("row", n.Rows, b.rows)
	side("column", n.Width, b.width)
	return text
}

func (e *emitter) tiles() {
	for _, b := range e.bodies() {
		e.tile(b)
	}
}

// tile writes one body: accumulators in named variables (compilers keep arrays in memory), the kept
// list, the epilogue.
func (e *emitter) tile(b body) {
	w := e.w
	parameters := ""
	if e.k.Workload.Epilogue.Residual {
		parameters += ", const rt3d_value *residual"
	}
	if e.nest.ChannelBlocks > 1 {
		parameters += ", int part"
	}
	w.Open("static __attribute__((noinline)) void %s(const rt3d_value *x, const int32_t *offsets, const rt3d_value *weights, int count, const float *bias, rt3d_value *y%s) {",
		e.bodyName(b), parameters)
	e.begin(b)
	e.openEntries()
	w.Line("const rt3d_value *p = x + offsets[i];")
	switch {
	case e.k.Schedule.Algorithm == spec.Depthwise:
		e.depthwiseStep(b)
	case e.byLane():
		for j := 0; j < e.k.Schedule.UnrollChannels; j += 4 {
			e.laneStep(b, j)
		}
	default:
		for j := range e.k.Schedule.UnrollChannels {
			e.broadcastStep(b, j)
		}
	}
	w.Line("weights += %d * RT3D_LANES;", b.filters*e.nest.WeightVectors)
	e.closeEntries(b)
	e.finish(b)
	w.Close()
	w.Line("")
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

// inputAt is the distance in values from an entry's first channel at the tile's first window to
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
// the other streams through.
func (e *emitter) broadcastStep(b body, j int) {
	w := e.w
	w.Open("{")
	weight := func(f int) string {
		return fmt.Sprintf("rt3d_load_data(weights + %d * RT3D_LANES)", j*b.filters+f)
	}
	activation := func(p int) string { return fmt.Sprintf("rt3d_broadcast(p + %d)", e.inputAt(b, p, j)) }
	if b.filters <= b.positions() {
		for f := range b.filters {
			w.Line("const rt3d_data w%d = %s;", f, weight(f))
		}
		for p := range b.positions() {
			w.Line("const rt3d_data x%d = %s;", p, activation(p))
			for f := range b.filters {
				w.Line("a%d_%d = rt3d_fma_data(w%d, x%d, a%d_%d);", p, f, f, p, p, f)
			}
		}
	} else {
		for p := range b.positions() {
			w.Line("const rt3d_data x%d = %s;", p, activation(p))
		}
		for f := range b.filters {
			w.Line("const rt3d_data w%d = %s;", f, weight(f))
			for p := range b.positions() {
				w.Line("a%d_%d = rt3d_fma_data(w%d, x%d, a%d_%d);", p, f, f, p, p, f)
			}
		}
	}
	w.Close()
}

// laneStep is four input channels that lie side by side: activations are loaded four at a time. Either
// those of all positions are held and filters stream through, or the filters of all four channels are
// held and four positions at a time stream through, whichever needs fewer registers.
func (e *emitter) laneStep(b body, j int) {
	w := e.w
	w.Open("{")
	weight := func(c, f int) {
		w.Line("const rt3d_data w%d_%d = rt3d_load_data(weights + %d * RT3D_LANES);", c, f, (j+c)*b.filters+f)
	}
	quad := func(p int) {
		w.Line("const rt3d_quad x%d = rt3d_load_quad(p + %d);", p, e.inputAt(b, p, j))
	}
	fma := func(p, f, c int) {
		w.Line("a%d_%d = rt3d_fma_lane(w%d_%d, x%d, %d, a%d_%d);", p, f, c, f, p, c, p, f)
	}
	positions := b.positions()
	if positions+b.filters <= 4*b.filters+min(positions, 4) {
		for p := range positions {
			quad(p)
		}
		for c := range 4 {
			for f := range b.filters {
				weight(c, f)
			}
			each(b, func(p, f int) { fma(p, f, c) })
		}
	} else {
		for c := range 4 {
			for f := range b.filters {
				weight(c, f)
			}
		}
		for first := 0; first < positions; first += 4 {
			last := min(first+4, positions)
			for p := first; p < last; p++ {
				quad(p)
			}
			for c := range 4 {
				for p := first; p < last; p++ {
					for f := range b.filters {
						fma(p, f, c)
					}
				}
			}
		}
	}
	w.Close()
}

// depthwiseStep is one kernel position of a vector of channels.
func (e *emitter) depthwiseStep(b body) {
	w := e.w
	w.Line("const rt3d_data w0 = rt3d_load_data(weights);")
	for p := range b.positions() {
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
	}
	e.w.Line("%s rt3d_vec %s_activate(rt3d_vec v) { return %s; }", inline, e.symbol, value)
	e.w.Line("")
}
