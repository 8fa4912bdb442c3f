// Package refining has pruned networks trained on by a command of the user's: it hands over the network as
// ONNX, masks in its metadata, and takes back an ONNX of the same layers. It refuses to train, and to take
// anything in which a removed weight has come back.
package refining

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/model/onnx"
)

// The places in a command that are filled in with files.
const (
	Model  = "{model}"  // the pruned network, to be read
	Dense  = "{dense}"  // the network before pruning, to be read: a teacher for distillation
	Output = "{output}" // the trained network, to be written
)

// Check says what is wrong with a command: it must name its program, Model and Output.
func Check(command []string) error {
	all := strings.Join(command, "\x00")
	switch {
	case len(command) == 0:
		return errors.New("names no program")
	case !strings.Contains(all, Model) || !strings.Contains(all, Output):
		return fmt.Errorf("want %s where the command reads the pruned network and %s where it writes the trained one", Model, Output)
	}
	return nil
}

// Command implements tuner.Refiner.
type Command struct {
	// Args are the program and its arguments, with Model, Dense and Output where files are meant.
	Args []string
	// Dir is where the command runs.
	Dir string
	// Timeout bounds one run; 0: no bound.
	Timeout time.Duration
	// Log gets what the command prints; nil: only the end of it, in an error.
	Log io.Writer
}

// waitAfterKill is how long the command's output may stay open after it was killed.
const waitAfterKill = 5 * time.Second

// Refine implements tuner.Refiner.
func (c *Command) Refine(ctx context.Context, dense, pruned *model.Graph) (*model.Graph, error) {
	if err := Check(c.Args); err != nil {
		return nil, fmt.Errorf("refine command: %w", err)
	}
	dir, err := os.MkdirTemp("", "rt3d-refine-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	in, teacher, out := filepath.Join(dir, "pruned.onnx"), filepath.Join(dir, "dense.onnx"), filepath.Join(dir, "trained.onnx")
	if err := onnx.WriteFile(in, pruned); err != nil {
		return nil, err
	}
	if err := onnx.WriteFile(teacher, dense); err != nil {
		return nil, err
	}
	if err := c.run(ctx, strings.NewReplacer(Model, in, Dense, teacher, Output, out)); err != nil {
		return nil, err
	}
	trained, err := onnx.ReadFile(out)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("refine command %s: ended well but wrote no file in place of %s", c.Args[0], Output)
	}
	if err != nil {
		return nil, fmt.Errorf("refine command %s: its network: %w", c.Args[0], err)
	}
	g, err := adopt(pruned, trained)
	if err != nil {
		return nil, fmt.Errorf("refine command %s: %w", c.Args[0], err)
	}
	return g, nil
}

// run runs the command in a process group of its own, so that it and all that it started can be ended.
func (c *Command) run(ctx context.Context, files *strings.Replacer) error {
	if c.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, c.Timeout, fmt.Errorf("took longer than refine.timeout, %s", c.Timeout))
		defer cancel()
	}
	args := slices.Clone(c.Args)
	for i, a := range args {
		args[i] = files.Replace(a)
	}
	command := exec.CommandContext(ctx, args[0], args[1:]...)
	command.Dir = c.Dir
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
	command.WaitDelay = waitAfterKill
	end := &tail{}
	command.Stdout, command.Stderr = io.Writer(end), io.Writer(end)
	if c.Log != nil {
		both := io.MultiWriter(end, c.Log)
		command.Stdout, command.Stderr = both, both
	}
	err := command.Run()
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
	return fmt.Errorf("refine command %s: %w%s", strings.Join(args, " "), err, text)
}

// tail keeps the last of what is written to it.
type tail struct{ text []byte }

// kept of a command's output, in bytes.
const kept = 2000

// Write implements io.Writer.
func (t *tail) Write(p []byte) (int, error) {
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
