package strategy

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/c-bata/goptuna"
	"github.com/c-bata/goptuna/medianstopping"
)

type silent struct{}

func (silent) Debug(string, ...interface{}) {}
func (silent) Info(string, ...interface{})  {}
func (silent) Warn(string, ...interface{})  {}
func (silent) Error(string, ...interface{}) {}

var distributions = map[string]any{
	"int":      goptuna.IntUniformDistribution{Low: 2, High: 5},
	"step":     goptuna.StepIntUniformDistribution{Low: 1, High: 9, Step: 4},
	"discrete": goptuna.DiscreteUniformDistribution{Low: 0.5, High: 2, Q: 0.5},
	"float":    goptuna.UniformDistribution{Low: -1, High: 1},
	"log":      goptuna.LogUniformDistribution{Low: 1e-3, High: 10},
	"category": goptuna.CategoricalDistribution{Choices: []string{"a", "b", "c"}},
}

// objective suggests everything and prefers the lowest values.
func objective(seen map[string]map[any]int) goptuna.FuncObjective {
	note := func(name string, v any) {
		if seen[name] == nil {
			seen[name] = map[any]int{}
		}
		seen[name][v]++
	}
	return func(trial goptuna.Trial) (float64, error) {
		i, err1 := trial.SuggestInt("int", 2, 5)
		s, err2 := trial.SuggestStepInt("step", 1, 9, 4)
		d, err3 := trial.SuggestDiscreteFloat("discrete", 0.5, 2, 0.5)
		f, err4 := trial.SuggestFloat("float", -1, 1)
		l, err5 := trial.SuggestLogFloat("log", 1e-3, 10)
		c, err6 := trial.SuggestCategorical("category", []string{"a", "b", "c"})
		note("int", i)
		note("step", s)
		note("discrete", d)
		note("float", f)
		note("log", l)
		note("category", c)
		return float64(i) + float64(s) + d + f + l + float64(c[0]-'a'), errors.Join(err1, err2, err3, err4, err5, err6)
	}
}

