package main

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/rt3d-tune/rt3d-tune/internal/npy"
	"github.com/rt3d-tune/rt3d-tune/internal/testtool"
	"github.com/rt3d-tune/rt3d-tune/model/reference"
	"github.com/rt3d-tune/rt3d-tune/model/zoo"
	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/remote/adb/adbdouble"
	"github.com/rt3d-tune/rt3d-tune/remote/ssh/sshdtest"
)

// command runs one command line in this process and checks its exit status.
func command(t *testing.T, status int, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	if got := run(context.Background(), args, &out, &errs); got != status {
		t.Fatalf("rt3d-tune %s: exit status %d, want %d\n%s%s", strings.Join(args, " "), got, status, out.String(), errs.String())
	}
	return out.String(), errs.String()
}

// studyFor writes a study for a device.
func studyFor(t *testing.T, device remote.Config, isa string) string {
	t.Helper()
	text, err := yaml.Marshal(map[string]any{
		"study": "road", "model": "zoo:c3d-small", "device": device, "target": map[string]any{"isa": isa},
	})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "road.yaml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// The whole ARM road, as a user goes it: cross-compile, push over SSH and over ADB, run, fetch, compare.
func TestArmRoadOverSSHAndADB(t *testing.T) {
	if testing.Short() {
		t.Skip("runs networks under an emulator")
	}
	qemu := testtool.Need(t, "qemu-aarch64-static")
	devices := map[string]func(t *testing.T) remote.Config{
		"ssh": func(t *testing.T) remote.Config {
			c, _ := sshdtest.Start(t)
			return remote.Config{Name: "board", Transport: "ssh", SSH: &c}
		},
		"adb": func(t *testing.T) remote.Config {
			c, _ := adbdouble.Start(t)
			return c
		},
	}
	for name, start := range devices {
		t.Run(name, func(t *testing.T) {
			device := start(t)
			device.Runner = []string{qemu}
			config := studyFor(t, device, "neon")
			g, err := zoo.Build("c3d-small", zooSeed)
			if err != nil {
				t.Fatal(err)
			}
			in := zoo.Noise(g, 9)
			dir := t.TempDir()
			x, y := filepath.Join(dir, "x.npy"), filepath.Join(dir, "y.npy")
			if err := npy.WriteFile(x, g.Input.Dims, in); err != nil {
				t.Fatal(err)
			}
			command(t, exitOK, "run", "zoo:c3d-small", "--input", x, "--output", y, "--config", config)
			want, err := reference.Run(g, in)
			if err != nil {
				t.Fatal(err)
			}
			_, got, err := npy.ReadFile(y)
			if err != nil || len(got) != len(want) {
				t.Fatalf("%d values, want %d: %v", len(got), len(want), err)
			}
			scale, worst := 0.0, 0.0
			for i, w := range want {
				scale, worst = math.Max(scale, math.Abs(w)), math.Max(worst, math.Abs(w-float64(got[i])))
			}
			if !(worst <= 1e-4*scale) {
				t.Errorf("largest difference %g, scale %g", worst, scale)
			}
			// The measuring road too: values checked, and the time never called a latency.
			out, _ := command(t, exitOK, "bench", "model", "--model", "zoo:c3d-small", "--config", config, "--json")
			if !strings.Contains(out, "emulated_ms") || strings.Contains(out, "latency_ms") {
				t.Errorf("an emulated time is shown as a latency:\n%s", out)
			}
		})
	}
}

func TestDeviceFaultsExitWithFive(t *testing.T) {
	probe := func(t *testing.T, device remote.Config, want string) {
		t.Helper()
		_, stderr := command(t, exitDevice, "devices", "probe", "--config", studyFor(t, device, "auto"))
		if !regexp.MustCompile(want).MatchString(stderr) {
			t.Errorf("error does not match %q:\n%s", want, stderr)
		}
	}
	t.Run("changed host key", func(t *testing.T) {
		server := sshdtest.StartServer(t)
		c := server.Config
		c.KnownHosts = filepath.Join(t.TempDir(), "known_hosts")
		if err := os.WriteFile(c.KnownHosts, []byte(server.HostKeyLine(t, "ed25519")), 0o600); err != nil {
			t.Fatal(err)
		}
		probe(t, remote.Config{Name: "board", Transport: "ssh", SSH: &c}, "host-key-changed.*known_hosts")
	})
	t.Run("unknown host key", func(t *testing.T) {
		c, _ := sshdtest.Start(t)
		c.KnownHosts = filepath.Join(t.TempDir(), "known_hosts")
		if err := os.WriteFile(c.KnownHosts, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		probe(t, remote.Config{Name: "board", Transport: "ssh", SSH: &c}, "host-key-unknown")
	})
	t.Run("unauthorized phone", func(t *testing.T) {
		c, double := adbdouble.Start(t)
		double.Behave(adbdouble.Behaviour{Unauthorized: true})
		probe(t, c, "unauthorized")
	})
	t.Run("offline phone", func(t *testing.T) {
		if testing.Short() {
			t.Skip("adb takes its time to call a device offline")
		}
		c, double := adbdouble.Start(t)
		double.Behave(adbdouble.Behaviour{Offline: true})
		probe(t, c, "offline|unreachable")
	})
	t.Run("no compiler", func(t *testing.T) {
		t.Setenv("PATH", pathWithout(t, "gcc", "cc", "clang", "zig", "c99", "c89"))
		dir := t.TempDir()
		x := filepath.Join(dir, "x.npy")
		g, err := zoo.Build("c3d-small", zooSeed)
		if err != nil {
			t.Fatal(err)
		}
		if err := npy.WriteFile(x, g.Input.Dims, zoo.Noise(g, 1)); err != nil {
			t.Fatal(err)
		}
		_, stderr := command(t, exitDevice, "run", "zoo:c3d-small", "--input", x, "--output", filepath.Join(dir, "y.npy"))
		if !strings.Contains(stderr, "gcc") {
			t.Errorf("the error does not say what to install:\n%s", stderr)
		}
	})
	t.Run("full disk", func(t *testing.T) {
		if os.Getuid() != 0 {
			t.Skip("only root can make a small file system")
		}
		small := t.TempDir()
		if err := syscall.Mount("tmpfs", small, "tmpfs", 0, "size=64k"); err != nil {
			testtool.Missing(t, "mount a small file system: "+err.Error())
		}
		t.Cleanup(func() {
			if err := syscall.Unmount(small, syscall.MNT_DETACH); err != nil {
				t.Error(err)
			}
		})
		config := studyFor(t, remote.Config{Name: "here", Transport: "local"}, "auto")
		_, stderr := command(t, exitDevice, "search", config, "--db", filepath.Join(small, "r.db"), "--trials", "60")
		if !strings.Contains(stderr, small) {
			t.Errorf("the error does not name the place:\n%s", stderr)
		}
	})
}

// pathWithout is a PATH with everything of this machine's but the programs with these prefixes.
func pathWithout(t *testing.T, prefixes ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, from := range filepath.SplitList(os.Getenv("PATH")) {
		entries, err := os.ReadDir(from)
		if err != nil {
			continue // PATH may name folders that are not there
		}
	next:
		for _, e := range entries {
			for _, p := range prefixes {
				if strings.Contains(e.Name(), p) {
					continue next
				}
			}
			_ = os.Symlink(filepath.Join(from, e.Name()), filepath.Join(dir, e.Name())) // the first of a name wins
		}
	}
	return dir
}
