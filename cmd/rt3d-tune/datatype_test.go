package main

import (
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/remote"
)

// TestHalfPrecisionNeedsAProcessorThatHasIt: devices that lack it are refused by name, before anything is
// compiled for them.
func TestHalfPrecisionNeedsAProcessorThatHasIt(t *testing.T) {
	half := spec.Target{Arch: spec.ARM64, ISA: spec.NEON, DataType: spec.Float16}
	for _, c := range []struct {
		target   spec.Target
		features []string
		emulated bool
		want     string // in the error; empty for none
	}{
		{half, []string{"fp", "asimd", "fphp", "asimdhp"}, false, ""},
		{half, []string{"fp", "asimd"}, false, "device pi4 has no half-precision arithmetic (its processor lacks fphp)"},
		{half, []string{"fp", "asimd", "fphp"}, false, "lacks asimdhp"},
		{half, nil, true, ""},
		{spec.Target{Arch: spec.ARM64, ISA: spec.NEON, DataType: spec.Float32}, nil, false, ""},
		{spec.Target{Arch: spec.AMD64, ISA: spec.AVX2, DataType: spec.Float16}, nil, false, `data type "fp16" on avx2: want one of [fp32]`},
	} {
		err := checkDataType(&remote.Facts{Name: "pi4", Features: c.features}, c.target, c.emulated)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s with %v: error %v, want %q", c.target, c.features, err, c.want)
		}
	}
}
