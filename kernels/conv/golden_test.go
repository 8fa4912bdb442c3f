package conv_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/kernels/conv"
	"github.com/rt3d-tune/rt3d-tune/kernels/cwriter"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
)

var update = flag.Bool("update", false, "write the golden files of this test anew")

// TestGolden keeps a dozen kernels in git, so that a change of the generator shows what it changes.
func TestGolden(t *testing.T) {
	for _, c := range []struct {
		file               string
		isa                spec.ISA
		workload, schedule string
		change             func(*conv.Kernel)
	}{
		{"avx2_dense", spec.AVX2, "c64_m128_k3x3x3_p1x1x1_i16x56x56_fp32_relu", "direct_4x1x3_filter_c12_g4_t1", nil},
		{"avx2_slab", spec.AVX2, "c64_m128_k3x3x3_p1x1x1_i16x56x56_fp32", "direct_14x1x1_slab4_c0_g4_t1", nil},
		{"avx2_tile_order", spec.AVX2, "c20_m16_k1x3x3_p0x1x1_i2x14x14_fp32", "direct_3x2x2_tile_c8_g4_t4", nil},
		{"avx2_residual", spec.AVX2, "c16_m24_k3x1x1_p1x0x0_i4x7x7_fp32_residual_leakyrelu:0.1", "direct_3x2x2_filter_c8_g4_t1", nil},
		{"avx2_planar", spec.AVX2, "c3_m45_k1x7x7_s1x2x2_p0x3x3_i16x112x112_fp32_relu", "direct_4x1x3_filter_c0_g3_t1",
			func(k *conv.Kernel) { k.Input.Block = 1 }},
		{"avx2_depthwise", spec.AVX2, "c36_m36_g36_k3x3x3_s1x2x2_p1x1x1_i4x14x14_fp32_clip:0:6", "depthwise_7x1x1_filter_c0_g1_t1", nil},
		{"avx2_matvec", spec.AVX2, "c512_m101_k1x1x1_i1x1x1_fp32", "matvec_1x1x4_filter_c0_g4_t2", nil},
		{"avx2_matvec_half", spec.AVX2, "c512_m101_k1x1x1_i1x1x1_fp32_wfp16_relu", "matvec_1x1x3_filter_c0_g2_t1", nil},
		{"avx512_dense", spec.AVX512, "c64_m64_k3x3x3_p1x1x1_i2x7x7_fp32_elu:1", "direct_7x2x2_filter_c16_g4_t1", nil},
		{"avx512_filter_in_memory", spec.AVX512, "c6_m64_k1x1x1_i1x1x7_fp32", "direct_7x1x4_filter_c0_g2_t1", nil},
		{"avx512_activation_in_memory", spec.AVX512, "c6_m112_k1x1x1_i1x1x4_fp32", "direct_4x1x7_filter_c0_g2_t1", nil},
		{"avx512_single_filter", spec.AVX512, "c6_m16_k1x1x1_i1x1x7_fp32", "direct_7x1x1_filter_c0_g2_t1", nil},
		{"avx512_single_position", spec.AVX512, "c6_m64_k1x1x1_i1x1x1_fp32", "direct_1x1x4_filter_c0_g2_t1", nil},
		{"avx512_columns", spec.AVX512, "c64_m64_k3x1x1_p1x0x0_i4x28x28_fp32_relu", "direct_14x1x2_column4_c0_g4_t1_p1", nil},
		{"neon_filters_stream", spec.NEON, "c64_m64_k3x3x3_p1x1x1_i4x8x8_fp32_relu", "direct_8x1x2_filter_c16_g4_t1", nil},
		{"neon_activations_stream", spec.NEON, "c64_m64_k3x3x3_p1x1x1_i4x14x14_fp32_sigmoid", "direct_14x1x1_slab2_c0_g8_t1", nil},
		{"neon_broadcast", spec.NEON, "c6_m8_k1x1x1_i1x4x4_fp32", "direct_4x1x2_filter_c0_g2_t1", nil},
		{"avx2_winograd4x4", spec.AVX2, "c64_m128_k3x3x3_p1x1x1_i16x56x56_fp32_relu", "winograd4x4_6x1x2_slab3_c32_g4_t1", nil},
		{"avx2_winograd2x2x2", spec.AVX2, "c20_m20_k3x3x3_p1x1x1_i3x7x7_fp32_residual_relu", "winograd2x2x2_4x1x2_slab4_c0_g4_t1",
			func(k *conv.Kernel) { k.Residual = k.Output }},
		{"neon_winograd2x2", spec.NEON, "c12_m10_k1x3x3_p0x1x1_i2x5x6_fp32", "winograd2x2_8x1x2_slab6_c0_g4_t1", nil},
		{"scalar_dilated", spec.Scalar, "c5_m9_k2x2x2_d1x2x2_p0x1x1+1x0x0_i3x5x6_fp32_tanh", "direct_2x1x2_filter_c0_g5_t1", nil},
	} {
		t.Run(c.file, func(t *testing.T) {
			info := mustOf(t, c.isa)
			k := parsed(t, info, c.workload, c.schedule)
			k.Output.HaloBegin, k.Output.HaloEnd = [3]int{0, 1, 1}, [3]int{0, 1, 1}
			if c.change != nil {
				c.change(&k)
			}
			var got bytes.Buffer
			if err := conv.Emit(cwriter.New(&got), info, "kernel", k); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", "golden", c.file+".c")
			if *update {
				if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Bytes(), want) {
				t.Errorf("%s differs; look at the difference after `go test ./kernels/conv -run Golden -update`", path)
			}
		})
	}
}
