package bench

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/remote"
)

// direct is a transport without any distance, for tests of what has nothing to do with the distance.
// Faults can be ordered.
type direct struct {
	name string
	dir  string

	mu     sync.Mutex
	pushes []string
	// onPush and onRun, when they return an error, take the place of the real thing.
	onPush func(path string) error
	onRun  func(c remote.Command) error
}

func newDirect(t *testing.T) *direct { return &direct{name: "direct-" + t.Name(), dir: t.TempDir()} }

func (d *direct) Name() string { return d.name }

func (d *direct) Run(ctx context.Context, c remote.Command) (remote.Result, error) {
	if d.onRun != nil {
		if err := d.onRun(c); err != nil {
			return remote.Result{}, err
		}
	}
	if c.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.Timeout)
		defer cancel()
	}
	cmd := exec.CommandContext(ctx, c.Args[0], c.Args[1:]...)
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = c.Dir, c.Stdin, c.Stdout, c.Stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return remote.Result{}, &remote.StartError{Device: d.name, Args: c.Args, Err: err}
	}
	r := remote.Result{ExitCode: cmd.ProcessState.ExitCode(), TimedOut: errors.Is(ctx.Err(), context.DeadlineExceeded)}
	if status := cmd.ProcessState.Sys().(syscall.WaitStatus); status.Signaled() {
		r.Signal = int(status.Signal())
	}
	return r, nil
}

func (d *direct) Push(_ context.Context, r io.Reader, _ int64, path string, perm uint32) error {
	d.mu.Lock()
	d.pushes = append(d.pushes, path)
	d.mu.Unlock()
	if d.onPush != nil {
		if err := d.onPush(path); err != nil {
			return err
		}
	}
	content, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	return os.WriteFile(path, content, os.FileMode(perm))
}

func (d *direct) Pull(context.Context, string, io.Writer) error { panic("bench pulls nothing") }

func (d *direct) WorkDir(context.Context) (string, error) { return os.MkdirTemp(d.dir, "work-") }

func (d *direct) Remove(_ context.Context, path string) error { return os.RemoveAll(path) }

func (d *direct) Close() error { return nil }
