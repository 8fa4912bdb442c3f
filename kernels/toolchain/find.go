package toolchain

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
)

// Environment is what the finder may see of the machine it runs on.
type Environment struct {
	// Look finds a program by name, as exec.LookPath does.
	Look func(name string) (string, error)
	// Get gives an environment variable, or "".
	Get func(name string) string
	// Arch is the architecture of this machine.
	Arch spec.Arch
}

// OS is the environment of this process.
func OS() Environment {
	return Environment{Look: exec.LookPath, Get: os.Getenv, Arch: spec.Arch(runtime.GOARCH)}
}

// DefaultCacheDir is the directory for objects and binaries when none is configured:
// $XDG_CACHE_HOME/rt3d-tune or ~/.cache/rt3d-tune.
func DefaultCacheDir() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find a cache directory: %w", err)
	}
	return filepath.Join(dir, "rt3d-tune"), nil
}

// Find lists the compilers of this machine that build static programs for the target, best first. The
// error is a *NoCompilerError when there is none.
func Find(ctx context.Context, target spec.Target) ([]Toolchain, error) {
	return FindIn(ctx, OS(), target)
}

// FindIn is Find in a given environment.
func FindIn(ctx context.Context, env Environment, target spec.Target) ([]Toolchain, error) {
	if _, err := isa.Of(target.ISA, target.DataType); err != nil {
		return nil, fmt.Errorf("find a compiler for %s: %w", target, err)
	}
	var found []Toolchain
	var tried []string
	seen := map[string]bool{}
	for _, c := range candidates(env, target) {
		if c.kind == GCC && target.DataType == spec.Float16 {
			tried = append(tried, c.command[0]+": gcc spills registers in half-precision loops, want clang")
			continue
		}
		path, err := env.Look(c.command[0])
		if err != nil {
			if c.expected {
				tried = append(tried, c.command[0]+": not found")
			}
			continue
		}
		real := path
		if r, err := filepath.EvalSymlinks(path); err == nil {
			real = r // clang and clang-19 are one compiler
		}
		once := strings.Join(append([]string{real}, c.command[1:]...), "\x00")
		if seen[once] {
			continue
		}
		seen[once] = true
		c.command[0] = path
		t, err := identify(ctx, c, target)
		if err == nil {
			err = tryLink(ctx, t)
		}
		if ctx.Err() != nil {
			return nil, fmt.Errorf("find a compiler for %s: %w", target, ctx.Err())
		}
		if err != nil {
			tried = append(tried, strings.Join(c.command, " ")+": "+err.Error())
			continue
		}
		found = append(found, t)
	}
	if len(found) == 0 {
		return nil, &NoCompilerError{Target: target, Tried: tried, Advice: advice(env, target)}
	}
	return found, nil
}

// candidate is a compiler that might be there.
type candidate struct {
	kind     Kind
	command  []string
	link     []string
	expected bool // worth a word when it is missing
}

// triples are the GNU names of the architectures.
var triples = map[spec.Arch]string{spec.AMD64: "x86_64", spec.ARM64: "aarch64"}

// candidates lists what could build for the target, best first. Order: the NDK for Android; for NEON
// clang before gcc, because gcc 12 spills where clang does not; otherwise gcc before clang; zig last.
func candidates(env Environment, target spec.Target) []candidate {
	cpu := triples[target.Arch]
	native := env.Arch == target.Arch
	gcc := candidate{kind: GCC, command: []string{cpu + "-linux-gnu-gcc"}, expected: true}
	clangArgs := []string{"--target=" + cpu + "-linux-gnu"}
	clangLink := []string{"-fuse-ld=lld"}
	if native {
		gcc.command = []string{"gcc"}
		clangArgs, clangLink = nil, nil
	}
	var clangs []candidate
	for i, name := range clangNames() {
		clangs = append(clangs, candidate{kind: Clang, command: append([]string{name}, clangArgs...), link: clangLink, expected: i == 0})
	}
	zig := candidate{kind: Zig, command: []string{"zig", "cc", "-target", cpu + "-linux-musl"}}

	var all []candidate
	if target.Android {
		all = append(all, ndk(env, target)...)
	}
	if target.ISA == spec.NEON {
		all = append(append(all, clangs...), gcc)
	} else {
		all = append(append(all, gcc), clangs...)
	}
	return append(all, zig)
}

// clangNames are the names under which clang is installed, newest first.
func clangNames() []string {
	names := []string{"clang"}
	for v := 22; v >= 13; v-- {
		names = append(names, fmt.Sprintf("clang-%d", v))
	}
	return names
}

// androidAPI is the oldest Android that binaries run on: 24 is Android 7.
const androidAPI = 24