func study(t *testing.T, options ...goptuna.StudyOption) *goptuna.Study {
	t.Helper()
	s, err := goptuna.CreateStudy("test", append(options, goptuna.StudyOptionLogger(silent{}))...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Defect: goptuna's random and Sobol samplers never draw the upper bound of an integer range.
func TestSamplersDrawTheUpperBound(t *testing.T) {
	for _, name := range []string{"random", "sobol"} {
		sampler, err := NewSampler(name, 1)
		if err != nil {
			t.Fatal(err)
		}
		relative, err := StudyOptions(name, 1, distributions)
		if err != nil {
			t.Fatal(err)
		}
		for kind, options := range map[string][]goptuna.StudyOption{"sampler": {goptuna.StudyOptionSampler(sampler)}, "relative": relative} {
			seen := map[string]map[any]int{}
			if err := study(t, options...).Optimize(objective(seen), 120); err != nil {
				t.Fatal(err)
			}
			want := map[string][]any{"int": {2, 3, 4, 5}, "step": {1, 5, 9}, "discrete": {0.5, 1.0, 1.5, 2.0}, "category": {"a", "b", "c"}}
			for parameter, values := range want {
				for _, v := range values {
					if n := seen[parameter][v]; n < 120/len(values)/3 {
						t.Errorf("%s %s: %s=%v drawn %d times in 120", name, kind, parameter, v, n)
					}
				}
				if len(seen[parameter]) != len(values) {
					t.Errorf("%s %s: %s took the values %v, want %v", name, kind, parameter, seen[parameter], values)
				}
			}
		}
	}
}

// Defect: seeds do not reproduce.
func TestSamplerSeedsReproduce(t *testing.T) {
	run := func(options ...goptuna.StudyOption) []string {
		s := study(t, options...)
		if err := s.Optimize(objective(map[string]map[any]int{}), 40); err != nil {
			t.Fatal(err)
		}
		trials, err := s.GetTrials()
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, trial := range trials {
			out = append(out, fmt.Sprint(trial.Params)) // fmt prints maps in the order of their keys
		}
		return out
	}
	options := func(name string, seed uint64, relative bool) []goptuna.StudyOption {
		if relative {
			o, err := StudyOptions(name, seed, distributions)
			if err != nil {
				t.Fatal(err)
			}
			return o
		}
		s, err := NewSampler(name, seed)
		if err != nil {
			t.Fatal(err)
		}
		return []goptuna.StudyOption{goptuna.StudyOptionSampler(s)}
	}
	for _, name := range []string{"random", "sobol", "tpe"} {
		for _, relative := range []bool{false, true} {
			a, b := run(options(name, 3, relative)...), run(options(name, 3, relative)...)
			if !slices.Equal(a, b) {
				t.Errorf("%s (relative %v): seed 3 gave different trials", name, relative)
			}
			if slices.Equal(a, run(options(name, 4, relative)...)) {
				t.Errorf("%s (relative %v): seeds 3 and 4 gave the same trials", name, relative)
			}
		}
	}
}

// Defect: a relative sampler panics when the study has a categorical parameter.
func TestCategoricalWithRelativeSamplerDoesNotPanic(t *testing.T) {
	for _, name := range Names() {
		if name == "exhaustive" {
			continue // the space has reals: the random sampler takes over, as for cmaes
		}
		options, err := StudyOptions(name, 1, distributions)
		if err != nil {
			t.Fatal(err)
		}
		s := study(t, options...)
		if err := s.Optimize(objective(map[string]map[any]int{}), 30); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if trials, err := s.GetTrials(); err != nil || len(trials) != 30 {
			t.Errorf("%s: %d trials, %v", name, len(trials), err)
		}
	}
}

// Defect: TPE is no better than random on 8 categoricals.
func TestSamplerTPEBeatsRandomOnCategoricals(t *testing.T) {
	best := func(name string, seed uint64) float64 {
		sampler, err := NewSampler(name, seed)
		if err != nil {
			t.Fatal(err)
		}
		s := study(t, goptuna.StudyOptionSampler(sampler))
		err = s.Optimize(func(trial goptuna.Trial) (float64, error) {
			sum := 0.0
			for i := range 8 {
				c, err := trial.SuggestCategorical(fmt.Sprint("c", i), choices)
				if err != nil {
					return 0, err
				}
				sum += float64(hiddenOrder(seed, i, 6)[slices.Index(choices, c)])
			}
			return sum, nil
		}, 200)
		if err != nil {
			t.Fatal(err)
		}
		v, err := s.GetBestValue()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	tpe, random := 0.0, 0.0
	for seed := range uint64(3) {
		tpe += best("tpe", seed) / 3
		random += best("random", seed) / 3
	}
	if tpe > 0.6*random {
		t.Errorf("mean best is %.2g with tpe, %.2g with random", tpe, random)
	}
}

// Defect: a failing evaluation makes the study spin. Ours are asked a bounded number of times, and
// goptuna's pruners work beside them on its in-memory storage.
func TestFailingAndPrunedTrialsEnd(t *testing.T) {
	for _, name := range []string{"random", "sobol", "tpe", "nsga2", "cmaes"} {
		options, err := StudyOptions(name, 2, distributions)
		if err != nil {
			t.Fatal(err)
		}
		pruner, err := medianstopping.NewPercentilePruner(0.5)
		if err != nil {
			t.Fatal(err)
		}
		s := study(t, append(options, goptuna.StudyOptionIgnoreError(true), goptuna.StudyOptionPruner(pruner),
			goptuna.StudyOptionStorage(goptuna.NewInMemoryStorage()))...)
		calls, ok := 0, objective(map[string]map[any]int{})
		err = s.Optimize(func(trial goptuna.Trial) (float64, error) {
			calls++
			v, err := ok(trial)
			if err != nil || calls%3 == 0 {
				return 0, errors.Join(err, errors.New("fails on purpose"))
			}
			for step := 1; step <= 3; step++ {
				if err := trial.ShouldPrune(step, v); err != nil {
					return 0, err
				}
			}
			return v, nil
		}, 45)
		if err != nil || calls != 45 {
			t.Errorf("%s: %d evaluations, %v, want 45", name, calls, err)
		}
		states := map[goptuna.TrialState]int{}
		trials, err := s.GetTrials()
		if err != nil {
			t.Fatal(err)
		}
		for _, trial := range trials {
			states[trial.State]++
		}
		if states[goptuna.TrialStateFail] != 15 || states[goptuna.TrialStateComplete] == 0 {
			t.Errorf("%s: states %v", name, states)
		}
	}
}

func TestInternalRepresentationRoundTrips(t *testing.T) {
	for name, d := range distributions {
		p, err := parameterOf(name, d)
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range []float64{0, 0.2, 0.5, 0.99, 1} {
			x := unitValue(p, u)
			v := internal(d, x)
			if back := coordinate(p, d, v); math.Abs(back-x) > 1e-12 {
				t.Errorf("%s: coordinate %g becomes %g and returns as %g", name, x, v, back)
			}
		}
	}
	if _, err := parameterOf("x", 3); !errors.Is(err, goptuna.ErrUnknownDistribution) {
		t.Errorf("parameterOf(3): %v", err)
	}
}
