package pack

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/kernels/conv"
	"github.com/rt3d-tune/rt3d-tune/model"
)

// inverse is the matrix that undoes a transform of weights: (WᵀW)⁻¹Wᵀ, by Gauss-Jordan elimination.
func inverse(w [][]float64) [][]float64 {
	n := len(w[0])
	rows := make([][]float64, n) // WᵀW, then Wᵀ
	for i := range rows {
		rows[i] = make([]float64, n+len(w))
		for k := range w {
			for j := range n {
				rows[i][j] += w[k][i] * w[k][j]
			}
			rows[i][n+k] = w[k][i]
		}
	}
	for i := range rows {
		pivot := rows[i][i]
		for j := range rows[i] {
			rows[i][j] /= pivot
		}
		for k := range rows {
			if factor := rows[k][i]; k != i {
				for j := range rows[k] {
					rows[k][j] -= factor * rows[i][j]
				}
			}
		}
	}
	for i := range rows {
		rows[i] = rows[i][n:]
	}
	return rows
}

// TestWinogradRoundTrip packs layers and brings the transformed weights back.
func TestWinogradRoundTrip(t *testing.T) {
	info := avx2(t)
	r := rand.New(rand.NewPCG(8, 8))
	for _, c := range [][2]string{
		{"c20_m37_k3x3x3_p1x1x1_i4x8x9_fp32", "winograd4x4_4x1x2_slab2_c8_g4_t1"},
		{"c20_m37_k1x3x3_p0x1x1_i4x8x9_fp32", "winograd4x4_4x1x3_slab2_c0_g2_t1"},
		{"c33_m16_k3x3x3_p1x1x1_i4x8x9_fp32", "winograd2x2_4x1x2_slab4_c16_g8_t1"},
		{"c20_m20_k3x3x3_p1x1x1_i4x8x9_fp32", "winograd2x2x2_4x1x2_slab4_c8_g4_t1"},
	} {
		for _, masked := range []bool{false, true} {
			k := kernelOf(t, info, c[0], c[1])
			l := layerOf(r, k.Workload)
			if masked {
				mask(t, r, l, model.KGS, 5, 3, 0.4)
			}
			data, err := Conv(k, info, l)
			if err != nil {
				t.Fatal(err)
			}
			stats, err := Measure(k, info, l)
			if err != nil {
				t.Fatal(err)
			}
			if stats.Bytes != int64(len(data)) || stats.ExecutedMACs <= 0 {
				t.Errorf("%s %s: measured %+v, packed %d bytes", c[0], c[1], stats, len(data))
			}
			if got := readFloats(data[headerBytes:], l.Filters); !slices.Equal(got, l.Bias) {
				t.Errorf("%s %s: biases came back different", c[0], c[1])
			}
			weights := untransformed(conv.WinogradOf(info, k), k, l, data)
			for i, got := range weights {
				if want := float64(l.Weight[i]); math.Abs(got-want) > 1e-5 {
					t.Fatalf("%s %s: weight %d came back as %g, was %g", c[0], c[1], i, got, want)
				}
			}
		}
	}
}

// untransformed reads the weights of a layer from its section.
func untransformed(g conv.Winograd, k conv.Kernel, l *model.Conv, data []byte) []float64 {
	at := int64(binary.LittleEndian.Uint32(data[16:]))
	var weights []float64
	for filter := range l.Filters {
		for channel := range l.Channels {
			for depth := range g.Kernel {
				values, size := make([]float64, g.Points), g.Window
				for p := range values {
					values[p] = float64(readFloats(data[at+4*int64(winogradIndex(g, k, p, filter, channel, depth)):], 1)[0])
				}
				for axis, f := range conv.Transforms(k.Schedule.Algorithm) {
					if f != nil {
						values = alongAxis(inverse(f.Weight), values, size, axis)
						size[axis] = 3
					}
				}
				weights = append(weights, values...)
			}
		}
	}
	return weights
}

// TestWinogradIndex: every transformed weight has a place of its own, and what is left over is padding.
func TestWinogradIndex(t *testing.T) {
	info := avx2(t)
	k := kernelOf(t, info, "c22_m37_k3x3x3_p1x1x1_i4x8x9_fp32", "winograd4x4_4x1x2_slab2_c8_g4_t1")
	g := conv.WinogradOf(info, k)
	seen := make([]bool, g.WeightVectors()*info.Lanes)
	for point := range g.Points {
		for filter := range k.Workload.Filters {
			for channel := range k.Workload.Channels {
				for depth := range g.Kernel {
					i := winogradIndex(g, k, point, filter, channel, depth)
					if seen[i] {
						t.Fatalf("point %d, filter %d, channel %d, depth %d: place %d is taken", point, filter, channel, depth, i)
					}
					seen[i] = true
				}
			}
		}
	}
}

// TestWinogradMACs counts by hand.
func TestWinogradMACs(t *testing.T) {
	info := avx2(t)
	for _, c := range []struct {
		schedule string
		want     int64
	}{
		// 4 × 4 tiles a plane, 4 depths that see 2, 3, 3 and 2 depths of the kernel.
		{"winograd4x4_6x1x2_slab4_c0_g4_t1", 36 * 16 * 10 * 16 * 16},
		{"winograd2x2_6x1x2_slab4_c0_g4_t1", 16 * 49 * 10 * 16 * 16},
		{"winograd2x2x2_6x1x2_slab4_c0_g4_t1", 64 * 2 * 49 * 16 * 16},
	} {
		k := kernelOf(t, info, "c16_m16_k3x3x3_p1x1x1_i4x14x14_fp32", c.schedule)
		got, err := Measure(k, info, layerOf(rand.New(rand.NewPCG(1, 1)), k.Workload))
		if err != nil {
			t.Fatal(err)
		}
		if got.ExecutedMACs != c.want || got.KeptMACs != k.Workload.MACs() {
			t.Errorf("%s: executes %d of %d MACs, want %d", c.schedule, got.ExecutedMACs, got.KeptMACs, c.want)
		}
	}
}
