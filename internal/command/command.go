// Package command runs programs that users name in their configurations: each in a process group of its own, so
// that it and all that it started can be ended, with a bound on its time and its last words in the error. It
// refuses to interpret what they print.
package command

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Command is one run of a program.
type Command struct {
	// Args are the program and its arguments.
	Args []string
	// Dir is where it runs.
	Dir string
	// Timeout bounds it, 0: no bound; Setting is the configuration's key that says so, for the error.
	Timeout time.Duration
	Setting string
	// Stdout and Stderr get what it prints; nil: only the end of it goes into an error.
	Stdout, Stderr io.Writer
}

// waitAfterKill is how long the program's output may stay open after it was killed.
const waitAfterKill = 5 * time.Second

// Run runs the program to its end. The error of one that fails has the end of what it printed.
func (c Command) Run(ctx context.Context) error {
	if c.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, c.Timeout, fmt.Errorf("took longer than %s, %s", c.Setting, c.Timeout))
		defer cancel()
	}
	program := exec.CommandContext(ctx, c.Args[0], c.Args[1:]...)
	program.Dir = c.Dir
	program.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	program.Cancel = func() error { return syscall.Kill(-program.Process.Pid, syscall.SIGKILL) }
	program.WaitDelay = waitAfterKill
	end := &tail{}
	program.Stdout, program.Stderr = both(end, c.Stdout), both(end, c.Stderr)
	if c.Stdout == c.Stderr { // one writer is never written to twice at once
		program.Stderr = program.Stdout
	}
	err := program.Run()
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	}
	text := strings.TrimSpace(end.String())
	if text != "" {
		text = "; its last words:\n" + text
	}
	return fmt.Errorf("%w%s", err, text)
}

func both(end *tail, w io.Writer) io.Writer {
	if w == nil {
		return end
	}
	return io.MultiWriter(end, w)
}

// tail keeps the last of what is written to it.
type tail struct {
	mu   sync.Mutex
	text []byte
}

// kept of a command's output, in bytes.
const kept = 2000

// Write implements io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if extra := len(t.text) - kept; extra > 0 {
		t.text = append(t.text[:0], t.text[extra:]...)
	}
	return len(p), nil
}

// String leaves out the line that it begins in the middle of, and what a progress line has overwritten.
func (t *tail) String() string {
	text := t.text
	if len(text) == kept {
		if at := bytes.IndexByte(text, '\n'); at >= 0 {
			text = text[at+1:]
		}
	}
	lines := strings.Split(string(text), "\n")
	for i, l := range lines {
		lines[i] = l[strings.LastIndexByte(strings.TrimRight(l, "\r"), '\r')+1:]
	}
	return strings.Join(lines, "\n")
}
