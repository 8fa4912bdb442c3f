package pareto

import (
	"math"
	"slices"
)

// Hypervolume is the exact volume that points (costs, smaller is better) dominate up to a reference
// point; points that are not better than the reference in every objective add nothing. Two objectives
// are swept; more are sliced along the last one, so the cost grows as n to the power of objectives−1,
// which suits fronts of tens of points.
func Hypervolume(costs [][]float64, reference []float64) float64 {
	var inside [][]float64
	for _, c := range costs {
		better := true
		for m := range reference {
			better = better && c[m] < reference[m]
		}
		if better {
			inside = append(inside, c)
		}
	}
	return volume(inside, reference)
}

func volume(points [][]float64, reference []float64) float64 {
	if len(points) == 0 {
		return 0
	}
	last := len(reference) - 1
	if last == 0 {
		best := points[0][0]
		for _, p := range points {
			best = math.Min(best, p[0])
		}
		return reference[0] - best
	}
	sorted := slices.Clone(points)
	slices.SortStableFunc(sorted, func(a, b []float64) int {
		switch {
		case a[last] < b[last]:
			return -1
		case a[last] > b[last]:
			return 1
		}
		return 0
	})
	if last == 1 {
		area, floor := 0.0, reference[0]
		for _, p := range sorted {
			if p[0] < floor {
				area += (floor - p[0]) * (reference[1] - p[1])
				floor = p[0]
			}
		}
		return area
	}
	total := 0.0
	for i, p := range sorted {
		top := reference[last]
		if i+1 < len(sorted) {
			top = sorted[i+1][last]
		}
		if top > p[last] {
			slice := make([][]float64, i+1)
			for k := range slice {
				slice[k] = sorted[k][:last]
			}
			total += (top - p[last]) * volume(slice, reference[:last])
		}
	}
	return total
}
