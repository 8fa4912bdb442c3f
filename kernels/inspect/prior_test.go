package inspect

import (
	"testing"

	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/kernels/toolchain"
)

// TestPriorOrdersTiles: a tile with too few accumulators to hide the latency comes behind a wide one, and
// schedules that differ around the tile only are alike.
func TestPriorOrdersTiles(t *testing.T) {
	core, ok := CoreOf("Cortex-A76")
	if !ok {
		t.Fatal("no model stands for Cortex-A76")
	}
	p := &Prior{Toolchain: compilerFor(t, spec.Float32, toolchain.Clang), Analyser: analyser(t), Core: core}
	k := tileKernel(t, spec.Float32, spec.Tile{Width: 8, Rows: 1, Filters: 2})
	wide, narrow, blocked := k.Schedule, k.Schedule, k.Schedule
	narrow.TileWidth, narrow.TileFilters = 2, 1
	blocked.ChannelBlock = 32
	for range 2 { // the second answer comes from memory
		shares, err := p.Shares(t.Context(), k.Workload, []spec.Schedule{narrow, wide, blocked})
		if err != nil {
			t.Fatal(err)
		}
		if !(shares[0] < 0.5 && shares[1] > 0.9 && shares[1] == shares[2]) {
			t.Errorf("shares of a narrow, a wide and a blocked schedule: %v", shares)
		}
	}
}
