package tuner

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// ErrNotReproduced says that a network that was made again is not the one that was measured.
var ErrNotReproduced = errors.New("the network made again is not the one that was measured")

// Origin is what a measured network is made from.
type Origin struct {
	Dense  *model.Graph
	Pruner Pruner
	// Refined is the network that the trial names as refined, as the store has it; nil for one that was pruned
	// in one shot.
	Refined []byte
}

// Rebuild makes the program of a measured network again: pruned and recovered as it was, with the
// schedules and threads that it was timed with. The hash of its packed weights, which also covers masks
// and code, must be the trial's; otherwise the error wraps ErrNotReproduced.
func Rebuild(ctx context.Context, from Origin, target spec.Target, t *results.Trial) (kernels.Program, error) {
	program, err := Remake(ctx, from, target, t)
	if err != nil {
		return kernels.Program{}, err
	}
	if err := sameAsMeasured(target, program, t); err != nil {
		return kernels.Program{}, fmt.Errorf("make trial %d again: %w", t.Number, err)
	}
	return program, nil
}

// Remake makes the program that the choice, schedules and threads of a measured network give now, with the
// model, pruner and generator at hand, whether or not it is the one that was measured.
func Remake(ctx context.Context, from Origin, target spec.Target, t *results.Trial) (kernels.Program, error) {
	program, err := remake(ctx, from, target, t)
	if err != nil {
		return kernels.Program{}, fmt.Errorf("make trial %d again: %w", t.Number, err)
	}
	return program, nil
}

func remake(ctx context.Context, from Origin, target spec.Target, t *results.Trial) (kernels.Program, error) {
	program := kernels.Program{Name: "network", Graph: from.Dense}
	if t.Kind != results.ModelTrial || t.Provenance.BlobHash == "" {
		return program, errors.New("it is not a network that was compiled")
	}
	var p modelParameters
	err := json.Unmarshal(t.Parameters, &p)
	if err != nil {
		return program, fmt.Errorf("read its parameters: %w", err)
	}
	if program.Schedules, err = p.schedules(); err != nil {
		return program, fmt.Errorf("read its parameters: %w", err)
	}
	program.Threads = p.Threads
	switch {
	case t.Refined != "":
		program.Graph, err = decodeRefined(from.Dense, from.Refined)
	case len(p.Choice) > 0:
		program.Graph, err = from.Pruner.Apply(ctx, from.Dense, p.Choice)
	}
	if err == nil && p.Reordered != nil {
		program.Graph, err = reordered(target, program, p.Reordered)
	}
	return program, err
}

// sameAsMeasured compares the packed weights of a program with those that a trial was measured with.
func sameAsMeasured(target spec.Target, program kernels.Program, t *results.Trial) error {
	blob, err := kernels.Pack(target, program)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(blob)
	if got := hex.EncodeToString(sum[:]); got != t.Provenance.BlobHash {
		return fmt.Errorf("%w: its weights and code have SHA-256 %.16s, the trial's %.16s", ErrNotReproduced, got, t.Provenance.BlobHash)
	}
	return nil
}
