// Package replay evaluates candidates from the record of an earlier study: a search, a strategy or a
// report can be tried again without the device, and takes no time but the virtual clock's. It is
// nothing but another bench.Evaluator. A candidate that the record does not have is a *MissError, never
// a guess.
package replay

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/rt3d-tune/rt3d-tune/bench"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// MissError says that the record has no (further) measurement of a candidate.
type MissError struct {
	Study int64
	Key   string
	// Served is how many measurements of the candidate were handed out before.
	Served int
}

// Error implements error.
func (e *MissError) Error() string {
	if e.Served > 0 {
		return fmt.Sprintf("replay study %d: candidate %s has no more than %d measurement(s)", e.Study, e.Key, e.Served)
	}
	return fmt.Sprintf("replay study %d: candidate %s was never measured", e.Study, e.Key)
}

// Evaluator answers from the record of one study. A candidate that was measured several times (in a
// playoff) gives its measurements in the order of the record, and the last one again and again once
// Repeat is set.
type Evaluator struct {
	// Repeat hands out the last measurement of a candidate again when there are no more: for playoffs
	// with more rounds than were recorded as trials.
	Repeat bool

	study  int64
	mu     sync.Mutex
	trials map[key][]*results.Trial
	served map[key]int
	now    time.Time
}

type key struct {
	kind results.Kind
	key  string
}

// New reads the record of a study with its samples. Trials without a device (sensitivities) are left
// out, and so are those that ended by cancellation.
func New(ctx context.Context, store *results.Store, study int64) (*Evaluator, error) {
	list, err := store.Trials(ctx, study, results.TrialFilter{})
	if err != nil {
		return nil, fmt.Errorf("replay study %d: %w", study, err)
	}
	e := &Evaluator{study: study, trials: map[key][]*results.Trial{}, served: map[key]int{}}
	for _, t := range list {
		if t.Outcome == results.Cancelled || t.Outcome == results.OK && t.Latency == nil {
			continue
		}
		if e.now.IsZero() {
			e.now = t.Started
		}
		if t.Samples, err = store.Samples(ctx, t.ID); err != nil {
			return nil, fmt.Errorf("replay study %d: %w", study, err)
		}
		k := key{t.Kind, t.Key}
		e.trials[k] = append(e.trials[k], t)
	}
	if len(e.trials) == 0 {
		return nil, fmt.Errorf("replay study %d: %w", study, errors.New("it has no measurements"))
	}
	return e, nil
}

// Now is the virtual clock: it starts at the record's first trial and advances by the recorded seconds
// of each measurement that is handed out.
func (e *Evaluator) Now() time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.now
}

// Advance moves the virtual clock, for work that the record has no measurement of.
func (e *Evaluator) Advance(d time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.now = e.now.Add(d)
}

// Evaluate implements bench.Evaluator.
func (e *Evaluator) Evaluate(ctx context.Context, candidates []bench.Candidate) <-chan bench.Result {
	out := make(chan bench.Result, len(candidates))
	defer close(out)
	for _, c := range candidates {
		if err := ctx.Err(); err != nil {
			out <- bench.Result{Key: c.Key, Outcome: results.Cancelled, Detail: err.Error()}
			continue
		}
		out <- e.answer(c)
	}
	return out
}

func (e *Evaluator) answer(c bench.Candidate) bench.Result {
	e.mu.Lock()
	defer e.mu.Unlock()
	k := key{c.Kind, c.Key}
	n := e.served[k]
	if n >= len(e.trials[k]) {
		if n == 0 || !e.Repeat {
			err := &MissError{Study: e.study, Key: c.Key, Served: n}
			return bench.Result{Key: c.Key, Outcome: results.LaunchError, Detail: err.Error(), Err: err}
		}
		n = len(e.trials[k]) - 1
	} else {
		e.served[k]++
	}
	t := e.trials[k][n]
	spent := time.Duration(t.Seconds * float64(time.Second))
	e.now = e.now.Add(spent)
	return bench.Result{
		Key: c.Key, Outcome: t.Outcome, Detail: t.Detail, Latency: t.Latency, Samples: t.Samples,
		Provenance: t.Provenance, Measure: spent,
	}
}
