package strategy

import (
	"fmt"
	"sort"

	"github.com/c-bata/goptuna/cmaes"
	"gonum.org/v1/gonum/mat"

	"github.com/rt3d-tune/rt3d-tune/space"
)

// cmaesStrategy is goptuna's CMA-ES (Hansen, The CMA Evolution Strategy: A Tutorial) in the unit cube. It is for one
// objective and numeric parameters without order-free choices. Only the order of a generation matters to
// CMA-ES, so it is told ranks: failures that teach share the last one, and no value is made up for them.
// It may propose a level twice: its distribution shrinks around the best.
type cmaesStrategy struct {
	history
	optimizer  *cmaes.Optimizer
	generation []observation
}

const (
	cmaesSigma = 1.0 / 6 // of the unit interval
	cmaesTries = 200     // draws per proposal until one is feasible
)

func newCMAES(p Problem) (Strategy, error) {
	d := p.Space.Dimensions()
	for i := range d {
		if q := p.Space.Parameter(i); !q.Numeric() {
			return nil, fmt.Errorf("parameter %q is categorical: %w", q.Name, ErrUnsuited)
		}
	}
	if len(p.Objectives) > 1 {
		return nil, fmt.Errorf("%d objectives: %w", len(p.Objectives), ErrUnsuited)
	}
	if d < 2 {
		return nil, fmt.Errorf("%d parameter: want at least 2: %w", d, ErrUnsuited)
	}
	mean := make([]float64, d)
	bounds := mat.NewDense(d, 2, nil)
	for i := range mean {
		mean[i] = 0.5
		bounds.Set(i, 1, 1)
	}
	// Not a number of generations: the optimizer is asked for ever, as the budget is the caller's.
	o, err := cmaes.NewOptimizer(mean, cmaesSigma, cmaes.OptimizerOptionBounds(bounds))
	if err != nil {
		return nil, err
	}
	return &cmaesStrategy{history: newHistory(p), optimizer: o}, nil
}

func (s *cmaesStrategy) Ask(n int) ([]space.Point, error) {
	return s.ask(n, func() (space.Point, error) {
		// Reseeded for each proposal, so that it depends only on what was told and how many came before.
		cmaes.OptimizerOptionSeed(int64(s.random().Uint64() >> 1))(s.optimizer)
		for range cmaesTries {
			u, err := s.optimizer.Ask()
			if err != nil {
				return nil, fmt.Errorf("ask CMA-ES: %w", err)
			}
			if p := s.Space.FromUnit(u); s.Space.Feasible(p) {
				return p, nil
			}
		}
		return s.Space.Draw(s.random(), nil)
	})
}

func (s *cmaesStrategy) Tell(rs []Result) error {
	news, err := s.tell(rs)
	if err != nil {
		return err
	}
	for _, o := range news {
		s.generation = append(s.generation, o)
		if len(s.generation) == s.optimizer.PopulationSize() {
			if err := s.optimizer.Tell(s.ranked()); err != nil {
				return fmt.Errorf("tell CMA-ES: %w", err)
			}
			s.generation = nil
		}
	}
	return nil
}

// ranked gives a generation's solutions with their rank as value; equal costs share a rank.
func (s *cmaesStrategy) ranked() []*cmaes.Solution {
	less := func(a, b observation) bool {
		if a.costs == nil || b.costs == nil {
			return a.costs != nil && b.costs == nil
		}
		return a.costs[0] < b.costs[0]
	}
	sort.SliceStable(s.generation, func(i, j int) bool { return less(s.generation[i], s.generation[j]) })
	solutions := make([]*cmaes.Solution, len(s.generation))
	rank := 0
	for i, o := range s.generation {
		if i > 0 && less(s.generation[i-1], o) {
			rank = i
		}
		solutions[i] = &cmaes.Solution{Params: s.Space.Unit(o.point), Value: float64(rank)}
	}
	return solutions
}

func (s *cmaesStrategy) State() State { return s.state("cmaes") }
