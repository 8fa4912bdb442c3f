package network

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/internal/testtool"
	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/runner"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/model/reference"
)

// machine is a way to compile and run code of one vector extension on this host.
type machine struct {
	name     string
	info     isa.Info
	threads  int // the most that verify tries
	compiler []string
	emulator []string
}

// machineFor finds the means for a vector extension, or skips the test. An x86 extension that the
// host lacks is compiled over SIMDe.
func machineFor(t *testing.T, name spec.ISA, flags ...string) machine {
	t.Helper()
	info, err := isa.Of(name, spec.Float32)
	if err != nil {
		t.Fatal(err)
	}
	return machineOf(t, info, flags...)
}

// machineOf is machineFor with any data type.
func machineOf(t *testing.T, info isa.Info, flags ...string) machine {
	t.Helper()
	name := info.Name
	m := machine{name: fmt.Sprintf("%s/%s", name, info.DataType), info: info, threads: 3}
	switch {
	case info.DataType == spec.Float16:
		m.compiler = append([]string{testtool.Need(t, "clang-19"), "--target=aarch64-linux-gnu", "-fuse-ld=lld", "-Wno-unused-command-line-argument", "-static"}, info.Flags...)
		// Emulated halves are slow, and threads are the same for every data type.
		m.emulator, m.threads = []string{testtool.Need(t, info.Emulator), "-cpu", "max"}, 1
	case name == spec.NEON && runtime.GOARCH != "arm64":
		m.compiler = []string{testtool.Need(t, "aarch64-linux-gnu-gcc"), "-static"}
		m.emulator = []string{testtool.Need(t, info.Emulator)}
	case name == spec.AVX512 && !hostHas("avx512f"):
		if !hostHas("avx2") {
			testtool.Missing(t, "AVX-512 code over SIMDe is compiled for AVX2, which this host lacks")
		}
		m.compiler = []string{testtool.Need(t, "gcc"), "-DRT3D_SIMDE", "-mavx2", "-mfma"}
	default:
		if name == spec.AVX2 && !hostHas("avx2") {
			testtool.Missing(t, "this host has no AVX2")
		}
		m.compiler = append([]string{testtool.Need(t, "gcc")}, info.Flags...)
	}
	m.compiler = append(m.compiler, flags...)
	return m
}

func hostHas(feature string) bool {
	text, err := os.ReadFile("/proc/cpuinfo")
	return err == nil && strings.Contains(string(text), " "+feature+" ")
}

// executable is a compiled set of plans.
type executable struct {
	machine machine
	path    string
	dir     string
}

// build compiles plans and the test's main program, warnings being errors.
func (m machine) build(t *testing.T, plans ...*Plan) executable {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, text []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("rt3d_program.h", runner.Files()["rt3d_program.h"])
	write(m.info.Header, isa.Header(m.info))
	var names, sources []string
	for _, p := range plans {
		text, err := p.Emit()
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, p.Name)
		sources = append(sources, write(p.Name+".c", text))
	}
	main, err := os.ReadFile("testdata/main.c")
	if err != nil {
		t.Fatal(err)
	}
	sources = append(sources, write("main.c", main), write(runner.TableFile, runner.Table(names)))
	b := executable{machine: m, path: filepath.Join(dir, "program"), dir: dir}
	objects := make([]string, len(sources))
	failed := make([]error, len(sources))
	var wg sync.WaitGroup
	free := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, source := range sources {
		objects[i] = source + ".o"
		wg.Go(func() {
			free <- struct{}{}
			failed[i] = m.compile("-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-c", "-o", objects[i], source)
			<-free
		})
	}
	wg.Wait()
	if err := errors.Join(failed...); err != nil {
		t.Fatal(err)
	}
	if err := m.compile(append(append([]string{"-o", b.path}, objects...), "-lm", "-lpthread")...); err != nil {
		t.Fatal(err)
	}
	return b
}

func (m machine) compile(args ...string) error {
	args = append(append([]string(nil), m.compiler[1:]...), args...)
	if out, err := exec.Command(m.compiler[0], args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", m.compiler[0], strings.Join(args, " "), err, out)
	}
	return nil
}

// run executes a program on an input with a number of threads.
func (b executable) run(t *testing.T, p *Plan, blob []byte, input []float32, threads int) []float32 {
	t.Helper()
	out, err := b.try(t, p, blob, input, threads)
	if err != nil {
		t.Fatalf("%s: run %s with %d thread(s): %v", b.machine.name, p.Name, threads, err)
	}
	return out
}

