package posix

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/rt3d-tune/rt3d-tune/remote"
)

// Request is one line for the device's shell.
type Request struct {
	Line           string
	Stdin          io.Reader // nil: empty
	Stdout, Stderr io.Writer // never nil
	// Urgent requests kill other commands: they may not wait for one of these to end.
	Urgent bool
	// Started is called when the line has been handed to the device.
	Started func()
}

// Shell is a link to a device that can execute a line of shell.
type Shell interface {
	// Exec executes a line and returns when its streams have ended or ctx has. It need not know how the
	// line ended; an error says that the link failed, or may have. The Request's reader may be read
	// after Exec has returned, until it next returns; its writers may not be written to.
	Exec(ctx context.Context, r Request) error
	// Close ends the link.
	Close() error
}

// Mover is a faster way to move file contents than through a Shell's streams. Its errors are
// *remote.DeviceError where they say whose fault it was, *VagueError where the link's protocol does not
// tell, and ErrNoMover, before anything was read, where the device lacks the faster way.
type Mover interface {
	Upload(ctx context.Context, r io.Reader, size int64, path string) error
	Download(ctx context.Context, path string, w io.Writer) error
}

// ErrNoMover tells that contents must go through the shell.
var ErrNoMover = errors.New("no faster way to move files")

// VagueError is a failed upload whose cause the device must be asked for.
type VagueError struct {
	Path string
	Err  error
}

// Error implements error.
func (e *VagueError) Error() string { return fmt.Sprintf("write %s: %v", e.Path, e.Err) }

// Unwrap gives the cause.
func (e *VagueError) Unwrap() error { return e.Err }

// Options says how a Host behaves.
type Options struct {
	Name string
	// Parents are where a work directory is tried, in this order; "$NAME/x" reads a variable there.
	Parents []string
	// Every is how often a running command's wrapper looks whether its link is still there.
	Every time.Duration
	// Grace is how long a killed command may take to end before the link counts as lost; 0 means 10 s.
	Grace time.Duration
	// Mover may be nil: contents then go through the shell.
	Mover Mover
	// Merged says that the link mixes standard error into standard output and has no standard input,
	// as `adb exec-out` does: files on the device stand in for both.
	Merged bool
}

// Host is a device behind a Shell. It implements remote.Transport.
type Host struct {
	shell Shell
	opts  Options

	life context.Context // ends with Close
	end  context.CancelFunc
	busy sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	parent  string            // where work directories can be made, once known
	dirs    map[string]*claim // directories not yet removed
	orphans map[string]bool   // nonces of commands that a lost link may have left running
	noHash  bool              // the device has no sha256sum

	streamsMu  sync.Mutex
	streamsDir string // of files that stand in for streams; empty until the first is needed
}

var _ remote.Transport = (*Host)(nil)

// New makes a Host; it contacts nothing.
func New(shell Shell, opts Options) *Host {
	if opts.Grace == 0 {
		opts.Grace = 10 * time.Second
	}
	life, end := context.WithCancel(context.Background())
	return &Host{shell: shell, opts: opts, life: life, end: end, dirs: map[string]*claim{}, orphans: map[string]bool{}}
}

// Name implements remote.Transport.
func (h *Host) Name() string { return h.opts.Name }

// enter registers an operation; the context it returns also ends with Close.
func (h *Host) enter(ctx context.Context, what string) (context.Context, func(), error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, nil, fmt.Errorf("%s on %s: %w", what, h.opts.Name, remote.ErrClosed)
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, fmt.Errorf("%s on %s: %w", what, h.opts.Name, err)
	}
	h.busy.Add(1)
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(h.life, func() { cancel(remote.ErrClosed) })
	return ctx, func() { stop(); cancel(nil); h.busy.Done() }, nil
}

// Close implements remote.Transport. Commands that still run are killed.
func (h *Host) Close() error {
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		return nil
	}
	h.closed = true
	h.mu.Unlock()
	h.end()
	h.busy.Wait()

	ctx, cancel := context.WithTimeout(context.Background(), h.opts.Grace+5*time.Second)
	defer cancel()
	var errs []error
	h.killOrphans(ctx)
	if len(h.dirs) > 0 {
		var dirs []string
		for dir := range h.dirs {
			dirs = append(dirs, dir)
		}
		if _, err := h.script(ctx, `rm -rf "$@"`, nil, dirs...); err != nil {
			errs = append(errs, fmt.Errorf("remove work directories: %w", err))
		} else {
			for _, c := range h.dirs {
				c.drop()
			}
		}
	}
	if err := h.shell.Close(); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// killOrphans ends what earlier lost links left running. What cannot be reached is left to the
// wrappers' own watch.
func (h *Host) killOrphans(ctx context.Context) {
	h.mu.Lock()
	var nonces []string
	for nonce := range h.orphans {
		nonces = append(nonces, nonce)
	}
	h.mu.Unlock()
	for _, nonce := range nonces {
		err := h.shell.Exec(ctx, Request{Line: killLine(nonce, "all"), Stdout: io.Discard, Stderr: io.Discard, Urgent: true})
		if err != nil {
			return
		}
		h.mu.Lock()
		delete(h.orphans, nonce)
		h.mu.Unlock()
	}
}
