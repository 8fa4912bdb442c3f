package tuner

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/space"
)

// Prior says what to expect of schedules before anything is measured, by a model of the device's cores: a
// larger share is better. It orders what is tried first; it is never a result, and what it says is
// neither stored nor compared with a time.
type Prior interface {
	Shares(ctx context.Context, w spec.Workload, schedules []spec.Schedule) ([]float64, error)
}

// Of so many schedules that are drawn at random, so many are tried first: those of which the prior
// expects most. The others are not lost, the strategy may come back to them.
const (
	priorDraws  = 8
	priorStarts = 2
)

// promising gives the schedules that a space's strategies begin with; none without a prior.
func promising(ctx context.Context, prior Prior, s *Schedules, seed uint64) ([]space.Point, error) {
	if prior == nil {
		return nil, nil
	}
	r := rand.New(rand.NewPCG(seed, 0x7072696f72))
	var points []space.Point
	var schedules []spec.Schedule
	for range priorDraws {
		// A Winograd kernel's loops are those of many small products: the prior does not know them.
		p, err := s.Draw(r, func(p space.Point) bool {
			return !s.Schedule(p).Algorithm.Winograd() && !slices.ContainsFunc(points, func(q space.Point) bool { return slices.Equal(p, q) })
		})
		if err != nil {
			break // a small space has no more
		}
		points = append(points, p)
		schedules = append(schedules, s.Schedule(p))
	}
	shares, err := prior.Shares(ctx, s.workload, schedules)
	if err != nil {
		return nil, fmt.Errorf("order the first schedules: %w", err)
	}
	order := make([]int, len(points))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(shares[b], shares[a]) })
	var first []space.Point
	for _, i := range order[:min(priorStarts, len(order))] {
		first = append(first, points[i])
	}
	return first, nil
}
