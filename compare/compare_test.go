package compare

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s: %.6g, want %.6g", what, got, want)
	}
}

// TestSignedRank holds the test against values of scipy.stats.wilcoxon(x, alternative="greater",
// mode="exact") and, with ties, against the sum over all signs.
func TestSignedRank(t *testing.T) {
	all := make([]float64, 10)
	for i := range all {
		all[i] = float64(i + 1)
	}
	near(t, "ten of ten above", SignedRank(all, 0), 1.0/1024, 1e-12)
	near(t, "none above", SignedRank(all, 100), 1, 1e-12)
	// R+ = 4+5 = 9 of ranks 1..5: P(R+ >= 9) = 13/32.
	near(t, "mixed", SignedRank([]float64{-1, -2, -3, 4, 5}, 0), 13.0/32, 1e-12)
	near(t, "no differences", SignedRank([]float64{0, 0}, 0), 1, 0)
	tied := []float64{1, 1, -1, 2, 2, -3, 4}
	near(t, "ties", SignedRank(tied, 0), enumerate(tied), 1e-12)
}

// enumerate is the definition: the share of the 2^n assignments of signs with a sum as large.
func enumerate(d []float64) float64 {
	n := len(d)
	rank := make([]float64, n)
	for i := range d {
		less, equal := 0, 0
		for j := range d {
			if math.Abs(d[j]) < math.Abs(d[i]) {
				less++
			} else if math.Abs(d[j]) == math.Abs(d[i]) {
				equal++
			}
		}
		rank[i] = float64(less) + float64(equal+1)/2
	}
	observed := 0.0
	for i := range d {
		if d[i] > 0 {
			observed += rank[i]
		}
	}
	count := 0
	for signs := range 1 << n {
		sum := 0.0
		for i := range d {
			if signs>>i&1 == 1 {
				sum += rank[i]
			}
		}
		if sum >= observed {
			count++
		}
	}
	return float64(count) / float64(int(1)<<n)
}

// The normal approximation takes over where the exact count ends, without a step.
func TestSignedRankOfManyPairs(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	d := make([]float64, exactPairs)
	for i := range d {
		d[i] = r.NormFloat64() + 0.2
	}
	ranks := make([]int, len(d))
	order := slices.Clone(d)
	slices.SortFunc(order, func(a, b float64) int { return int(math.Copysign(1, math.Abs(a)-math.Abs(b))) })
	positive := 0
	for i, v := range order {
		ranks[i] = 2 * (i + 1)
		if v > 0 {
			positive += ranks[i]
		}
	}
	near(t, "normal tail", normalTail(ranks, positive), SignedRank(d, 0), 2e-3)
}

// Under the null hypothesis p values are at most as often small as they say.
func TestSignedRankHoldsItsLevel(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	const trials = 20000
	below := 0
	for range trials {
		d := make([]float64, 12)
		for i := range d {
			d[i] = r.NormFloat64() / (0.1 + r.Float64()) // heavy tails
		}
		if SignedRank(d, 0) <= 0.05 {
			below++
		}
	}
	if share := float64(below) / trials; share > 0.055 || share < 0.03 {
		t.Errorf("%.4f of p values are at most 0.05", share)
	}
}

func TestEstimateAndInterval(t *testing.T) {
	near(t, "Hodges-Lehmann", HodgesLehmann([]float64{1, 2, 3, 100}), 2.75, 1e-12)
	r := rand.New(rand.NewPCG(3, 3))
	covered := 0
	const trials = 200
	for trial := range trials {
		d := make([]float64, 20)
		for i := range d {
			d[i] = 0.03 + 0.01*r.NormFloat64()
		}
		if i := Bootstrap(d, 0.95, uint64(trial)); i.Low <= 0.03 && 0.03 <= i.High {
			covered++
		}
	}
	if share := float64(covered) / trials; share < 0.88 || share > 0.98 {
		t.Errorf("the 95 %% interval covers %.3f", share)
	}
	if a, b := Bootstrap([]float64{1, 2, 3}, 0.95, 7), Bootstrap([]float64{1, 2, 3}, 0.95, 7); a != b {
		t.Errorf("one seed, two intervals: %v, %v", a, b)
	}
}

func TestHolm(t *testing.T) {
	got := Holm([]float64{0.01, 0.04, 0.03, 0.005})
	for i, want := range []float64{0.03, 0.06, 0.06, 0.02} {
		near(t, "adjusted", got[i], want, 1e-12)
	}
}

func TestMcNemar(t *testing.T) {
	near(t, "8 lost, 2 won", McNemar(8, 2), 56.0/1024, 1e-12)
	near(t, "no difference", McNemar(0, 0), 1, 0)
}

// series are log ratios around an effect, with a coefficient of variation of each side.
func series(r *rand.Rand, n int, effect, variation float64) []float64 {
	d := make([]float64, n)
	for i := range d {
		d[i] = math.Log1p(effect) + variation*math.Sqrt2*r.NormFloat64()
	}
	return d
}

// grow takes pairs as long as the rule asks for them.
func grow(rule Rule, r *rand.Rand, effect, variation float64) []float64 {
	var d []float64
	for rule.More(d, 30) {
		d = append(d, series(r, 1, effect, variation)...)
	}
	return d
}

