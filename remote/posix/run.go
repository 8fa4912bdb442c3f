package posix

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
	"time"

	"github.com/rt3d-tune/rt3d-tune/remote"
)

// Run implements remote.Transport.
func (h *Host) Run(ctx context.Context, c remote.Command) (remote.Result, error) {
	if err := c.Check(); err != nil {
		return remote.Result{}, err
	}
	ctx, leave, err := h.enter(ctx, fmt.Sprintf("run %q", c.Args[0]))
	if err != nil {
		return remote.Result{}, err
	}
	defer leave()
	h.killOrphans(ctx)
	if h.opts.Merged {
		return h.runMerged(ctx, c)
	}
	return h.run(ctx, c, standIns{})
}

// run executes c under the wrapper. The device enforces the timeout too, a little later, in case that
// the link is gone by then.
func (h *Host) run(ctx context.Context, c remote.Command, files standIns) (remote.Result, error) {
	nonce := newNonce()
	limit := c.Timeout
	if limit > 0 {
		limit += 2 * time.Second
	}
	line, err := wrapperLine(c, nonce, limit, h.opts.Every, files)
	if err != nil {
		return remote.Result{}, err
	}
	return h.execute(ctx, c, nonce, line)
}

// execute hands a line that reports its end to the device and waits for that end. Of c it uses the
// streams, the timeout and the name.
func (h *Host) execute(ctx context.Context, c remote.Command, nonce, line string) (remote.Result, error) {
	call := &call{
		host: h, nonce: nonce, args: c.Args, timeout: c.Timeout, began: time.Now().Round(0),
		out: newOutput(c.Stdout, nonce), diag: &gate{to: c.Stderr},
		ended: make(chan error, 1), started: make(chan struct{}),
	}
	var stdin *source
	request := Request{Line: line, Stdout: call.out, Stderr: call.diag, Started: sync.OnceFunc(func() { close(call.started) })}
	if c.Stdin != nil {
		stdin = &source{from: c.Stdin}
		request.Stdin = stdin
	}
	linkCtx, drop := context.WithCancel(context.WithoutCancel(ctx))
	defer drop()
	call.drop = drop
	go func() { call.ended <- h.shell.Exec(linkCtx, request) }()

	result, err := call.wait(ctx, c.Timeout)
	_, outErr := call.out.finish()
	_, diagErr := call.diag.finish()
	if err != nil {
		return result, err
	}
	if stdin != nil {
		if err := stdin.failure(); err != nil {
			return result, fmt.Errorf("run %q on %s: read standard input: %w", c.Args[0], h.opts.Name, err)
		}
	}
	if err := errors.Join(outErr, diagErr); err != nil {
		return result, fmt.Errorf("run %q on %s: pass output on: %w", c.Args[0], h.opts.Name, err)
	}
	return result, nil
}

// call is one command while it runs.
type call struct {
	host    *Host
	nonce   string
	timeout time.Duration
	began   time.Time // by the wall clock
	args    []string
	out     *output
	diag    *gate
	drop    context.CancelFunc
	ended   chan error    // the link's stream has ended
	started chan struct{} // the device has the line
}

// wait returns when the command has ended, in whatever way, with all its processes dead or the link
// given up.
func (c *call) wait(ctx context.Context, timeout time.Duration) (remote.Result, error) {
	var clock <-chan time.Time
	started := c.started
	for {
		select {
		case <-started:
			started = nil
			if timeout > 0 {
				timer := time.NewTimer(timeout)
				defer timer.Stop()
				clock = timer.C
			}
		case err := <-c.ended:
			return c.verdict(err, false)
		case <-c.out.seen:
			return c.drain(false)
		case <-clock:
			return c.kill(true, nil)
		case <-ctx.Done():
			cause := fmt.Errorf("run %q on %s: %w", c.args[0], c.host.opts.Name, context.Cause(ctx))
			if started != nil {
				// Nothing runs yet, or the line is on its way: the wrapper's watch ends it.
				c.drop()
				c.orphan()
				return remote.Result{}, cause
			}
			result, err := c.kill(false, cause)
			if err != nil && !errors.Is(err, cause) {
				err = fmt.Errorf("%w; its processes may live on: %w", cause, err)
			}
			return result, err
		}
	}
}

