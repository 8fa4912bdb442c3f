package conv_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/internal/half"
	"github.com/rt3d-tune/rt3d-tune/internal/testtool"
	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/kernels/conv"
	"github.com/rt3d-tune/rt3d-tune/kernels/cwriter"
	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/pack"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
)

// testCase is one kernel with the layer and the data that it runs on. x and residual are row-major
// C, D, H, W.
type testCase struct {
	kernel      conv.Kernel
	layer       *model.Conv
	x, residual []float32
	threads     int
}

func (c *testCase) String() string {
	s := fmt.Sprintf("%s %s, input block %d", c.kernel.Workload.Name(), c.kernel.Schedule.Name(), c.kernel.Input.Block)
	if m := c.layer.Mask; m != nil {
		s += fmt.Sprintf(", %s %dx%d density %.2f", m.Scheme, m.GM, m.GN, m.Density())
	}
	return s
}

// reference computes a convolution and its epilogue in float64, row-major, straight from the definition.
func reference(c *testCase) []float64 {
	w, l := c.kernel.Workload, c.layer
	out := w.Output()
	perGroup, filtersPerGroup := w.Channels/w.Groups, w.Filters/w.Groups
	y := make([]float64, 0, w.Filters*out[0]*out[1]*out[2])
	for m := range w.Filters {
		for d := range out[0] {
			for h := range out[1] {
				for v := range out[2] {
					sum := 0.0
					if l.Bias != nil {
						sum = float64(l.Bias[m])
					}
					for n := range perGroup {
						for k := range w.Positions() {
							kd, kh, kw := k/(w.Kernel[1]*w.Kernel[2]), k/w.Kernel[2]%w.Kernel[1], k%w.Kernel[2]
							id := d*w.Stride[0] - w.PadBegin[0] + kd*w.Dilation[0]
							ih := h*w.Stride[1] - w.PadBegin[1] + kh*w.Dilation[1]
							iw := v*w.Stride[2] - w.PadBegin[2] + kw*w.Dilation[2]
							if id < 0 || ih < 0 || iw < 0 || id >= w.Input[0] || ih >= w.Input[1] || iw >= w.Input[2] {
								continue
							}
							if l.Mask != nil && !l.Mask.Keeps(m, n, k) {
								continue
							}
							channel := m/filtersPerGroup*perGroup + n
							sum += float64(l.Weight[(m*perGroup+n)*w.Positions()+k]) *
								float64(c.x[((channel*w.Input[0]+id)*w.Input[1]+ih)*w.Input[2]+iw])
						}
					}
					if w.Epilogue.Residual {
						sum += float64(c.residual[len(y)])
					}
					y = append(y, activate(w.Epilogue.Activation, sum))
				}
			}
		}
	}
	return y
}

func activate(a model.Activation, v float64) float64 {
	switch a.Function {
	case model.Relu:
		return max(0, v)
	case model.LeakyRelu:
		if v < 0 {
			return float64(a.Alpha) * v
		}
	case model.Elu:
		if v < 0 {
			return float64(a.Alpha) * math.Expm1(v)
		}
	case model.Sigmoid:
		return 1 / (1 + math.Exp(-v))
	case model.Tanh:
		return math.Tanh(v)
	case model.Clip:
		return min(max(v, float64(a.Min)), float64(a.Max))
	}
	return v
}

// place lays row-major values out. The halo is zero; padded channels get a finite value that would
// show if a kernel used it.
func place(l spec.Layout, values []float32, d spec.DataType) []byte {
	out := make([]float32, l.Values())
	s := l.Shape
	for c := range l.Blocks() * l.Block {
		for d := range s.D {
			for h := range s.H {
				for w := range s.W {
					v := float32(1e6)
					if c < s.C {
						v = values[((c*s.D+d)*s.H+h)*s.W+w]
					}
					out[l.Index(c, d, h, w)] = v
				}
			}
		}
	}
	return encode(out, d)
}

// encode writes values as they are stored; what is too large for halves becomes the largest.
func encode(values []float32, d spec.DataType) []byte {
	var data []byte
	for _, v := range values {
		switch d {
		case spec.Float32:
			data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
		case spec.Float16:
			data = binary.LittleEndian.AppendUint16(data, half.FromFloat32(min(v, half.Largest)))
		}
	}
	return data
}

