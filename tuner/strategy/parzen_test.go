package strategy

import (
	"math"
	"math/rand/v2"
	"testing"
)

var axes = map[string]axis{
	"levels":  {low: -0.5, high: 11.5, step: 1},
	"reals":   {low: 0, high: 1},
	"choices": {choices: 5},
}

func observations(a axis, n int) []float64 {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	xs := make([]float64, n)
	for i := range xs {
		switch {
		case a.choices > 0:
			xs[i] = float64(r.IntN(2))
		case a.step > 0:
			xs[i] = float64(2 + r.IntN(3))
		default:
			xs[i] = 0.2 + 0.1*r.Float64()
		}
	}
	return xs
}

// The densities are densities: they sum (or integrate) to 1, truncation included.
func TestParzenIntegratesToOne(t *testing.T) {
	for name, a := range axes {
		for _, n := range []int{0, 1, 2, 7, 40, 300} {
			p := newParzen(a, observations(a, n))
			sum := 0.0
			switch {
			case a.choices > 0:
				for c := range a.choices {
					sum += math.Exp(p.logDensity(float64(c)))
				}
			case a.step > 0:
				for x := 0.0; x < 12; x++ {
					sum += math.Exp(p.logDensity(x))
				}
			default:
				const steps = 5000
				for i := range steps {
					sum += math.Exp(p.logDensity((float64(i)+0.5)/steps)) / steps
				}
			}
			if math.Abs(sum-1) > 1e-5 {
				t.Errorf("%s, %d observations: sums to %.9f, want 1", name, n, sum)
			}
		}
	}
}

// Sampling follows the density that is scored, at the bounds too.
func TestParzenSamplesWhatItScores(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	for name, a := range axes {
		p := newParzen(a, observations(a, 9))
		bins, bin := 10, func(x float64) int { return min(int(x*10), 9) }
		want := make([]float64, 12)
		switch {
		case a.choices > 0:
			bins, bin = a.choices, func(x float64) int { return int(x) }
		case a.step > 0:
			bins, bin = 12, func(x float64) int { return int(x) }
		}
		for b := range bins {
			if a.step > 0 || a.choices > 0 {
				want[b] = math.Exp(p.logDensity(float64(b)))
				continue
			}
			for k := range 1000 {
				want[b] += math.Exp(p.logDensity((float64(b)+(float64(k)+0.5)/1000)/10)) / 10000
			}
		}
		const n = 40000
		got := make([]float64, bins)
		for range n {
			got[bin(p.sample(r))] += 1.0 / n
		}
		for b := range bins {
			if math.Abs(got[b]-want[b]) > 6*math.Sqrt(want[b]*(1-want[b])/n)+1e-4 {
				t.Errorf("%s: bin %d has %.4f of the samples, density says %.4f", name, b, got[b], want[b])
			}
		}
	}
}

// The terms of a mixture far in the tails must not underflow to nothing.
func TestLogDensityInTheTails(t *testing.T) {
	p := newParzen(axis{low: 0, high: 1}, []float64{0.001, 0.001, 0.001, 0.001, 0.002})
	if d := p.logDensity(0.999); math.IsInf(d, 0) || math.IsNaN(d) {
		t.Errorf("log density far from all observations is %g", d)
	}
	if s := logSumExp([]float64{-1000, -1000}); math.Abs(s-(-1000+math.Log(2))) > 1e-9 {
		t.Errorf("logSumExp(-1000, -1000) = %g", s)
	}
	for _, z := range []float64{0, 1, 5, 20, 45} {
		left, right := logNormalMass(-z-1, -z), logNormalMass(z, z+1)
		if math.Abs(left-right) > 1e-9*math.Abs(left) || math.IsInf(left, 0) {
			t.Errorf("mass of [%g, %g]: left tail %g, right tail %g, want equal and finite", z, z+1, left, right)
		}
	}
}

func TestOldWeightsFavourTheRecent(t *testing.T) {
	for _, n := range []int{0, 1, 25, 26, 27, 100} {
		w := oldWeights(n)
		for i := range w {
			if w[i] <= 0 || w[i] > 1 || i > 0 && w[i] < w[i-1] {
				t.Fatalf("weights of %d observations: %v", n, w)
			}
		}
		if n > 0 && w[n-1] != 1 {
			t.Errorf("the latest of %d observations weighs %g, want 1", n, w[n-1])
		}
	}
}