func TestRule(t *testing.T) {
	rule := DefaultRule
	r := rand.New(rand.NewPCG(4, 4))
	family := func(effect, variation float64) [][]float64 {
		all := [][]float64{grow(rule, r, effect, variation)}
		for range 29 {
			all = append(all, grow(rule, r, 0, variation))
		}
		return all
	}
	decide := func(family [][]float64) []Decision {
		answers, _ := rule.Decide(family)
		return answers
	}
	// Unchanged at little noise: ten pairs and no more.
	for i, d := range decide(family(0, 0.005)) {
		if d.Verdict != Same || d.Pairs != rule.First {
			t.Errorf("comparison %d, unchanged: %+v", i, d)
		}
	}
	for _, effect := range []float64{0.05, -0.05} {
		d := decide(family(effect, 0.005))[0]
		if d.Verdict != Different || d.Slower != (effect > 0) || d.Pairs != 2*rule.First {
			t.Errorf("effect %v: %+v", effect, d)
		}
		near(t, "ratio", d.Ratio, 1+effect, 0.01)
	}
	// Too much noise for an answer; too few pairs for one.
	if d := decide([][]float64{series(r, rule.Most, 0.02, 0.20)})[0]; d.Verdict != NeedMore {
		t.Errorf("noise of 20 %%: %+v", d)
	}
	if d := decide([][]float64{series(r, rule.First-1, 0.2, 0.001)})[0]; d.Verdict != NeedMore {
		t.Errorf("nine pairs: %+v", d)
	}
	// A difference within the tolerance is none, however certain.
	if d := decide([][]float64{series(r, rule.Most, 0.003, 0.0005)})[0]; d.Verdict != Same {
		t.Errorf("0.3 %% slower for certain: %+v", d)
	}
}

func TestLooks(t *testing.T) {
	for _, c := range []struct {
		first, most int
		want        []int
	}{{10, 10, []int{10}}, {10, 25, []int{10, 20, 25}}, {10, 40, []int{10, 20, 40}}, {10, 100, []int{10, 20, 40, 80, 100}}} {
		if got := (Rule{First: c.first, Most: c.most}).Looks(); !slices.Equal(got, c.want) {
			t.Errorf("from %d to %d pairs: looks after %v, want %v", c.first, c.most, got, c.want)
		}
	}
}

// Noise makes a comparison take more pairs, up to the most, and only those that need them.
func TestRuleGrowsWithNoise(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	mean := func(variation float64) float64 {
		pairs := 0
		for range 50 {
			pairs += len(grow(DefaultRule, r, 0, variation))
		}
		return float64(pairs) / 50
	}
	little, some, much := mean(0.005), mean(0.02), mean(0.05)
	if little != float64(DefaultRule.First) || some < 1.5*little || some > 60 || much < 2*some {
		t.Errorf("pairs at a noise of 0.5, 2 and 5 %%: %.1f, %.1f, %.1f", little, some, much)
	}
}

// The levels hold although the rule looks again and again: differences within the tolerance are called
// different in no more than alpha of the families, and differences of the margin are called the same in no
// more than a twentieth of the comparisons.
func TestRuleHoldsItsLevels(t *testing.T) {
	rule := DefaultRule
	rule.Alpha = 0.1 // seen in fewer families
	r := rand.New(rand.NewPCG(7, 7))
	const families, size = 600, 4
	alarms, missed := 0, 0
	for range families {
		var family [][]float64
		for range size {
			var d []float64
			for rule.More(d, size) {
				d = append(d, series(r, 1, rule.Tolerance, 0.04)...)
			}
			family = append(family, d)
		}
		answers, _ := rule.Decide(family)
		for _, a := range answers {
			if a.Verdict == Different && a.Slower {
				alarms++
				break
			}
		}
		d := grow(rule, r, rule.Margin, 0.01)
		if answers, _ = rule.Decide([][]float64{d}); answers[0].Verdict == Same {
			missed++
		}
	}
	// A two-sided level has half of it on this side; three standard deviations above the level.
	if share := float64(alarms) / families; share > rule.Alpha/2+0.03 {
		t.Errorf("%.3f of families give an alarm, want at most %.3f", share, rule.Alpha/2)
	}
	if share := float64(missed) / families; share > sameLevel+0.027 {
		t.Errorf("%.3f of comparisons at the margin are called the same, want at most %.3f", share, sameLevel)
	}
}

func TestChanges(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	level := func(n int, ms float64) (v []float64) {
		for range n {
			v = append(v, ms*(1+0.01*r.NormFloat64()))
		}
		return v
	}
	steady := 0
	for range 200 {
		if len(Changes(level(40, 10), 0.01, 1)) == 0 {
			steady++
		}
	}
	if steady < 190 {
		t.Errorf("%d of 200 steady histories are called steady", steady)
	}
	steps := Changes(slices.Concat(level(15, 10), level(15, 10.5), level(15, 10)), 0.01, 1)
	if len(steps) != 2 || steps[0].Index < 14 || steps[0].Index > 16 || steps[1].Index < 29 || steps[1].Index > 31 {
		t.Fatalf("two steps: %+v", steps)
	}
	near(t, "first step", steps[0].Ratio, 1.05, 0.01)
	near(t, "second step", steps[1].Ratio, 1/1.05, 0.01)
	creep := level(40, 10)
	for i := range creep {
		creep[i] *= 1 + 0.001*float64(i)
	}
	if len(Changes(creep, 0.01, 1)) == 0 {
		t.Error("a creep of 4 % over 40 runs is not found")
	}
}
