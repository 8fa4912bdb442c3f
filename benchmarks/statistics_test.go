package main

import (
	"math"
	"testing"
)

func TestSummarise(t *testing.T) {
	for _, c := range []struct {
		name   string
		values []float64
		want   interval
	}{
		{"one", []float64{3}, interval{3, 3, 3}},
		{"too few for an interval: their range", []float64{5, 1, 4, 2}, interval{3, 1, 5}},
		// Of 9 values the 2nd and the 8th enclose the median with 96.1 %.
		{"nine", []float64{9, 8, 7, 6, 5, 4, 3, 2, 1}, interval{5, 2, 8}},
	} {
		if got := summarise(c.values); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
	values := []float64{2, 1}
	if summarise(values); values[0] != 2 {
		t.Error("the values were sorted in place: rounds are told by their order")
	}
}

// A round that was slow for both sides says as much about their ratio as any other.
func TestRatioPairsRounds(t *testing.T) {
	got := ratio([]float64{1, 20, 3}, []float64{2, 40, 6})
	if want := (interval{.5, .5, .5}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got, want := got.times(4), (interval{2, 2, 2}); got != want {
		t.Errorf("scaled: %+v, want %+v", got, want)
	}
}

func TestGeometricMean(t *testing.T) {
	if got := geometricMean([]float64{.5, 2, 1, 8}); math.Abs(got-math.Pow(8, .25)) > 1e-12 {
		t.Errorf("%v", got)
	}
}

func TestNear(t *testing.T) {
	nan := float32(math.NaN())
	for _, c := range []struct {
		name string
		a, b []float32
		ok   bool
	}{
		{"equal", []float32{1, -2}, []float32{1, -2}, true},
		{"within", []float32{100, 0}, []float32{100, 0.009}, true},
		{"beyond", []float32{100, 0}, []float32{100, 0.011}, false},
		{"not a number", []float32{1, 2}, []float32{1, nan}, false},
		{"both not a number", []float32{nan, 2}, []float32{nan, 2}, false},
		{"shorter", []float32{1, 2}, []float32{1}, false},
		{"zeros", []float32{0, 0}, []float32{0, 0}, false},
	} {
		if err := near(c.a, c.b); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
