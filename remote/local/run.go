package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/rt3d-tune/rt3d-tune/remote"
)

func (t *transport) Run(ctx context.Context, c remote.Command) (remote.Result, error) {
	if err := c.Check(); err != nil {
		return remote.Result{}, err
	}
	ctx, leave, err := t.enter(ctx, fmt.Sprintf("run %q", c.Args[0]))
	if err != nil {
		return remote.Result{}, err
	}
	defer leave()
	return t.run(ctx, c)
}

func (t *transport) run(ctx context.Context, c remote.Command) (remote.Result, error) {
	// The kernel kills a child with the thread that started it (Pdeathsig), so the thread must live as
	// long as the child does.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	mark := markName + "=" + nonce()
	cmd := exec.Command(c.Args[0], c.Args[1:]...)
	cmd.Env = append(append(os.Environ(), c.Env...), mark)
	cmd.Dir = c.Dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
	find(cmd, c)
	stdout, stderr := &valve{to: c.Stdout}, &valve{to: c.Stderr}
	defer stdout.shut()
	defer stderr.shut()
	if c.Stdout != nil {
		cmd.Stdout = stdout
	}
	if c.Stderr != nil {
		cmd.Stderr = stderr
	}
	var stdin io.WriteCloser
	if c.Stdin != nil {
		// Not cmd.Stdin: Wait would wait for the reader, which may never end.
		pipe, err := cmd.StdinPipe()
		if err != nil {
			return remote.Result{}, fmt.Errorf("run %q: %w", c.Args[0], err)
		}
		stdin = pipe
	}
	// Descendants that hold the output open are killed as soon as the command itself has ended.
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Start(); err != nil {
		return remote.Result{}, startError(c, err)
	}
	family := tree{mark: []byte(mark), leader: cmd.Process.Pid}
	var feeding feed
	if stdin != nil {
		go feeding.copy(stdin, c.Stdin)
	}
	timedOut, cancelled := false, false
	var clock <-chan time.Time
	if c.Timeout > 0 {
		timer := time.NewTimer(c.Timeout)
		defer timer.Stop()
		clock = timer.C
	}
	exited := make(chan struct{})
	go func() {
		waitExit(cmd.Process.Pid)
		close(exited)
	}()
	select {
	case <-exited:
	case <-clock:
		timedOut = true
	case <-ctx.Done():
		cancelled = true
	}
	// The first process is not reaped yet, so its number and its session are still its own.
	family.kill()
	err := cmd.Wait()
	result := resultOf(cmd.ProcessState)
	result.TimedOut = timedOut
	var exit *exec.ExitError
	switch {
	case cancelled:
		return result, fmt.Errorf("run %q: %w", c.Args[0], context.Cause(ctx))
	case feeding.failure() != nil:
		return result, fmt.Errorf("run %q: read standard input: %w", c.Args[0], feeding.failure())
	case err != nil && !errors.As(err, &exit):
		return result, fmt.Errorf("run %q: %w", c.Args[0], err)
	}
	if err := errors.Join(stdout.shut(), stderr.shut()); err != nil {
		return result, fmt.Errorf("run %q: pass output on: %w", c.Args[0], err)
	}
	return result, nil
}

// find makes the program's path what a shell in the command's directory and environment would find.
func find(cmd *exec.Cmd, c remote.Command) {
	program := c.Args[0]
	if strings.Contains(program, "/") {
		cmd.Path, cmd.Err = program, nil
		return
	}
	for _, kv := range c.Env {
		path, ok := strings.CutPrefix(kv, "PATH=")
		if !ok {
			continue
		}
		cmd.Path, cmd.Err = program, exec.ErrNotFound
		for _, dir := range filepath.SplitList(path) {
			file := filepath.Join(dir, program)
			if info, err := os.Stat(file); err == nil && !info.IsDir() && info.Mode()&0o111 != 0 {
				cmd.Path, cmd.Err = file, nil
				break
			}
		}
	}
}

func startError(c remote.Command, err error) error {
	if errors.Is(err, exec.ErrNotFound) {
		err = fmt.Errorf("there is no such program: %w", os.ErrNotExist)
	}
	return &remote.StartError{Device: name, Args: c.Args, Err: err}
}

// waitExit returns when a child has exited, and leaves it to be reaped.
func waitExit(pid int) {
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if err != unix.EINTR {
			return
		}
	}
}

func resultOf(state *os.ProcessState) remote.Result {
	r := remote.Result{ExitCode: state.ExitCode()}
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		r.Signal = int(status.Signal())
	}
	return r
}

// feed copies standard input to a command and remembers when its source failed. A command that stops
// reading is no failure.
type feed struct {
	mu  sync.Mutex
	err error
}

func (f *feed) copy(to io.WriteCloser, from io.Reader) {
	defer to.Close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err == io.EOF {
			return
		}
		if err != nil {
			f.mu.Lock()
			f.err = err
			f.mu.Unlock()
			return
		}
	}
}

func (f *feed) failure() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

// valve passes writes on until it is shut. After an error of the destination it takes and drops what
// comes, or the command would die of its output instead of ending in its own way.
type valve struct {
	mu     sync.Mutex
	to     io.Writer
	err    error
	closed bool
}

// Write implements io.Writer.
func (v *valve) Write(p []byte) (int, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.closed && v.err == nil {
		_, v.err = v.to.Write(p)
	}
	return len(p), nil
}

func (v *valve) shut() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.closed = true
	return v.err
}
