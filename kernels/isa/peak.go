package isa

import (
	"bytes"
	"fmt"

	"github.com/rt3d-tune/rt3d-tune/kernels/cwriter"
)

// PeakFile is the base name under which PeakSource is compiled.
const PeakFile = "rt3d_peak.c"

// peakChains is the number of independent multiply-add chains: more than latency × throughput of any
// processor in use (4 × 2, Neoverse V2 4 × 4 with more registers), fewer than the registers.
func (i Info) peakChains() int {
	if i.Registers >= 32 {
		return 24
	}
	return 12
}

// PeakSource is the C of rt3d_fma_rounds, rt3d_isa_name and rt3d_isa_missing (rt3d_program.h) for a
// vector extension. A round is one multiply-add on each of the chains.
func PeakSource(info Info) ([]byte, error) {
	var out bytes.Buffer
	w := cwriter.New(&out)
	w.Line("/* Generated: multiply-adds from registers on %s. */", info.Name)
	w.Line(`#include "rt3d_program.h"`)
	w.Line("#include %q", info.Header)
	w.Line("")
	w.Line("const char rt3d_isa_name[] = RT3D_ISA_NAME;")
	w.Line("")
	w.Line("int rt3d_isa_missing(void) { return rt3d_vector_missing(); }")
	w.Line("")
	w.Open("int64_t rt3d_fma_rounds(int64_t rounds) {")
	w.Line("/* Read and written through memory, so that no compiler can do the sums itself. */")
	w.Line("volatile float start = 0.5f, sink;")
	w.Line("const rt3d_value seed = (rt3d_value)start;")
	w.Line("const rt3d_data factor = rt3d_broadcast(&seed), term = rt3d_broadcast(&seed);")
	n := info.peakChains()
	for i := range n {
		w.Line("const rt3d_value first%d = (rt3d_value)(start + %d.0f);", i, i)
		w.Line("rt3d_data chain%d = rt3d_broadcast(&first%d);", i, i)
	}
	w.Open("for (int64_t i = 0; i < rounds; ++i) {")
	for i := range n {
		w.Line("chain%d = rt3d_fma_data(chain%d, factor, term);", i, i)
	}
	w.Close()
	w.Line("rt3d_vec sum = rt3d_widen(chain0);")
	for i := 1; i < n; i++ {
		w.Line("sum = rt3d_add(sum, rt3d_widen(chain%d));", i)
	}
	w.Line("sink = rt3d_reduce_add(sum);")
	w.Line("(void)sink;")
	w.Line("return rounds * %d * RT3D_LANES * 2;", n)
	w.Close()
	if err := w.Err(); err != nil {
		return nil, fmt.Errorf("write %s: %w", PeakFile, err)
	}
	return out.Bytes(), nil
}
