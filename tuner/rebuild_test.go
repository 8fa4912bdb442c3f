package tuner

import (
	"context"
	"errors"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// other prunes as pruner does, and then changes one weight that is kept.
type other struct{ Pruner }

func (o other) Apply(ctx context.Context, g *model.Graph, choice []LayerChoice) (*model.Graph, error) {
	g, err := o.Pruner.Apply(ctx, g, choice)
	if err == nil {
		g.Convs()[0].Op.(*model.Conv).Weight[0] += 1e-6
	}
	return g, err
}

// Every measured network can be made again from the record, and nothing else passes for it.
func TestRebuild(t *testing.T) {
	study, _ := newStudy(t, "", Options{Seed: 3, Trials: 40})
	study.Evaluator.(*device).packs = true
	study.Refiner = &trainer{}
	if _, err := Run(t.Context(), study); err != nil {
		t.Fatal(err)
	}
	trials, err := study.Store.Trials(t.Context(), study.ID, results.TrialFilter{Outcome: results.OK})
	if err != nil {
		t.Fatal(err)
	}
	rebuilt, refused, refined := 0, 0, 0
	for _, trial := range trials {
		var trained []byte
		if trial.Refined != "" {
			refined++
			if trained, err = study.Store.Network(t.Context(), trial.Refined); err != nil {
				t.Fatal(err)
			}
		}
		program, err := Rebuild(t.Context(), Origin{study.Graph, study.Pruner, trained}, study.Target, trial)
		if phase := Phase(trial.Phase).base(); phase != SearchPhase && phase != RefinePhase && phase != PlayoffPhase {
			if err == nil {
				t.Errorf("trial %d of phase %s was made again as a network", trial.Number, phase)
			}
			continue
		}
		if err != nil {
			t.Error(err)
			continue
		}
		rebuilt++
		if len(program.Schedules) == 0 || program.Threads != 1 {
			t.Errorf("trial %d: %d schedules, %d threads", trial.Number, len(program.Schedules), program.Threads)
		}
		if trial.Key == "dense" || trial.Refined != "" {
			continue
		}
		if _, err := Rebuild(t.Context(), Origin{study.Graph, other{study.Pruner}, nil}, study.Target, trial); !errors.Is(err, ErrNotReproduced) {
			t.Errorf("trial %d with another weight: error %v", trial.Number, err)
		}
		refused++
	}
	if rebuilt < 4 || refused < 2 || refined < 1 {
		t.Errorf("%d networks were made again (%d refined), %d were refused: too few to tell", rebuilt, refined, refused)
	}
}
