package conv_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/kernels/conv"
	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
)

func pick[T any](r *rand.Rand, values ...T) T { return values[r.IntN(len(values))] }

var activations = []model.Activation{
	{}, {}, {Function: model.Relu}, {Function: model.Relu},
	{Function: model.LeakyRelu, Alpha: 0.1}, {Function: model.Elu, Alpha: 1.5},
	{Function: model.Sigmoid}, {Function: model.Tanh}, {Function: model.Clip, Min: -0.5, Max: 3},
}

// randomWorkload draws shapes below, at and above every tile size, odd channels, strides, dilation,
// groups and paddings that differ at both ends.
func randomWorkload(r *rand.Rand, d spec.DataType) spec.Workload {
	for {
		w := spec.Workload{Groups: 1, DataType: d, Channels: pick(r, 1, 3, 4, 5, 8, 12, 16, 20, 33, 230), Filters: pick(r, 1, 3, 5, 8, 16, 24, 37, 45)}
		for i := range 3 {
			w.Kernel[i] = pick(r, 1, 2, 3, 3)
			w.Stride[i], w.Dilation[i] = pick(r, 1, 1, 1, 2), pick(r, 1, 1, 1, 2)
			w.PadBegin[i], w.PadEnd[i] = r.IntN(2), r.IntN(3)
			w.Input[i] = pick(r, 1, 2, 3, 5, 7, 8, 9, 14)
		}
		if r.IntN(8) == 0 { // a long row
			w.Input[2] = pick(r, 27, 56)
		}
		switch r.IntN(10) {
		case 0: // fully connected
			w = spec.Workload{Channels: pick(r, 5, 64, 230), Filters: pick(r, 7, 40, 101), Groups: 1, Kernel: [3]int{1, 1, 1},
				Stride: [3]int{1, 1, 1}, Dilation: [3]int{1, 1, 1}, Input: [3]int{1, 1, 1}, DataType: d}
			if d == spec.Float32 && r.IntN(2) == 0 {
				w.Weights = spec.Float16
			}
		case 1: // depthwise
			w.Filters = w.Channels
			w.Groups = w.Channels
		case 2: // groups
			w.Groups = pick(r, 2, 3)
			w.Channels, w.Filters = w.Groups*pick(r, 2, 4, 8), w.Groups*pick(r, 2, 8, 13)
		}
		w.Epilogue = spec.Epilogue{Residual: r.IntN(4) == 0, Activation: pick(r, activations...)}
		if spec.CheckWorkload(w) == nil {
			return w
		}
	}
}

// randomKernel draws a schedule from the axes until one is legal, and layouts with more halo than the
// window needs.
func randomKernel(r *rand.Rand, info isa.Info) conv.Kernel {
	for {
		w := randomWorkload(r, info.DataType)
		a := spec.AxesOf(w, info.Vector(), 8)
		for range 50 {
			tile := pick(r, a.Tiles...)
			s := spec.Schedule{Algorithm: pick(r, a.Algorithms...), TileWidth: tile.Width, TileRows: tile.Rows, TileFilters: tile.Filters,
				Order: pick(r, a.Orders...), ChannelBlock: pick(r, a.ChannelBlocks...), UnrollChannels: pick(r, a.UnrollChannels...), Threads: pick(r, a.Threads...), Chain: pick(r, a.Chains...), Prefetch: pick(r, a.Prefetches...)}
			if r.IntN(2) == 0 {
				s.ChannelBlock = min(3, w.Channels/2) / s.UnrollChannels * s.UnrollChannels
			}
			if s.Order.Slabs() {
				s.SlabRows = pick(r, a.SlabRows...)
			}
			switch s.Algorithm {
			case spec.Depthwise:
				s.TileFilters, s.UnrollChannels, s.ChannelBlock, s.Prefetch = 1, 1, 0, 0
			case spec.MatVec:
				s.Order, s.ChannelBlock, s.SlabRows, s.Prefetch = spec.FilterOuter, 0, 0, 0
			}
			k := conv.Plain(w, s, info.Vector())
			for i := range 3 {
				k.Input.HaloBegin[i] += r.IntN(2)
				k.Input.HaloEnd[i] += r.IntN(2)
				k.Output.HaloBegin[i], k.Output.HaloEnd[i] = r.IntN(2), r.IntN(2)
				if w.Epilogue.Residual {
					k.Residual.HaloBegin[i], k.Residual.HaloEnd[i] = r.IntN(2), r.IntN(2)
				}
			}
			if w.Channels <= 4 && r.IntN(2) == 0 {
				k.Input.Block = 1
			}
			if conv.Check(info, k) == nil {
				return k
			}
		}
	}
}

