package space

import (
	"errors"
	"fmt"
	"math"
)

// ErrNoFeasible says that no point was found that meets all constraints.
var ErrNoFeasible = errors.New("no point meets the constraints")

// Constraint forbids combinations. Holds must depend on nothing but the values.
type Constraint struct {
	// Name appears in refusals, for example "register tile fits".
	Name  string
	Holds func(Values) bool
}

// Space is a set of named parameters with constraints. It is immutable.
type Space struct {
	parameters  []Parameter
	constraints []Constraint
	index       map[string]int
}

// New checks the parameters and puts them together. Their order is the order of the coordinates.
func New(parameters []Parameter, constraints ...Constraint) (*Space, error) {
	s := &Space{
		parameters:  append([]Parameter(nil), parameters...),
		constraints: append([]Constraint(nil), constraints...),
		index:       map[string]int{},
	}
	for i, p := range s.parameters {
		if err := p.check(); err != nil {
			return nil, fmt.Errorf("make space: %w", err)
		}
		if p.Name == "" {
			return nil, fmt.Errorf("make space: parameter %d has no name", i)
		}
		if _, dup := s.index[p.Name]; dup {
			return nil, fmt.Errorf("make space: parameter %q is given twice", p.Name)
		}
		s.index[p.Name] = i
	}
	for _, c := range constraints {
		if c.Name == "" || c.Holds == nil {
			return nil, fmt.Errorf("make space: constraint %q: want a name and a predicate", c.Name)
		}
	}
	return s, nil
}

// Dimensions is the number of parameters.
func (s *Space) Dimensions() int { return len(s.parameters) }

// Parameter gives the i-th parameter.
func (s *Space) Parameter(i int) Parameter { return s.parameters[i] }

// Discrete tells whether the space has no real parameter, so that it can be enumerated.
func (s *Space) Discrete() bool {
	for _, p := range s.parameters {
		if p.Kind == Real {
			return false
		}
	}
	return true
}

// Size counts the points of a discrete space, constraints aside; ok is false when there is a real
// parameter or the number exceeds 2^62.
func (s *Space) Size() (size int64, ok bool) {
	size = 1
	for _, p := range s.parameters {
		n := int64(p.Levels())
		if n == 0 || size > math.MaxInt64/2/n {
			return 0, false
		}
		size *= n
	}
	return size, true
}

// Violated names the first constraint that a point breaks, or is empty.
func (s *Space) Violated(p Point) string {
	v := Values{s, p}
	for _, c := range s.constraints {
		if !c.Holds(v) {
			return c.Name
		}
	}
	return ""
}

// Feasible tells whether a point meets all constraints.
func (s *Space) Feasible(p Point) bool { return s.Violated(p) == "" }

// Contains tells whether the coordinates are those of a point of this space, constraints aside.
func (s *Space) Contains(p Point) bool {
	if len(p) != len(s.parameters) {
		return false
	}
	for i, q := range s.parameters {
		x := p[i]
		if q.Kind == Real {
			if !(x >= q.Min && x <= q.Max) {
				return false
			}
		} else if x != math.Trunc(x) || !(x >= 0 && x < float64(q.Levels())) {
			return false
		}
	}
	return true
}
