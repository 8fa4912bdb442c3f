package pareto

import (
	"fmt"
	"math"
)

// Direction says which way an objective is better.
type Direction int

// The directions.
const (
	Minimise Direction = iota
	Maximise
)

// Objective is one named, directed quantity.
type Objective struct {
	Name      string
	Direction Direction
}

// cost turns a value so that smaller is better.
func (o Objective) cost(x float64) float64 {
	if o.Direction == Maximise {
		return -x
	}
	return x
}

// Better tells whether a is strictly better than b.
func (o Objective) Better(a, b float64) bool { return o.cost(a) < o.cost(b) }

// Costs turns values, one per objective, so that smaller is better everywhere.
func Costs(objectives []Objective, values []float64) ([]float64, error) {
	if len(values) != len(objectives) {
		return nil, fmt.Errorf("compare point: %d values for %d objectives", len(values), len(objectives))
	}
	costs := make([]float64, len(values))
	for i, o := range objectives {
		if math.IsNaN(values[i]) {
			return nil, fmt.Errorf("compare point: %s is not a number", o.Name)
		}
		costs[i] = o.cost(values[i])
	}
	return costs, nil
}

// Dominates tells whether costs a are nowhere worse than b and somewhere better (smaller is better).
func Dominates(a, b []float64) bool {
	better := false
	for i := range a {
		if a[i] > b[i] {
			return false
		}
		better = better || a[i] < b[i]
	}
	return better
}
