package posix

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/remote/remotetest"
)

// here is a Shell on this machine whose sh is another shell.
type here struct{ path string }

// Exec implements Shell.
func (h here) Exec(ctx context.Context, r Request) error {
	err := RunProgram(ctx, r, "/usr/bin/env", "PATH="+h.path, "setsid", "-w", "sh", "-c", r.Line)
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil
	}
	return err
}

// Close implements Shell.
func (here) Close() error { return nil }

// TestShells runs the whole suite under each shell that devices may have as sh and that is installed:
// dash (Debian), bash (Fedora, Arch), mksh (Android), busybox (Alpine, OpenWrt).
func TestShells(t *testing.T) {
	if testing.Short() {
		t.Skip("the transports' own tests run the suite under this machine's sh")
	}
	for _, shell := range []string{"dash", "bash", "mksh", "busybox"} {
		t.Run(shell, func(t *testing.T) {
			path, err := exec.LookPath(shell)
			if err != nil {
				t.Skip("not installed; what is particular to it was found by hand")
			}
			own, err := filepath.EvalSymlinks("/bin/sh")
			if err == nil && filepath.Base(own) == shell {
				t.Skip("this machine's sh: the transports' own tests run under it")
			}
			bin := t.TempDir()
			names := []string{"sh"}
			if shell == "busybox" {
				names = append(names, "grep", "sleep", "env", "cat", "mkdir", "rm", "mv", "chmod", "dd", "sha256sum")
			}
			for _, name := range names {
				if err := os.Symlink(path, filepath.Join(bin, name)); err != nil {
					t.Fatal(err)
				}
			}
			parent := t.TempDir()
			remotetest.Run(t, func(t *testing.T) remote.Transport {
				return New(here{bin + ":" + os.Getenv("PATH")}, Options{Name: shell, Parents: []string{parent}, Every: time.Second})
			}, remotetest.Options{})
		})
	}
}

func TestTrailerIsKeptBack(t *testing.T) {
	nonce := newNonce()
	trailer := "\nRT3D-END " + nonce + " s 011\n"
	for _, c := range []struct {
		name, text, out string
		end             *ending
	}{
		{"empty", trailer, "", &ending{'s', 11}},
		{"text", "a\nb" + trailer, "a\nb", &ending{'s', 11}},
		{"newlines at the end", "a\n\n" + trailer, "a\n\n", &ending{'s', 11}},
		{"one of another command", "\nRT3D-END " + newNonce() + " e 000\n", "\nRT3D-END", nil},
		{"cut off", "text" + trailer[:20], "text" + trailer[:20], nil},
		{"not a number", "\nRT3D-END " + nonce + " e 0x0\n", "\nRT3D-END", nil},
		{"no output", "", "", nil},
	} {
		for chunk := 1; chunk <= len(c.text)+1; chunk++ {
			var got bytes.Buffer
			o := newOutput(&got, nonce)
			for rest := c.text; rest != ""; {
				n := min(chunk, len(rest))
				o.Write([]byte(rest[:n]))
				rest = rest[n:]
			}
			end, err := o.finish()
			if err != nil || (end == nil) != (c.end == nil) || end != nil && *end != *c.end || !strings.HasPrefix(got.String(), c.out) || c.end != nil && got.String() != c.out {
				t.Errorf("%s in pieces of %d: end %v, %v, output %q; want %v, %q", c.name, chunk, end, err, got.String(), c.end, c.out)
			}
			o.Write([]byte("late"))
			if strings.Contains(got.String(), "late") {
				t.Errorf("%s: written to after the end", c.name)
			}
		}
	}
}

func TestTooLongForAShell(t *testing.T) {
	h := New(here{os.Getenv("PATH")}, Options{Name: "here", Parents: []string{t.TempDir()}})
	defer h.Close()
	_, err := h.Run(t.Context(), remote.Command{Args: []string{"echo", strings.Repeat("x", maxLine)}})
	var fault *remote.DeviceError
	if err == nil || errors.As(err, &fault) || !strings.Contains(err.Error(), "bytes") {
		t.Errorf("%v, want an error that names the size and is not the device's", err)
	}
}

// silent is a Shell whose link breaks at once.
type silent struct{ err error }

// Exec implements Shell.
func (s silent) Exec(context.Context, Request) error { return s.err }

// Close implements Shell.
func (silent) Close() error { return nil }

