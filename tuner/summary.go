package tuner

import (
	"context"
	"errors"
	"fmt"

	"github.com/rt3d-tune/rt3d-tune/results"
)

// Gap compares the sum of a network's tuned layers with its time as a whole: what lies between them is
// spent outside of the convolutions, or is what a kernel loses in the company of others.
type Gap struct {
	Key string `json:"key"`
	// LayersMS sums the layers' times from the latency table; NetworkMS is the playoff's median. In ms.
	LayersMS  float64 `json:"layers_ms"`
	NetworkMS float64 `json:"network_ms"`
}

// gapState is the name under which the gaps are kept with results.Store.PutState.
const gapState = "gap"

// Gaps reads what the last playoff found, for reports; none when there was no playoff.
func Gaps(ctx context.Context, store *results.Store, study int64) ([]Gap, error) {
	var gaps []Gap
	err := store.GetState(ctx, study, gapState, &gaps)
	if errors.Is(err, results.ErrNotFound) {
		err = nil
	}
	return gaps, err
}

// summary gathers what the store has.
func (s *search) summary(ctx context.Context) (*Summary, error) {
	out := &Summary{Trials: map[Phase]int{}, Stopped: s.stopped, Elapsed: s.budget.elapsed()}
	for _, p := range order {
		out.Trials[p] = s.record.count(p)
	}
	points, err := s.Store.Points(ctx, s.ID)
	if err != nil {
		return nil, fmt.Errorf("sum up: %w", err)
	}
	byID := map[int64]results.Point{}
	for _, p := range points {
		byID[p.ID] = p
		if p.Key == "dense" {
			out.Dense = p
		}
		if p.Front {
			out.Front = append(out.Front, p)
		}
	}
	contests, err := s.Store.Contests(ctx, s.ID)
	if err != nil {
		return nil, fmt.Errorf("sum up: %w", err)
	}
	for _, c := range contests {
		for _, e := range c.Entries {
			p, ok := byID[e.TrialID]
			if c.Name != contestName || !ok {
				continue
			}
			if e.Picked {
				out.Picked = p.Key
			}
			if e.Tied {
				out.Tied = append(out.Tied, p.Key)
			}
		}
	}
	if out.Gap, err = Gaps(ctx, s.Store, s.ID); err != nil {
		return nil, fmt.Errorf("sum up: %w", err)
	}
	return out, nil
}
