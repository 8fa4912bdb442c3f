package pareto

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

var latencyAccuracy = []Objective{{"accuracy", Maximise}, {"latency_ms", Minimise}}

func TestArchiveKeepsExactlyTheUndominated(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		a := New(latencyAccuracy...)
		var all []Point
		for i := range 40 {
			// A coarse grid, so that ties and duplicates occur.
			p := Point{fmt.Sprint(i), []float64{float64(r.IntN(8)), float64(r.IntN(8))}}
			all = append(all, p)
			if _, err := a.Add(p); err != nil {
				t.Fatal(err)
			}
		}
		want := map[string]bool{}
		for _, p := range all {
			beaten := false
			for _, q := range all {
				beaten = beaten || q.Values[0] >= p.Values[0] && q.Values[1] <= p.Values[1] && !slices.Equal(p.Values, q.Values)
			}
			if !beaten {
				want[p.Key] = true
			}
		}
		front := a.Front()
		if len(front) != len(want) {
			t.Fatalf("front has %d points, want %d", len(front), len(want))
		}
		for i, p := range front {
			if !want[p.Key] {
				t.Errorf("front holds %v, which is dominated", p)
			}
			if i > 0 && front[i-1].Values[1] > p.Values[1] {
				t.Errorf("front is not in order of latency: %v before %v", front[i-1], p)
			}
		}
	}
}

func TestArchiveReplacesAndRefuses(t *testing.T) {
	a := New(latencyAccuracy...)
	must := func(p Point, want bool) {
		t.Helper()
		if on, err := a.Add(p); err != nil || on != want {
			t.Errorf("Add(%v) = %v, %v, want %v", p, on, err, want)
		}
	}
	must(Point{"a", []float64{0.9, 10}}, true)
	must(Point{"b", []float64{0.8, 5}}, true)
	must(Point{"c", []float64{0.8, 6}}, false)
	// A second measurement of b is worse: what stood there before must be gone.
	must(Point{"b", []float64{0.8, 12}}, false)
	if a.Len() != 1 {
		t.Errorf("front has %d points after b was replaced, want 1", a.Len())
	}
	if _, err := a.Add(Point{"n", []float64{math.NaN(), 1}}); err == nil {
		t.Error("Add accepted an accuracy that is not a number")
	}
	if _, err := a.Add(Point{"n", []float64{1}}); err == nil {
		t.Error("Add accepted a point with one value")
	}
}

func TestRanksAgreeWithPeeling(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	costs := make([][]float64, 60)
	for i := range costs {
		costs[i] = []float64{r.Float64(), r.Float64(), r.Float64()}
	}
	ranks := Ranks(costs)
	left := map[int]bool{}
	for i := range costs {
		left[i] = true
	}
	for rank := 0; len(left) > 0; rank++ {
		var front []int
		for i := range left {
			free := true
			for j := range left {
				free = free && !Dominates(costs[j], costs[i])
			}
			if free {
				front = append(front, i)
			}
		}
		for _, i := range front {
			if ranks[i] != rank {
				t.Errorf("point %d has rank %d, want %d", i, ranks[i], rank)
			}
			delete(left, i)
		}
	}
	order := Order(costs)
	for i := 1; i < len(order); i++ {
		if ranks[order[i-1]] > ranks[order[i]] {
			t.Fatalf("Order puts rank %d before rank %d", ranks[order[i-1]], ranks[order[i]])
		}
	}
}

func TestCrowdingPrefersEndsAndGaps(t *testing.T) {
	d := Crowding([][]float64{{0, 10}, {1, 9}, {2, 8}, {6, 3}, {10, 0}})
	if !math.IsInf(d[0], 1) || !math.IsInf(d[4], 1) {
		t.Errorf("ends have distances %g and %g, want infinite", d[0], d[4])
	}
	if !(d[3] > d[2] && d[2] > d[1]) {
		t.Errorf("distances %v do not grow with the gap", d)
	}
}

func TestHypervolume(t *testing.T) {
	cases := []struct {
		points    [][]float64
		reference []float64
		want      float64
	}{
		{nil, []float64{1, 1}, 0},
		{[][]float64{{0, 0}}, []float64{2, 3}, 6},
		{[][]float64{{0, 2}, {1, 1}, {2, 0}}, []float64{3, 3}, 6},
		{[][]float64{{0, 2}, {1, 1}, {2, 0}, {2, 2}, {5, -9}}, []float64{3, 3}, 6},
		{[][]float64{{1}}, []float64{4}, 3},
		{[][]float64{{0, 0, 0}}, []float64{1, 2, 3}, 6},
		{[][]float64{{0, 0, 1}, {1, 1, 0}}, []float64{2, 2, 2}, 4 + 1},
		{[][]float64{{0, 1, 0, 0}, {1, 0, 0, 0}}, []float64{2, 2, 1, 1}, 3},
	}
	for _, c := range cases {
		if got := Hypervolume(c.points, c.reference); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("Hypervolume(%v, %v) = %g, want %g", c.points, c.reference, got, c.want)
		}
	}
}

// The exact volume agrees with counting random points, in two to four dimensions.
func TestHypervolumeAgreesWithCounting(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for dims := 2; dims <= 4; dims++ {
		points := make([][]float64, 8)
		reference := make([]float64, dims)
		for m := range reference {
			reference[m] = 1
		}
		for i := range points {
			for range dims {
				points[i] = append(points[i], r.Float64())
			}
		}
		const n = 20000
		hits := 0
		for range n {
			x := make([]float64, dims)
			for m := range x {
				x[m] = r.Float64()
			}
			for _, p := range points {
				covered := true
				for m := range x {
					covered = covered && p[m] <= x[m]
				}
				if covered {
					hits++
					break
				}
			}
		}
		want := float64(hits) / n
		if got := Hypervolume(points, reference); math.Abs(got-want) > 5*math.Sqrt(0.25/n) {
			t.Errorf("%d dimensions: Hypervolume = %g, counting gives %g", dims, got, want)
		}
	}
}

func TestArchiveHypervolumeTurnsDirections(t *testing.T) {
	a := New(latencyAccuracy...)
	for _, p := range []Point{{"x", []float64{0.9, 10}}, {"y", []float64{0.7, 4}}} {
		if _, err := a.Add(p); err != nil {
			t.Fatal(err)
		}
	}
	got, err := a.Hypervolume([]float64{0.5, 12})
	if err != nil {
		t.Fatal(err)
	}
	if want := 0.4*2 + 0.2*6; math.Abs(got-want) > 1e-12 {
		t.Errorf("Hypervolume = %g, want %g", got, want)
	}
}