func TestNoReportIsALostConnection(t *testing.T) {
	for _, c := range []struct {
		err  error
		want remote.FaultCode
	}{
		{nil, remote.ConnectionLost},
		{errors.New("status 255"), remote.ConnectionLost},
		{remote.Fault("x", remote.Offline, "", errors.New("gone")), remote.Offline},
	} {
		h := New(silent{c.err}, Options{Name: "x", Parents: []string{"/tmp"}})
		if _, err := h.Run(t.Context(), remote.Command{Args: []string{"true"}}); !remote.IsFault(err, c.want) {
			t.Errorf("link that ends with %v: %v, want a fault %s", c.err, err, c.want)
		}
		if _, err := h.WorkDir(t.Context()); !remote.IsFault(err, c.want) {
			t.Errorf("the same for WorkDir: %v", err)
		}
		if err := h.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
}

func TestWorkDirTriesItsParents(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	good := t.TempDir()
	link := filepath.Join(t.TempDir(), "it's $a link")
	if err := os.Symlink(good, link); err != nil {
		t.Fatal(err)
	}
	open := func(parents ...string) *Host {
		return New(here{os.Getenv("PATH")}, Options{Name: "here", Parents: parents})
	}
	h := open("$TMPDIR", "/proc", "/no/such", link)
	t.Setenv("TMPDIR", "")
	dir, err := h.WorkDir(t.Context())
	if err != nil || filepath.Dir(dir) != good {
		t.Errorf("work directory %q, %v; want one in %s", dir, err, good)
	}
	if err := h.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	t.Setenv("HOME", good)
	h = open("$HOME/.")
	if dir, err := h.WorkDir(t.Context()); err != nil || filepath.Dir(dir) != good {
		t.Errorf("work directory at home %q, %v", dir, err)
	}
	if err := h.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	h = open("/proc", "/no/such")
	if _, err := h.WorkDir(t.Context()); !remote.IsFault(err, remote.NotWritable) {
		t.Errorf("no parent can be used: %v, want a fault %s", err, remote.NotWritable)
	}
	if left, _ := filepath.Glob(good + "/*"); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}

// forgetful is a Shell whose link is down whenever a file is to be removed on the way.
type forgetful struct{ here }

// Exec implements Shell.
func (f forgetful) Exec(ctx context.Context, r Request) error {
	if strings.Contains(r.Line, "rm -f ") && !strings.Contains(r.Line, "rmdir") {
		return remote.Fault("here", remote.ConnectionLost, "", errors.New("ordered by the test"))
	}
	return f.here.Exec(ctx, r)
}

// copier moves files on this machine.
type copier struct{}

// Upload implements Mover.
func (copier) Upload(_ context.Context, r io.Reader, _ int64, path string) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}

// Download implements Mover.
func (copier) Download(_ context.Context, path string, w io.Writer) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

// Files that stand in for streams and could not be removed after their command go when the Host is closed.
func TestStandInsAreNotLeft(t *testing.T) {
	parent := t.TempDir()
	h := New(forgetful{here{os.Getenv("PATH")}}, Options{Name: "here", Parents: []string{parent}, Merged: true, Mover: copier{}})
	var out, diag bytes.Buffer
	result, err := h.Run(t.Context(), remote.Command{Args: []string{"sh", "-c", "cat; echo bad >&2"}, Stdin: strings.NewReader("good"), Stdout: &out, Stderr: &diag})
	if err != nil || result != (remote.Result{}) || out.String() != "good" || diag.String() != "bad\n" {
		t.Errorf("%+v, %v, %q, %q", result, err, out.String(), diag.String())
	}
	if err := h.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if left, err := os.ReadDir(parent); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// A process that was killed leaves its directory on the device; the next one that works there removes it,
// and none whose owner lives.
func TestDirectoriesOfKilledProcessesAreRemoved(t *testing.T) {
	if parent := os.Getenv("RT3D_POSIX_TEST_CHILD"); parent != "" {
		h := New(here{os.Getenv("PATH")}, Options{Name: "here", Parents: []string{parent}})
		dir, err := h.WorkDir(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(dir+"/blob", nil, 0o600); err != nil {
			t.Fatal(err)
		}
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	parent := t.TempDir()
	die := func() {
		t.Helper()
		c := exec.Command(os.Args[0], "-test.run=^TestDirectoriesOfKilledProcessesAreRemoved$")
		c.Env = append(os.Environ(), "RT3D_POSIX_TEST_CHILD="+parent)
		if out, err := c.CombinedOutput(); c.ProcessState.ExitCode() != -1 {
			t.Fatalf("the child was not killed: %v\n%s", err, out)
		}
	}
	list := func() (names []string) {
		t.Helper()
		entries, err := os.ReadDir(parent)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			names = append(names, filepath.Join(parent, e.Name()))
		}
		return names
	}
	open := func(name string) (*Host, string) {
		t.Helper()
		h := New(here{os.Getenv("PATH")}, Options{Name: name, Parents: []string{parent}})
		t.Cleanup(func() { _ = h.Close() }) // once more does no harm
		dir, err := h.WorkDir(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return h, dir
	}
	_, living := open("here")
	die()
	left := list()
	if len(left) != 2 {
		t.Fatalf("%v: want the directories of a living and of a dead process", left)
	}
	if _, other := open("another device"); len(list()) != 3 {
		t.Errorf("%v: a session on another device (%s) has removed something", list(), other)
	}
	h, own := open("here")
	for _, dir := range list() {
		if dir != living && dir != own && slices.Contains(left, dir) {
			t.Errorf("the dead process's %s is still there", dir)
		}
	}
	if _, err := os.Stat(living); err != nil {
		t.Errorf("the living process's directory: %v", err)
	}
	if err := h.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	// A claim is never a reason to remove anything else.
	precious := filepath.Join(parent, "precious")
	if err := os.Mkdir(precious, 0o700); err != nil {
		t.Fatal(err)
	}
	forged := newClaim("here", precious)
	forged.file.Close()
	open("here")
	if _, err := os.Stat(precious); err != nil {
		t.Errorf("a directory that is not ours: %v", err)
	}
}
