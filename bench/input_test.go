package bench

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/internal/testtool"
	"github.com/rt3d-tune/rt3d-tune/kernels/runner"
)

// Host and device must make the same bits from a seed.
func TestSeededInputEqualsTheRunners(t *testing.T) {
	gcc := testtool.Need(t, "gcc")
	dir := t.TempDir()
	for _, name := range []string{"rt3d_input.c", "rt3d_input.h", "rt3d_sha256.c", "rt3d_sha256.h"} {
		if err := os.WriteFile(filepath.Join(dir, name), runner.Files()[name], 0o644); err != nil {
			t.Fatal(err)
		}
	}
	test, err := filepath.Abs("../kernels/runner/testdata/values_test.c")
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "values")
	build := exec.Command(gcc, "-std=c11", "-I"+dir, test, filepath.Join(dir, "rt3d_input.c"), filepath.Join(dir, "rt3d_sha256.c"), "-o", program)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, seed := range []uint64{0, 1, 12345, 1 << 63, math.MaxUint64} {
		out, err := exec.Command(program, "input", fmt.Sprint(seed), "1000").Output()
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Fields(string(out))
		for i, v := range SeededInput(seed, 1000) {
			if want := fmt.Sprintf("%08x", math.Float32bits(v)); lines[i] != want {
				t.Fatalf("seed %d, value %d: the runner makes %s, the host %s", seed, i, lines[i], want)
			}
		}
	}
}

func TestSeededInputRange(t *testing.T) {
	var sum, squares float64
	values := SeededInput(3, 100000)
	for _, v := range values {
		if v < -1 || v >= 1 {
			t.Fatalf("value %g lies outside of [-1, 1)", v)
		}
		sum += float64(v)
		squares += float64(v) * float64(v)
	}
	n := float64(len(values))
	if mean, power := sum/n, squares/n; math.Abs(mean) > 0.01 || math.Abs(power-1.0/3) > 0.01 {
		t.Errorf("mean %g, mean square %g: want a uniform distribution (0, 1/3)", mean, power)
	}
}
