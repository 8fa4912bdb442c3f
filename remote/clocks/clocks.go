// Package clocks holds the frequency of a device's cores still while something is timed, on devices that
// grant root, and gives it back. Governor and limits are saved on the device before they are set, and are
// read back after; a process on the device gives them back when the lease ends, so that neither kill -9,
// a lost link nor a crash of this machine leaves a phone at a frequency that is not its own. It decides
// nothing about when something is timed, and starts nothing that outlives a lease.
package clocks

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/remote/shellquote"
)

var (
	//go:embed functions.sh
	functions string
	//go:embed hold.sh
	holdText string
	//go:embed dog.sh
	dogText string
)

// Lock holds the clocks of some cores of one device. Its methods are called one at a time.
type Lock struct {
	// KHz to hold, the next lower one that a core has; 0 is the highest.
	KHz int
	// Cores whose clocks are held, with all others that share them; nil means all.
	Cores []int

	cpuDir, stateDir string   // other than the device's own, for tests
	how              []string // words that give root, once they are known to; nil: not asked yet
}

// ways to become root, in the order in which they are tried: as we are, Magisk's and other phones' su, that
// of Android's engineering builds, a board's sudo.
var ways = [][]string{{}, {"su", "-c"}, {"su", "0", "sh", "-c"}, {"sudo", "-n", "sh", "-c"}}

const (
	exitNoRight = 10
	exitNoClock = 11
	// askLimit is how long a script may take: su may ask on the phone's screen.
	askLimit = 2 * time.Minute
)

// Hold sets the clocks, reads them back, and sees to it that they are given back when the lease ends; a
// later Hold prolongs it. It says what is held: "policy4 performance 2400000, ..." (governor, kHz). The
// error is a *remote.DeviceError when the device does not let it, and the link's own.
func (l *Lock) Hold(ctx context.Context, t remote.Transport, lease time.Duration) (held string, err error) {
	out, err := l.run(ctx, t, "hold", lease)
	if err != nil {
		return "", fmt.Errorf("hold the clocks of %s: %w", t.Name(), err)
	}
	return strings.ReplaceAll(strings.TrimSpace(out), "\n", ", "), nil
}

// Release gives the clocks back and reads them back. Without a Hold before it, by whatever process, it does
// nothing.
func (l *Lock) Release(ctx context.Context, t remote.Transport) error {
	if _, err := l.run(ctx, t, "release", 0); err != nil {
		return fmt.Errorf("give the clocks of %s back: %w", t.Name(), err)
	}
	return nil
}

// run executes the script in the first way that has the right to set a frequency.
func (l *Lock) run(ctx context.Context, t remote.Transport, mode string, lease time.Duration) (string, error) {
	tried := ways
	if l.how != nil {
		tried = [][]string{l.how}
	}
	var refusals []string
	for _, how := range tried {
		out, exit, err := l.script(ctx, t, how, mode, lease)
		var start *remote.StartError
		switch {
		case errors.As(err, &start) && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission)):
			continue // no su, no sudo
		case err != nil:
			return "", err
		case exit == 0:
			l.how = how
			return out, nil
		case exit == exitNoClock, len(how) == 0 && exit != exitNoRight:
			return "", remote.Fault(t.Name(), remote.NotPermitted, "leave lock_clocks out", errors.New(out))
		}
		refusals = append(refusals, fmt.Sprintf("%s: %s", strings.Join(append(how, "script"), " "), out))
	}
	return "", remote.Fault(t.Name(), remote.NotPermitted, "grant root to the shell, or leave lock_clocks out", errors.New(strings.Join(refusals, "; ")))
}

// script runs the script once. A status other than 0 comes with what the script said.
func (l *Lock) script(ctx context.Context, t remote.Transport, how []string, mode string, lease time.Duration) (out string, exit int, err error) {
	cpuDir := l.cpuDir
	if cpuDir == "" {
		cpuDir = "/sys/devices/system/cpu"
	}
	words := []string{"sh", "-c", functions + holdText, "rt3d-clocks", mode, cpuDir, l.stateDir, strconv.Itoa(l.KHz),
		strconv.Itoa(int((lease + time.Second - 1) / time.Second)), functions + dogText}
	for _, core := range l.Cores {
		words = append(words, strconv.Itoa(core))
	}
	if len(how) > 0 {
		words = append(append([]string{}, how...), shellquote.Join(words...))
	}
	var stdout, stderr bytes.Buffer
	r, err := t.Run(ctx, remote.Command{Args: words, Stdout: &stdout, Stderr: &stderr, Timeout: askLimit})
	switch {
	case err != nil:
		return "", 0, err
	case r.TimedOut:
		return fmt.Sprintf("no answer within %v; the device may be asking on its screen", askLimit), -1, nil
	case r.ExitCode != 0 || r.Signal != 0:
		return cmp.Or(strings.TrimSpace(stderr.String()), strings.TrimSpace(stdout.String()), fmt.Sprintf("exit status %d", r.ExitCode)), r.ExitCode, nil
	}
	return stdout.String(), 0, nil
}
