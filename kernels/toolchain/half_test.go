package toolchain

import (
	"errors"
	"os/exec"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/internal/testtool"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
)

// TestHalfPrecisionWantsClang: gcc spills in such loops, so it is not taken, and the error says so.
func TestHalfPrecisionWantsClang(t *testing.T) {
	gcc := testtool.Need(t, "aarch64-linux-gnu-gcc")
	half := arm64
	half.DataType = spec.Float16
	onlyGCC := Environment{
		Look: func(name string) (string, error) {
			if name == "aarch64-linux-gnu-gcc" {
				return gcc, nil
			}
			return "", exec.ErrNotFound
		},
		Get:  func(string) string { return "" },
		Arch: spec.AMD64,
	}
	if found, err := FindIn(t.Context(), onlyGCC, arm64); err != nil || len(found) != 1 {
		t.Fatalf("float32: %v, %v", found, err)
	}
	_, err := FindIn(t.Context(), onlyGCC, half)
	var missing *NoCompilerError
	if !errors.As(err, &missing) || !strings.Contains(err.Error(), "gcc spills registers in half-precision loops, want clang") || !strings.Contains(err.Error(), "install clang") {
		t.Errorf("error %v: want one that says why gcc is not taken and what to install", err)
	}
}
