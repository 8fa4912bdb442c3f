// Package refining has pruned networks trained on by a command of the user's: it hands over the network as
// ONNX, masks in its metadata, and takes back an ONNX of the same layers. It refuses to train, and to take
// anything in which a removed weight has come back.
package refining

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rt3d-tune/rt3d-tune/internal/command"
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
func Check(args []string) error {
	all := strings.Join(args, "\x00")
	switch {
	case len(args) == 0:
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

// run runs the command.
func (c *Command) run(ctx context.Context, files *strings.Replacer) error {
	args := slices.Clone(c.Args)
	for i, a := range args {
		args[i] = files.Replace(a)
	}
	r := command.Command{Args: args, Dir: c.Dir, Timeout: c.Timeout, Setting: "refine.timeout", Stdout: c.Log, Stderr: c.Log}
	if err := r.Run(ctx); err != nil {
		return fmt.Errorf("refine command %s: %w", strings.Join(args, " "), err)
	}
	return nil
}
