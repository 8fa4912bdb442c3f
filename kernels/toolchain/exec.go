package toolchain

import (
	"context"
	"os/exec"
	"syscall"
	"time"
)

// run executes a compiler in a directory and returns what it printed. When ctx ends the compiler and
// the programs that it started are killed.
func run(ctx context.Context, dir string, args []string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	return cmd.CombinedOutput()
}
