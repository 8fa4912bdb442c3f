package remotetest

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rt3d-tune/rt3d-tune/remote"
)

// families are commands whose processes are hard to end; $1 is what they sleep. The number is how many
// sleep.
var families = []struct {
	name, script string
	n            int
}{
	{"plain", `exec sleep "$1"`, 1},
	{"deaf to TERM and HUP", `trap "" TERM HUP INT; sleep "$1" & sleep "$1"`, 2},
	{"children", `sleep "$1" & sleep "$1" & sleep "$1"`, 3},
	{"own session", `trap "" TERM HUP; setsid sh -c 'trap "" TERM HUP; sleep "$1" & sleep "$1"' x "$1" & sleep "$1"`, 3},
	{"orphaned in an own session", `(setsid sleep "$1" &); sleep "$1"`, 2},
	{"bare environment", `(env -i sleep "$1" &); sleep "$1"`, 2},
	{"stopped", `sleep "$1" & sleep 0.2; kill -STOP $!; sleep "$1"`, 2},
}

func (s *suite) kill(t *testing.T) {
	tr := s.connect(t)
	for i, f := range families { // every second one in short mode
		if testing.Short() && i%2 == 0 {
			continue
		}
		// More than the shell needs to start all of them, also on a busy machine.
		timeout := 1500 * time.Millisecond
		t.Run("Timeout/"+f.name, func(t *testing.T) {
			t.Parallel()
			id := tag()
			within(t, hang, "Run", func() {
				result, err := tr.Run(t.Context(), remote.Command{Args: []string{"sh", "-c", f.script, "x", id}, Timeout: timeout})
				if err != nil || !result.TimedOut {
					t.Errorf("Run = %+v, %v; want TimedOut", result, err)
				}
			})
			noSleepers(t, id, "after a timeout")
		})
		t.Run("Cancel/"+f.name, func(t *testing.T) {
			t.Parallel()
			id := tag()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			go func() {
				for end := time.Now().Add(20 * time.Second); sleepers(id) < f.n && time.Now().Before(end); {
					time.Sleep(100 * time.Millisecond)
				}
				cancel()
			}()
			within(t, hang, "Run", func() {
				_, err := tr.Run(ctx, remote.Command{Args: []string{"sh", "-c", f.script, "x", id}})
				var fault *remote.DeviceError
				if !errors.Is(err, context.Canceled) || errors.As(err, &fault) {
					t.Errorf("Run = %v, want context.Canceled and no fault", err)
				}
			})
			noSleepers(t, id, "after a cancel")
		})
	}
	t.Run("LeftInBackground", func(t *testing.T) {
		t.Parallel()
		id := tag()
		within(t, hang, "Run", func() {
			result, err := tr.Run(t.Context(), remote.Command{Args: []string{"sh", "-c", `setsid sleep "$1" & sleep "$1" & exit 3`, "x", id}})
			if err != nil || result != (remote.Result{ExitCode: 3}) {
				t.Errorf("Run = %+v, %v; want exit status 3", result, err)
			}
		})
		noSleepers(t, id, "after the command itself ended")
	})
	t.Run("CancelAtOnce", func(t *testing.T) {
		t.Parallel()
		for _, delay := range []time.Duration{0, 5 * time.Millisecond, 60 * time.Millisecond} {
			id := tag()
			ctx, cancel := context.WithTimeout(t.Context(), delay)
			within(t, hang, "Run", func() {
				if _, err := tr.Run(ctx, remote.Command{Args: []string{"sleep", id}}); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("cancelled after %v: %v", delay, err)
				}
			})
			cancel()
			// A command that was still on its way when it was cancelled may begin to run; it ends with the
			// connection at the latest, which the Life tests check.
			if delay == 0 {
				noSleepers(t, id, "though it never ran")
			} else {
				killSleepers(id)
			}
		}
	})
}

