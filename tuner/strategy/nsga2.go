package strategy

import (
	"math/rand/v2"
	"sort"

	"github.com/rt3d-tune/rt3d-tune/space"
	"github.com/rt3d-tune/rt3d-tune/tuner/pareto"
)

// nsga2 is the elitist genetic algorithm for several objectives of Deb et al. (2002): parents by binary
// tournament on non-dominated rank and crowding, uniform crossover, mutation of about one parameter.
// The population is cut back whenever it has doubled. Failures never become parents.
type nsga2 struct {
	history
	population []observation // best first, up to the last cut; newer ones behind
	parents    int           // how many of the population are parents
}

const (
	nsga2Population = 32
	nsga2Crossover  = 0.9
	nsga2Retries    = 64
)

func newNSGA2(p Problem) (Strategy, error) { return &nsga2{history: newHistory(p)}, nil }

func (s *nsga2) Ask(n int) ([]space.Point, error) {
	return s.ask(n, func() (space.Point, error) {
		r := s.random()
		if s.parents == 0 {
			return s.fresh(r)
		}
		for range nsga2Retries {
			if p := s.child(r); s.unseen(p) && s.Space.Feasible(p) {
				return p, nil
			}
		}
		return s.fresh(r)
	})
}

func (s *nsga2) child(r *rand.Rand) space.Point {
	a, b := s.tournament(r), s.tournament(r)
	c := a.Clone()
	if r.Float64() < nsga2Crossover {
		for i := range c {
			if r.IntN(2) == 0 {
				c[i] = b[i]
			}
		}
	}
	for i := range c {
		if r.Float64()*float64(len(c)) < 1 {
			c[i] = s.mutate(c, i, r)
		}
	}
	return c
}

// mutate moves a numeric coordinate by a normal step of a tenth of its range (at least one level), and
// draws another choice of a categorical one.
func (s *nsga2) mutate(p space.Point, i int, r *rand.Rand) float64 {
	q := s.Space.Parameter(i)
	levels := q.Levels()
	switch {
	case levels == 1:
		return p[i]
	case q.Kind == space.Categorical:
		return float64((int(p[i]) + 1 + r.IntN(levels-1)) % levels)
	}
	unit := s.Space.Unit(p)
	step := r.NormFloat64() * 0.1
	if levels > 0 {
		least := 1 / float64(levels)
		if step >= 0 {
			step = max(step, least)
		} else {
			step = min(step, -least)
		}
	}
	unit[i] += step
	return s.Space.FromUnit(unit)[i]
}

// tournament gives the better of two parents; the population is in order.
func (s *nsga2) tournament(r *rand.Rand) space.Point {
	return s.population[min(r.IntN(s.parents), r.IntN(s.parents))].point
}

func (s *nsga2) Tell(rs []Result) error {
	news, err := s.tell(rs)
	if err != nil {
		return err
	}
	for _, o := range news {
		if o.costs == nil {
			continue
		}
		s.population = append(s.population, o)
		// The first parents as soon as there are a few, later ones by generation.
		if s.parents == 0 && len(s.population) == nsga2Population/2 || len(s.population) == 2*nsga2Population {
			s.cut()
		}
	}
	return nil
}

// cut puts the population in order and keeps the best.
func (s *nsga2) cut() {
	costs := make([][]float64, len(s.population))
	for i, o := range s.population {
		costs[i] = o.costs
	}
	var order []int
	if len(s.Objectives) > 1 {
		order = pareto.Order(costs)
	} else {
		order = make([]int, len(costs))
		for i := range order {
			order[i] = i
		}
		sort.SliceStable(order, func(i, j int) bool { return costs[order[i]][0] < costs[order[j]][0] })
	}
	kept := make([]observation, 0, 2*nsga2Population)
	for _, i := range order[:min(len(order), nsga2Population)] {
		kept = append(kept, s.population[i])
	}
	s.population, s.parents = kept, len(kept)
}

func (s *nsga2) State() State { return s.state("nsga2") }
