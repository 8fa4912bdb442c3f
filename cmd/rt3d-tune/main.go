// Command rt3d-tune finds, for a 3D convolutional network and a device, the front of accuracy against
// latency that structured pruning and tuned kernels reach, by measuring on the device.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// version and commit are set by the linker for releases and by the Makefile.
var (
	version = "0.1.0"
	commit  = ""
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second Ctrl-C ends the program at once: the store survives that.
	context.AfterFunc(ctx, stop)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	os.Exit(code)
}

// run executes one command line and returns its exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	return exitStatus(ctx, root.ExecuteContext(ctx), stderr)
}
