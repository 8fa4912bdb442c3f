package compare

import (
	"math"
	"slices"
)

// Verdict is the answer to one comparison.
type Verdict string

// The three answers.
const (
	Different Verdict = "different"
	Same      Verdict = "same"
	NeedMore  Verdict = "need more data"
)

// Rule decides comparisons of two builds, each from the logarithms of the ratios candidate / baseline of
// its pairs. It looks after First pairs, after twice as many, and so on, and at last after Most: a
// comparison goes on only while it has no answer, so that many pairs are taken where the device is noisy
// and nowhere else. Each look has an equal share of the level (a plan of looks fixed in advance, Pocock
// 1977, with Bonferroni's bound in place of a joint distribution), so that looking often costs no false
// alarms. The first look can only say "same": so few pairs cannot tell a difference in a large family.
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

// DefaultRule finds a slowdown of 3 % at a noise of 1 % among 30 comparisons nearly always, and goes on
// to what a noise of 2 % needs: `rt3d-tune bench gate` prints how often it errs.
var DefaultRule = Rule{First: 10, Most: 100, Tolerance: 0.005, Margin: 0.03, Alpha: 0.01}

// sameLevel is the probability that a comparison which differs by the margin or more is called the same,
// over all looks.
const sameLevel = 0.05

// Decision is the outcome of one comparison.
type Decision struct {
	Verdict Verdict
	// Slower says in which direction a different candidate differs.
	Slower bool
	// Ratio is the estimate of candidate / baseline.
	Ratio float64
	Pairs int
	// P is two-sided, of a difference beyond the tolerance, corrected for the number of looks; 1 before
	// the look that can tell one. PAdjusted is corrected over all comparisons too.
	P, PAdjusted float64
}

// Looks are the numbers of pairs after which the rule looks.
func (r Rule) Looks() []int {
	var looks []int
	for n := r.First; n < r.Most; n *= 2 {
		looks = append(looks, n)
	}
	return append(looks, r.Most)
}

// More tells whether a comparison with these pairs, one of a family of that many, needs another one.
func (r Rule) More(logRatios []float64, family int) bool {
	switch n := len(logRatios); {
	case n >= r.Most:
		return false
	case !slices.Contains(r.Looks(), n):
		return true // the look before asked for more
	}
	return !r.same(logRatios) && r.p(logRatios)*float64(family) > r.Alpha
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
		case adjusted[i] <= r.Alpha:
			decisions[i].Verdict, decisions[i].Slower = Different, decisions[i].Ratio > 1
		case r.same(d):
			decisions[i].Verdict = Same
		}
	}
	return decisions, adjusted[len(family):]
}

// p of a difference beyond the tolerance, in either direction: the least over the looks that can tell one,
// corrected for their number.
func (r Rule) p(d []float64) float64 {
	looks := r.Looks()
	if len(looks) > 1 {
		looks = looks[1:]
	}
	limit, least := math.Log1p(r.Tolerance), 1.0
	for _, n := range looks {
		if n <= len(d) {
			beyond := 2 * min(SignedRank(d[:n], limit), SignedRank(negated(d[:n]), limit))
			least = min(least, beyond*float64(len(looks)))
		}
	}
	return least
}

// same tells that at one of the looks the difference was surely less than the margin (two one-sided tests,
// Schuirmann 1987).
func (r Rule) same(d []float64) bool {
	looks := r.Looks()
	limit, level := math.Log1p(r.Margin), sameLevel/float64(len(looks))
	for _, n := range looks {
		if n <= len(d) && SignedRank(negated(d[:n]), -limit) <= level && SignedRank(d[:n], -limit) <= level {
			return true
		}
	}
	return false
}

func negated(d []float64) []float64 {
	n := make([]float64, len(d))
	for i, v := range d {
		n[i] = -v
	}
	return n
}
