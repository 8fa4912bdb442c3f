package conv

import "github.com/rt3d-tune/rt3d-tune/kernels/spec"

// Data types narrower than float32 add up chains of Schedule.Chain products in accumulators of their
// own; the sums of chains, the bias, the residual and the function are float32. What one channel block
// leaves in y for the next is rounded to the data type.

// narrow tells that accumulators are not float32.
func (e *emitter) narrow() bool { return e.k.Workload.DataType != spec.Float32 }

// beginChains clears the accumulators and, where chains end before the sum does, fills float32 sums.
func (e *emitter) beginChains(b body) {
	each(b, func(p, f int) { e.w.Line("rt3d_data a%d_%d = rt3d_zero_data();", p, f) })
	if e.k.Schedule.Chain > 0 {
		e.beginSums(b)
	}
}

// beginSums fills float32 sums from the bias, or from y where earlier channel blocks left theirs.
func (e *emitter) beginSums(b body) {
	w := e.w
	if e.nest.ChannelBlocks == 1 {
		each(b, func(p, f int) { w.Line("rt3d_vec s%d_%d = rt3d_load_floats(bias + %d * RT3D_LANES);", p, f, f) })
		return
	}
	each(b, func(p, f int) { w.Line("rt3d_vec s%d_%d;", p, f) })
	w.Open("if (part & 1) {")
	each(b, func(p, f int) { w.Line("s%d_%d = rt3d_load_floats(bias + %d * RT3D_LANES);", p, f, f) })
	e.elseOpen("} else {")
	each(b, func(p, f int) { w.Line("s%d_%d = rt3d_load(y + %d);", p, f, e.outputAt(b, e.k.Output, p, f)) })
	w.Close()
}

// endChain adds the accumulators to the sums and clears them.
func (e *emitter) endChain(b body) {
	each(b, func(p, f int) {
		e.w.Line("s%d_%d = rt3d_add(s%d_%d, rt3d_widen(a%d_%d));", p, f, p, f, p, f)
		e.w.Line("a%d_%d = rt3d_zero_data();", p, f)
	})
}

// endChains makes the sums of the tile complete.
func (e *emitter) endChains(b body) {
	if e.k.Schedule.Chain > 0 {
		return
	}
	e.beginSums(b)
	each(b, func(p, f int) { e.w.Line("s%d_%d = rt3d_add(s%d_%d, rt3d_widen(a%d_%d));", p, f, p, f, p, f) })
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