// decode reads n stored values and gives what is left.
func decode(data []byte, n int, d spec.DataType) (values []float32, rest []byte, err error) {
	if len(data) < n*d.Bytes() {
		return nil, nil, fmt.Errorf("%d bytes of output left, want %d", len(data), n*d.Bytes())
	}
	values = make([]float32, n)
	for i := range values {
		switch d {
		case spec.Float32:
			values[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
		case spec.Float16:
			values[i] = half.Float32(binary.LittleEndian.Uint16(data[2*i:]))
		}
	}
	return values, data[n*d.Bytes():], nil
}

// build is how a test makes and runs a binary for a vector extension.
type build struct {
	info     isa.Info
	compiler string
	flags    []string
	runner   []string // prefix of the command that runs the binary
}

// builds lists what this machine can run, or skips for what it lacks.
func buildFor(t testing.TB, name spec.ISA, d spec.DataType) build {
	t.Helper()
	info, err := isa.Of(name, d)
	if err != nil {
		t.Fatal(err)
	}
	b := build{info: info, compiler: "gcc", flags: append([]string{}, info.Flags...)}
	switch name {
	case spec.NEON:
		if d == spec.Float16 {
			b.compiler = testtool.Need(t, "clang-19")
			b.runner = []string{testtool.Need(t, info.Emulator), "-cpu", "max"}
			b.flags = append(b.flags, "--target=aarch64-linux-gnu", "-fuse-ld=lld", "-static")
			return b
		}
		b.compiler = testtool.Need(t, "aarch64-linux-gnu-gcc")
		b.runner = []string{testtool.Need(t, info.Emulator)}
		b.flags = append(b.flags, "-static")
		return b
	case spec.AVX512:
		if cpuHas(t, "avx512f") {
			break
		}
		// Native aliases clash with the compiler's own intrinsics once AVX-512 is on; AVX2 is not.
		b.flags = []string{"-DRT3D_SIMDE", "-mavx2", "-mfma", "-Wno-psabi"}
		if _, err := os.Stat("/usr/include/simde/x86/avx512.h"); err != nil {
			testtool.Missing(t, "SIMDe headers are not installed (libsimde-dev)")
		}
	case spec.AVX2:
		if !cpuHas(t, "avx2") {
			testtool.Missing(t, "this processor has no AVX2")
		}
	}
	b.compiler = testtool.Need(t, "gcc")
	return b
}

func cpuHas(t testing.TB, flag string) bool {
	t.Helper()
	data, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		t.Skipf("cannot tell what this processor has: %v", err)
	}
	return bytes.Contains(data, []byte(" "+flag+" "))
}

// generate writes the C of all cases into one file.
func generate(t testing.TB, info isa.Info, cases []*testCase) []byte {
	t.Helper()
	var source bytes.Buffer
	w := cwriter.New(&source)
	w.Line("#include %q", info.Header)
	for i, c := range cases {
		if err := conv.Emit(w, info, fmt.Sprintf("k%d", i), c.kernel); err != nil {
			t.Fatal(err)
		}
	}
	driver, err := os.ReadFile("testdata/driver.c")
	if err != nil {
		t.Fatal(err)
	}
	source.Write(driver)
	w.Open("const struct entry kernels[] = {")
	for i := range cases {
		w.Line(`{"k%d", k%d, k%d_check},`, i, i, i)
	}
	w.CloseWith("};")
	w.Line("const int kernel_count = %d;", len(cases))
	if err := w.Err(); err != nil {
		t.Fatal(err)
	}
	return source.Bytes()
}

// run compiles all cases into one binary, runs it, and holds every output against the reference.
func run(t *testing.T, b build, cases []*testCase) {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	source := write("kernels.c", generate(t, b.info, cases))
	write(b.info.Header, isa.Header(b.info))
	binary := filepath.Join(dir, "kernels")
	arguments := append([]string{"-std=c11", "-D_POSIX_C_SOURCE=200809L", "-O1", "-Wall", "-Wextra", "-Werror", "-I", dir}, b.flags...)
	arguments = append(arguments, "-o", binary, source, "-lm")
	if out, err := exec.Command(b.compiler, arguments...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%.4000s", b.compiler, strings.Join(arguments, " "), err, out)
	}
	input := write("input", inputOf(t, b.info, cases))
	output := filepath.Join(dir, "output")
	command := append(append([]string{}, b.runner...), binary, input, output)
	if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("run kernels: %v\n%.4000s\n%s", err, out, listing(cases))
	}
	data, err := os.ReadFile(output)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range cases {
		var y []float32
		if y, data, err = decode(data, c.kernel.Output.Values(), b.info.DataType); err != nil {
			t.Fatalf("case %d: %v", i, err)
		}
		if err := compare(c, y); err != nil {
			t.Errorf("k%d: %s: %v", i, c, err)
		}
	}
}

func listing(cases []*testCase) string {
	var b strings.Builder
	for i, c := range cases {
		fmt.Fprintf(&b, "k%d: %s\n", i, c)
	}
	return b.String()
}

