package posix

import (
	"context"
	"io"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// RunProgram hands a request to a program on this machine whose standard streams are the device's
// shell's, as ssh's and adb's are. It returns the program's *exec.ExitError, which need not be the
// line's. The program is killed when ctx ends.
func RunProgram(ctx context.Context, r Request, path string, args ...string) error {
	cmd := exec.Command(path, args...)
	cmd.Stdout, cmd.Stderr = r.Stdout, r.Stderr
	// Its own group, so that Ctrl-C reaches us first and the command on the device is ended in order.
	// It dies with us; the kernel takes that from the thread that starts it, which must live as long.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.WaitDelay = time.Second
	var stdin io.WriteCloser
	if r.Stdin != nil {
		// Not cmd.Stdin: Wait would wait for the reader, which may never end.
		var err error
		if stdin, err = cmd.StdinPipe(); err != nil {
			return err
		}
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	if r.Started != nil {
		r.Started()
	}
	if stdin != nil {
		go func() {
			// An error here is the program that stopped reading, or the reader, which keeps its own.
			_, _ = io.Copy(stdin, r.Stdin)
			stdin.Close()
		}()
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-ended
		return ctx.Err()
	}
}
