package isa

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/internal/half"
	"github.com/rt3d-tune/rt3d-tune/internal/testtool"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
)

// machine is how a test compiles and runs for a vector extension on this computer.
type machine struct {
	compiler      string
	flags, runner []string
}

func machineFor(t *testing.T, info Info) machine {
	t.Helper()
	m := machine{compiler: "gcc", flags: info.Flags}
	switch info.Name {
	case spec.NEON:
		m.compiler, m.runner = "aarch64-linux-gnu-gcc", []string{testtool.Need(t, info.Emulator)}
		m.flags = append(m.flags, "-static")
		if info.DataType == spec.Float16 {
			m.compiler, m.runner = "clang-19", append(m.runner, "-cpu", "max")
			m.flags = append(m.flags, "--target=aarch64-linux-gnu", "-fuse-ld=lld")
		}
	case spec.AVX512:
		if !hostHas(t, "avx512f") {
			if _, err := os.Stat("/usr/include/simde/x86/avx512.h"); err != nil {
				testtool.Missing(t, "neither AVX-512 nor the SIMDe headers (libsimde-dev) are here")
			}
			m.flags = []string{"-DRT3D_SIMDE", "-mavx2", "-mfma", "-Wno-psabi"}
		}
	case spec.AVX2:
		if !hostHas(t, "avx2") {
			testtool.Missing(t, "this processor has no AVX2")
		}
	}
	testtool.Need(t, m.compiler)
	return m
}

func hostHas(t *testing.T, flag string) bool {
	t.Helper()
	data, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		t.Skipf("cannot tell what this processor has: %v", err)
	}
	return bytes.Contains(data, []byte(" "+flag+" "))
}

// output compiles C against a header and gives what the program prints.
func (m machine) output(t *testing.T, files map[string][]byte, arguments ...string) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	binary := filepath.Join(dir, "test")
	command := append([]string{"-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-I", dir, "-I", "../runner", "-I", "../runner/src", "-o", binary}, m.flags...)
	command = append(append(command, arguments...), "-lm")
	if out, err := exec.Command(m.compiler, command...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%.3000s", m.compiler, strings.Join(command, " "), err, out)
	}
	run := append(append([]string{}, m.runner...), binary)
	out, err := exec.Command(run[0], run[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("run: %v\n%s", err, out)
	}
	return string(out)
}

// names runs testdata/names.c with a header at the lanes and on values of another one.
func (m machine) names(t *testing.T, header, like Info) []string {
	t.Helper()
	arguments := []string{"-include", "vector.h", "testdata/names.c"}
	if header.Name == spec.Scalar {
		arguments = append(arguments, fmt.Sprintf("-DRT3D_LANES=%d", like.Lanes))
		if like.DataType == spec.Float16 {
			m = machine{compiler: "gcc"} // the header's own compiler may be for another processor
			arguments = append(arguments, "-DHALVES")
		}
	}
	out := m.output(t, map[string][]byte{"vector.h": Header(header)}, arguments...)
	return strings.Split(strings.TrimSpace(out), "\n")
}

