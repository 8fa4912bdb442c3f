package strategy

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"sort"
	"sync"

	"github.com/c-bata/goptuna"
	engine "github.com/c-bata/goptuna/sobol"

	"github.com/rt3d-tune/rt3d-tune/results"
	"github.com/rt3d-tune/rt3d-tune/space"
	"github.com/rt3d-tune/rt3d-tune/tuner/pareto"
)

// NewSampler puts random, sobol or tpe behind goptuna's Sampler: one parameter at a time, for objectives
// whose parameters are known only as they are asked for. It keeps no state that a study could disturb:
// a value depends on the seed, the trial's number, the parameter and the finished trials.
func NewSampler(name string, seed uint64) (goptuna.Sampler, error) {
	switch name {
	case "random", "tpe":
		return &sampler{name: name, seed: seed}, nil
	case "sobol":
		return &sampler{name: name, seed: seed, engine: engine.NewEngine(samplerDimensions), shift: sobolShift(seed, samplerDimensions)}, nil
	}
	return nil, fmt.Errorf("make sampler %q: want random, sobol or tpe: %w", name, ErrUnsuited)
}

// StudyOptions put any strategy of this package behind goptuna's RelativeSampler, which proposes all
// parameters of a trial together. The search space is defined, not guessed from finished trials:
// goptuna's guess panics on categorical parameters. What the strategy is not made for (cmaes with a
// categorical parameter) goptuna then asks of our random sampler.
func StudyOptions(name string, seed uint64, distributions map[string]any) ([]goptuna.StudyOption, error) {
	if makers[name] == nil {
		return nil, fmt.Errorf("make sampler %q: want one of %q", name, Names())
	}
	return []goptuna.StudyOption{
		goptuna.StudyOptionSampler(&sampler{name: "random", seed: seed}),
		goptuna.StudyOptionRelativeSampler(&relative{name: name, seed: seed}),
		goptuna.StudyOptionDefineSearchSpace(distributions),
	}, nil
}

// samplerDimensions of the Sobol sequence; a trial's later parameters are drawn at random.
const samplerDimensions = 64

type sampler struct {
	name string
	seed uint64

	mu     sync.Mutex
	engine *engine.Engine
	shift  []uint32
	points [][]float64
}

// Sample implements goptuna.Sampler.
func (s *sampler) Sample(study *goptuna.Study, trial goptuna.FrozenTrial, name string, distribution any) (float64, error) {
	p, err := parameterOf(name, distribution)
	if err != nil {
		return 0, err
	}
	r := rand.New(rand.NewPCG(s.seed^hashed(name), uint64(trial.Number)))
	u := r.Float64()
	switch {
	case s.name == "sobol" && len(trial.InternalParams) < samplerDimensions:
		u = s.sobol(trial.Number)[len(trial.InternalParams)]
	case s.name == "tpe":
		good, rest, err := goodAndRest(study, p, name, distribution)
		if err != nil {
			return 0, err
		}
		if len(good)+len(rest) >= tpeStartup && len(good) > 0 {
			a := axisOf(p)
			x := improving(newParzen(a, good), newParzen(a, rest), tpeCandidates, r)
			if n := p.Levels(); n > 0 {
				x = (x + 0.5) / float64(n)
			}
			u = x
		}
	}
	return internal(distribution, unitValue(p, u)), nil
}

func (s *sampler) sobol(number int) []float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.points) <= number {
		s.points = append(s.points, shifted(s.engine.Draw(), s.shift))
	}
	return s.points[number]
}

// goodAndRest gives one parameter's coordinates in the finished trials, as tpe splits them.
func goodAndRest(study *goptuna.Study, p space.Parameter, name string, distribution any) (good, rest []float64, err error) {
	trials, err := study.GetTrials()
	if err != nil && !errors.Is(err, goptuna.ErrTrialsPartiallyDeleted) {
		return nil, nil, fmt.Errorf("read trials: %w", err)
	}
	var xs, values []float64
	a := axisOf(p)
	for _, t := range trials {
		v, has := t.InternalParams[name]
		if t.State != goptuna.TrialStateComplete || !has || !same(t.Distributions[name], distribution) {
			continue
		}
		x := coordinate(p, distribution, v)
		if a.step == 0 && a.choices == 0 {
			x = unitOf(p, x)
		}
		xs = append(xs, x)
		if study.Direction() == goptuna.StudyDirectionMaximize {
			values = append(values, -t.Value)
		} else {
			values = append(values, t.Value)
		}
	}
	order := make([]int, len(xs))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(i, j int) bool { return values[order[i]] < values[order[j]] })
	isGood := map[int]bool{}
	for _, i := range order[:goodShare(len(order))] {
		isGood[i] = true
	}
	for i, x := range xs {
		if isGood[i] {
			good = append(good, x)
		} else {
			rest = append(rest, x)
		}
	}
	return good, rest, nil
}

type relative struct {
	name string
	seed uint64
}

