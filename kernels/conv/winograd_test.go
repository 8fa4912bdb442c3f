package conv_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/kernels/conv"
	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
)

// randomWinograd draws a Winograd kernel: sizes below, at and above tiles and slabs, paddings that differ
// at both ends and reach beyond the kernel, halos larger than needed.
func randomWinograd(r *rand.Rand, info isa.Info) conv.Kernel {
	one := [3]int{1, 1, 1}
	for {
		w := spec.Workload{Channels: pick(r, 8, 12, 16, 20, 33), Filters: pick(r, 3, 8, 24, 37), Groups: 1, DataType: spec.Float32,
			Kernel: [3]int{pick(r, 1, 3, 3, 2), 3, 3}, Stride: one, Dilation: one}
		for i := range 3 {
			w.PadBegin[i], w.PadEnd[i] = r.IntN(3), r.IntN(3)
			w.Input[i] = pick(r, 1, 2, 4, 5, 7, 8, 9, 14)
		}
		w.Epilogue = spec.Epilogue{Residual: r.IntN(3) == 0, Activation: pick(r, activations...)}
		if spec.CheckWorkload(w) != nil {
			continue
		}
		a := spec.AxesOf(w, info.Vector(), 8)
		for range 50 {
			tile := pick(r, a.Tiles...)
			s := spec.Schedule{Algorithm: pick(r, spec.Winograd4x4, spec.Winograd2x2, spec.Winograd2x2x2),
				TileWidth: pick(r, tile.Width, 2*tile.Width), TileRows: 1, TileFilters: tile.Filters, Order: spec.SlabOuter, SlabRows: 1 + r.IntN(12),
				ChannelBlock: pick(r, a.ChannelBlocks...), UnrollChannels: pick(r, a.UnrollChannels...), Threads: pick(r, 1, 2, 3, 5)}
			if r.IntN(2) == 0 {
				s.ChannelBlock = min(3, w.Channels/2) / s.UnrollChannels * s.UnrollChannels
			}
			k := conv.Plain(w, s, info.Vector())
			for i := range 3 {
				k.Input.HaloBegin[i] += r.IntN(2)
				k.Input.HaloEnd[i] += r.IntN(4)
				k.Output.HaloBegin[i], k.Output.HaloEnd[i] = r.IntN(2), r.IntN(2)
				if w.Epilogue.Residual {
					k.Residual.HaloBegin[i], k.Residual.HaloEnd[i] = r.IntN(2), r.IntN(2)
				}
			}
			if conv.Check(info, k) == nil {
				return k
			}
		}
	}
}

func TestWinogradMatchesReference(t *testing.T) {
	for _, name := range []spec.ISA{spec.Scalar, spec.AVX2, spec.AVX512, spec.NEON} {
		t.Run(string(name), func(t *testing.T) {
			t.Parallel()
			b := buildFor(t, name, spec.Float32)
			rounds, each := 1, 6
			if !testing.Short() {
				rounds, each = 2, 20
			}
			for round := range rounds {
				r := rand.New(rand.NewPCG(uint64(round), 17))
				var cases []*testCase
				for i := range each {
					var mask func(*model.Conv) *model.Mask // runs as a dense layer with zeros
					if i%4 == 3 {
						mask = randomMask(r, model.KGS, 8, 4, 0.5)
					}
					cases = append(cases, newCase(r, randomWinograd(r, b.info), mask))
				}
				run(t, b, cases)
			}
		})
	}
}

// TestTransforms: on each axis the transforms give the convolution, and what runs in float32 is exact
// there.
func TestTransforms(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, a := range []spec.Algorithm{spec.Winograd4x4, spec.Winograd2x2, spec.Winograd2x2x2} {
		for axis, f := range conv.Transforms(a) {
			if f == nil {
				if axis > 0 || a.Tile()[0] > 1 {
					t.Errorf("%s: axis %d is not transformed", a, axis)
				}
				continue
			}
			m := a.Tile()[axis]
			x, w := make([]float64, m+2), make([]float64, 3)
			for _, values := range [][]float64{x, w} {
				for i := range values {
					values[i] = 2*r.Float64() - 1
				}
			}
			product := times(f.Input, x)
			for i, v := range times(f.Weight, w) {
				product[i] *= v
			}
			for i, got := range times(f.Output, product) {
				if want := w[0]*x[i] + w[1]*x[i+1] + w[2]*x[i+2]; math.Abs(got-want) > 1e-14 {
					t.Errorf("%s: output %d is %g, want %g", a, i, got, want)
				}
			}
			for _, row := range append(slices.Clone(f.Input), f.Output...) {
				for _, v := range row {
					if float64(float32(v)) != v {
						t.Errorf("%s: factor %g is not exact in float32", a, v)
					}
				}
			}
		}
	}
}

func times(matrix [][]float64, x []float64) []float64 {
	y := make([]float64, len(matrix))
	for i, row := range matrix {
		for j, v := range row {
			y[i] += v * x[j]
		}
	}
	return y
}

func TestExplainWinograd(t *testing.T) {
	info := mustOf(t, spec.AVX2)
	k := parsed(t, info, "c256_m200_k3x3x3_p1x1x1_i8x28x28_fp32_residual_relu", "winograd4x4_6x1x2_slab4_c128_g4_t2")
	got, err := conv.Explain(info, k)
	if err != nil {
		t.Fatal(err)
	}
	want := `c256_m200_k3x3x3_p1x1x1_i8x28x28_fp32_residual_relu
winograd4x4_6x1x2_slab4_c128_g4_t2 on avx2: 256 channels to 200 filters, output 8x28x28
threads share 16 bands: slabs of tile rows: 1 of 4, 1 of 3 × depths: 8 blocks of 1; 3816 KiB of scratch memory each
  for each window of 1x6x6 and channel block of 8, 28 of them a plane: into 36 points
  for point, filter: 36 points, 13 filter blocks of 16 filters
    for channel: 2 channel blocks of 128 channels
      for d: 1 depth(s)
        tile: 6x2, 5x2, 6x1, 5x1 windows × filter vectors of 8, 15 registers
          for each (group of 4 channels, kernel depth of 3): filters × activations
  for each tile of 1x4x4 outputs and filter vector: out of the points, add bias, add residual, Relu, store
`
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// TestPlanarWinogradIsRefused: transforms work on vectors of channels.
func TestPlanarWinogradIsRefused(t *testing.T) {
	info := mustOf(t, spec.AVX2)
	k := parsed(t, info, "c8_m8_k3x3x3_p1x1x1_i4x8x8_fp32", "winograd4x4_2x1x1_slab1_c0_g4_t1")
	if err := conv.Check(info, k); err != nil {
		t.Fatal(err)
	}
	k.Input.Block = 1
	var refusal *spec.Refusal
	if err := conv.Check(info, k); !errors.As(err, &refusal) || refusal.Reason != spec.InputBlock {
		t.Errorf("got %v, want reason %s", err, spec.InputBlock)
	}
}