// ndk is the clang of the Android NDK in $ANDROID_NDK_HOME.
func ndk(env Environment, target spec.Target) []candidate {
	home := env.Get("ANDROID_NDK_HOME")
	if home == "" {
		return nil
	}
	clang := filepath.Join(home, "toolchains", "llvm", "prebuilt", "linux-x86_64", "bin", "clang")
	triple := fmt.Sprintf("--target=%s-linux-android%d", triples[target.Arch], androidAPI)
	return []candidate{{kind: NDK, command: []string{clang, triple}, expected: true}}
}

// advice names the Debian packages that would do.
func advice(env Environment, target spec.Target) string {
	switch {
	case target.DataType == spec.Float16 && !target.Android:
		return "install clang, lld and libc6-dev-arm64-cross (apt-get install clang-19 lld-19 libc6-dev-arm64-cross)"
	case target.Arch == env.Arch && !target.Android:
		return "install gcc and libc6-dev (apt-get install gcc libc6-dev) or clang"
	case target.Android:
		return "set ANDROID_NDK_HOME to an Android NDK, or install gcc-aarch64-linux-gnu and libc6-dev-arm64-cross (static Linux binaries run on Android)"
	case target.Arch == spec.ARM64:
		return "install gcc-aarch64-linux-gnu and libc6-dev-arm64-cross (apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross), with clang and lld for faster NEON code"
	}
	return "install gcc-x86-64-linux-gnu and libc6-dev-amd64-cross"
}

// identify asks the compiler who it is.
func identify(ctx context.Context, c candidate, target spec.Target) (Toolchain, error) {
	t := Toolchain{Kind: c.kind, Target: target, Command: c.command, LinkFlags: c.link}
	out, err := output(ctx, append(c.command, "--version"))
	if err != nil {
		return t, fmt.Errorf("ask for its version: %w", err)
	}
	t.Banner, t.Version = parseBanner(string(out))
	if c.kind == Zig {
		t.Triple = c.command[len(c.command)-1] // zig is told its target and has no other
	} else {
		if out, err = output(ctx, append(c.command, "-dumpmachine")); err != nil {
			return t, fmt.Errorf("ask for its target: %w", err)
		}
		t.Triple = strings.TrimSpace(string(out))
	}
	if t.Version == "" || t.Triple == "" {
		return t, fmt.Errorf("its --version %q or -dumpmachine %q names no version or target", t.Banner, t.Triple)
	}
	if cpu, _, _ := strings.Cut(t.Triple, "-"); cpu != triples[target.Arch] {
		return t, fmt.Errorf("it builds for %s", t.Triple)
	}
	return t, nil
}

// parseBanner finds the version in the first line of --version: the last word that looks like
// "12.2.0" outside of parentheses, as gcc ("gcc (Debian 12.2.0-14) 12.2.0") and clang ("Debian clang
// version 19.1.7 (3)") print it.
func parseBanner(text string) (banner, version string) {
	banner, _, _ = strings.Cut(strings.TrimSpace(text), "\n")
	depth := 0
	for _, word := range strings.Fields(banner) {
		depth += strings.Count(word, "(")
		if depth == 0 && strings.ContainsRune(word, '.') && word[0] >= '0' && word[0] <= '9' {
			version = word
		}
		depth -= strings.Count(word, ")")
	}
	return banner, version
}

func output(ctx context.Context, args []string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	return cmd.Output()
}

// linked remembers what tryLink proved, since a search asks for the same compiler many times.
var linked sync.Map // identity and flags -> error or nil

// tryLink proves that the compiler, its libc and its linker are all there.
func tryLink(ctx context.Context, t Toolchain) error {
	flags, err := t.Flags()
	if err != nil {
		return err
	}
	key := t.Identity() + strings.Join(flags, " ")
	if known, ok := linked.Load(key); ok {
		err, _ := known.(error)
		return err
	}
	dir, err := os.MkdirTemp("", "rt3d-link-")
	if err != nil {
		return fmt.Errorf("make a directory: %w", err)
	}
	defer os.RemoveAll(dir)
	const program = "#include <math.h>\n#include <pthread.h>\n#include <stdio.h>\nint main(void) { return printf(\"%p\", (void *)pthread_self()) < 0; }\n"
	if err := os.WriteFile(filepath.Join(dir, "try.c"), []byte(program), 0o644); err != nil {
		return fmt.Errorf("write a program: %w", err)
	}
	args := append(flags, linkFlags()...)
	args = append(append(args, t.LinkFlags...), "try.c", "-o", "try", "-lm")
	out, err := run(ctx, dir, append(append([]string{}, t.Command...), args...))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		err = fmt.Errorf("link a static program: %w: %s", err, beginning(out))
	}
	linked.Store(key, err)
	return err
}
