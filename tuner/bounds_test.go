package tuner

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/rt3d-tune/rt3d-tune/bench"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// A bound of trials holds: every bound that is not refused is kept, dense is measured, and a playoff held.
func TestTrialsAreABound(t *testing.T) {
	tooFew := func(trials int) *TooFewTrialsError {
		study, _ := newStudy(t, "", Options{Trials: trials})
		_, err := Run(t.Context(), study)
		var few *TooFewTrialsError
		if !errors.As(err, &few) {
			t.Fatalf("%d trials: %v, want them refused", trials, err)
		}
		return few
	}
	least := tooFew(1).Least()
	if few := tooFew(least - 1); few.Least() != least || few.Kernels != 8 || !strings.Contains(few.Error(), "takes at least 12: 8 kernels") {
		t.Fatalf("%v: want 12 at least", few)
	}
	for trials := least; trials < least+40; trials += 4 + trials%3 {
		for _, shares := range []Shares{{}, {Table: 0.05, Sensitivity: 0.9, Search: 0.05}, {Table: 1}} {
			study, _ := newStudy(t, "", Options{Trials: trials, Shares: shares, Seed: uint64(trials)})
			sum := mustRun(t, study)
			all := 0
			for _, n := range sum.Trials {
				all += n
			}
			if all > trials || sum.Dense.Trial == nil || sum.Trials[PlayoffPhase] == 0 || sum.Picked == "" {
				t.Errorf("%d trials, shares %+v: %d were run (%v), dense %v, picked %q", trials, shares, all, sum.Trials, sum.Dense.Trial != nil, sum.Picked)
			}
		}
	}
}

// Trials that met faults of the device count, and the bound holds all the same.
func TestTrialsAreABoundOnAFaultyDevice(t *testing.T) {
	for seed := range uint64(6) {
		study, _ := newStudy(t, "", Options{Trials: 25, Seed: seed})
		r := rand.New(rand.NewPCG(seed, 9))
		study.Evaluator.(*device).outcome = func(string, int) results.Outcome {
			if r.Float64() < 0.25 {
				return results.Hot
			}
			return ""
		}
		_, err := Run(t.Context(), study)
		var over *OutOfBudgetError
		if err != nil && !errors.As(err, &over) && !strings.Contains(err.Error(), "nothing but faults") {
			t.Errorf("seed %d: %v", seed, err)
		}
		trials, err := study.Store.Trials(t.Context(), study.ID, results.TrialFilter{})
		if err != nil || len(trials) > 25 {
			t.Errorf("seed %d: %d trials, %v: want at most 25", seed, len(trials), err)
		}
	}
}

// slow takes its time for calibration.
type slowPruner struct {
	pruner
	calibration time.Duration
}

func (p slowPruner) Apply(ctx context.Context, g *model.Graph, choice []LayerChoice) (*model.Graph, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(p.calibration):
	}
	return p.pruner.Apply(ctx, g, choice)
}

// The wall time bounds what must run too: whatever it ends in, the search stops, says in what, and goes on
// from there when it is run again.
func TestWallBoundsWhatMustRun(t *testing.T) {
	for wall, while := range map[time.Duration]string{
		time.Second:             "while the dense kernels were timed", // a kernel takes 80 ms, and 300 more to build
		5200 * time.Millisecond: "while the dense network was",
	} {
		study, c := newStudy(t, "", Options{Wall: wall})
		began := c.Now()
		_, err := Run(t.Context(), study)
		var over *OutOfBudgetError
		if !errors.As(err, &over) || !strings.HasPrefix(over.While, while) || !strings.Contains(err.Error(), "wall time of "+wall.String()) {
			t.Errorf("wall %s: %v, want it over %s", wall, err, while)
		}
		// One trial may be in flight, and one evaluation of the dense network.
		if spent := c.Now().Sub(began); spent > wall+4*time.Second {
			t.Errorf("wall %s: %s were spent", wall, spent)
		}
		before, err := study.Store.Trials(t.Context(), study.ID, results.TrialFilter{})
		if err != nil || len(before) == 0 {
			t.Fatalf("wall %s: %d trials are in the store, %v", wall, len(before), err)
		}
		row, err := study.Store.StudyByName(t.Context(), "test")
		if err != nil || row.State != results.Interrupted {
			t.Errorf("wall %s: the study is %v, %v", wall, row.State, err)
		}
		study.Options.Wall = time.Minute
		again, ok := study.Evaluator.(*device)
		if !ok {
			t.Fatal("another evaluator")
		}
		timed := len(again.asked)
		mustRun(t, study)
		for _, key := range again.asked[timed:] {
			for _, b := range before {
				if b.Phase == string(TablePhase) && b.Key == key {
					t.Errorf("wall %s: %s was timed again", wall, key)
				}
			}
		}
	}
	study, _ := newStudy(t, "", Options{Wall: 50 * time.Millisecond})
	study.Options.Now = time.Now
	study.Pruner = slowPruner{study.Pruner.(pruner), time.Hour}
	began := time.Now()
	_, err := Run(t.Context(), study)
	var over *OutOfBudgetError
	if !errors.As(err, &over) || over.While != "while statistics were taken on the calibration clips" {
		t.Errorf("%v after %s: want it said that calibration took all the time", err, time.Since(began))
	}
}

// An interrupt is an interrupt, not an end of the budget.
func TestInterruptIsNotTheEndOfTheBudget(t *testing.T) {
	study, _ := newStudy(t, "", Options{Wall: time.Hour})
	ctx, cancel := context.WithCancel(t.Context())
	study.Evaluator = interrupting{study.Evaluator, cancel}
	_, err := Run(ctx, study)
	var over *OutOfBudgetError
	if err == nil || errors.As(err, &over) || !errors.Is(err, context.Canceled) {
		t.Errorf("%v: want an interrupt", err)
	}
}

type interrupting struct {
	bench.Evaluator
	interrupt func()
}

func (i interrupting) Evaluate(ctx context.Context, candidates []bench.Candidate) <-chan bench.Result {
	i.interrupt()
	return i.Evaluator.Evaluate(ctx, candidates)
}
