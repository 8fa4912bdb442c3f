package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	if err := newRoot().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "benchmarks:", err)
		os.Exit(1)
	}
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "benchmarks",
		Short:         "Compare rt3d-tune with other engines on this machine",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddCommand(newLayers(), newSparsity(), newTuned(), newNetworks(), newRecovery())
	return root
}
