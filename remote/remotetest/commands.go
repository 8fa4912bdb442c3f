package remotetest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/remote"
)

func (s *suite) commands(t *testing.T) {
	tr := s.connect(t)
	dir := workDir(t, tr)

	t.Run("ExitCodes", func(t *testing.T) {
		codes := []int{0, 1, 7, 126, 127, 128, 130, 137, 143, 255}
		if !testing.Short() {
			codes = codes[:0]
			for c := range 256 {
				codes = append(codes, c)
			}
		}
		each(codes, func(code int) {
			result, err := tr.Run(t.Context(), remote.Command{Args: []string{"sh", "-c", fmt.Sprintf("exit %d", code)}})
			if want := (remote.Result{ExitCode: code}); err != nil || result != want {
				t.Errorf("exit %d: %+v, %v", code, result, err)
			}
		})
	})
	t.Run("Signals", func(t *testing.T) {
		each([]syscall.Signal{syscall.SIGKILL, syscall.SIGUSR1, syscall.SIGSEGV, syscall.SIGABRT, syscall.SIGILL, syscall.SIGBUS, syscall.SIGFPE}, func(sig syscall.Signal) {
			result, err := tr.Run(t.Context(), remote.Command{Args: []string{"sh", "-c", fmt.Sprintf("ulimit -c 0; kill -%d $$", int(sig))}})
			if want := (remote.Result{ExitCode: -1, Signal: int(sig)}); err != nil || result != want {
				t.Errorf("%v: %+v, %v", sig, result, err)
			}
		})
	})
	t.Run("Arguments", func(t *testing.T) {
		args := append([]string{"", "-n", "-e", "a\\nb", "\xff\xfe"}, oddNames...)
		got := output(t, tr, remote.Command{Args: append([]string{"printf", `%s\0`}, args...)})
		if want := strings.Join(args, "\x00") + "\x00"; got != want {
			t.Errorf("arguments arrived as %q, want %q", got, want)
		}
	})
	t.Run("Environment", func(t *testing.T) {
		env := []string{"RT3D_A=plain", "RT3D_B=a b'c\"d$e`f\\g\nh", "RT3D_C=", "RT3D_D=ü", "dir=x", "PATH=/usr/bin:/bin"}
		got := output(t, tr, remote.Command{Args: []string{"sh", "-c", `printf '%s|' "$RT3D_A" "$RT3D_B" "${RT3D_C-unset}" "$RT3D_D" "$dir" "$PATH"`}, Env: env})
		want := ""
		for _, kv := range env {
			_, value, _ := strings.Cut(kv, "=")
			want += value + "|"
		}
		if got != want {
			t.Errorf("environment arrived as %q, want %q", got, want)
		}
	})
	t.Run("Directory", func(t *testing.T) {
		if got := output(t, tr, remote.Command{Args: []string{"pwd"}, Dir: dir}); got != dir+"\n" {
			t.Errorf("pwd printed %q, want %q", got, dir)
		}
		push(t, tr, dir+"/here", []byte("#!/bin/sh\necho here\n"), 0o755)
		if got := output(t, tr, remote.Command{Args: []string{"./here"}, Dir: dir}); got != "here\n" {
			t.Errorf("a program relative to its directory printed %q", got)
		}
	})
	t.Run("NotStarted", func(t *testing.T) {
		push(t, tr, dir+"/plain", []byte("#!/bin/sh\n"), 0o644)
		for _, c := range []struct {
			name string
			cmd  remote.Command
			want error
		}{
			{"no such program", remote.Command{Args: []string{"rt3d-no-such-program"}}, fs.ErrNotExist},
			{"no such file", remote.Command{Args: []string{dir + "/missing"}}, fs.ErrNotExist},
			{"not executable", remote.Command{Args: []string{dir + "/plain"}}, fs.ErrPermission},
			{"no such directory", remote.Command{Args: []string{"true"}, Dir: dir + "/missing"}, fs.ErrNotExist},
		} {
			_, err := tr.Run(t.Context(), c.cmd)
			var start *remote.StartError
			if !errors.As(err, &start) || !errors.Is(err, c.want) {
				t.Errorf("%s: error %v, want a StartError that wraps %v", c.name, err, c.want)
			}
		}
	})
	t.Run("Refused", func(t *testing.T) {
		for name, c := range map[string]remote.Command{
			"no arguments":       {},
			"NUL in argument":    {Args: []string{"echo", "a\x00b"}},
			"relative directory": {Args: []string{"true"}, Dir: "x"},
			"bad variable":       {Args: []string{"true"}, Env: []string{"a-b=c"}},
			"no value":           {Args: []string{"true"}, Env: []string{"A"}},
			"negative timeout":   {Args: []string{"true"}, Timeout: -1},
		} {
			if _, err := tr.Run(t.Context(), c); err == nil {
				t.Errorf("%s: no error", name)
			}
		}
	})
	t.Run("AtOnce", func(t *testing.T) {
		numbers := make([]int, 12)
		for i := range numbers {
			numbers[i] = i
		}
		var group sync.WaitGroup
		for _, i := range numbers {
			group.Go(func() {
				var out bytes.Buffer
				result, err := tr.Run(t.Context(), remote.Command{Args: []string{"sh", "-c", `sleep 0.2; cat; echo "$1"; exit "$1"`, "x", fmt.Sprint(i)}, Stdin: strings.NewReader("in "), Stdout: &out})
				if err != nil || result.ExitCode != i || out.String() != fmt.Sprintf("in %d\n", i) {
					t.Errorf("command %d: %+v, %v, printed %q", i, result, err, out.String())
				}
			})
		}
		group.Wait()
	})
}

