package pareto

import (
	"fmt"
	"slices"
	"sort"
)

// Point is a vector of objective values with the key of whatever has them.
type Point struct {
	Key string
	// Values in the order of the archive's objectives, in their natural direction and unit.
	Values []float64
}

// Archive keeps the points that no other point dominates. Points with equal values are all kept: they
// do not dominate each other. The zero value is unusable; see New.
type Archive struct {
	objectives []Objective
	points     []Point
	costs      [][]float64
}

// New makes an empty archive.
func New(objectives ...Objective) *Archive {
	return &Archive{objectives: slices.Clone(objectives)}
}

// Objectives of every point.
func (a *Archive) Objectives() []Objective { return slices.Clone(a.objectives) }

// Add offers a point and tells whether it is on the front now. A key that is there is replaced.
func (a *Archive) Add(p Point) (bool, error) {
	c, err := Costs(a.objectives, p.Values)
	if err != nil {
		return false, fmt.Errorf("add point %q: %w", p.Key, err)
	}
	for i, q := range a.points {
		if q.Key != p.Key && Dominates(a.costs[i], c) {
			a.remove(func(k int) bool { return a.points[k].Key == p.Key })
			return false, nil
		}
	}
	a.remove(func(k int) bool { return a.points[k].Key == p.Key || Dominates(c, a.costs[k]) })
	a.points = append(a.points, Point{Key: p.Key, Values: slices.Clone(p.Values)})
	a.costs = append(a.costs, c)
	return true, nil
}

func (a *Archive) remove(drop func(k int) bool) {
	n := 0
	for k := range a.points {
		if !drop(k) {
			a.points[n], a.costs[n] = a.points[k], a.costs[k]
			n++
		}
	}
	a.points, a.costs = a.points[:n], a.costs[:n]
}

// Front lists the points, best in the last objective first, ties by key.
func (a *Archive) Front() []Point {
	front := make([]Point, len(a.points))
	order := make([]int, len(a.points))
	for i := range order {
		order[i] = i
	}
	last := len(a.objectives) - 1
	sort.Slice(order, func(i, j int) bool {
		p, q := order[i], order[j]
		if x, y := a.costs[p][last], a.costs[q][last]; x != y {
			return x < y
		}
		return a.points[p].Key < a.points[q].Key
	})
	for i, k := range order {
		front[i] = Point{Key: a.points[k].Key, Values: slices.Clone(a.points[k].Values)}
	}
	return front
}

// Len is the number of points on the front.
func (a *Archive) Len() int { return len(a.points) }

// Hypervolume that the front dominates, up to the reference point (values in natural direction).
func (a *Archive) Hypervolume(reference []float64) (float64, error) {
	r, err := Costs(a.objectives, reference)
	if err != nil {
		return 0, fmt.Errorf("reference: %w", err)
	}
	return Hypervolume(a.costs, r), nil
}