// drain gives the link a moment to deliver what it still has after the wrapper's last line.
func (c *call) drain(timedOut bool) (remote.Result, error) {
	select {
	case err := <-c.ended:
		return c.verdict(err, timedOut)
	case <-time.After(2 * time.Second):
		c.drop()
		return c.verdict(nil, timedOut)
	}
}

// kill ends the command from outside and waits for its wrapper's report. Killing is repeated, because
// the first time may come before the program was started.
func (c *call) kill(timedOut bool, cause error) (remote.Result, error) {
	ctx, cancel := context.WithTimeout(context.Background(), c.host.opts.Grace)
	defer cancel()
	killed := make(chan error, 1)
	strike := func() {
		killed <- c.host.shell.Exec(ctx, Request{Line: killLine(c.nonce, "command"), Stdout: io.Discard, Stderr: io.Discard, Urgent: true})
	}
	go strike()
	for {
		select {
		case <-killed:
			select {
			case <-ctx.Done():
			case <-c.out.seen:
			case <-time.After(200 * time.Millisecond):
				go strike()
				continue
			}
			killed = nil
		case <-c.out.seen:
			result, err := c.drain(timedOut)
			if err == nil {
				err = cause
			}
			return result, err
		case err := <-c.ended:
			result, err := c.verdict(err, timedOut)
			if err == nil {
				err = cause
			}
			return result, err
		case <-ctx.Done():
			c.drop()
			c.orphan()
			return remote.Result{TimedOut: timedOut}, remote.Fault(c.host.opts.Name, remote.ConnectionLost,
				"check the cable or network and whether the device still answers",
				fmt.Errorf("run %q: the device did not end the command within %v", c.args[0], c.host.opts.Grace))
		}
	}
}

// verdict turns the wrapper's report, or its absence, into a result. linkErr is what the link said.
func (c *call) verdict(linkErr error, timedOut bool) (remote.Result, error) {
	end, _ := c.out.finish()
	tail, _ := c.diag.finish()
	device := c.host.opts.Name
	if end == nil {
		c.orphan()
		var fault *remote.DeviceError
		if errors.As(linkErr, &fault) {
			return remote.Result{}, linkErr
		}
		if linkErr == nil {
			linkErr = errors.New("its output ended before it did")
		}
		if tail != "" {
			linkErr = fmt.Errorf("%w; last on its standard error: %s", linkErr, tail)
		}
		return remote.Result{}, remote.Fault(device, remote.ConnectionLost,
			"check the cable or network; the command is ended on the device when its link stays away",
			fmt.Errorf("run %q: %w", c.args[0], linkErr))
	}
	switch end.kind {
	case 'f':
		cause := fs.ErrNotExist
		what := "there is no such program"
		switch end.code {
		case 1:
			what = "its working directory does not exist or may not be entered"
		case 3:
			what, cause = "the file may not be executed", fs.ErrPermission
		}
		return remote.Result{}, &remote.StartError{Device: device, Args: c.args, Err: fmt.Errorf("%s: %w", what, cause)}
	case 's':
		// The device's own watch may have been faster than a host that slept: hence the wall clock.
		overdue := c.timeout > 0 && time.Now().Round(0).Sub(c.began) >= c.timeout
		return remote.Result{ExitCode: -1, Signal: end.code, TimedOut: timedOut || overdue && end.code == 9}, nil
	}
	return remote.Result{ExitCode: end.code, TimedOut: timedOut}, nil
}

// orphan remembers a command that may still run on the device.
func (c *call) orphan() {
	c.host.mu.Lock()
	c.host.orphans[c.nonce] = true
	c.host.mu.Unlock()
}

// source remembers why its reader failed: the link's own copying says only that the input ended.
type source struct {
	from io.Reader
	mu   sync.Mutex
	err  error
}

// Read implements io.Reader.
func (s *source) Read(p []byte) (int, error) {
	n, err := s.from.Read(p)
	if err != nil && err != io.EOF {
		s.mu.Lock()
		s.err = err
		s.mu.Unlock()
	}
	return n, err
}

func (s *source) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}
