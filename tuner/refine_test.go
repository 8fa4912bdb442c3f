package tuner

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// trainer halves every kept weight and takes an hour of the study's clock, if it has one.
type trainer struct {
	clock *clock
	calls int
	err   error // instead of a network
}

func (r *trainer) Refine(ctx context.Context, dense, pruned *model.Graph) (*model.Graph, error) {
	r.calls++
	if r.clock != nil {
		r.clock.advance(time.Hour)
	}
	if r.err != nil {
		return nil, r.err
	}
	g := pruned.Clone()
	for _, n := range g.Convs() {
		for i := range n.Op.(*model.Conv).Weight {
			n.Op.(*model.Conv).Weight[i] /= 2
		}
	}
	return g, nil
}

// trained is an accuracy that a trained network has back.
type trained struct{ Accuracy }

func (a trained) Measure(ctx context.Context, g *model.Graph, s map[string]spec.Schedule, clips int) (float64, error) {
	quality, err := a.Accuracy.Measure(ctx, g, s, clips)
	if w := g.Convs()[0].Op.(*model.Conv).Weight; err == nil && pruned(g) && halved(w) {
		quality = (1 + quality) / 2
	}
	return quality, err
}

func pruned(g *model.Graph) bool {
	for _, n := range g.Convs() {
		if n.Op.(*model.Conv).Mask != nil {
			return true
		}
	}
	return false
}

// halved tells that no weight is above what the trainer leaves.
func halved(weights []float32) bool {
	for _, w := range weights {
		if max(w, -w) > 0.25 {
			return false
		}
	}
	return true
}

// The search sends networks of its front to be trained on, measures what comes back as networks of the
// same study, marked, and does not count the training as its own time.
func TestRefinedNetworksJoinTheStudy(t *testing.T) {
	study, c := newStudy(t, "", Options{Wall: 3 * time.Minute, Seed: 1, Refined: 2})
	study.Accuracy = trained{study.Accuracy}
	refiner := &trainer{clock: c}
	study.Refiner = refiner
	sum := mustRun(t, study)
	if refiner.calls != 2 {
		t.Errorf("the refiner was called %d times, want 2", refiner.calls)
	}
	if sum.Elapsed < 2*time.Hour || sum.Elapsed > 2*time.Hour+4*time.Minute {
		t.Errorf("the study took %s; want the search's 3 minutes and the refiner's 2 hours", sum.Elapsed)
	}
	held, onFront := map[Phase]int{}, 0
	for _, trial := range trials(t, study) {
		if trial.Refined == "" {
			continue
		}
		held[Phase(trial.Phase).base()]++
		if !strings.HasPrefix(trial.Key, "refined-") || trial.Latency == nil || trial.MACs >= sum.Dense.MACs {
			t.Errorf("refined trial %d: key %s, latency %v, %d MACs", trial.Number, trial.Key, trial.Latency, trial.MACs)
		}
		if _, err := study.Store.Network(t.Context(), trial.Refined); err != nil {
			t.Error(err)
		}
	}
	if held[RefinePhase] != 2 || held[PlayoffPhase] == 0 || len(held) != 2 {
		t.Errorf("refined trials by phase: %v", held)
	}
	for _, p := range sum.Front {
		if p.Refined != "" {
			onFront++
		}
	}
	if onFront == 0 {
		t.Error("no refined network is on the front, though training gives half of what was lost back")
	}
}

// What a resumed study has refined it does not send again.
func TestRefineResumes(t *testing.T) {
	study, _ := newStudy(t, "", Options{Trials: 60, Seed: 1, Refined: 2})
	failing := &trainer{err: errors.New("no card is free")}
	study.Refiner = failing
	_, err := Run(t.Context(), study)
	if err == nil || !strings.Contains(err.Error(), "no card is free") {
		t.Fatalf("error %v, want the refiner's", err)
	}
	if s := state(t, study); s != results.Failed {
		t.Errorf("state %s", s)
	}
	refiner := &trainer{}
	study.Refiner = refiner
	mustRun(t, study)
	mustRun(t, study)
	if refiner.calls != 2 {
		t.Errorf("the refiner was called %d times in two invocations, want 2", refiner.calls)
	}
}
