package tuner

import (
	"context"
	"fmt"

	"github.com/rt3d-tune/rt3d-tune/results"
)

// record is the study's trials as the store has them: everything that the search knows is derived from
// it, so that a resumed search knows what an uninterrupted one does. A trial is committed before
// anything learns from it.
type record struct {
	store *results.Store
	study int64
	// trials in the order of their numbers.
	trials []*results.Trial
	// finished trials, by phase and key: they are never run again.
	finished map[Phase]map[string]*results.Trial
	counts   map[Phase]int
	found    int // trials of earlier invocations
}

func openRecord(ctx context.Context, store *results.Store, study int64) (*record, error) {
	r := &record{store: store, study: study, finished: map[Phase]map[string]*results.Trial{}, counts: map[Phase]int{}}
	trials, err := store.Trials(ctx, study, results.TrialFilter{})
	if err != nil {
		return nil, fmt.Errorf("read the study's record: %w", err)
	}
	for _, t := range trials {
		r.note(t)
	}
	r.found = len(trials)
	return r, nil
}

func (r *record) note(t *results.Trial) {
	phase := Phase(t.Phase)
	r.trials = append(r.trials, t)
	r.counts[phase.base()]++
	if t.Outcome.Teaches() {
		if r.finished[phase] == nil {
			r.finished[phase] = map[string]*results.Trial{}
		}
		r.finished[phase][t.Key] = t
	}
}

// commit stores a trial; nothing may learn from it before.
func (r *record) commit(ctx context.Context, t *results.Trial) error {
	t.StudyID = r.study
	if err := r.store.AppendTrial(ctx, t); err != nil {
		return fmt.Errorf("record trial: %w", err)
	}
	t.Samples = nil // the store has them; a long search need not keep them all
	r.note(t)
	return nil
}

// find gives the finished trial of a candidate, or nil.
func (r *record) find(phase Phase, key string) *results.Trial { return r.finished[phase][key] }

// count of trials in a phase, all invocations and, for playoffs, all repetitions together.
func (r *record) count(phase Phase) int { return r.counts[phase] }

// of lists the finished trials of a phase in the order of their numbers.
func (r *record) of(phase Phase) []*results.Trial {
	var list []*results.Trial
	for _, t := range r.trials {
		if Phase(t.Phase) == phase && t.Outcome.Teaches() {
			list = append(list, t)
		}
	}
	return list
}
