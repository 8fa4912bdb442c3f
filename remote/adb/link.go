package adb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/remote/posix"
)

const (
	// maxCommands run at once; adb itself sets no limit.
	maxCommands = 8
	// settle is how long a device may take to become ready.
	settle = 5 * time.Second
)

// link reaches one device through the adb program.
type link struct {
	*server
	serial   string
	device   string
	shellV2  bool
	commands chan struct{}
	kills    chan struct{}
	suspect  atomic.Bool // something failed: look at the state before the next command
}

// overNetwork tells whether the serial is an address, which `adb connect` takes.
func (l *link) overNetwork() bool {
	_, _, err := net.SplitHostPort(l.serial)
	return err == nil
}

// output asks the device's own server end, not the device.
func (l *link) output(ctx context.Context, args ...string) (string, error) {
	out, err := l.ask(ctx, append([]string{"-s", l.serial}, args...)...)
	if err != nil && ctx.Err() == nil {
		return "", l.why(err.Error(), err)
	}
	return out, err
}

func (l *link) state(ctx context.Context) (string, error) {
	all, err := l.devices(ctx)
	for _, d := range all {
		if d.serial == l.serial {
			return d.state, err
		}
	}
	return "", err
}

// ready returns when the device's state is "device", or says which it is. A device that is found on the
// network is connected to first.
func (l *link) ready(ctx context.Context) error {
	for end := time.Now().Add(settle); ; {
		now, err := l.state(ctx)
		if err != nil {
			return err
		}
		if now == "device" {
			l.suspect.Store(false)
			return nil
		}
		fault := faultOf(l.device, now)
		switch {
		case now == "" && l.overNetwork():
			// adb reports success and failure in words, with status 0 or not.
			says, err := l.ask(ctx, "connect", l.serial)
			if err != nil {
				says += err.Error()
			}
			if strings.Contains(says, "connected to") {
				break
			}
			if strings.Contains(says, "authenticate") {
				return remote.Fault(l.device, remote.Unauthorized, "unlock the phone and accept this computer's key", fmt.Errorf("adb connect: %s", strings.TrimSpace(says)))
			}
			return remote.Fault(l.device, remote.Unreachable, "check the address, and whether debugging over the network is on",
				fmt.Errorf("adb connect: %s", strings.TrimSpace(says)))
		case fault != nil && now != "offline":
			return fault // waiting does not help
		case fault == nil && now == "authorizing":
			fault = remote.Fault(l.device, remote.Unauthorized, "unlock the phone and accept this computer's key", fmt.Errorf("its state is %q", now))
		case fault == nil:
			fault = remote.Fault(l.device, remote.Offline, "wait until it has booted", fmt.Errorf("its state is %q", now))
		}
		if time.Now().After(end) {
			return fault
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w", l.device, ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// why turns adb's words into a fault. adb says "error: ..." or "adb: ..." for troubles of its own.
func (l *link) why(says string, err error) error {
	l.suspect.Store(true)
	err = fmt.Errorf("%w: %s", err, strings.TrimSpace(says))
	has := func(words string) bool { return strings.Contains(says, words) }
	switch {
	case has("unauthorized"):
		return remote.Fault(l.device, remote.Unauthorized, "unlock the phone and accept this computer's key", err)
	case has("device offline"):
		return remote.Fault(l.device, remote.Offline, "plug it in again or restart it", err)
	case has("no permissions"):
		return remote.Fault(l.device, remote.Unauthorized, "this computer may not use the USB device: add a udev rule and plug it in again", err)
	case has("not found") && has("device"), has("no devices"):
		return remote.Fault(l.device, remote.NoSuchDevice, "check the cable and adb.serial against `adb devices`", err)
	}
	return remote.Fault(l.device, remote.ConnectionLost, "check the cable or network and whether the device still runs", err)
}

// Close implements posix.Shell. The server and its devices are everybody's and stay.
func (l *link) Close() error { return nil }

// Exec implements posix.Shell.
func (l *link) Exec(ctx context.Context, r posix.Request) error {
	slots := l.commands
	if r.Urgent {
		slots = l.kills
	}
	select {
	case slots <- struct{}{}:
		defer func() { <-slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if l.suspect.Load() {
		if err := l.ready(ctx); err != nil {
			return err
		}
	}
	words := &tail{to: r.Stderr}
	r.Stderr = words
	args := []string{"-s", l.serial}
	if l.shellV2 {
		args = append(args, "shell", "-T", r.Line)
	} else {
		args = append(args, "exec-out", r.Line)
	}
	err := posix.RunProgram(ctx, r, l.path, l.args(args...)...)
	var exit *exec.ExitError
	switch says := words.String(); {
	case err == nil, ctx.Err() != nil, !errors.As(err, &exit):
		return err
	case strings.HasPrefix(says, "error: "), strings.HasPrefix(says, "adb: "), strings.Contains(says, "\nerror: "):
		return l.why(says, err)
	}
	// The wrapper's exit status, or a link that broke in silence: the missing report will tell.
	l.suspect.Store(true)
	return nil
}

// Upload implements posix.Mover.
func (l *link) Upload(ctx context.Context, r io.Reader, size int64, path string) error {
	file, remove, err := spool()
	if err != nil {
		return err
	}
	defer remove()
	_, err = io.Copy(file, r)
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	return l.transfer(ctx, size, "push", file.Name(), path)
}

// Download implements posix.Mover.
func (l *link) Download(ctx context.Context, path string, w io.Writer) error {
	file, remove, err := spool()
	if err != nil {
		return err
	}
	defer remove()
	defer file.Close()
	const unknown = 8 << 30
	if err := l.transfer(ctx, unknown, "pull", path, file.Name()); err != nil {
		return err
	}
	// adb may have replaced the file rather than filled it.
	filled, err := os.Open(file.Name())
	if err != nil {
		return err
	}
	defer filled.Close()
	_, err = io.Copy(w, filled)
	return err
}

// spool makes a file of this machine's for adb, which takes names only.
func spool() (*os.File, func(), error) {
	dir, err := os.MkdirTemp("", "rt3d-adb-")
	if err != nil {
		return nil, nil, err
	}
	remove := func() { os.RemoveAll(dir) }
	file, err := os.Create(filepath.Join(dir, "file"))
	if err != nil {
		remove()
		return nil, nil, err
	}
	return file, remove, nil
}

// transfer runs adb push or pull, bounded by what the slowest usable link takes for size bytes.
func (l *link) transfer(ctx context.Context, size int64, verb, from, to string) error {
	if l.suspect.Load() {
		if err := l.ready(ctx); err != nil {
			return err
		}
	}
	const slowest = 256 << 10 // bytes per second
	limited, cancel := context.WithTimeout(ctx, time.Minute+time.Duration(size/slowest)*time.Second)
	defer cancel()
	words := &tail{}
	err := posix.RunProgram(limited, posix.Request{Stdout: words, Stderr: words}, l.path, l.args("-s", l.serial, verb, from, to)...)
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if limited.Err() != nil {
		l.suspect.Store(true)
		return remote.Fault(l.device, remote.ConnectionLost, "check the cable or network and whether the device still answers", fmt.Errorf("adb %s took too long", verb))
	}
	says := words.String()
	err = fmt.Errorf("adb %s: %s", verb, says)
	if known := posix.Explain(l.device, says, err); known != nil {
		return known
	}
	return l.why(says, fmt.Errorf("adb %s", verb))
}

// tail keeps the last of what adb says, and passes it on to another writer unless that is nil.
type tail struct {
	to   io.Writer
	mu   sync.Mutex
	text []byte
}

// Write implements io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if n := len(t.text) - 4096; n > 0 {
		t.text = t.text[n:]
	}
	if t.to == nil {
		return len(p), nil
	}
	return t.to.Write(p)
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.text))
}
