package conv_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/kernels/conv"
	"github.com/rt3d-tune/rt3d-tune/kernels/cwriter"
	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
)

func mustOf(t testing.TB, name spec.ISA) isa.Info {
	t.Helper()
	info, err := isa.Of(name, spec.Float32)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

// parsed makes a kernel with plain layouts from two names.
func parsed(t testing.TB, info isa.Info, workload, schedule string) conv.Kernel {
	t.Helper()
	w, err := spec.ParseWorkload(workload)
	if err != nil {
		t.Fatal(err)
	}
	s, err := spec.ParseSchedule(schedule)
	if err != nil {
		t.Fatal(err)
	}
	return conv.Plain(w, s, info.Vector())
}

// TestLayoutsRefused triggers each reason by one change to what is accepted.
func TestLayoutsRefused(t *testing.T) {
	info := mustOf(t, spec.AVX2)
	base := parsed(t, info, "c12_m20_k3x3x3_s1x2x1_p1x1x1_i4x8x9_fp32_residual_relu", "direct_4x1x2_filter_c0_g4_t1")
	if err := conv.Check(info, base); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name   string
		reason spec.Reason
		change func(*conv.Kernel)
	}{
		{"channels", spec.InputLayout, func(k *conv.Kernel) { k.Input.Shape.C = 16 }},
		{"input size", spec.InputLayout, func(k *conv.Kernel) { k.Input.Shape.W++ }},
		{"input block", spec.InputBlock, func(k *conv.Kernel) { k.Input.Block = 4 }},
		{"halo before", spec.InputHalo, func(k *conv.Kernel) { k.Input.HaloBegin[2] = 0 }},
		{"halo behind", spec.InputHalo, func(k *conv.Kernel) { k.Input.HaloEnd[2] = 0 }},
		{"negative halo", spec.InputHalo, func(k *conv.Kernel) { k.Input.HaloEnd[1] = -1 }},
		{"partial group", spec.PartialPlanarGroup, func(k *conv.Kernel) { k.Input.Block, k.Schedule.UnrollChannels = 1, 8 }},
		{"output size", spec.OutputLayout, func(k *conv.Kernel) { k.Output.Shape.H++ }},
		{"output planar", spec.OutputLayout, func(k *conv.Kernel) { k.Output.Block = 1 }},
		{"output halo", spec.OutputLayout, func(k *conv.Kernel) { k.Output.HaloBegin[1] = -1 }},
		{"residual size", spec.ResidualLayout, func(k *conv.Kernel) { k.Residual.Shape.D++ }},
		{"residual halo", spec.ResidualLayout, func(k *conv.Kernel) { k.Residual.HaloEnd[1] = -1 }},
		{"schedule", spec.TooManyRegisters, func(k *conv.Kernel) { k.Schedule.TileWidth = 8 }},
	}
	for _, c := range cases {
		k := base
		c.change(&k)
		var refusal *spec.Refusal
		var out bytes.Buffer
		err := conv.Emit(cwriter.New(&out), info, "k", k)
		if !errors.As(err, &refusal) || refusal.Reason != c.reason {
			t.Errorf("%s: got %v, want reason %s", c.name, err, c.reason)
		}
		if out.Len() > 0 {
			t.Errorf("%s: wrote C for a refused kernel", c.name)
		}
	}
	// A stride of two rows does not reach the last row of padding.
	spare := base
	spare.Input.HaloEnd[1] = 0
	if err := conv.Check(info, spare); err != nil {
		t.Errorf("halo that is never read: %v", err)
	}
	planar := parsed(t, info, "c8_m8_g8_k3x3x3_p1x1x1_i4x8x9_fp32", "depthwise_4x1x1_filter_c0_g1_t1")
	planar.Input.Block = 1
	var refusal *spec.Refusal
	if err := conv.Check(info, planar); !errors.As(err, &refusal) || refusal.Reason != spec.InputBlock {
		t.Errorf("planar depthwise: got %v", err)
	}
}

func TestExplain(t *testing.T) {
	info := mustOf(t, spec.AVX2)
	k := parsed(t, info, "c64_m230_k1x3x3_s1x2x2_p0x1x1_i16x56x56_fp32_residual_relu", "direct_3x2x2_slab4_c32_g4_t2")
	got, err := conv.Explain(info, k)
	if err != nil {
		t.Fatal(err)
	}
	want := `c64_m230_k1x3x3_s1x2x2_p0x1x1_i16x56x56_fp32_residual_relu
direct_3x2x2_slab4_c32_g4_t2 on avx2: 64 channels to 230 filters, output 16x28x28
threads share 1 chunks of filters × 112 bands by kept entries
  for band: 112 bands: 16 depths × 7 slabs
    for filter: 15 filter blocks of 16 filters
      for channel: 2 channel blocks of 32 channels
        for row: 2 row tiles of a slab, of rows: 14 of 2
          for column: columns: 8 of 3, 2 of 2
            tile: 3x2x2, 2x2x2, 3x2x1, 2x2x1 positions × rows × filter vectors of 8, 15 registers
              accumulators from the bias, then from y
              for each kept (group of 4 channels, kernel position): filters × broadcast activations
              add residual, Relu, store
`
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	k.Schedule.TileWidth = 0
	if _, err := conv.Explain(info, k); err == nil || !strings.Contains(err.Error(), string(spec.BadTile)) {
		t.Errorf("got %v, want a refusal", err)
	}
}
