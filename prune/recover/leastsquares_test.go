package recover

import (
	"math"
	"math/rand/v2"
	"testing"
)

// sample are patches with errors that some true change of the weights explains but for noise.
type sample struct {
	columns     int
	rows, wrong []float64 // patches × columns, and one error each
}

// draw makes a sample whose columns depend on each other.
func draw(r *rand.Rand, truth []float64, patches int, noise float64) sample {
	s := sample{columns: len(truth)}
	for range patches {
		common, e := r.NormFloat64(), noise*r.NormFloat64()
		for _, w := range truth {
			x := .5*common + r.NormFloat64() + .3
			s.rows = append(s.rows, x)
			e += w * x
		}
		s.wrong = append(s.wrong, e)
	}
	return s
}

// moments of the sample, computed as they are defined.
func (s sample) moments() *secondMoments {
	n, k := len(s.wrong), s.columns
	m := &secondMoments{columns: k, filters: 1, count: n, gram: make([]float32, k*k), cross: make([]float32, k),
		sum: make([]float64, k), wrong: []float64{average(s.wrong)}}
	for i, x := range s.rows {
		m.sum[i%k] += x
	}
	about := func(i, a int) float64 { return s.rows[i*k+a] - m.sum[a]/float64(n) }
	for a := range k {
		cross := 0.0
		for i := range n {
			cross += about(i, a) * (s.wrong[i] - m.wrong[0])
		}
		m.cross[a] = float32(cross / float64(n))
		for b := range k {
			gram := 0.0
			for i := range n {
				gram += about(i, a) * about(i, b)
			}
			m.gram[a*k+b] = float32(gram / float64(n))
		}
	}
	return m
}

// parts cuts the sample into some of equal size.
func (s sample) parts(n int) (list []*secondMoments) {
	patches := len(s.wrong) / n
	for i := range n {
		part := sample{s.columns, s.rows[i*patches*s.columns : (i+1)*patches*s.columns], s.wrong[i*patches : (i+1)*patches]}
		list = append(list, part.moments())
	}
	return list
}

func truths(r *rand.Rand, columns int) []float64 {
	w := make([]float64, columns)
	for i := range w {
		w[i] = r.NormFloat64() / math.Sqrt(float64(columns))
	}
	return w
}

func TestMomentsOfPartsAreThoseOfTheWhole(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	s := draw(r, truths(r, 5), 30, .5)
	s.rows[3] += 20 // parts differ in their means
	whole, parts := s.moments(), s.parts(3)
	merged := parts[0].with(parts[1]).with(parts[2])
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-4*(1+math.Abs(want)) {
			t.Errorf("%s is %g, of the whole %g", what, got, want)
		}
	}
	for i, v := range whole.gram {
		near("second moment", float64(merged.gram[i]), float64(v))
	}
	for i, v := range whole.cross {
		near("moment with errors", float64(merged.cross[i]), float64(v))
		near("sum", merged.sum[i], whole.sum[i])
	}
	near("mean error", merged.wrong[0], whole.wrong[0])

	// What a fit to others makes of a part: the mean square about the other's means.
	delta, others := []float64{.1, -.2, .3, 0, .5}, parts[1].with(parts[2])
	after := 0.0
	for i := range 10 {
		e, before := s.wrong[i]-others.wrong[0], s.wrong[i]-others.wrong[0]
		for c, d := range delta {
			e -= d * (s.rows[i*5+c] - others.sum[c]/float64(others.count))
		}
		after += (e*e - before*before) / 10
	}
	near("change", parts[0].about(others).change(0, upTo(5), delta), after)
}

func TestFewOrNoisyPatchesAreDampedMore(t *testing.T) {
	damping := func(patches int, noise float64) float64 {
		sum := 0.0
		for seed := range uint64(8) {
			r := rand.New(rand.NewPCG(seed, 2))
			parts := draw(r, truths(r, 24), patches, noise).parts(turns)
			d := newTrials(parts, true).chooseDamping([]family{{filters: []int{0}, columns: upTo(24)}})
			if d == 0 { // as good as damped without end
				d = 10 * dampings[len(dampings)-1]
			}
			sum += math.Log10(d)
		}
		return sum / 8
	}
	plenty, few, noisy := damping(800, .3), damping(32, .3), damping(800, 8)
	if few < plenty+.5 {
		t.Errorf("the damping of 32 patches is 10^%.1f, of 800 10^%.1f; want it stronger", few, plenty)
	}
	if noisy < plenty+.5 {
		t.Errorf("the damping of noisy errors is 10^%.1f, of others 10^%.1f; want it stronger", noisy, plenty)
	}
}

// Parts that take turns tell better than one that is held back that there is nothing to win.
func TestTurnsKeepWeightsThatFewPatchesSayNothingAbout(t *testing.T) {
	const draws, columns = 60, 24
	harm := map[bool]float64{} // growth of the squared error on other patches, which is 1
	for seed := range uint64(draws) {
		r := rand.New(rand.NewPCG(seed, 3))
		truth := make([]float64, columns) // the weights are right as they are
		parts := draw(r, truth, 40, 1).parts(turns)
		fresh := draw(r, truth, 2000, 1).moments()
		held := []*secondMoments{parts[0].with(parts[1]).with(parts[2]), parts[3]}
		for few, of := range map[bool][]*secondMoments{true: parts, false: held} {
			delta, _ := newTrials(of, few).refine([]family{{filters: []int{0}, columns: upTo(columns)}})
			change := make([]float64, columns)
			for i, d := range delta {
				change[i] = float64(d)
			}
			harm[few] += fresh.change(0, upTo(columns), change) / draws
		}
	}
	if harm[true] > .03 || harm[true] > harm[false]/2 {
		t.Errorf("fits to noise make the error grow by %.3f with turns, by %.3f with one part held back; want hardly any", harm[true], harm[false])
	}
}
