package toolchain

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rt3d-tune/rt3d-tune/internal/testtool"
	"github.com/rt3d-tune/rt3d-tune/kernels/runner/runnertest"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
)

func TestParseBanner(t *testing.T) {
	cases := []struct{ text, want string }{
		{"gcc (Debian 12.2.0-14+deb12u1) 12.2.0\nCopyright", "12.2.0"},
		{"aarch64-linux-gnu-gcc (Debian 12.2.0-14) 12.2.0", "12.2.0"},
		{"Debian clang version 19.1.7 (3~deb12u1)\nTarget: x86_64-pc-linux-gnu", "19.1.7"},
		{"Android (11349228, +pgo, +bolt, +lto, based on r487747e) clang version 17.0.2 (https://android.googlesource.com/toolchain/llvm-project d9f89f4d16663d5012e5c09495f3b30ece3d2362)", "17.0.2"},
		{"clang version 18.1.6 (https://github.com/ziglang/zig-bootstrap 98bc6bf4)", "18.1.6"},
		{"no such thing", ""},
	}
	for _, c := range cases {
		if _, got := parseBanner(c.text); got != c.want {
			t.Errorf("version in %q is %q: want %q", c.text, got, c.want)
		}
	}
}

func TestNoCompiler(t *testing.T) {
	empty := Environment{
		Look: func(string) (string, error) { return "", exec.ErrNotFound },
		Get:  func(string) string { return "" },
		Arch: spec.AMD64,
	}
	cases := []struct {
		target spec.Target
		advice string
	}{
		{amd64, "apt-get install gcc libc6-dev"},
		{arm64, "gcc-aarch64-linux-gnu"},
		{spec.Target{Arch: spec.ARM64, ISA: spec.NEON, DataType: spec.Float32, Android: true}, "ANDROID_NDK_HOME"},
	}
	for _, c := range cases {
		_, err := FindIn(t.Context(), empty, c.target)
		var e *NoCompilerError
		if !errors.As(err, &e) || !strings.Contains(err.Error(), c.advice) {
			t.Errorf("%s: error %v: want a NoCompilerError that says %q", c.target, err, c.advice)
		}
	}
}

func TestUnusableCompilerSaysWhy(t *testing.T) {
	gcc := testtool.Need(t, "gcc")
	broken := script(t, `case "$1" in --version|-dumpmachine) exec `+gcc+` "$1";; esac; echo "cannot find -lc" >&2; exit 1`)
	env := Environment{
		Look: func(name string) (string, error) {
			if name == "gcc" {
				return broken, nil
			}
			return "", exec.ErrNotFound
		},
		Get:  func(string) string { return "" },
		Arch: OS().Arch,
	}
	_, err := FindIn(t.Context(), env, spec.Target{Arch: env.Arch, ISA: spec.Scalar, DataType: spec.Float32})
	if err == nil || !strings.Contains(err.Error(), "cannot find -lc") {
		t.Errorf("error %v: want the linker's words", err)
	}
}

func TestNeonPrefersClang(t *testing.T) {
	testtool.Need(t, "clang-19")
	testtool.Need(t, "aarch64-linux-gnu-gcc")
	all, err := Find(t.Context(), arm64)
	if err != nil {
		t.Fatal(err)
	}
	if all[0].Kind != Clang || all[1].Kind != GCC {
		t.Errorf("found %v: want clang before gcc", all)
	}
	if !strings.HasPrefix(all[0].Triple, "aarch64") || all[0].Identity() == all[1].Identity() {
		t.Errorf("compilers %+v are not told apart", all)
	}
}

// wrapped makes a program that notes its arguments and then compiles for AArch64 Linux with clang,
// leaving out the arguments that only the imitated compiler knows.
func wrapped(t *testing.T, path, drop string) (log string) {
	t.Helper()
	clang := testtool.Need(t, "clang-19")
	testtool.Need(t, "aarch64-linux-gnu-gcc") // its libc
	log = filepath.Join(t.TempDir(), "log")
	body := `#!/bin/bash
echo "$@" >> ` + log + `
args=()
for a in "$@"; do case "$a" in ` + drop + `) ;; *) args+=("$a");; esac; done
exec ` + clang + ` --target=aarch64-linux-gnu -fuse-ld=lld -Wno-unused-command-line-argument "${args[@]}"
`
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(body), 0o755); err != nil {
		t.Fatal(err)
	}
	return log
}

