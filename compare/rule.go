package compare

import "math"

// Verdict is the answer to one comparison.
type Verdict string

// The three answers.
const (
	Different Verdict = "different"
	Same      Verdict = "same"
	NeedMore  Verdict = "need more data"
)

// Rule decides comparisons of two builds, each from the logarithms of the ratios candidate / baseline of
// its pairs. It looks twice: after First pairs, where it can only say "same", and after Most, where it
// can say all three. A difference is therefore tested once, and the level needs no correction for
// repeated looks.
type Rule struct {
	// First and Most pairs.
	First, Most int
	// Tolerance is the relative difference that does not matter: nobody is told of less. Margin is the one
	// that must not be missed: "same" says that the difference is surely less.
	Tolerance, Margin float64
	// Alpha is the probability that any comparison of the family is called different although none differs
	// by more than the tolerance.
	Alpha float64
}

// DefaultRule finds a slowdown of 3 % at a noise of 1 % in 25 pairs among 30 comparisons nearly always:
// `rt3d-tune bench gate` prints how often.
var DefaultRule = Rule{First: 10, Most: 25, Tolerance: 0.005, Margin: 0.03, Alpha: 0.01}

// sameLevel is the level of each of the two tests that must be passed for "same": the usual one. At a
// stricter one a single outlier among ten pairs would stand against it.
const sameLevel = 0.05

// Decision is the outcome of one comparison.
type Decision struct {
	Verdict Verdict
	// Slower says in which direction a different candidate differs.
	Slower bool
	// Ratio is the estimate of candidate / baseline.
	Ratio float64
	Pairs int
	// P is two-sided, of a difference beyond the tolerance; PAdjusted is corrected over all comparisons.
	P, PAdjusted float64
}

// More tells whether a comparison with these pairs needs another one.
func (r Rule) More(logRatios []float64) bool {
	switch n := len(logRatios); {
	case n < r.First:
		return true
	case n >= r.Most:
		return false
	case n > r.First:
		return true // it was not the same at First
	}
	return !r.same(logRatios)
}

// Decide answers all comparisons of a family together. others are p values of tests of another kind that
// belong to the family; they come back adjusted.
func (r Rule) Decide(family [][]float64, others ...float64) (answers []Decision, othersAdjusted []float64) {
	p := make([]float64, len(family), len(family)+len(others))
	for i, d := range family {
		p[i] = r.p(d)
	}
	adjusted := Holm(append(p, others...))
	decisions := make([]Decision, len(family))
	for i, d := range family {
		decisions[i] = Decision{Verdict: NeedMore, Ratio: math.Exp(HodgesLehmann(d)), Pairs: len(d), P: p[i], PAdjusted: adjusted[i]}
		switch {
		case len(d) >= r.Most && adjusted[i] <= r.Alpha:
			decisions[i].Verdict, decisions[i].Slower = Different, decisions[i].Ratio > 1
		case len(d) >= r.First && r.same(d):
			decisions[i].Verdict = Same
		}
	}
	return decisions, adjusted[len(family):]
}

// p of a difference beyond the tolerance, in either direction.
func (r Rule) p(d []float64) float64 {
	limit := math.Log1p(r.Tolerance)
	return min(1, 2*min(SignedRank(d, limit), SignedRank(negated(d), limit)))
}

// same tells that the difference is surely less than the margin (two one-sided tests, Schuirmann 1987).
func (r Rule) same(d []float64) bool {
	limit := math.Log1p(r.Margin)
	return SignedRank(negated(d), -limit) <= sameLevel && SignedRank(d, -limit) <= sameLevel
}

func negated(d []float64) []float64 {
	n := make([]float64, len(d))
	for i, v := range d {
		n[i] = -v
	}
	return n
}
