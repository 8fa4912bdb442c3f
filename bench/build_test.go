package bench

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
)

// batchOf draws candidates for a workload as a search does: any legal schedule.
func batchOf(b testing.TB, name string, info isa.Info, n int) []kernels.Program {
	b.Helper()
	w, err := spec.ParseWorkload(name)
	if err != nil {
		b.Fatal(err)
	}
	g, err := kernels.SingleConv(w, 1, kernels.Pruning{})
	if err != nil {
		b.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	axes := spec.AxesOf(w, info.Vector(), 1)
	var programs []kernels.Program
	for len(programs) < n {
		t := axes.Tiles[r.IntN(len(axes.Tiles))]
		s := spec.Schedule{Algorithm: axes.Algorithms[r.IntN(len(axes.Algorithms))], TileWidth: t.Width, TileRows: t.Rows, TileFilters: t.Filters,
			Order: axes.Orders[r.IntN(len(axes.Orders))], ChannelBlock: axes.ChannelBlocks[r.IntN(len(axes.ChannelBlocks))],
			UnrollChannels: axes.UnrollChannels[r.IntN(len(axes.UnrollChannels))], Threads: 1}
		if s.Order == spec.SlabOuter {
			s.SlabRows = axes.SlabRows[r.IntN(len(axes.SlabRows))]
		}
		if spec.Check(w, s, info.Vector()) == nil {
			programs = append(programs, kernels.Program{Graph: g, Schedules: map[string]spec.Schedule{"conv": s}, Threads: 1})
		}
	}
	return programs
}

// hostISA is the widest vector extension of this host.
func hostISA() spec.ISA {
	text, err := os.ReadFile("/proc/cpuinfo")
	for _, f := range []struct {
		feature string
		isa     spec.ISA
	}{{" avx512f ", spec.AVX512}, {" avx2 ", spec.AVX2}, {" asimd ", spec.NEON}} {
		if err == nil && strings.Contains(string(text), f.feature) {
			return f.isa
		}
	}
	return spec.Scalar
}

// BenchmarkBuild builds batches of candidates as a search does, nothing being in the cache, and says how
// long one candidate takes: go test ./bench -run - -bench Build -benchtime 1x
func BenchmarkBuild(b *testing.B) {
	target := spec.Target{Arch: spec.Arch(runtime.GOARCH), ISA: hostISA(), DataType: spec.Float32}
	info, err := isa.Of(target.ISA, target.DataType)
	if err != nil {
		b.Fatal(err)
	}
	for _, workload := range []string{
		"c64_m128_k3x3x3_p1x1x1_i16x56x56_fp32_relu", "c256_m256_k3x3x3_p1x1x1_i8x28x28_fp32_relu",
		"c512_m512_k3x3x3_p1x1x1_i4x14x14_fp32_relu", "c512_m512_k3x3x3_p1x1x1_i2x7x7_fp32_relu",
		"c64_m144_k1x3x3_p0x1x1_i16x56x56_fp32_relu", "c144_m64_k3x1x1_p1x0x0_i16x56x56_fp32_residual_relu",
	} {
		b.Run(workload, func(b *testing.B) {
			const size = 12
			programs := batchOf(b, workload, info, size)
			for b.Loop() {
				g := &generator{target: target, toolchain: compilerFor(b, target), cacheDir: b.TempDir(), jobs: 1}
				for i, built := range g.Build(b.Context(), programs) {
					if built.Err != nil {
						b.Fatal(fmt.Errorf("candidate %d: %w", i, built.Err))
					}
				}
			}
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N*size), "s/candidate")
			b.ReportMetric(0, "ns/op")
		})
	}
}