func (s *suite) life(t *testing.T) {
	t.Run("CloseRemovesAll", func(t *testing.T) {
		tr := s.connect(t)
		first, second := workDir(t, tr), workDir(t, tr)
		if first == second {
			t.Fatalf("two work directories are the same: %s", first)
		}
		push(t, tr, second+"/file", []byte("x"), 0o400)
		if err := os.MkdirAll(second+"/a/b c", 0o777); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(first); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("work directory: %v, %v; want it private", info.Mode(), err)
		}
		if err := tr.Remove(t.Context(), first); err != nil {
			t.Errorf("Remove: %v", err)
		}
		if err := tr.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		for _, dir := range []string{first, second} {
			if _, err := os.Lstat(dir); err == nil {
				t.Errorf("%s is left", dir)
			}
		}
	})
	t.Run("CloseEndsCommands", func(t *testing.T) {
		tr := s.connect(t)
		id := tag()
		ended := make(chan error, 1)
		go func() {
			_, err := tr.Run(context.Background(), remote.Command{Args: []string{"sh", "-c", `trap "" TERM HUP; sleep "$1" & sleep "$1"`, "x", id}})
			ended <- err
		}()
		awaitSleepers(t, id, 2)
		within(t, hang, "Close", func() {
			if err := tr.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
		if err := <-ended; !errors.Is(err, remote.ErrClosed) {
			t.Errorf("the command that Close ended: %v, want ErrClosed", err)
		}
		noSleepers(t, id, "after Close")
	})
	t.Run("AfterClose", func(t *testing.T) {
		tr := s.connect(t)
		if err := tr.Close(); err != nil {
			t.Fatal(err)
		}
		ctx := t.Context()
		_, run := tr.Run(ctx, remote.Command{Args: []string{"true"}})
		_, dir := tr.WorkDir(ctx)
		for name, err := range map[string]error{
			"Run": run, "WorkDir": dir, "Remove": tr.Remove(ctx, "/tmp/rt3d-none"),
			"Push": tr.Push(ctx, strings.NewReader(""), 0, "/tmp/rt3d-none", 0o600),
			"Pull": tr.Pull(ctx, "/etc/hostname", &bytes.Buffer{}),
		} {
			if !errors.Is(err, remote.ErrClosed) {
				t.Errorf("%s after Close: %v, want ErrClosed", name, err)
			}
		}
	})
	t.Run("NothingLeft", func(t *testing.T) {
		tr := s.connect(t)
		dir := workDir(t, tr)
		push(t, tr, dir+"/f", []byte("x"), 0o600)
		output(t, tr, remote.Command{Args: []string{"true"}, Dir: dir, Stdin: strings.NewReader("x")})
		if err := tr.Close(); err != nil {
			t.Fatal(err)
		}
		if left, _ := filepath.Glob(filepath.Dir(dir) + "/.rt3d-*"); len(left) > 0 {
			t.Errorf("files are left: %q", left)
		}
		if _, err := os.Lstat(dir); err == nil {
			t.Errorf("%s is left", dir)
		}
		await(t, "no wrapper lives on", 20*time.Second, func() bool { return len(wrappersIn(dir)) == 0 })
	})
}

func (s *suite) faults(t *testing.T) {
	t.Run("NoSpace", func(t *testing.T) {
		tr := s.connect(t)
		disk := smallDisk(t)
		size := 4 << 20
		within(t, hang, "Push to a full disk", func() {
			err := tr.Push(t.Context(), bytes.NewReader(random(size)), int64(size), disk+"/file", 0o600)
			if !remote.IsFault(err, remote.NoSpace) {
				t.Errorf("Push to a full disk: %v, want a fault %s", err, remote.NoSpace)
			}
		})
		if entries, _ := os.ReadDir(disk); len(entries) > 0 {
			t.Errorf("left on the full disk: %v", entries)
		}
		push(t, tr, disk+"/small", []byte("fits"), 0o600)
	})
	t.Run("NotWritable", func(t *testing.T) {
		tr := s.connect(t)
		err := tr.Push(t.Context(), strings.NewReader("x"), 1, "/proc/self/rt3d", 0o600)
		if err == nil {
			t.Error("Push into /proc: no error")
		}
	})
	t.Run("LostConnection", func(t *testing.T) {
		if s.o.BreakLink == nil {
			t.Skip("this transport has no link")
		}
		s.lost(t)
	})
}

func (s *suite) lost(t *testing.T) {
	tr := s.open(t)
	dir := workDir(t, tr)
	id := tag()
	ended := make(chan error, 1)
	go func() {
		_, err := tr.Run(context.Background(), remote.Command{Args: []string{"sh", "-c", `trap "" TERM HUP; sleep "$1" & sleep "$1"`, "x", id}})
		ended <- err
	}()
	awaitSleepers(t, id, 2)
	s.o.BreakLink(t, tr)
	select {
	case err := <-ended:
		if !remote.IsFault(err, remote.ConnectionLost) {
			t.Errorf("the command whose link broke: %v, want a fault %s", err, remote.ConnectionLost)
		}
	case <-time.After(hang):
		t.Fatal("the command whose link broke did not return")
	}
	if s.o.NoReconnect {
		within(t, hang, "Run without a link", func() {
			_, err := tr.Run(t.Context(), remote.Command{Args: []string{"true"}})
			var fault *remote.DeviceError
			if !errors.As(err, &fault) {
				t.Errorf("Run without a link: %v, want a fault", err)
			}
		})
		within(t, hang, "Close without a link", func() { tr.Close() })
		os.RemoveAll(dir)
	} else {
		await(t, "a command runs over a new link", hang, func() bool {
			result, err := tr.Run(t.Context(), remote.Command{Args: []string{"true"}})
			return err == nil && result == remote.Result{}
		})
		within(t, hang, "Close after a new link", func() {
			if err := tr.Close(); err != nil {
				t.Errorf("Close after a new link: %v", err)
			}
		})
		if _, err := os.Lstat(dir); err == nil {
			t.Errorf("%s is left", dir)
		}
	}
	await(t, "the processes of the lost link end", s.o.OrphanLife, func() bool { return sleepers(id) == 0 })
}
