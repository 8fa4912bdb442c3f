package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"syscall"

	"github.com/rt3d-tune/rt3d-tune/bench"
	"github.com/rt3d-tune/rt3d-tune/configs"
	"github.com/rt3d-tune/rt3d-tune/kernels/toolchain"
	"github.com/rt3d-tune/rt3d-tune/model/onnx"
	"github.com/rt3d-tune/rt3d-tune/prune/recover"
	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// The exit statuses (documented in every command's help).
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitRegression  = 3
	exitUnanswered  = 4
	exitDevice      = 5
	exitInterrupted = 130
)

// usageError is a mistake of the user's: arguments, configuration, model or data.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// usage marks err as the user's mistake.
func usage(err error) error {
	if err == nil {
		return nil
	}
	return &usageError{err}
}

// usagef makes a usage error.
func usagef(format string, args ...any) error { return &usageError{fmt.Errorf(format, args...)} }

// exitStatus prints the error, if any, and gives its exit status.
func exitStatus(ctx context.Context, err error, stderr io.Writer) int {
	if err == nil {
		return exitOK
	}
	fmt.Fprintf(stderr, "rt3d-tune: %v\n", err)
	var gate *gateError
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "rt3d-tune: interrupted; run the same command again to go on")
		return exitInterrupted
	case errors.As(err, &gate):
		return gate.status()
	case infrastructure(err):
		return exitDevice
	case mistake(err):
		return exitUsage
	}
	return exitFailed
}

// infrastructure tells a fault of a device, of a link, or of what this machine lacks: a compiler, room
// on a disk.
func infrastructure(err error) bool {
	var (
		device   *remote.DeviceError
		findings *findingError
		compiler *toolchain.NoCompilerError
		space    *toolchain.NoSpaceError
		outcome  *bench.OutcomeError
	)
	if errors.As(err, &outcome) && !outcome.Outcome.Teaches() {
		return true
	}
	return errors.As(err, &device) || errors.As(err, &findings) || errors.As(err, &compiler) || errors.As(err, &space) ||
		errors.Is(err, results.ErrDiskFull) || errors.Is(err, syscall.ENOSPC)
}

// mistake tells what the user can put right in arguments, configuration, model or data.
func mistake(err error) bool {
	var (
		config *configs.Error
		onnxIn *onnx.Error
		clips  *recover.InputError
		user   *usageError
		path   *results.PathError
	)
	if errors.As(err, &config) || errors.As(err, &onnxIn) || errors.As(err, &clips) || errors.As(err, &user) || errors.As(err, &path) {
		return true
	}
	for _, refused := range []error{results.ErrNotDatabase, results.ErrForeign, results.ErrNewerSchema, results.ErrNetworkFS, results.ErrReadOnly} {
		if errors.Is(err, refused) {
			return true
		}
	}
	return false
}