// SampleRelative implements goptuna.RelativeSampler.
func (s *relative) SampleRelative(study *goptuna.Study, trial goptuna.FrozenTrial, distributions map[string]any) (map[string]float64, error) {
	var names []string
	for name := range distributions {
		names = append(names, name)
	}
	sort.Strings(names)
	var parameters []space.Parameter
	for _, name := range names {
		p, err := parameterOf(name, distributions[name])
		if err != nil {
			return nil, err
		}
		parameters = append(parameters, p)
	}
	sp, err := space.New(parameters)
	if err != nil {
		return nil, err
	}
	direction := pareto.Minimise
	if study.Direction() == goptuna.StudyDirectionMaximize {
		direction = pareto.Maximise
	}
	inner, err := New(s.name, Problem{Space: sp, Objectives: []pareto.Objective{{Name: "value", Direction: direction}}, Seed: s.seed})
	if errors.Is(err, ErrUnsuited) {
		return nil, goptuna.ErrUnsupportedSearchSpace
	}
	if err != nil {
		return nil, err
	}
	trials, err := study.GetTrials()
	if err != nil && !errors.Is(err, goptuna.ErrTrialsPartiallyDeleted) {
		return nil, fmt.Errorf("read trials: %w", err)
	}
	var told []Result
	for _, t := range trials {
		point := make(space.Point, len(names))
		whole := t.State.IsFinished()
		for i, name := range names {
			v, has := t.InternalParams[name]
			whole = whole && has && same(t.Distributions[name], distributions[name])
			if whole {
				point[i] = coordinate(parameters[i], distributions[name], v)
			}
		}
		if !whole {
			continue
		}
		r := Result{Point: point, Outcome: results.Cancelled}
		if t.State == goptuna.TrialStateComplete {
			r.Outcome, r.Values = results.OK, []float64{t.Value}
		}
		told = append(told, r)
	}
	if err := inner.Tell(told); err != nil {
		return nil, err
	}
	points, err := inner.Ask(1)
	if err != nil {
		return nil, err
	}
	params := map[string]float64{}
	for i, name := range names {
		params[name] = internal(distributions[name], points[0][i])
	}
	return params, nil
}

// parameterOf describes a goptuna distribution as a parameter. Discrete uniform distributions become
// level numbers.
func parameterOf(name string, distribution any) (space.Parameter, error) {
	var p space.Parameter
	switch d := distribution.(type) {
	case goptuna.UniformDistribution:
		p = space.Float(name, d.Low, d.High)
	case goptuna.LogUniformDistribution:
		p = space.LogFloat(name, d.Low, d.High)
	case goptuna.IntUniformDistribution:
		p = space.Int(name, d.Low, d.High)
	case goptuna.StepIntUniformDistribution:
		p = space.Steps(name, d.Low, d.High, d.Step)
	case goptuna.DiscreteUniformDistribution:
		p = space.Int(name, 0, int(math.Floor((d.High-d.Low)/d.Q+1e-9)))
	case goptuna.CategoricalDistribution:
		p = space.Category(name, d.Choices...)
	default:
		return p, fmt.Errorf("parameter %q: distribution %T: %w", name, distribution, goptuna.ErrUnknownDistribution)
	}
	_, err := space.New([]space.Parameter{p})
	return p, err
}

// internal turns a coordinate into goptuna's internal value, coordinate does the reverse.
func internal(distribution any, x float64) float64 {
	switch d := distribution.(type) {
	case goptuna.IntUniformDistribution:
		return float64(d.Low) + x
	case goptuna.StepIntUniformDistribution:
		return float64(d.Low) + x*float64(d.Step)
	case goptuna.DiscreteUniformDistribution:
		return math.Min(d.Low+x*d.Q, d.High)
	}
	return x
}

func coordinate(p space.Parameter, distribution any, v float64) float64 {
	switch d := distribution.(type) {
	case goptuna.IntUniformDistribution:
		v = math.Round(v) - float64(d.Low)
	case goptuna.StepIntUniformDistribution:
		v = math.Round((v - float64(d.Low)) / float64(d.Step))
	case goptuna.DiscreteUniformDistribution:
		v = math.Round((v - d.Low) / d.Q)
	}
	if n := p.Levels(); n > 0 {
		return math.Min(math.Max(v, 0), float64(n-1))
	}
	return math.Min(math.Max(v, p.Min), p.Max)
}

// unitOf and unitValue encode a single parameter as its space would.
func unitOf(p space.Parameter, x float64) float64 { return single(p).Unit(space.Point{x})[0] }

func unitValue(p space.Parameter, u float64) float64 { return single(p).FromUnit([]float64{u})[0] }

func single(p space.Parameter) *space.Space {
	s, err := space.New([]space.Parameter{p})
	if err != nil {
		panic(err) // parameterOf has checked it
	}
	return s
}

// same compares distributions; categorical ones hold slices, which == would panic on.
func same(a, b any) bool {
	ca, okA := a.(goptuna.CategoricalDistribution)
	cb, okB := b.(goptuna.CategoricalDistribution)
	if okA != okB {
		return false
	}
	if okA {
		if len(ca.Choices) != len(cb.Choices) {
			return false
		}
		for i := range ca.Choices {
			if ca.Choices[i] != cb.Choices[i] {
				return false
			}
		}
		return true
	}
	return a == b
}

func hashed(name string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(name))
	return h.Sum64()
}
