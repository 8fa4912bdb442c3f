package strategy

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/results"
	"github.com/rt3d-tune/rt3d-tune/space"
	"github.com/rt3d-tune/rt3d-tune/tuner/pareto"
)

// One suite for every strategy: each runs on the problems that it is made for.

var (
	one = []pareto.Objective{{Name: "latency_ms", Direction: pareto.Minimise}}
	two = []pareto.Objective{{Name: "accuracy", Direction: pareto.Maximise}, {Name: "latency_ms", Direction: pareto.Minimise}}
)

func newSpace(t testing.TB, constraints []space.Constraint, ps ...space.Parameter) *space.Space {
	t.Helper()
	s, err := space.New(ps, constraints...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func problems(t testing.TB) map[string]Problem {
	under := []space.Constraint{{Name: "a + b <= 7", Holds: func(v space.Values) bool { return v.Int("a")+v.Int("b") <= 7 }}}
	ints := newSpace(t, under, space.Int("a", 0, 5), space.Int("b", 0, 5), space.Ints("c", 1, 2, 4))
	mixed := newSpace(t, under, space.Int("a", 0, 7), space.Int("b", 0, 7), space.LogFloat("x", 0.01, 10), space.Category("k", "p", "q", "r"))
	words := newSpace(t, nil, space.Category("k", "p", "q", "r"), space.Category("l", "x", "y", "z", "w"))
	reals := newSpace(t, nil, space.Float("x", -5, 5), space.Float("y", -5, 5))
	return map[string]Problem{
		"ints":       {Space: ints, Objectives: one},
		"mixed":      {Space: mixed, Objectives: one},
		"words":      {Space: words, Objectives: one},
		"reals":      {Space: reals, Objectives: one},
		"two-ints":   {Space: ints, Objectives: two},
		"two-mixed":  {Space: mixed, Objectives: two},
		"start-ints": {Space: ints, Objectives: one, Start: []space.Point{{5, 1, 2}, {0, 0, 0}}},
	}
}

// value is a smooth, deterministic objective on the unit cube.
func value(p Problem, q space.Point) []float64 {
	sum := 0.0
	for i, u := range p.Space.Unit(q) {
		d := u - 0.3 - 0.1*float64(i)
		sum += d * d
	}
	vs := []float64{sum}
	if len(p.Objectives) == 2 {
		vs = []float64{p.Space.Unit(q)[0], sum}
	}
	return vs
}

func forEach(t *testing.T, f func(t *testing.T, name string, p Problem)) {
	for _, name := range Names() {
		for label, p := range problems(t) {
			if _, err := New(name, p); errors.Is(err, ErrUnsuited) {
				continue // TestRefusalsAreNamed holds which
			}
			t.Run(name+"/"+label, func(t *testing.T) { f(t, name, p) })
		}
	}
}

func make1(t *testing.T, name string, p Problem, seed uint64) Strategy {
	t.Helper()
	p.Seed = seed
	s, err := New(name, p)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// drive asks and tells until n points were evaluated or none is left.
func drive(t *testing.T, s Strategy, p Problem, n, batch int) []Result {
	t.Helper()
	var all []Result
	for len(all) < n {
		points, err := s.Ask(min(batch, n-len(all)))
		if errors.Is(err, ErrExhausted) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		var rs []Result
		for _, q := range points {
			if !p.Space.Contains(q) || !p.Space.Feasible(q) {
				t.Fatalf("proposed %v: outside, or breaks %q", q, p.Space.Violated(q))
			}
			r := Result{Point: q, Outcome: results.OK, Values: value(p, q)}
			if (int(q[0]*7)+len(all)+len(rs))%5 == 4 {
				r.Outcome, r.Values = results.CompileError, nil
			}
			rs = append(rs, r)
		}
		if err := s.Tell(rs); err != nil {
			t.Fatal(err)
		}
		all = append(all, rs...)
	}
	return all
}

func keys(rs []Result) []string {
	var ks []string
	for _, r := range rs {
		ks = append(ks, r.Point.Key())
	}
	return ks
}

func TestProposalsAreFeasibleAndSeedsReproduce(t *testing.T) {
	forEach(t, func(t *testing.T, name string, p Problem) {
		first := keys(drive(t, make1(t, name, p, 7), p, 60, 3))
		again := keys(drive(t, make1(t, name, p, 7), p, 60, 3))
		if !slices.Equal(first, again) {
			t.Errorf("the same seed gave %v and %v", first, again)
		}
		if name != "exhaustive" {
			other := keys(drive(t, make1(t, name, p, 8), p, 60, 3))
			if slices.Equal(first, other) {
				t.Error("another seed gave the same proposals")
			}
		}
		for i, start := range p.Start {
			if first[i] != start.Key() {
				t.Errorf("proposal %d is %s, want the start %s", i, first[i], start.Key())
			}
		}
	})
}

func TestDiscretePointsAreProposedOnceUntilNoneIsLeft(t *testing.T) {
	forEach(t, func(t *testing.T, name string, p Problem) {
		if name == "cmaes" || !p.Space.Discrete() {
			return // may repeat
		}
		want := 0
		for range p.Space.All() {
			want++
		}
		got := keys(drive(t, make1(t, name, p, 3), p, 10*want, 4))
		slices.Sort(got)
		if n := len(slices.Compact(got)); n != want || len(got) != want {
			t.Errorf("proposed %d points, %d distinct, want each of %d once", len(got), n, want)
		}
	})
}

// Telling the record to a new strategy and going on gives what an uninterrupted search gives, wherever
// it was cut.
func TestResumedEqualsUninterrupted(t *testing.T) {
	forEach(t, func(t *testing.T, name string, p Problem) {
		const n = 48
		whole := drive(t, make1(t, name, p, 11), p, n, 1)
		for _, cut := range []int{1, 9, 10, 17, 33} {
			if cut >= len(whole) {
				continue
			}
			s := make1(t, name, p, 11)
			if err := s.Tell(whole[:cut]); err != nil {
				t.Fatal(err)
			}
			for i := cut; i < len(whole); i++ {
				points, err := s.Ask(1)
				if err != nil {
					t.Fatalf("cut at %d, proposal %d: %v", cut, i, err)
				}
				if points[0].Key() != whole[i].Point.Key() {
					t.Fatalf("cut at %d: proposal %d is %s, uninterrupted %s", cut, i, points[0].Key(), whole[i].Point.Key())
				}
				if err := s.Tell(whole[i : i+1]); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

// A search in which everything fails goes on proposing and ends; it neither spins nor panics.
func TestFailuresNeverSpin(t *testing.T) {
	for _, outcome := range []results.Outcome{results.CompileError, results.Crash, results.Dropped, results.DeviceLost} {
		forEach(t, func(t *testing.T, name string, p Problem) {
			s := make1(t, name, p, 5)
			for range 100 {
				points, err := s.Ask(1)
				if errors.Is(err, ErrExhausted) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				if err := s.Tell([]Result{{Point: points[0], Outcome: outcome}}); err != nil {
					t.Fatal(err)
				}
			}
			learned := s.State().Learned
			if outcome.Teaches() != (learned > 0) {
				t.Errorf("%s: learned from %d results", outcome, learned)
			}
		})
	}
}

func TestTellRefusesWhatIsNotAResult(t *testing.T) {
	forEach(t, func(t *testing.T, name string, p Problem) {
		s := make1(t, name, p, 5)
		points, err := s.Ask(1)
		if err != nil {
			t.Fatal(err)
		}
		q := points[0]
		nan, inf := make([]float64, len(p.Objectives)), make([]float64, len(p.Objectives))
		nan[0], inf[0] = math.NaN(), math.Inf(1)
		for why, bad := range map[string]Result{
			"outside":         {Point: space.Point{99}, Outcome: results.Crash},
			"ok, no value":    {Point: q, Outcome: results.OK},
			"value, not ok":   {Point: q, Outcome: results.Timeout, Values: value(p, q)},
			"not a number":    {Point: q, Outcome: results.OK, Values: nan},
			"infinite":        {Point: q, Outcome: results.OK, Values: inf},
			"too many values": {Point: q, Outcome: results.OK, Values: []float64{1, 2, 3}},
		} {
			if err := s.Tell([]Result{bad}); err == nil {
				t.Errorf("%s was accepted", why)
			}
		}
	})
}

func TestRefusalsAreNamed(t *testing.T) {
	ps := problems(t)
	ps["start-bad"] = Problem{Space: ps["ints"].Space, Objectives: one, Start: []space.Point{{5, 5, 0}}}
	wide := newSpace(t, nil, space.Int("a", 0, 1<<30))
	cases := []struct {
		name, problem, want string
		unsuited            bool
	}{
		{"cmaes", "mixed", `parameter "k" is categorical`, true},
		{"cmaes", "two-ints", "2 objectives", true},
		{"exhaustive", "reals", "space is real", true},
		{"annealing", "ints", "want one of cmaes, exhaustive, nsga2, random, sobol, tpe", false},
		{"random", "start-bad", "a + b <= 7", false},
	}
	for _, c := range cases {
		_, err := New(c.name, ps[c.problem])
		if err == nil || !strings.Contains(err.Error(), c.want) || errors.Is(err, ErrUnsuited) != c.unsuited {
			t.Errorf("New(%s, %s): %v, want %q", c.name, c.problem, err, c.want)
		}
	}
	for _, name := range []string{"cmaes", "exhaustive"} {
		if _, err := New(name, Problem{Space: wide, Objectives: one}); !errors.Is(err, ErrUnsuited) {
			t.Errorf("New(%s, one wide integer): %v, want ErrUnsuited", name, err)
		}
	}
	if _, err := New("random", Problem{Space: wide}); err == nil {
		t.Error("New accepted a problem without objectives")
	}
}

// NSGA-II must cover a known front better than random search does on the same budget.
func TestNSGA2BeatsRandomOnTwoObjectives(t *testing.T) {
	var ps []space.Parameter
	for i := range 8 {
		ps = append(ps, space.Float(fmt.Sprint("x", i), 0, 1))
	}
	p := Problem{Space: newSpace(t, nil, ps...), Objectives: []pareto.Objective{{Name: "f", Direction: pareto.Minimise}, {Name: "g", Direction: pareto.Minimise}}}
	// ZDT1 (Zitzler, Deb, Thiele 2000).
	zdt1 := func(x space.Point) []float64 {
		g := 0.0
		for _, v := range x[1:] {
			g += v
		}
		g = 1 + 9*g/float64(len(x)-1)
		return []float64{x[0], g * (1 - math.Sqrt(x[0]/g))}
	}
	volume := func(name string, seed uint64) float64 {
		s := make1(t, name, p, seed)
		a := pareto.New(p.Objectives...)
		for range 600 {
			points, err := s.Ask(1)
			if err != nil {
				t.Fatal(err)
			}
			v := zdt1(points[0])
			if _, err := a.Add(pareto.Point{Key: points[0].Key(), Values: v}); err != nil {
				t.Fatal(err)
			}
			if err := s.Tell([]Result{{Point: points[0], Outcome: results.OK, Values: v}}); err != nil {
				t.Fatal(err)
			}
		}
		hv, err := a.Hypervolume([]float64{1.1, 5})
		if err != nil {
			t.Fatal(err)
		}
		return hv
	}
	for seed := range uint64(4) {
		if n, r := volume("nsga2", seed), volume("random", seed); n <= r+0.3 {
			t.Errorf("seed %d: hypervolume %.3f with nsga2, %.3f with random", seed, n, r)
		}
	}
}