func scalar(t *testing.T) Info {
	t.Helper()
	info, err := Of(spec.Scalar, spec.Float32)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

// rounds says which names may round once or twice, or in another order; of erf and what is made of it, the
// libms of two architectures may differ in the last bit.
var rounds = map[string]bool{"fma": true, "fma_data": true, "fma_lane": true, "leaky_relu": true, "erf": true, "gelu": true,
	"step_fma": true, "step_fma_load": true, "step_fma_broadcast": true}

func TestHeadersAgreeWithScalar(t *testing.T) {
	for _, info := range All() {
		t.Run(fmt.Sprintf("%s/%s", info.Name, info.DataType), func(t *testing.T) {
			t.Parallel()
			m := machineFor(t, info)
			want, got := m.names(t, scalar(t), info), m.names(t, info, info)
			if len(want) != len(got) || len(want) < 100 {
				t.Fatalf("%d lines against %d of the scalar header", len(got), len(want))
			}
			for i := range want {
				w, g := strings.Fields(want[i]), strings.Fields(got[i])
				if len(w) != len(g) || w[0] != g[0] || w[1] != g[1] {
					t.Fatalf("line %d: got %q, want %q", i, got[i], want[i])
				}
				for lane := 2; lane < len(w); lane++ {
					if !same(number(t, g[lane]), number(t, w[lane]), rounds[w[0]], info.DataType) {
						t.Errorf("rt3d_%s at %s, lane %d: got %s, scalar gives %s", w[0], w[1], lane-2, g[lane], w[lane])
					}
				}
			}
		})
	}
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	// C prints the sign of what is not a number; it means nothing.
	v, err := strconv.ParseFloat(strings.Replace(text, "-nan", "nan", 1), 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func same(got, want float64, rounding bool, d spec.DataType) bool {
	if math.IsNaN(want) || math.IsInf(want, 0) || !rounding {
		return got == want || math.IsNaN(got) && math.IsNaN(want)
	}
	// One rounding of a product of up to 3600.
	roundoff := 1e-6
	if d == spec.Float16 {
		roundoff = half.Roundoff
	}
	return math.Abs(got-want) <= roundoff*max(16, math.Abs(want))
}

// TestActivationsAgreeWithMath holds the scalar definitions themselves against float64.
func TestActivationsAgreeWithMath(t *testing.T) {
	info := scalar(t)
	lines := machineFor(t, info).names(t, info, info)
	values := map[string][]float64{}
	for _, line := range lines {
		f := strings.Fields(line)
		for _, v := range f[2:] {
			values[f[0]] = append(values[f[0]], number(t, v))
		}
	}
	functions := map[string]func(float64) float64{
		"sigmoid": func(v float64) float64 { return 1 / (1 + math.Exp(-v)) },
		"tanh":    math.Tanh,
		"elu": func(v float64) float64 {
			if v < 0 {
				return float64(float32(1.5)) * math.Expm1(v)
			}
			return v
		},
		"erf":        math.Erf,
		"gelu":       func(v float64) float64 { return v / 2 * math.Erfc(-v/math.Sqrt2) },
		"relu":       func(v float64) float64 { return math.Max(0, v) },
		"leaky_relu": func(v float64) float64 { return math.Max(0, v) + float64(float32(0.1))*math.Min(0, v) },
		"clip":       func(v float64) float64 { return math.Min(1.5, math.Max(-0.5, v)) },
	}
	inputs := values["input"]
	if len(inputs) == 0 {
		t.Fatal("names.c printed no inputs")
	}
	for name, f := range functions {
		if len(values[name]) != len(inputs) {
			t.Fatalf("%s: %d values for %d inputs", name, len(values[name]), len(inputs))
		}
		for i, x := range inputs {
			want, got := f(x), values[name][i]
			scale := math.Abs(want)
			if name == "gelu" && x < 0 {
				scale = -x // its argument is rounded, where the function falls steeply to nothing
			}
			if math.IsNaN(want) != math.IsNaN(got) || math.Abs(got-want) > 1e-6*scale+1e-37 {
				t.Errorf("rt3d_%s(%g) is %g, want %g", name, x, got, want)
			}
		}
	}
}

func TestPeakSource(t *testing.T) {
	for _, info := range All() {
		t.Run(fmt.Sprintf("%s/%s", info.Name, info.DataType), func(t *testing.T) {
			t.Parallel()
			source, err := PeakSource(info)
			if err != nil {
				t.Fatal(err)
			}
			files := map[string][]byte{info.Header: Header(info), PeakFile: source}
			m := machineFor(t, info)
			dir := t.TempDir()
			peak := filepath.Join(dir, PeakFile)
			if err := os.WriteFile(peak, source, 0o644); err != nil {
				t.Fatal(err)
			}
			got := strings.TrimSpace(m.output(t, files, peak, "testdata/peak.c"))
			name := strings.TrimSuffix(fmt.Sprintf("%s/%s", info.Name, info.DataType), "/fp32")
			want := fmt.Sprintf("%s 0 %d", name, 1000*info.peakChains()*info.Lanes*2)
			if got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestOfRefusesUnknown(t *testing.T) {
	if _, err := Of("mmx", spec.Float32); err == nil || !strings.Contains(err.Error(), "avx512") {
		t.Errorf("got %v, want an error that lists what is known", err)
	}
	if _, err := Of(spec.AVX2, "int8"); err == nil || !strings.Contains(err.Error(), "fp32") {
		t.Errorf("got %v, want an error that lists the data types of the vector extension", err)
	}
}
