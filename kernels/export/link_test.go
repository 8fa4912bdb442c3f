package export

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/internal/testtool"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
)

// The interface used well and badly, two instances at once in two threads among it, under sanitizers.
func TestInterface(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles networks under sanitizers")
	}
	foreign := filepath.Join(exported(t, library(tiny(t, 16), host(t))), "net.weights")
	dir := exported(t, library(tiny(t, 24), host(t)))
	for name, flags := range map[string]string{
		"thread":  "-g -fsanitize=thread",
		"address": "-g -fsanitize=address,undefined -fno-sanitize-recover=all",
	} {
		t.Run(name, func(t *testing.T) {
			out := build(t, dir, "-DCMAKE_C_FLAGS="+flags)
			program := filepath.Join(out, "driver")
			compile := append([]string{testtool.Need(t, "gcc"), "-std=c11", "-O1", "-Wall", "-Wextra", "-Werror", "-pthread"}, strings.Fields(flags)...)
			execute(t, append(compile, "-I"+filepath.Join(dir, "include"), "-o", program, "testdata/driver.c", filepath.Join(out, "libnet.a"), "-lm")...)
			execute(t, program, filepath.Join(dir, "net.weights"), foreign)
		})
	}
}

// nm lists the symbols that a library defines or needs.
func nm(t *testing.T, args ...string) []string {
	t.Helper()
	var names []string
	for line := range strings.Lines(execute(t, append([]string{testtool.Need(t, "nm"), "--format=posix"}, args...)...)) {
		if name, _, ok := strings.Cut(line, " "); ok {
			names = append(names, name)
		}
	}
	return names
}

// Libraries keep to themselves: two of them in one C++ program, nothing of the inside visible from outside,
// and no way to print or to end the app.
func TestLibrariesLiveTogether(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles networks")
	}
	scalar := spec.Target{Arch: host(t).Arch, ISA: spec.Scalar, DataType: spec.Float32}
	line := []string{testtool.Need(t, "g++"), "-std=c++11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-pthread"}
	weights := map[string]string{}
	var archives []string
	for name, filters := range map[string]int{"one": 24, "two": 16} {
		l := library(tiny(t, filters), scalar)
		l.Name = name
		dir := exported(t, l)
		archive := filepath.Join(build(t, dir), "lib"+name+".a")
		weights[name] = filepath.Join(dir, name+".weights")
		line = append(line, "-I"+filepath.Join(dir, "include"))
		archives = append(archives, archive)

		for _, symbol := range nm(t, "--defined-only", "--extern-only", archive) {
			if !strings.HasPrefix(symbol, name+"_") && symbol != "rt3d_program_"+name {
				t.Errorf("library %s defines %s for everyone", name, symbol)
			}
		}
		for _, symbol := range nm(t, "--undefined-only", archive) {
			if slices.Contains([]string{"exit", "_exit", "abort", "__assert_fail", "stdout", "stderr"}, symbol) || strings.Contains(symbol, "print") || strings.HasPrefix(symbol, "put") {
				t.Errorf("library %s calls %s", name, symbol)
			}
		}
		shared := filepath.Join(build(t, dir, "-DBUILD_SHARED_LIBS=ON"), "lib"+name+".so")
		want := []string{"create", "create_from_file", "destroy", "identity", "memory_bytes", "run", "status_text"}
		for i := range want {
			want[i] = name + "_" + want[i]
		}
		got := nm(t, "--dynamic", "--defined-only", "--extern-only", shared)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("the shared library shows %v, want %v", got, want)
		}
	}
	program := filepath.Join(t.TempDir(), "both")
	execute(t, append(append(line, "-o", program, "testdata/both.cpp"), append(archives, "-lm")...)...)
	execute(t, program, weights["one"], weights["two"])
}

// The tree of an NDK is made up, since none can be installed here; its clang is Debian's, which says how it
// was called.
func TestNDK(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles a network")
	}
	clang, linker := testtool.Need(t, "clang-19"), testtool.Need(t, "ld.lld-19")
	ndk := t.TempDir()
	log := filepath.Join(ndk, "log")
	for path, content := range map[string]string{
		"toolchains/llvm/prebuilt/linux-x86_64/bin/clang": "#!/bin/sh\necho \"$*\" >>" + log + `
for a; do
  shift
  case $a in --target=*-android*) a=--target=aarch64-linux-gnu ;; esac
  set -- "$@" "$a"
done
exec ` + clang + ` --ld-path=` + linker + ` -Wno-unused-command-line-argument "$@"
`,
		"build/cmake/android.toolchain.cmake": read(t, "testdata/android.toolchain.cmake"),
	} {
		file := filepath.Join(ndk, path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(content), 0o755)); err != nil {
			t.Fatal(err)
		}
	}
	dir := exported(t, library(tiny(t, 24), neon))
	build(t, dir, "-DCMAKE_TOOLCHAIN_FILE="+filepath.Join(ndk, "build/cmake/android.toolchain.cmake"),
		"-DANDROID_ABI=arm64-v8a", "-DANDROID_PLATFORM=android-24", "-DCMAKE_BUILD_TYPE=Debug")
	compiled := 0
	for line := range strings.Lines(read(t, log)) {
		source, ok := strings.CutPrefix(line[strings.LastIndex(strings.TrimSpace(line), " ")+1:], dir+"/src/")
		if !ok {
			continue
		}
		compiled++
		for _, want := range []string{"--target=aarch64-none-linux-android24", "-fno-limit-debug-info", "-O3", "-ffp-contract=off", "-fvisibility=hidden", "-fPIC"} {
			if !slices.Contains(strings.Fields(line), want) {
				t.Errorf("%s is compiled without %s: %s", strings.TrimSpace(source), want, line)
			}
		}
	}
	if compiled != 5 {
		t.Errorf("%d sources were compiled, want 5:\n%s", compiled, read(t, log))
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