// The NDK is not packaged: a tree of its form takes its place, and the command line is looked at.
func TestNDK(t *testing.T) {
	home := t.TempDir()
	log := wrapped(t, filepath.Join(home, "toolchains/llvm/prebuilt/linux-x86_64/bin/clang"), "--target=*")
	env := OS()
	env.Look = func(name string) (string, error) {
		if strings.HasPrefix(name, home) {
			return exec.LookPath(name)
		}
		return "", exec.ErrNotFound
	}
	env.Get = func(name string) string { return map[string]string{"ANDROID_NDK_HOME": home}[name] }
	target := arm64
	target.Android = true
	all, err := FindIn(t.Context(), env, target)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 1 || all[0].Kind != NDK {
		t.Fatalf("found %v: want the NDK alone", all)
	}
	bin, err := all[0].Build(t.Context(), request(t, map[string]runnertest.Behaviour{"a": runnertest.Good}))
	if err != nil {
		t.Fatal(err)
	}
	execute(t, all[0], bin.Path, "info")
	said, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"--target=aarch64-linux-android24 --version", "-O3 -Wall", "-static -pthread 0.o", "-c program_a.c -o program_a.c.o"} {
		if !strings.Contains(string(said), want) {
			t.Errorf("the NDK was never called with %q; calls:\n%s", want, said)
		}
	}
}

func TestZig(t *testing.T) {
	dir := t.TempDir()
	log := wrapped(t, filepath.Join(dir, "zig"), "cc|-target|aarch64-linux-musl")
	env := OS()
	env.Look = func(name string) (string, error) {
		if name == "zig" {
			return filepath.Join(dir, "zig"), nil
		}
		return "", exec.ErrNotFound
	}
	all, err := FindIn(t.Context(), env, arm64)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 1 || all[0].Kind != Zig || all[0].Triple != "aarch64-linux-musl" {
		t.Fatalf("found %v: want zig for aarch64-linux-musl", all)
	}
	bin, err := all[0].Build(t.Context(), request(t, map[string]runnertest.Behaviour{"a": runnertest.Good}))
	if err != nil {
		t.Fatal(err)
	}
	execute(t, all[0], bin.Path, "info")
	said, err := os.ReadFile(log)
	if err != nil || !strings.Contains(string(said), "cc -target aarch64-linux-musl -std=c11") {
		t.Errorf("zig was called with:\n%s\n%v: want cc -target aarch64-linux-musl", said, err)
	}
}

func TestTrimKeepsWhatIsUsed(t *testing.T) {
	dir := t.TempDir()
	if err := Trim(dir, 0); err != nil {
		t.Errorf("trim an empty cache: %v", err)
	}
	for _, sub := range []string{"objects", "work/build-old"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"objects/old.o", "objects/new.o"} {
		if err := os.WriteFile(filepath.Join(dir, name), make([]byte, 100), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var past = timeLongAgo()
	for _, name := range []string{"objects/old.o", "work/build-old"} {
		if err := os.Chtimes(filepath.Join(dir, name), past, past); err != nil {
			t.Fatal(err)
		}
	}
	if err := Trim(dir, 250); err != nil || !exists(dir, "objects/old.o") {
		t.Errorf("trim to more than is there: %v, deleted %v", err, !exists(dir, "objects/old.o"))
	}
	if exists(dir, "work/build-old") {
		t.Error("an abandoned build directory is still there")
	}
	if err := Trim(dir, 0); err != nil || exists(dir, "objects/old.o") || !exists(dir, "objects/new.o") {
		t.Errorf("trim to nothing: %v; old there: %v, new there: %v: want only the new one, which was just used",
			err, exists(dir, "objects/old.o"), exists(dir, "objects/new.o"))
	}
}

func exists(dir, name string) bool {
	_, err := os.Stat(filepath.Join(dir, name))
	return err == nil
}

func timeLongAgo() time.Time { return time.Now().Add(-48 * time.Hour) }