func inputOf(t testing.TB, info isa.Info, cases []*testCase) []byte {
	t.Helper()
	var in bytes.Buffer
	put := func(v any) {
		if err := binary.Write(&in, binary.LittleEndian, v); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range cases {
		section, err := pack.Conv(c.kernel, info, c.layer)
		if err != nil {
			t.Fatal(err)
		}
		d := info.DataType
		x, residual := place(c.kernel.Input, c.x, d), []byte{}
		if c.kernel.Workload.Epilogue.Residual {
			residual = place(c.kernel.Residual, c.residual, d)
		}
		put([]int64{int64(len(x) / d.Bytes()), int64(len(residual) / d.Bytes()), int64(len(section)), int64(c.kernel.Output.Values()), int64(conv.WorkspaceFloats(info, c.kernel)), int64(c.threads)})
		in.Write(x)
		in.Write(residual)
		in.Write(section)
	}
	return in.Bytes()
}

// untouched is what the driver fills y with.
const untouched = 12344

// compare holds y against the reference, and checks that nothing but real outputs and padded channels
// was written.
func compare(c *testCase, y []float32) error {
	l, want := c.kernel.Output, reference(c)
	w := c.kernel.Workload
	scale := 1e-30
	for _, v := range want {
		scale = max(scale, math.Abs(v))
	}
	// Sums of K products of values up to 1 reach sqrt(K)/3, whatever a function makes of them, and err
	// by about sqrt(K) roundings of that.
	root := math.Sqrt(float64(w.Channels/w.Groups*w.Positions()) + 4)
	tolerance := 4e-7 * root * max(scale, root/3, 1)
	if w.DataType == spec.Float16 {
		tolerance = kernels.Tolerance(w.Channels/w.Groups*w.Positions(), w.DataType, c.kernel.Schedule.Chain) * max(scale, root/3, 1)
	}
	written := make([]bool, len(y))
	s := l.Shape
	for ch := range l.Blocks() * l.Block {
		for d := range s.D {
			for h := range s.H {
				for v := range s.W {
					i := l.Index(ch, d, h, v)
					written[i] = true
					if ch >= s.C {
						if math.IsNaN(float64(y[i])) || math.IsInf(float64(y[i]), 0) {
							return fmt.Errorf("padded channel %d is %g", ch, y[i])
						}
						continue
					}
					expected := want[((ch*s.D+d)*s.H+h)*s.W+v]
					if diff := math.Abs(float64(y[i]) - expected); !(diff <= tolerance) {
						return fmt.Errorf("channel %d at (%d,%d,%d): got %g, want %g (tolerance %.2g)", ch, d, h, v, y[i], expected, tolerance)
					}
				}
			}
		}
	}
	for i, done := range written {
		if !done && y[i] != untouched {
			return fmt.Errorf("halo at %d was overwritten with %g", i, y[i])
		}
	}
	return nil
}

// newCase fills a kernel with seeded random data. Biases of masked layers differ per filter, so that a
// lost bias shows.
func newCase(r *rand.Rand, k conv.Kernel, mask func(*model.Conv) *model.Mask) *testCase {
	w := k.Workload
	values := func(n int, scale float64) []float32 {
		v := make([]float32, n)
		for i := range v {
			v[i] = float32((2*r.Float64() - 1) * scale)
		}
		return v
	}
	l := &model.Conv{Filters: w.Filters, Channels: w.Channels, Kernel: w.Kernel, Stride: w.Stride, Dilation: w.Dilation,
		PadBegin: w.PadBegin, PadEnd: w.PadEnd, Groups: w.Groups, HalfWeights: w.Weights == spec.Float16}
	l.Weight = values(l.WeightCount(), 1)
	if w.Weights == spec.Float16 {
		for i, v := range l.Weight {
			l.Weight[i] = half.Float32(half.FromFloat32(v))
		}
	}
	if r.IntN(8) > 0 {
		l.Bias = values(w.Filters, 1)
	}
	if mask != nil {
		l.Mask = mask(l)
	}
	c := &testCase{kernel: k, layer: l, threads: k.Schedule.Threads}
	c.x = values(k.Input.Shape.Count(), 1)
	if w.Epilogue.Residual {
		c.residual = values(k.Output.Shape.Count(), 1)
	}
	return c
}

// randomMask drops units of a scheme with group sizes that need not divide anything.
func randomMask(r *rand.Rand, scheme model.Scheme, gm, gn int, density float64) func(*model.Conv) *model.Mask {
	return func(c *model.Conv) *model.Mask {
		m, err := model.NewMask(scheme, min(gm, c.Filters), min(gn, c.Channels/c.Groups), c)
		if err != nil {
			panic(err)
		}
		for i := range m.Kept {
			m.Kept[i] = r.Float64() < density
		}
		return m
	}
}