func (b executable) try(t *testing.T, p *Plan, blob []byte, input []float32, threads int) ([]float32, error) {
	t.Helper()
	path := filepath.Join(b.dir, p.Name+".blob")
	if err := os.WriteFile(path, blob, 0o644); err != nil {
		t.Fatal(err)
	}
	line := append(append([]string(nil), b.machine.emulator...), b.path, p.Name, strconv.Itoa(threads), path)
	cmd := exec.Command(line[0], line[1:]...)
	var in, out, errs bytes.Buffer
	if err := binary.Write(&in, binary.LittleEndian, input); err != nil {
		t.Fatal(err)
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = &in, &out, &errs
	if err := cmd.Run(); err != nil {
		return nil, &runError{err, errs.String()}
	}
	values := make([]float32, out.Len()/4)
	if err := binary.Read(&out, binary.LittleEndian, values); err != nil {
		t.Fatal(err)
	}
	return values, nil
}

type runError struct {
	err    error
	stderr string
}

func (e *runError) Error() string { return e.err.Error() + ": " + strings.TrimSpace(e.stderr) }

// status is the exit status of a failed run.
func (e *runError) status() int {
	if exit, ok := e.err.(*exec.ExitError); ok {
		return exit.ExitCode()
	}
	return -1
}

func randomInput(seed uint64, n int) []float32 {
	r := rand.New(rand.NewPCG(seed, 99))
	values := make([]float32, n)
	for i := range values {
		values[i] = 2*r.Float32() - 1
	}
	return values
}

// difference is the largest difference relative to the largest magnitude of what is wanted.
func difference(t *testing.T, got []float32, want []float64) float64 {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d outputs, want %d", len(got), len(want))
	}
	scale, worst := 0.0, 0.0
	for i, v := range want {
		scale = max(scale, math.Abs(v))
		d := math.Abs(float64(got[i]) - v)
		if math.IsNaN(d) {
			t.Fatalf("output %d is %g, want %g", i, got[i], v)
		}
		worst = max(worst, d)
	}
	if scale == 0 {
		t.Fatal("the exact output is all zero: nothing is compared")
	}
	return worst / scale
}

// planFor plans with default schedules, but every other convolution that a Winograd algorithm fits gets one.
func planFor(t *testing.T, info isa.Info, name string, g *model.Graph) *Plan {
	t.Helper()
	l, err := Lower(g)
	if err != nil {
		t.Fatal(err)
	}
	algorithms := []spec.Algorithm{spec.Winograd4x4, spec.Winograd2x2x2, spec.Winograd2x2}
	schedules := map[string]spec.Schedule{}
	for i, o := range l.Operations {
		if o.Conv() == nil || i%2 > 0 {
			continue
		}
		if s, ok := spec.WinogradSchedule(o.Workload().In(info.DataType), info.Vector(), algorithms[i/2%len(algorithms)], 3); ok {
			schedules[o.Name] = s
		}
	}
	p, err := NewPlan(info, Request{Name: name, Graph: g, Schedules: schedules, Threads: 3})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// verify runs a program on 1 thread and on more: equal bytes, and the reference's values.
func (b executable) verify(t *testing.T, p *Plan, tolerance float64) {
	t.Helper()
	input := randomInput(7, p.Input.Shape.Count())
	blob, err := p.Pack()
	if err != nil {
		t.Fatal(err)
	}
	got := b.run(t, p, blob, input, 1)
	want, err := reference.Run(p.Graph, input)
	if err != nil {
		t.Fatal(err)
	}
	d := difference(t, got, want)
	t.Logf("%s: %s: differs by %.2g of its scale", b.machine.name, p.Name, d)
	if d > tolerance {
		t.Errorf("%s: %s: differs from the exact result by %.3g of its scale, tolerance %.3g", b.machine.name, p.Name, d, tolerance)
	}
	for threads := 2; threads <= b.machine.threads; threads++ {
		again := b.run(t, p, blob, input, threads)
		for i := range got {
			if math.Float32bits(again[i]) != math.Float32bits(got[i]) {
				t.Fatalf("%s: %s: output %d is %g with 1 thread and %g with %d", b.machine.name, p.Name, i, got[i], again[i], threads)
			}
		}
	}
}
