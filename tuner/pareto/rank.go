package pareto

import (
	"math"
	"sort"
)

// Ranks sorts points (costs, smaller is better) into fronts: rank 0 is not dominated, rank 1 is
// dominated only by rank 0, and so on (Deb et al. 2002, NSGA-II, fast non-dominated sort).
func Ranks(costs [][]float64) []int {
	n := len(costs)
	ranks := make([]int, n)
	dominatedBy := make([]int, n)
	dominates := make([][]int, n)
	var current []int
	for i := range n {
		for j := range n {
			if i == j {
				continue
			}
			if Dominates(costs[i], costs[j]) {
				dominates[i] = append(dominates[i], j)
			} else if Dominates(costs[j], costs[i]) {
				dominatedBy[i]++
			}
		}
		if dominatedBy[i] == 0 {
			current = append(current, i)
		}
	}
	for rank := 0; len(current) > 0; rank++ {
		var next []int
		for _, i := range current {
			ranks[i] = rank
			for _, j := range dominates[i] {
				if dominatedBy[j]--; dominatedBy[j] == 0 {
					next = append(next, j)
				}
			}
		}
		current = next
	}
	return ranks
}

// Crowding is the crowding distance of each point of one front: the size of the box between its
// neighbours, each objective scaled by its range; infinite at the ends (Deb et al. 2002).
func Crowding(costs [][]float64) []float64 {
	n := len(costs)
	distance := make([]float64, n)
	if n == 0 {
		return distance
	}
	order := make([]int, n)
	for m := range costs[0] {
		for i := range order {
			order[i] = i
		}
		sort.SliceStable(order, func(i, j int) bool { return costs[order[i]][m] < costs[order[j]][m] })
		low, high := costs[order[0]][m], costs[order[n-1]][m]
		distance[order[0]], distance[order[n-1]] = math.Inf(1), math.Inf(1)
		if high == low || math.IsInf(high-low, 0) {
			continue
		}
		for i := 1; i < n-1; i++ {
			distance[order[i]] += (costs[order[i+1]][m] - costs[order[i-1]][m]) / (high - low)
		}
	}
	return distance
}

// Order lists the points from best to worst: by rank, then by crowding distance, widest first, then by
// index.
func Order(costs [][]float64) []int {
	ranks := Ranks(costs)
	byRank := map[int][]int{}
	for i, r := range ranks {
		byRank[r] = append(byRank[r], i)
	}
	order := make([]int, 0, len(costs))
	for r := 0; len(order) < len(costs); r++ {
		front := byRank[r]
		of := make([][]float64, len(front))
		for k, i := range front {
			of[k] = costs[i]
		}
		distance := Crowding(of)
		place := make([]int, len(front))
		for k := range place {
			place[k] = k
		}
		sort.SliceStable(place, func(a, b int) bool { return distance[place[a]] > distance[place[b]] })
		for _, k := range place {
			order = append(order, front[k])
		}
	}
	return order
}
