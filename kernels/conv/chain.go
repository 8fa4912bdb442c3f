package conv

import (
	"fmt"

	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
)

// Data types narrower than float32 add up chains of Schedule.Chain products in accumulators of their
// own; the sums of chains, the bias, the residual and the function are float32. What one channel block
// leaves in y for the next is rounded to the data type.

// narrow tells that accumulators are not float32.
func (e *emitter) narrow() bool { return e.k.Workload.DataType != spec.Float32 }

// beginChains clears the accumulators and, where chains end before the sum does, fills float32 sums.
// Those lie in memory that the compiler cannot see through: there is no room for them in registers
// beside the accumulators, and left alone it makes some by spilling operands of the inner loop.
func (e *emitter) beginChains(b body) {
	w := e.w
	each(b, func(p, f int) { w.Line("rt3d_data a%d_%d = rt3d_zero_data();", p, f) })
	if e.k.Schedule.Chain == 0 {
		return
	}
	w.Line("float memory[%d * RT3D_LANES], *sums = memory;", b.positions()*b.filters)
	w.Line("RT3D_OPAQUE(sums);")
	e.fromEarlier(b, func(p, f int, earlier string) { w.Line("rt3d_store_floats(%s, %s);", sumAt(b, p, f), earlier) })
}

// sumAt is where the float32 sum of an accumulator lies.
func sumAt(b body, p, f int) string { return fmt.Sprintf("sums + %d * RT3D_LANES", p*b.filters+f) }

// fromEarlier visits the accumulators with what is to be added to them: the bias, or what earlier
// channel blocks left in y.
func (e *emitter) fromEarlier(b body, visit func(p, f int, earlier string)) {
	bias := func(p, f int) { visit(p, f, fmt.Sprintf("rt3d_load_floats(bias + %d * RT3D_LANES)", f)) }
	if e.nest.ChannelBlocks == 1 {
		each(b, bias)
		return
	}
	e.w.Open("if (part & 1) {")
	each(b, bias)
	e.elseOpen("} else {")
	each(b, func(p, f int) { visit(p, f, fmt.Sprintf("rt3d_load(y + %d)", e.outputAt(b, e.k.Output, p, f))) })
	e.w.Close()
}

// endChain adds the accumulators to the sums and clears them.
func (e *emitter) endChain(b body) {
	each(b, func(p, f int) {
		e.w.Line("rt3d_store_floats(%s, rt3d_add(rt3d_load_floats(%s), rt3d_widen(a%d_%d)));", sumAt(b, p, f), sumAt(b, p, f), p, f)
		e.w.Line("a%d_%d = rt3d_zero_data();", p, f)
	})
}

// endChains gives the complete sums of the tile names, s0_0 and so on.
func (e *emitter) endChains(b body) {
	if e.k.Schedule.Chain > 0 {
		each(b, func(p, f int) { e.w.Line("rt3d_vec s%d_%d = rt3d_load_floats(%s);", p, f, sumAt(b, p, f)) })
		return
	}
	each(b, func(p, f int) { e.w.Line("rt3d_vec s%d_%d = rt3d_widen(a%d_%d);", p, f, p, f) })
	e.fromEarlier(b, func(p, f int, earlier string) { e.w.Line("s%d_%d = rt3d_add(%s, s%d_%d);", p, f, earlier, p, f) })
}

// openEntries opens the loop over the entries of the kept list, cut into chains where there are any.
func (e *emitter) openEntries() {
	if e.k.Schedule.Chain == 0 {
		e.w.Open("for (int i = 0; i < run->count; ++i) {")
		return
	}
	entries := e.k.Schedule.Chain / e.k.Schedule.UnrollChannels
	e.w.Open("for (int i = 0; i < run->count;) {")
	e.w.Line("const int end = run->count - i < %d ? run->count : i + %d;", entries, entries)
	e.w.Open("for (; i < end; ++i) {")
}

func (e *emitter) closeEntries(b body) {
	e.w.Close()
	if e.k.Schedule.Chain > 0 {
		e.endChain(b)
		e.w.Close()
	}
}
