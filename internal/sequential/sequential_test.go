package sequential

import (
	"math"
	"math/rand/v2"
	"testing"
)

// slower runs the test on up to so many samples and says after how many it was sure; 0: never.
func slower(reference float64, samples int, draw func() float64) int {
	t := New(reference)
	for i := range samples {
		if t.Add(draw()) {
			return i + 1
		}
	}
	return 0
}

// Programs that are exactly as fast as the reference are called slower at most once in a hundred, however
// many samples are looked at and whatever their distribution is.
func TestErrorRate(t *testing.T) {
	const programs, samples = 20000, 300
	r := rand.New(rand.NewPCG(1, 2))
	for name, draw := range map[string]func() float64{
		"normal":     func() float64 { return 1 + 0.02*r.NormFloat64() },
		"long tail":  func() float64 { return math.Exp(0.3 * r.NormFloat64()) },
		"two speeds": func() float64 { return 0.9 + 0.2*float64(r.IntN(2)) + 1e-9*r.NormFloat64() },
		"outliers": func() float64 { // the median of this is at 1 too
			if x := 1 + 0.01*r.NormFloat64(); x <= 1 || r.Float64() > 0.3 {
				return x
			}
			return 5
		},
	} {
		wrong := 0
		for range programs {
			if slower(1, samples, draw) > 0 {
				wrong++
			}
		}
		// Three standard errors above the bound of 0.01 at this number of programs.
		if rate := float64(wrong) / programs; rate > ErrorRate+3*math.Sqrt(ErrorRate*(1-ErrorRate)/programs) {
			t.Errorf("%s: %.4f of the programs were called slower; the bound is %g", name, rate, ErrorRate)
		} else if wrong == 0 {
			t.Errorf("%s: not one in %d: the test is far from its bound, or does nothing", name, programs)
		}
	}
}

// What is slower by far goes after the fewest samples; what is slower by a little more than its noise soon.
func TestPower(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, c := range []struct {
		slower float64
		within int
	}{{1.5, Fewest}, {1.06, Fewest}, {1.04, 15}} {
		found := 0
		const programs = 2000
		for range programs {
			if n := slower(1, c.within, func() float64 { return c.slower * (1 + 0.02*r.NormFloat64()) }); n > 0 {
				found++
				if n < Fewest {
					t.Fatalf("sure after %d samples, at least %d are needed", n, Fewest)
				}
			}
		}
		if found < programs*9/10 {
			t.Errorf("%g times as slow: %d of %d were dropped within %d samples", c.slower, found, programs, c.within)
		}
	}
}

// Once sure, sure: later samples do not take it back.
func TestSureStays(t *testing.T) {
	test := New(1)
	for range Fewest {
		test.Add(2)
	}
	if !test.Add(0.5) || !test.Sure() {
		t.Error("a program that was surely slower is so no more")
	}
}
