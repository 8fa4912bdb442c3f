package tuner

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
)

// byWidth expects most of the widest tiles.
type byWidth struct {
	asked [][]spec.Schedule
	err   error
}

func (p *byWidth) Shares(_ context.Context, _ spec.Workload, schedules []spec.Schedule) ([]float64, error) {
	p.asked = append(p.asked, schedules)
	var shares []float64
	for _, s := range schedules {
		shares = append(shares, float64(s.TileWidth)/64)
	}
	return shares, p.err
}

// TestPriorOrdersWhatIsTriedFirst: the strategy of every cell begins with the schedules that the prior
// likes best among those drawn.
func TestPriorOrdersWhatIsTriedFirst(t *testing.T) {
	prior := &byWidth{}
	study, _ := newStudy(t, filepath.Join(t.TempDir(), "results.db"), Options{})
	study.Prior = prior
	s, err := newSearch(t.Context(), study)
	if err != nil {
		t.Fatal(err)
	}
	s.table = newTable()
	at := slices.IndexFunc(s.layers, func(l layer) bool { return len(l.groups) > 0 })
	task, err := newTask(t.Context(), s.layers[at].workload, s)
	if err != nil {
		t.Fatal(err)
	}
	if len(prior.asked) != 2 {
		t.Fatalf("the prior was asked %d times, want once for dense and once for masked layers", len(prior.asked))
	}
	for i, k := range []cellKey{task.cells[0], task.cells[1]} {
		widest := 0
		for _, drawn := range prior.asked[i] {
			widest = max(widest, drawn.TileWidth)
		}
		first, found, err := task.ask(k, nil)
		if err != nil || !found {
			t.Fatalf("ask: %v, %v", found, err)
		}
		if first.TileWidth != widest {
			t.Errorf("cell %d begins with %s, the prior likes width %d best", i, first.Name(), widest)
		}
	}
}

// TestSearchGoesOnWithoutPrior: a prior that fails is given up, and the search is not.
func TestSearchGoesOnWithoutPrior(t *testing.T) {
	study, _ := newStudy(t, filepath.Join(t.TempDir(), "results.db"), Options{})
	prior := &byWidth{err: errors.New("no such program")}
	study.Prior = prior
	s, err := newSearch(t.Context(), study)
	if err != nil {
		t.Fatal(err)
	}
	s.table = newTable()
	for _, l := range s.layers[:2] {
		if _, err := newTask(t.Context(), l.workload, s); err != nil {
			t.Fatal(err)
		}
	}
	if len(prior.asked) != 1 {
		t.Errorf("the prior was asked %d times after it had failed, want never again", len(prior.asked)-1)
	}
}
