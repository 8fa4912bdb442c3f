package tuner

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
)

// OutOfBudgetError says that the budget was spent before the dense network was measured, without which a
// search has nothing to show. What was measured is in the store.
type OutOfBudgetError struct {
	Spent string // "wall time of 2s" or "40 trials"
	While string // what was being done
}

// Error implements error.
func (e *OutOfBudgetError) Error() string {
	return fmt.Sprintf("the %s is over %s, before the dense network was measured; give more, or run the same command again to go on", e.Spent, e.While)
}

// TooFewTrialsError says that a bound of trials cannot hold a search of this network.
type TooFewTrialsError struct{ Trials, Kernels int }

// Least is the fewest trials that can.
func (e *TooFewTrialsError) Least() int { return e.Kernels + leastNetworks }

// Error implements error.
func (e *TooFewTrialsError) Error() string {
	return fmt.Sprintf("is %d; a search of this network takes at least %d: %d kernels of its dense layers, the dense network's accuracy and time, and %d networks in the playoff",
		e.Trials, e.Least(), e.Kernels, leastContenders)
}

// leastNetworks are trials of whole networks: dense on the clips of the sensitivities, dense measured, and
// the playoff.
const leastNetworks = 2 + leastContenders

// CheckTrials refuses, with a *TooFewTrialsError, a bound that a search would break; other errors are about
// the network or the other options. A search checks it too, but then its study is in the store already.
func CheckTrials(g *model.Graph, target spec.Target, o Options) error {
	info, err := isa.Of(target.ISA, target.DataType)
	if err != nil {
		return err
	}
	layers, err := layersOf(g, target.DataType, o)
	if err != nil {
		return err
	}
	return checkTrials(layers, info.Vector(), o)
}

func checkTrials(layers []layer, v spec.Vector, o Options) error {
	least := 0
	seen := map[string]bool{}
	for _, l := range layers {
		if !seen[l.id] {
			seen[l.id] = true
			least += len(standards(l.workload, denseCell(l.id), v, o.Threads))
		}
	}
	if o.Trials > 0 && o.Trials < least+leastNetworks {
		return &TooFewTrialsError{Trials: o.Trials, Kernels: least}
	}
	return nil
}

// errOver ends work that must run when the wall time is over.
var errOver = errors.New("wall time is over")

// must runs work without which there is no result: it has the rest of the whole wall time, whatever its
// phase was given, and no more.
func (s *search) must(ctx context.Context, while string, work func(context.Context) error) error {
	deadline := s.budget.deadline
	if deadline.IsZero() {
		return work(ctx)
	}
	over := &OutOfBudgetError{fmt.Sprintf("wall time of %s", s.Options.Wall), while}
	left := deadline.Sub(s.Options.Now())
	if left <= 0 {
		return over
	}
	// The device's clock may be faster than this machine's (a simulated phone's): stream looks at it.
	inner, cancel := context.WithTimeout(ctx, left)
	defer cancel()
	s.mustEnd = deadline
	err := work(inner)
	s.mustEnd = time.Time{}
	if ctx.Err() == nil && err != nil && (inner.Err() != nil || errors.Is(err, errOver)) {
		return over
	}
	return err
}

// isOver tells that work which must run has used up the wall time.
func (s *search) isOver() bool {
	return !s.mustEnd.IsZero() && s.Options.Now().After(s.mustEnd)
}

// standards are the hand-made choices for a cell: the one that runs kept lists, and for dense a Winograd
// kernel where that promises more.
func standards(w spec.Workload, k cellKey, v spec.Vector, threads int) []spec.Schedule {
	s := spec.DefaultScheduleFor(w, v, k.group.sparsity(k.density))
	s.Threads = threads
	all := []spec.Schedule{s}
	if k.group == dense {
		if fast, ok := spec.DefaultWinograd(w, v, threads, math.MaxInt64); ok {
			all = append(all, fast.Schedule)
		}
	}
	return all
}
