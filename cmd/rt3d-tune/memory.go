package main

import (
	"context"
	"errors"

	"github.com/rt3d-tune/rt3d-tune/results"
)

// memory is what a results file knows of earlier measurements (bench.Memory).
type memory struct{ store *results.Store }

// Recall implements bench.Memory.
func (m memory) Recall(ctx context.Context, p results.Provenance) (*results.Trial, error) {
	t, err := m.store.Reusable(ctx, p.Key())
	if errors.Is(err, results.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	t.Samples, err = m.store.Samples(ctx, t.ID)
	return t, err
}