// randomCase adds data and, half of the time, a mask of any scheme and group size.
func randomCase(r *rand.Rand, info isa.Info) *testCase {
	k := randomKernel(r, info)
	if r.IntN(2) == 0 {
		return newCase(r, k, nil)
	}
	scheme := pick(r, model.Filter, model.Vanilla, model.KGS, model.KGS)
	density := pick(r, 0, 0.1, 0.28, 0.5, 0.9)
	return newCase(r, k, randomMask(r, scheme, pick(r, 1, 3, 4, 8, 16), pick(r, 1, 3, 4, 8), density))
}

// defaultCase runs the default schedule of a random workload.
func defaultCase(t *testing.T, r *rand.Rand, info isa.Info) *testCase {
	t.Helper()
	w := randomWorkload(r, info.DataType)
	density := pick(r, 1.0, 0.3)
	s := spec.DefaultSchedule(w, info.Vector(), density)
	s.Threads = pick(r, 1, 2, 3)
	k := conv.Plain(w, s, info.Vector())
	if err := conv.Check(info, k); err != nil {
		t.Fatalf("default schedule: %v", err)
	}
	if density == 1 {
		return newCase(r, k, nil)
	}
	return newCase(r, k, randomMask(r, model.KGS, info.Lanes, 4, density))
}

func TestKernelsMatchReference(t *testing.T) {
	for _, info := range isa.All() {
		t.Run(fmt.Sprintf("%s/%s", info.Name, info.DataType), func(t *testing.T) {
			t.Parallel()
			b := buildFor(t, info.Name, info.DataType)
			// Compilers take long over code that spells vectors out: scalar, and AVX-512 by SIMDe.
			slow := info.Name == spec.Scalar || len(b.info.Flags) > 0 && b.flags[0] != b.info.Flags[0]
			rounds, each := 1, 4
			switch {
			case !testing.Short() && info.DataType == spec.Float16: // emulated halves are slow
				each = 12
			case !testing.Short() && slow:
				rounds, each = 2, 10
			case !testing.Short():
				rounds, each = 3, 30
			}
			for round := range rounds {
				r := rand.New(rand.NewPCG(uint64(round), 7))
				var cases []*testCase
				for range each {
					cases = append(cases, randomCase(r, b.info), defaultCase(t, r, b.info))
				}
				run(t, b, cases)
			}
		})
	}
}

// TestFoldedOperands runs tiles that take all registers, so that one filter or activation stays in memory:
// also where the ends of rows have fewer positions than filters, and where it is the only one.
func TestFoldedOperands(t *testing.T) {
	b := buildFor(t, spec.AVX512, spec.Float32)
	r := rand.New(rand.NewPCG(17, 19))
	var cases []*testCase
	for _, names := range [][2]string{
		{"c36_m64_k3x3x3_p1x1x1_i2x3x14_fp32_relu", "direct_7x1x4_slab3_c32_g4_t2"},
		{"c8_m112_k1x3x3_p0x1x1_i1x3x4_fp32", "direct_4x1x7_filter_c0_g4_t1"},
		{"c5_m16_k1x1x1_i1x2x31_fp32", "direct_31x1x1_filter_c0_g1_t1"},
		{"c5_m496_k1x1x1_i1x1x2_fp32", "direct_1x1x31_filter_c0_g1_t1"},
	} {
		k := parsed(t, b.info, names[0], names[1])
		s := k.Schedule
		if !b.info.Vector().Folds(s.TileWidth*s.TileRows, s.TileFilters) {
			t.Errorf("%s needs no operand in memory", names[1])
		}
		cases = append(cases, newCase(r, k, nil))
	}
	run(t, b, cases)
}

// TestSanitizers runs kernels where a read or write outside an operand, or an undefined operation, ends
// the program.
func TestSanitizers(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	b := buildFor(t, spec.AVX2, spec.Float32)
	b.flags = append(b.flags, "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
	r := rand.New(rand.NewPCG(11, 13))
	var cases []*testCase
	for range 15 {
		cases = append(cases, randomCase(r, b.info), defaultCase(t, r, b.info), newCase(r, randomWinograd(r, b.info), nil))
	}
	run(t, b, cases)
}
