package strategy

import (
	"math"
	"math/rand/v2"
	"sort"

	"github.com/rt3d-tune/rt3d-tune/space"
	"github.com/rt3d-tune/rt3d-tune/tuner/pareto"
)

// tpe is the tree-structured Parzen estimator (Bergstra et al. 2011), each parameter by itself: the
// observations are split into a good tenth and the rest, a density is fitted to either, and of some
// draws from the good density the one with the largest ratio of both is proposed. Failures that teach
// belong to the rest. With several objectives, points are put in order by non-dominated rank and
// crowding (as in MOTPE, Ozaki et al. 2020, without its weights).
type tpe struct {
	history
	axes []axis
}

const (
	tpeStartup    = 10 // proposals that are random
	tpeCandidates = 24 // draws per parameter and proposal
	tpeRetries    = 16 // proposals that were seen or infeasible, before a uniform draw
)

func newTPE(p Problem) (Strategy, error) {
	s := &tpe{history: newHistory(p)}
	for i := range p.Space.Dimensions() {
		s.axes = append(s.axes, axisOf(p.Space.Parameter(i)))
	}
	return s, nil
}

func axisOf(p space.Parameter) axis {
	switch {
	case p.Kind == space.Categorical:
		return axis{choices: len(p.Choices)}
	case p.Kind == space.Real:
		return axis{low: 0, high: 1}
	}
	return axis{low: -0.5, high: float64(p.Levels()) - 0.5, step: 1}
}

// goodShare is how many of n observations count as good (Optuna's default).
func goodShare(n int) int { return min(int(math.Ceil(0.1*float64(n))), 25) }

func (s *tpe) Ask(n int) ([]space.Point, error) {
	return s.ask(n, func() (space.Point, error) {
		r := s.random()
		good, rest := s.split()
		if len(s.learned) < tpeStartup || len(good) == 0 {
			return s.fresh(r)
		}
		good, rest = s.coordinates(good), s.coordinates(rest)
		l, g := make([]*parzen, len(s.axes)), make([]*parzen, len(s.axes))
		for i, a := range s.axes {
			l[i], g[i] = newParzen(a, column(good, i)), newParzen(a, column(rest, i))
		}
		for try := range tpeRetries {
			// Fewer candidates each time: the best of many is the same point again.
			if p := s.point(l, g, max(1, tpeCandidates>>(try/2)), r); s.unseen(p) && s.Space.Feasible(p) {
				return p, nil
			}
		}
		return s.fresh(r)
	})
}

// point draws each coordinate from the good density and keeps the draw with the largest ratio.
func (s *tpe) point(l, g []*parzen, candidates int, r *rand.Rand) space.Point {
	u := make(space.Point, len(s.axes))
	for i := range s.axes {
		u[i] = improving(l[i], g[i], candidates, r)
	}
	return s.decode(u)
}

// improving draws candidates from the good density l and gives the one with the largest ratio of l to
// the rest's density g, which maximises expected improvement (Bergstra et al. 2011, section 4.1).
func improving(l, g *parzen, candidates int, r *rand.Rand) float64 {
	best, at := math.Inf(-1), 0.0
	for k := range candidates {
		x := l.sample(r)
		if k == 0 {
			at = x
		}
		if score := l.logDensity(x) - g.logDensity(x); score > best {
			best, at = score, x
		}
	}
	return at
}

// coordinates puts points on the estimator's axes: reals on the unit interval, levels as they are.
func (s *tpe) coordinates(points []space.Point) []space.Point {
	out := make([]space.Point, len(points))
	for k, p := range points {
		out[k] = p.Clone()
		unit := s.Space.Unit(p)
		for i, a := range s.axes {
			if a.step == 0 && a.choices == 0 {
				out[k][i] = unit[i]
			}
		}
	}
	return out
}

func (s *tpe) decode(u space.Point) space.Point {
	unit := make([]float64, len(u))
	for i, a := range s.axes {
		switch {
		case a.choices > 0:
			unit[i] = (u[i] + 0.5) / float64(a.choices)
		case a.step > 0:
			unit[i] = (u[i] + 0.5) / (a.high - a.low)
		default:
			unit[i] = u[i]
		}
	}
	return s.Space.FromUnit(unit)
}

// split parts the observations into good ones and the rest, each in the order in which they were made.
func (s *tpe) split() (good, rest []space.Point) {
	var ranked []int
	var costs [][]float64
	for i, o := range s.learned {
		if o.costs != nil {
			ranked, costs = append(ranked, i), append(costs, o.costs)
		}
	}
	order := make([]int, len(costs))
	if len(s.Objectives) > 1 {
		copy(order, pareto.Order(costs))
	} else {
		for i := range order {
			order[i] = i
		}
		sort.SliceStable(order, func(i, j int) bool { return costs[order[i]][0] < costs[order[j]][0] })
	}
	isGood := map[int]bool{}
	for _, k := range order[:min(goodShare(len(s.learned)), len(order))] {
		isGood[ranked[k]] = true
	}
	for i, o := range s.learned {
		if isGood[i] {
			good = append(good, o.point)
		} else {
			rest = append(rest, o.point)
		}
	}
	return good, rest
}

func column(points []space.Point, i int) []float64 {
	xs := make([]float64, len(points))
	for k, p := range points {
		xs[k] = p[i]
	}
	return xs
}

func (s *tpe) Tell(rs []Result) error { _, err := s.tell(rs); return err }

func (s *tpe) State() State { return s.state("tpe") }
