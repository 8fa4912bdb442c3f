package toolchain

import (
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/internal/testtool"
	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/runner/runnertest"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
)

var (
	amd64 = spec.Target{Arch: spec.AMD64, ISA: spec.Scalar, DataType: spec.Float32}
	arm64 = spec.Target{Arch: spec.ARM64, ISA: spec.NEON, DataType: spec.Float32}
)

// sharedCache saves the tests from compiling the runner again and again.
var sharedCache string

func TestMain(m *testing.M) {
	var err error
	if sharedCache, err = os.MkdirTemp("", "rt3d-toolchain-test-"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(sharedCache)
	os.Exit(code)
}

func request(t *testing.T, programs map[string]runnertest.Behaviour) Request {
	t.Helper()
	files, owners := runnertest.Sources(programs, false)
	return Request{
		Files: files, Programs: slices.Sorted(maps.Keys(programs)), ProgramFiles: owners,
		Flags: []string{"-Werror"}, CacheDir: sharedCache,
	}
}

// each runs a test with every compiler of this machine for both architectures.
func each(t *testing.T, test func(t *testing.T, tc Toolchain)) {
	testtool.Need(t, "gcc")
	testtool.Need(t, "clang-19")
	testtool.Need(t, "aarch64-linux-gnu-gcc")
	for _, target := range []spec.Target{amd64, arm64} {
		all, err := Find(t.Context(), target)
		if err != nil {
			t.Fatal(err)
		}
		if len(all) < 2 {
			t.Fatalf("%s: found only %v: want gcc and clang", target, all)
		}
		for _, tc := range all {
			t.Run(strings.ReplaceAll(fmt.Sprintf("%s/%s", target, tc), " ", "_"), func(t *testing.T) { test(t, tc) })
		}
	}
}

// execute runs a binary on this machine, under an emulator where it must.
func execute(t *testing.T, tc Toolchain, path string, args ...string) string {
	t.Helper()
	command := append([]string{path}, args...)
	if tc.Target.Arch != OS().Arch {
		info, err := isa.Of(tc.Target.ISA, tc.Target.DataType)
		if err != nil {
			t.Fatal(err)
		}
		command = append([]string{testtool.Need(t, info.Emulator)}, command...)
	}
	out, err := exec.Command(command[0], command[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v: %s", command, err, out)
	}
	return string(out)
}

func TestBuildAndRun(t *testing.T) {
	each(t, func(t *testing.T, tc Toolchain) {
		r := request(t, map[string]runnertest.Behaviour{"a": runnertest.Good, "b": runnertest.Slow})
		bin, err := tc.Build(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		out := execute(t, tc, bin.Path, "info")
		if !strings.Contains(out, `"name":"a"`) || !strings.Contains(out, `"name":"b"`) {
			t.Errorf("info prints %q: want programs a and b", out)
		}
		checkStatic(t, bin.Path)
		again, err := tc.Build(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		if again.Compiled != 0 || again.SHA256 != bin.SHA256 {
			t.Errorf("second build compiled %d files and has hash %s: want 0 and %s", again.Compiled, again.SHA256, bin.SHA256)
		}
	})
}

// checkStatic tells a binary that needs a loader or a library from one that runs by itself.
func checkStatic(t *testing.T, path string) {
	t.Helper()
	file, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, p := range file.Progs {
		if p.Type == elf.PT_INTERP {
			t.Errorf("binary is not static: it asks for a loader")
		}
	}
	if libraries, err := file.ImportedLibraries(); err != nil || len(libraries) > 0 {
		t.Errorf("binary is not static: it needs %v, %v", libraries, err)
	}
}

// What a cache key covers: each change must miss, and only what it touches is compiled again.
func TestCacheKey(t *testing.T) {
	all, err := Find(t.Context(), amd64)
	if err != nil {
		testtool.Missing(t, err.Error())
	}
	tc := all[0]
	base := request(t, map[string]runnertest.Behaviour{"a": runnertest.Good, "b": runnertest.Good})
	// Little to compile: the cache sees no difference.
	for name := range base.Files {
		if strings.HasSuffix(name, ".c") && !strings.HasPrefix(name, "program_") {
			base.Files[name] = []byte("typedef int nothing;\n")
		}
	}
	base.Files["main.c"] = []byte("int main(void) { return 0; }\nvoid rt3d_pool_run(void) {}\n")
	base.CacheDir = t.TempDir()
	first, err := tc.Build(t.Context(), base)
	if err != nil {
		t.Fatal(err)
	}
	sources := 0
	for name := range base.Files {
		if strings.HasSuffix(name, ".c") {
			sources++
		}
	}
	if first.Compiled != sources+1 {
		t.Fatalf("first build compiled %d files: want all %d and the table", first.Compiled, sources)
	}
	cases := []struct {
		name   string
		change func(r *Request, tc *Toolchain)
		want   int
	}{
		{"nothing", func(*Request, *Toolchain) {}, 0},
		{"who made it", func(r *Request, _ *Toolchain) { r.Origin = "Made by rt3d-tune 9.9." }, 0},
		{"flag", func(r *Request, _ *Toolchain) { r.Flags = []string{"-Werror", "-DX=1"} }, sources + 1},
		{"flag order", func(r *Request, _ *Toolchain) { r.Flags = []string{"-DX=1", "-Werror"} }, sources + 1},
		{"compiler version", func(_ *Request, tc *Toolchain) { tc.Banner += " patched" }, sources + 1},
		{"header", func(r *Request, _ *Toolchain) { r.Files["rt3d_pool.h"] = append(r.Files["rt3d_pool.h"], '\n') }, sources + 1},
		{"one program", func(r *Request, _ *Toolchain) {
			r.Files["program_a.c"] = runnertest.Program("a", runnertest.Slow)
		}, 1},
		{"programs in the table", func(r *Request, _ *Toolchain) { r.Programs = []string{"b", "a"} }, 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r, changed := base, tc
			r.Files = maps.Clone(base.Files)
			c.change(&r, &changed)
			bin, err := changed.Build(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			if bin.Compiled != c.want {
				t.Errorf("compiled %d files: want %d", bin.Compiled, c.want)
			}
		})
	}
}

// The first line of a program says who made it: compilers show it beside what they complain about.
func TestOriginIsOnTheFirstLine(t *testing.T) {
	each(t, func(t *testing.T, tc Toolchain) {
		r := request(t, map[string]runnertest.Behaviour{"bad": runnertest.Broken, "good": runnertest.Good})
		r.Files["program_bad.c"] = []byte("int unfinished = ;\n")
		r.Origin = "Made by rt3d-tune 9.9."
		bin, err := tc.Build(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		e := bin.Refused["bad"]
		if e == nil || !strings.Contains(e.Output, "/* Made by rt3d-tune 9.9. */ int unfinished = ;") || !strings.Contains(e.Output, "program_bad.c:1:") {
			t.Errorf("refused %v: want line 1 with its comment", e)
		}
	})
}

func TestRefusedProgramIsLeftOut(t *testing.T) {
	each(t, func(t *testing.T, tc Toolchain) {
		r := request(t, map[string]runnertest.Behaviour{"bad": runnertest.Broken, "good": runnertest.Good})
		bin, err := tc.Build(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(bin.Programs, []string{"good"}) {
			t.Errorf("programs %v: want good alone", bin.Programs)
		}
		e := bin.Refused["bad"]
		if e == nil || !strings.Contains(e.Error(), "this program does not compile") || e.File != "program_bad.c" {
			t.Errorf("refused %v: want the compiler's words about program_bad.c", bin.Refused)
		}
		if out := execute(t, tc, bin.Path, "info"); strings.Contains(out, "bad") || !strings.Contains(out, "good") {
			t.Errorf("info prints %q: want program good alone", out)
		}
	})
}

func TestRefusals(t *testing.T) {
	all, err := Find(t.Context(), amd64)
	if err != nil {
		testtool.Missing(t, err.Error())
	}
	tc := all[0]
	t.Run("no program is left", func(t *testing.T) {
		_, err := tc.Build(t.Context(), request(t, map[string]runnertest.Behaviour{"x": runnertest.Broken, "y": runnertest.Broken}))
		var e *CompileError
		if !errors.As(err, &e) || !strings.Contains(err.Error(), "program x") || !strings.Contains(err.Error(), "program y") {
			t.Errorf("error %v: want compile errors of x and y", err)
		}
	})
	t.Run("common file", func(t *testing.T) {
		r := request(t, map[string]runnertest.Behaviour{"a": runnertest.Good})
		r.Files["common.c"] = []byte("int f( {\n")
		_, err := tc.Build(t.Context(), r)
		var e *CompileError
		if !errors.As(err, &e) || e.Program != "" || e.File != "common.c" {
			t.Errorf("error %v: want a compile error of common.c", err)
		}
	})
	t.Run("missing symbol", func(t *testing.T) {
		r := request(t, map[string]runnertest.Behaviour{"a": runnertest.Good})
		delete(r.Files, "rt3d_peak.c")
		_, err := tc.Build(t.Context(), r)
		if err == nil || !strings.Contains(err.Error(), "rt3d_fma_rounds") {
			t.Errorf("error %v: want the linker's words about rt3d_fma_rounds", err)
		}
	})
	t.Run("file outside", func(t *testing.T) {
		r := request(t, map[string]runnertest.Behaviour{"a": runnertest.Good})
		r.Files["../escape.c"] = nil
		if _, err := tc.Build(t.Context(), r); err == nil || !strings.Contains(err.Error(), "base name") {
			t.Errorf("error %v: want a refusal of ../escape.c", err)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := tc.Build(ctx, request(t, map[string]runnertest.Behaviour{"a": runnertest.Good})); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v: want %v", err, context.Canceled)
		}
	})
	t.Run("compiler says the disk is full", func(t *testing.T) {
		fake := tc
		fake.Command = []string{script(t, "echo 'as: program.o: No space left on device' >&2; exit 1")}
		_, err := fake.Build(t.Context(), request(t, map[string]runnertest.Behaviour{"a": runnertest.Good}))
		var e *NoSpaceError
		if !errors.As(err, &e) {
			t.Errorf("error %v: want a NoSpaceError", err)
		}
	})
}

// A disk that is really full.
func TestFullDisk(t *testing.T) {
	all, err := Find(t.Context(), amd64)
	if err != nil {
		testtool.Missing(t, err.Error())
	}
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("mounting a small disk needs root: %s", out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v: %s", err, out)
		}
	})
	r := request(t, map[string]runnertest.Behaviour{"a": runnertest.Good})
	r.CacheDir = dir
	_, err = all[0].Build(t.Context(), r)
	var e *NoSpaceError
	if !errors.As(err, &e) {
		t.Errorf("error %v: want a NoSpaceError", err)
	}
}

func TestProcessesShareACache(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the runner four times")
	}
	all, err := Find(t.Context(), amd64)
	if err != nil {
		testtool.Missing(t, err.Error())
	}
	r := request(t, map[string]runnertest.Behaviour{"shared": runnertest.Good})
	r.CacheDir = t.TempDir()
	var wg sync.WaitGroup
	hashes := make([]string, 4)
	for i := range hashes {
		wg.Go(func() {
			bin, err := all[0].Build(t.Context(), r)
			if err != nil {
				t.Error(err)
			}
			hashes[i] = bin.SHA256
		})
	}
	wg.Wait()
	for _, h := range hashes {
		if h != hashes[0] || h == "" {
			t.Errorf("hashes %v: want all equal", hashes)
		}
	}
	left, err := os.ReadDir(filepath.Join(r.CacheDir, "work"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind in work: %v, %v", left, err)
	}
}

func script(t *testing.T, body string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "compiler")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}
