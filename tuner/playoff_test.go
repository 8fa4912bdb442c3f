package tuner

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/results"
	"github.com/rt3d-tune/rt3d-tune/tuner/pareto"
)

func samples(r *rand.Rand, ms, spread float64, n int) []results.Sample {
	out := make([]results.Sample, n)
	for i := range out {
		out[i] = results.Sample{Nanoseconds: ms * 1e6 * (1 + spread*r.NormFloat64()), Batch: 1, Verdict: results.Valid}
	}
	return out
}

func TestPooledRoundsCoverTheirDrift(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var rounds [][]results.Sample
	for _, ms := range []float64{10, 10.5, 10.1, 10.4} {
		rounds = append(rounds, samples(r, ms, 0.001, 9))
	}
	spoiled := samples(r, 99, 0, 3)
	for i := range spoiled {
		spoiled[i].Verdict = results.SampleHot
	}
	rounds = append(rounds, spoiled)
	l := poolRounds(rounds, false)
	if l.Valid != 36 {
		t.Errorf("%d valid samples, want 36", l.Valid)
	}
	if !(l.LowMS <= 10.05 && l.HighMS >= 10.45 && l.LowMS <= l.MedianMS && l.MedianMS <= l.HighMS) {
		t.Errorf("interval %g … %g around %g does not cover the rounds", l.LowMS, l.HighMS, l.MedianMS)
	}
	if poolRounds([][]results.Sample{spoiled}, false) != nil {
		t.Error("samples that are not valid were scored")
	}
}

// The rank test tells 3 % apart in six rounds at 0.5 % noise, and seldom what is equal.
func TestDiffer(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	play := func(ms float64, rounds int) (out [][]results.Sample) {
		for range rounds {
			drift := 1 + 0.005*r.NormFloat64()
			out = append(out, samples(r, ms*drift, 0.002, 6))
		}
		return out
	}
	const trials = 100
	missed, alarms := 0, 0
	for range trials {
		if !differ(play(10, 6), play(10.3, 6)) {
			missed++
		}
		if differ(play(10, 6), play(10, 6)) {
			alarms++
		}
	}
	if missed > 5 || alarms > 15 {
		t.Errorf("of %d comparisons, %d differences were missed and %d equals told apart", trials, missed, alarms)
	}
	if !differ(play(10, 3), play(12, 3)) {
		t.Error("20 % apart are not told apart in three rounds")
	}
}

// Rounds are pairs: what falls on a whole round does not hide a difference, rounds that one of the two has
// missed do not pair with others, and equals are seldom told apart.
func TestRoundsArePaired(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	play := func(a, b float64) (x, y [][]results.Sample) {
		for round := range 8 {
			drift := 1 + 0.1*r.NormFloat64() // far more than the difference
			p, q := samples(r, a*drift*(1+0.002*r.NormFloat64()), 0.002, 6), samples(r, b*drift*(1+0.002*r.NormFloat64()), 0.002, 6)
			switch {
			case round == 3:
				p = nil
			case round == 5:
				q = nil
			}
			x, y = append(x, p), append(y, q)
		}
		return x, y
	}
	const trials = 400
	missed, alarms := 0, 0
	for range trials {
		if !differ(play(10, 10.1)) {
			missed++
		}
		if differ(play(10, 10)) {
			alarms++
		}
	}
	if missed > trials/20 {
		t.Errorf("of %d differences of 1 %%, %d were missed beneath a drift of 10 %%", trials, missed)
	}
	// Six common rounds: the test's own rate is 2/64.
	if rate := float64(alarms) / trials; rate > significance+3*math.Sqrt(significance*(1-significance)/trials) {
		t.Errorf("%.3f of equal networks were told apart, at most %.2f should be", rate, significance)
	}
}

func TestPickIsStable(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	s := &search{dense: &point{quality: 0.93}}
	s.Options.Loss = 0.02
	enter := func(key string, ms, quality float64, macs int64) *contender {
		c := &contender{point: &point{trial: &results.Trial{Key: key, MACs: macs}, ms: ms, quality: quality}}
		for range 6 {
			c.rounds = append(c.rounds, samples(r, ms*(1+0.004*r.NormFloat64()), 0.002, 6))
		}
		return c
	}
	field := []*contender{
		enter("dense", 20, 0.93, 100),
		enter("a", 10, 0.911, 50),
		enter("b", 10.001, 0.915, 60), // as fast as a, better
		enter("c", 10.002, 0.915, 40), // as b, fewer MACs
		enter("d", 5, 0.8, 20),        // too much lost
		enter("e", 15, 0.925, 80),
	}
	for range 5 {
		r.Shuffle(len(field), func(i, j int) { field[i], field[j] = field[j], field[i] })
		picked, tied := s.pick(field)
		if field[picked].trial.Key != "c" {
			t.Errorf("picked %s, want c", field[picked].trial.Key)
		}
		for i, c := range field {
			want := c.trial.Key == "a" || c.trial.Key == "b" || c.trial.Key == "c"
			if tied[i] != want {
				t.Errorf("%s tied: %v", c.trial.Key, tied[i])
			}
		}
	}
}

func TestContendersKeepDenseAndTheFront(t *testing.T) {
	study, _ := newStudy(t, "", Options{Trials: 160, Seed: 8, Contenders: 5})
	sum := mustRun(t, study)
	study.Options.Trials = 1000 // room for another playoff
	s, err := newSearch(t.Context(), study)
	if err != nil {
		t.Fatal(err)
	}
	s.budget.enter(PlayoffPhase)
	chosen, _, err := s.contenders()
	if err != nil {
		t.Fatal(err)
	}
	if len(chosen) != 5 || chosen[0].trial.Key != "dense" {
		t.Fatalf("%d contenders, first %s", len(chosen), chosen[0].trial.Key)
	}
	front := map[string]bool{"dense": true}
	archive := pareto.New(pareto.Objective{Name: "q", Direction: pareto.Maximise}, pareto.Objective{Name: "ms", Direction: pareto.Minimise})
	for _, p := range sum.Front {
		front[p.Key] = true
		if _, err := archive.Add(pareto.Point{Key: p.Key, Values: []float64{p.Quality, p.Latency.MedianMS}}); err != nil {
			t.Fatal(err)
		}
	}
	if archive.Len() < 5 {
		t.Fatalf("front of %d does not fill the playoff", archive.Len())
	}
	for _, c := range chosen {
		if !front[c.trial.Key] {
			t.Errorf("%s is in the playoff and not on the front of %d", c.trial.Key, archive.Len())
		}
	}
}

// A device that has become slower since the search lengthens the times of those that meet in the playoff
// and of nobody else. A network that would come to the front by its old time is asked again, and no old
// time is on the front. Not every search leaves such a network: one of a few seeds must.
func TestFrontHoldsNoTimesFromBeforeThePlayoff(t *testing.T) {
	again := 0
	for seed := uint64(1); seed <= 12 && again == 0; seed++ {
		study, c := newStudy(t, "", Options{Trials: 400, Seed: seed, Contenders: 24, Groups: kgs[:1], Rates: []float64{0.5}})
		device := newDevice(c)
		device.drift = 1.15
		study.Evaluator = device
		for _, p := range mustRun(t, study).Front {
			if Phase(p.Phase).base() != PlayoffPhase {
				t.Errorf("seed %d: %s is on the front with %.3f ms from phase %s", seed, p.Key, p.Latency.MedianMS, p.Phase)
			}
			if p.Phase != string(PlayoffPhase) {
				again++
			}
		}
	}
	if again == 0 {
		t.Error("no second playoff was held")
	}
}
