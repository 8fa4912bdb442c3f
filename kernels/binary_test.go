package kernels

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/internal/testtool"
	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/kernels/toolchain"
	"github.com/rt3d-tune/rt3d-tune/model/reference"
	"github.com/rt3d-tune/rt3d-tune/model/zoo"
)

// TestBinary takes the whole road for AArch64: two networks in one binary, built by the toolchain that
// a user would get, fed with clips through the runner, under emulation where the host is another
// machine. (The native road is taken by package bench's tests.)
func TestBinary(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the runner and two networks")
	}
	target := spec.Target{Arch: spec.ARM64, ISA: spec.NEON, DataType: spec.Float32}
	var programs []Program
	for _, name := range []string{"c3d-small", "r2plus1d-small"} {
		g, err := zoo.Build(name, 1)
		if err != nil {
			t.Fatal(err)
		}
		schedules, err := DefaultSchedules(target, g, 2)
		if err != nil {
			t.Fatal(err)
		}
		programs = append(programs, Program{Name: strings.ReplaceAll(name, "-", "_"), Graph: g, Schedules: schedules, Threads: 2})
	}
	source, err := Generate(target, programs)
	if err != nil {
		t.Fatal(err)
	}
	compilers, err := toolchain.Find(t.Context(), target)
	if err != nil {
		testtool.Missing(t, err.Error())
	}
	built, err := compilers[0].Build(t.Context(), toolchain.Request{Files: source.Files, Programs: source.Programs,
		ProgramFiles: source.ProgramFiles, CacheDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	command := []string{built.Path}
	if target.Arch != spec.Arch(runtime.GOARCH) {
		info, err := isa.Of(target.ISA, target.DataType)
		if err != nil {
			t.Fatal(err)
		}
		command = []string{testtool.Need(t, info.Emulator), built.Path}
	}
	for _, p := range programs {
		evaluate(t, command, target, p)
	}
}

// evaluate feeds two clips and compares both answers with the exact executor.
func evaluate(t *testing.T, command []string, target spec.Target, p Program) {
	blob, err := Pack(target, p)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "blob")
	if err := os.WriteFile(path, blob, 0o644); err != nil {
		t.Fatal(err)
	}
	shape, err := p.Graph.InputShape()
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(5, 5))
	clips := make([]float32, 2*shape.Count())
	for i := range clips {
		clips[i] = 2*r.Float32() - 1
	}
	var in, out, errs bytes.Buffer
	if err := binary.Write(&in, binary.LittleEndian, clips); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(command[0], append(command[1:], "eval", "--program", p.Name, "--blob", path, "--threads", "2")...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = &in, &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", p.Name, err, errs.String())
	}
	got := make([]float32, out.Len()/4)
	if err := binary.Read(&out, binary.LittleEndian, got); err != nil {
		t.Fatal(err)
	}
	for clip := range 2 {
		want, err := reference.Run(p.Graph, clips[clip*shape.Count():(clip+1)*shape.Count()])
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != 2*len(want) {
			t.Fatalf("%s: %d values for two clips, want %d", p.Name, len(got), 2*len(want))
		}
		scale, worst := 0.0, 0.0
		for i, v := range want {
			scale = max(scale, math.Abs(v))
			worst = max(worst, math.Abs(float64(got[clip*len(want)+i])-v))
		}
		if !(worst <= NetworkTolerance(target.DataType, LongestChain(p))*scale) {
			t.Errorf("%s: clip %d differs by %g of its scale %g", p.Name, clip, worst/scale, scale)
		}
	}
}