// each calls f for all items, a few at a time.
func each[T any](items []T, f func(T)) {
	slots := make(chan struct{}, 6)
	var group sync.WaitGroup
	for _, item := range items {
		slots <- struct{}{}
		group.Go(func() { defer func() { <-slots }(); f(item) })
	}
	group.Wait()
}

func (s *suite) streams(t *testing.T) {
	tr := s.connect(t)
	size := 1 << 20
	if !testing.Short() {
		size = 16 << 20
	}
	t.Run("Separate", func(t *testing.T) {
		var out, diag bytes.Buffer
		result, err := tr.Run(t.Context(), remote.Command{Args: []string{"sh", "-c", "echo out; echo err >&2; printf more; printf 'err\\n\\n' >&2; exit 3"}, Stdout: &out, Stderr: &diag})
		if err != nil || result.ExitCode != 3 || out.String() != "out\nmore" || diag.String() != "err\nerr\n\n" {
			t.Errorf("%+v, %v, standard output %q, standard error %q", result, err, out.String(), diag.String())
		}
	})
	t.Run("Binary", func(t *testing.T) {
		data := random(size)
		var out bytes.Buffer
		result, err := tr.Run(t.Context(), remote.Command{Args: []string{"cat"}, Stdin: bytes.NewReader(data), Stdout: &out})
		if err != nil || result != (remote.Result{}) || !bytes.Equal(out.Bytes(), data) {
			t.Errorf("cat of %d random bytes: %+v, %v, %d bytes came back", size, result, err, out.Len())
		}
		var diag bytes.Buffer
		result, err = tr.Run(t.Context(), remote.Command{Args: []string{"sh", "-c", "cat >&2"}, Stdin: bytes.NewReader(data), Stderr: &diag})
		if err != nil || result != (remote.Result{}) || !bytes.Equal(diag.Bytes(), data) {
			t.Errorf("the same to standard error: %+v, %v, %d bytes came back", result, err, diag.Len())
		}
	})
	t.Run("NoStdin", func(t *testing.T) {
		if got := output(t, tr, remote.Command{Args: []string{"sh", "-c", "wc -c | tr -d ' '"}}); got != "0\n" {
			t.Errorf("without a standard input a command read %q bytes", got)
		}
	})
	t.Run("StdinNotRead", func(t *testing.T) {
		within(t, hang, "a command that reads nothing of a large input", func() {
			result, err := tr.Run(t.Context(), remote.Command{Args: []string{"sh", "-c", "exit 5"}, Stdin: bytes.NewReader(random(size))})
			if err != nil || result.ExitCode != 5 {
				t.Errorf("command that does not read its input: %+v, %v", result, err)
			}
		})
		within(t, hang, "a command that closes its input early", func() {
			var out bytes.Buffer
			result, err := tr.Run(t.Context(), remote.Command{Args: []string{"sh", "-c", "head -c 3; exec <&-; exit 6"}, Stdin: bytes.NewReader(random(size)), Stdout: &out})
			if err != nil || result.ExitCode != 6 || !bytes.Equal(out.Bytes(), random(size)[:3]) {
				t.Errorf("command that stops reading: %+v, %v, printed %q", result, err, out.String())
			}
		})
	})
	t.Run("StdinStaysOpen", func(t *testing.T) {
		if s.o.LateStdin {
			t.Skip("this link brings standard input only when it is complete")
		}
		r, w := io.Pipe()
		defer w.Close()
		within(t, hang, "a command whose input never ends", func() {
			result, err := tr.Run(t.Context(), remote.Command{Args: []string{"sh", "-c", "exit 4"}, Stdin: r})
			if err != nil || result.ExitCode != 4 {
				t.Errorf("command whose input never ends: %+v, %v", result, err)
			}
		})
	})
	t.Run("StdinFails", func(t *testing.T) {
		broken := errors.New("source broke")
		_, err := tr.Run(t.Context(), remote.Command{Args: []string{"cat"}, Stdin: &failing{data: []byte("abc"), err: broken}})
		if !errors.Is(err, broken) {
			t.Errorf("failing input: error %v does not wrap its cause", err)
		}
	})
	t.Run("StdoutFails", func(t *testing.T) {
		within(t, hang, "a command whose output nobody takes", func() {
			_, err := tr.Run(t.Context(), remote.Command{Args: []string{"sh", "-c", "head -c 300000 /dev/zero"}, Stdout: refusing{}})
			if !errors.Is(err, os.ErrInvalid) {
				t.Errorf("failing output: error %v does not wrap its cause", err)
			}
		})
	})
}

// refusing is a writer that takes nothing.
type refusing struct{}

// Write implements io.Writer.
func (refusing) Write([]byte) (int, error) { return 0, os.ErrInvalid }
