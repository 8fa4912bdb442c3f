package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/rt3d-tune/rt3d-tune/configs"
	"github.com/rt3d-tune/rt3d-tune/model/onnx"
	"github.com/rt3d-tune/rt3d-tune/remote"
)

// The exit statuses (documented in every command's help).
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
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
	var (
		device *remote.DeviceError
		config *configs.Error
		onnxIn *onnx.Error
		user   *usageError
	)
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "rt3d-tune: interrupted; run the same command again to go on")
		return exitInterrupted
	case errors.As(err, &device):
		fmt.Fprintf(stderr, "rt3d-tune: %v\n", err)
		return exitDevice
	case errors.As(err, &config), errors.As(err, &onnxIn), errors.As(err, &user):
		fmt.Fprintf(stderr, "rt3d-tune: %v\n", err)
		return exitUsage
	}
	fmt.Fprintf(stderr, "rt3d-tune: %v\n", err)
	return exitFailed
}
