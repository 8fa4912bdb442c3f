package space

import (
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
)

// All enumerates the feasible points of a discrete space, the last parameter changing fastest. It
// yields nothing for a space with a real parameter.
func (s *Space) All() iter.Seq[Point] {
	return func(yield func(Point) bool) {
		if !s.Discrete() {
			return
		}
		p := make(Point, len(s.parameters))
		for {
			if s.Feasible(p) && !yield(p.Clone()) {
				return
			}
			i := len(p) - 1
			for ; i >= 0; i-- {
				if p[i]++; p[i] < float64(s.parameters[i].Levels()) {
					break
				}
				p[i] = 0
			}
			if i < 0 {
				return
			}
		}
	}
}

// Neighbours yields the feasible points that differ from p in one parameter: by one level in an
// ordered parameter, by any choice in a categorical one, by a twentieth of the interval in a real one.
func (s *Space) Neighbours(p Point) iter.Seq[Point] {
	return func(yield func(Point) bool) {
		try := func(i int, x float64) bool {
			q := p.Clone()
			q[i] = x
			return q[i] == p[i] || !s.Feasible(q) || yield(q)
		}
		for i, q := range s.parameters {
			switch q.Kind {
			case Categorical:
				for c := range q.Choices {
					if !try(i, float64(c)) {
						return
					}
				}
			case Real:
				for _, step := range []float64{-0.05, 0.05} {
					if !try(i, q.fromUnit(q.unit(p[i])+step)) {
						return
					}
				}
			default:
				for _, step := range []float64{-1, 1} {
					if x := p[i] + step; x >= 0 && x < float64(q.Levels()) && !try(i, x) {
						return
					}
				}
			}
		}
	}
}

// Tries of rejection sampling before a small space is enumerated, and what small means.
const (
	drawTries = 2000
	enumerate = 1 << 18
)

// Draw gives a uniformly random point that is feasible and accepted (nil accepts all). When rejection
// fails it enumerates a small space, so that the last points of a crowded space are found; otherwise,
// and when there is none, the error is ErrNoFeasible.
func (s *Space) Draw(r *rand.Rand, accept func(Point) bool) (Point, error) {
	u := make([]float64, len(s.parameters))
	size, ok := s.Size()
	tries := drawTries
	if ok && size <= enumerate {
		tries = min(tries, 16+int(size))
	}
	for range tries {
		for i := range u {
			u[i] = r.Float64()
		}
		if p := s.FromUnit(u); s.Feasible(p) && (accept == nil || accept(p)) {
			return p, nil
		}
	}
	if ok && size <= enumerate {
		// One pass of reservoir sampling: each of the n accepted points is chosen with probability 1/n.
		var chosen Point
		n := 0
		for p := range s.All() {
			if accept == nil || accept(p) {
				if n++; r.IntN(n) == 0 {
					chosen = p
				}
			}
		}
		if chosen != nil {
			return chosen, nil
		}
		return nil, fmt.Errorf("draw from all %d points: %w", size, ErrNoFeasible)
	}
	return nil, fmt.Errorf("draw: %d tries: %w", tries, ErrNoFeasible)
}

// Distance is the root mean square distance of two points in the unit cube, different categories
// being at distance 1.
func (s *Space) Distance(a, b Point) float64 {
	sum := 0.0
	for i, q := range s.parameters {
		d := q.unit(a[i]) - q.unit(b[i])
		if q.Kind == Categorical && a[i] != b[i] {
			d = 1
		}
		sum += d * d
	}
	return math.Sqrt(sum / math.Max(1, float64(len(s.parameters))))
}
