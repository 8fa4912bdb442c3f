package conv

import (
	"fmt"

	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
)

// A matrix-vector product does nothing but read its weights once, and one place that is read from does
// not fill the memory bus: prefetchers stop at the end of a page. So a tile reads its kept list in
// several parts at once, each with accumulators of its own, which are added up in a fixed order.

// streams is the number of parts of a list that a tile reads at once: as many as registers allow, and no
// more than prefetchers follow.
func (e *emitter) streams(filters int) int {
	const most = 4
	return max(1, min(most, e.info.Registers*3/4/filters))
}

// streaming tells a kernel that reads its weights in parts. Narrow data types add up chains instead.
func (e *emitter) streaming() bool {
	return e.k.Schedule.Algorithm == spec.MatVec && !e.narrow()
}

// weightType is the C type of a stored weight.
func (e *emitter) weightType() string {
	if e.k.Workload.Weights == spec.Float16 {
		return "rt3d_half"
	}
	return "rt3d_value"
}

// weights prints the pointer to the section's weights.
func (e *emitter) weights() string {
	if e.k.Workload.Weights == spec.Float16 {
		return "(const rt3d_half *)(const void *)k->weights"
	}
	return "k->weights"
}

// streamTile writes the inside of a body: the parts side by side, then what the division leaves.
func (e *emitter) streamTile(b body) {
	w, streams := e.w, e.streams(b.filters)
	entry := b.filters * e.nest.WeightVectors
	e.begin(b)
	for s := 1; s < streams; s++ {
		for f := range b.filters {
			w.Line("rt3d_vec b%d_%d = rt3d_zero();", s, f)
		}
	}
	w.Line("const int32_t *offsets = list;")
	w.Line("const int count = run->count, each = count / %d;", streams)
	for s := range streams {
		w.Line("const %s *w%d = section + (size_t)each * %d * RT3D_LANES;", e.weightType(), s, s*entry)
	}
	w.Open("for (int i = 0; i < each; ++i) {")
	for s := range streams {
		e.streamEntry(b, s, fmt.Sprintf("i + each * %d", s))
	}
	w.Close()
	w.Line("w0 = section + (size_t)each * %d * RT3D_LANES;", streams*entry)
	w.Open("for (int i = each * %d; i < count; ++i) {", streams)
	e.streamEntry(b, 0, "i")
	w.Close()
	for s := 1; s < streams; s++ {
		for f := range b.filters {
			w.Line("a0_%d = rt3d_add(a0_%d, b%d_%d);", f, f, s, f)
		}
	}
	e.finish(b)
}

// streamEntry multiplies one entry of a part.
func (e *emitter) streamEntry(b body, stream int, index string) {
	w := e.w
	load, sum := "rt3d_load", fmt.Sprintf("b%d", stream)
	if e.k.Workload.Weights == spec.Float16 {
		load = "rt3d_load_half"
	}
	if stream == 0 {
		sum = "a0"
	}
	w.Open("{")
	w.Line("const rt3d_value *p = x + offsets[%s];", index)
	for j := range e.k.Schedule.UnrollChannels {
		w.Line("const rt3d_vec x%d = rt3d_broadcast(p + %d);", j, e.inputAt(b, 0, j))
		for f := range b.filters {
			w.Line("%s_%d = rt3d_fma(%s(w%d + %d * RT3D_LANES), x%d, %s_%d);", sum, f, load, stream, j*b.filters+f, j, sum, f)
		}
	}
	w.Line("w%d += %d * RT3D_LANES;", stream, b.filters*e.nest.WeightVectors)
	w.Close()
}
