package inspect

import (
	"fmt"
	"os/exec"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/internal/testtool"
	"github.com/rt3d-tune/rt3d-tune/kernels/conv"
	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/kernels/toolchain"
)

// compilerFor finds a compiler of a kind for a target.
func compilerFor(t *testing.T, d spec.DataType, kind toolchain.Kind) toolchain.Toolchain {
	t.Helper()
	target := spec.Target{Arch: spec.ARM64, ISA: spec.NEON, DataType: d}
	found, err := toolchain.Find(t.Context(), target)
	if err != nil {
		testtool.Missing(t, err.Error())
	}
	for _, c := range found {
		if c.Kind == kind {
			return c
		}
	}
	testtool.Missing(t, string(kind)+" is not here")
	return toolchain.Toolchain{}
}

func analyser(t *testing.T) Analyser {
	t.Helper()
	a, err := FindAnalyser(exec.LookPath)
	if err != nil {
		testtool.Missing(t, err.Error())
	}
	return a
}

// tileKernel is a dense layer that is nothing but whole tiles of one size.
func tileKernel(t *testing.T, d spec.DataType, tile spec.Tile) conv.Kernel {
	t.Helper()
	info, err := isa.Of(spec.NEON, d)
	if err != nil {
		t.Fatal(err)
	}
	one := [3]int{1, 1, 1}
	w := spec.Workload{Channels: 64, Filters: tile.Filters * info.Lanes, Groups: 1, Kernel: [3]int{1, 3, 3}, Stride: one, Dilation: one,
		Input: [3]int{1, tile.Rows + 2, tile.Width + 2}, DataType: d}
	s := spec.Schedule{Algorithm: spec.Direct, TileWidth: tile.Width, TileRows: tile.Rows, TileFilters: tile.Filters,
		Order: spec.FilterOuter, UnrollChannels: 4, Threads: 1}
	if d != spec.Float32 {
		s.Chain = spec.DefaultChain
	}
	k := conv.Plain(w, s, info.Vector())
	if err := conv.Check(info, k); err != nil {
		t.Fatal(err)
	}
	return k
}

// offered lists one tile for each pair of positions and filters that the axes of a roomy workload have.
func offered(t *testing.T, d spec.DataType) []spec.Tile {
	t.Helper()
	info, err := isa.Of(spec.NEON, d)
	if err != nil {
		t.Fatal(err)
	}
	k := tileKernel(t, d, spec.Tile{Width: 2, Rows: 1, Filters: 2})
	w := k.Workload
	w.Filters, w.Input = 512, [3]int{4, 58, 58}
	seen := map[[2]int]bool{}
	var tiles []spec.Tile
	for _, tile := range spec.AxesOf(w, info.Vector(), 1).Tiles {
		key := [2]int{tile.Width * tile.Rows, tile.Filters}
		if !seen[key] {
			seen[key] = true
			tiles = append(tiles, tile)
		}
	}
	return tiles
}

// TestOfferedTilesDoNotSpill: every tile that the axes offer keeps its loop within the registers, with
// clang and, in float32, with gcc; and clang's loops reach the limit of the cores on which there are
// enough accumulators to hide the latency.
func TestOfferedTilesDoNotSpill(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles a hundred tiles")
	}
	for _, c := range []struct {
		dataType spec.DataType
		kind     toolchain.Kind
	}{{spec.Float32, toolchain.Clang}, {spec.Float32, toolchain.GCC}, {spec.Float16, toolchain.Clang}} {
		t.Run(fmt.Sprintf("%s/%s", c.dataType, c.kind), func(t *testing.T) {
			compiler := compilerFor(t, c.dataType, c.kind)
			tiles := offered(t, c.dataType)
			var kernels []conv.Kernel
			for _, tile := range tiles {
				kernels = append(kernels, tileKernel(t, c.dataType, tile))
			}
			found, err := Kernels(t.Context(), compiler, kernels)
			if err != nil {
				t.Fatal(err)
			}
			var loops []Loop
			for i, l := range found {
				if l[0].StackAccesses > 0 {
					t.Errorf("tile %+v: %d of %d instructions of the loop use the stack", tiles[i], l[0].StackAccesses, len(l[0].Text))
				}
				loops = append(loops, l[0])
			}
			if c.kind == toolchain.Clang {
				rates(t, tiles, loops)
			}
		})
	}
}

// rates holds what llvm-mca says of loops against what they are meant to reach.
func rates(t *testing.T, tiles []spec.Tile, loops []Loop) {
	a := analyser(t)
	const latency, lanes = 4, 4 // cycles of a multiply-add, and the most that a core begins in one
	for _, core := range Cores(spec.ARM64) {
		shares, err := a.Shares(t.Context(), loops, core)
		if err != nil {
			t.Fatal(err)
		}
		best := 0
		for i, s := range shares {
			if s > shares[best] {
				best = i
			}
			enough := tiles[i].Width*tiles[i].Rows*tiles[i].Filters >= latency*lanes
			if core.Limit == 0 && enough && s < 0.97 {
				t.Errorf("%s: tile %+v reaches %.3f of the limit, want 0.97", core.Model, tiles[i], s)
			}
		}
		t.Logf("%s: tile %+v reaches %.3f of the limit", core.Model, tiles[best], shares[best])
		if shares[best] < 0.9 {
			t.Errorf("%s: the best tile %+v reaches %.3f of the limit, want 0.9", core.Model, tiles[best], shares[best])
		}
	}
}
