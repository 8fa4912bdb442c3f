package strategy

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sort"
	"strings"

	"github.com/rt3d-tune/rt3d-tune/results"
	"github.com/rt3d-tune/rt3d-tune/space"
	"github.com/rt3d-tune/rt3d-tune/tuner/pareto"
)

// Problem is what a strategy works on.
type Problem struct {
	Space *space.Space
	// Objectives of every result, one or more.
	Objectives []pareto.Objective
	Seed       uint64
	// Start holds feasible points to propose before any others, for example a hand-made choice.
	Start []space.Point
}

// Result is how one point ended.
type Result struct {
	Point   space.Point
	Outcome results.Outcome
	// Values in the order of the problem's objectives; nil unless the outcome is ok.
	Values []float64
}

// Strategy proposes points and learns from their results.
type Strategy interface {
	// Ask proposes up to n feasible points. It gives fewer, and ErrExhausted when it gives none,
	// because every point was proposed or told before.
	Ask(n int) ([]space.Point, error)
	// Tell hands over results, in any order, also of points that were never asked for: a resumed search
	// tells the whole record again. Outcomes that do not teach are counted and otherwise ignored.
	Tell([]Result) error
	// State tells where the strategy stands.
	State() State
}

// State is a strategy's account of itself, for logs and tests.
type State struct {
	Name string `json:"name"`
	// Asked counts points proposed or told; Told counts results, Learned those that taught.
	Asked, Told, Learned int
}

// ErrExhausted says that there is no point left to propose.
var ErrExhausted = errors.New("every point was proposed")

// ErrUnsuited says that a strategy is not made for the problem.
var ErrUnsuited = errors.New("strategy does not suit the problem")

var makers = map[string]func(Problem) (Strategy, error){
	"random":     newRandom,
	"sobol":      newSobol,
	"tpe":        newTPE,
	"cmaes":      newCMAES,
	"nsga2":      newNSGA2,
	"exhaustive": newExhaustive,
}

// Names lists the strategies.
func Names() []string {
	var names []string
	for name := range makers {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// New makes a strategy by name.
func New(name string, p Problem) (Strategy, error) {
	make, ok := makers[name]
	if !ok {
		return nil, fmt.Errorf("make strategy %q: want one of %s", name, strings.Join(Names(), ", "))
	}
	if p.Space == nil || len(p.Objectives) == 0 {
		return nil, fmt.Errorf("make strategy %s: want a space and at least one objective", name)
	}
	for _, q := range p.Start {
		if !p.Space.Contains(q) {
			return nil, fmt.Errorf("make strategy %s: start %v is not in the space", name, q)
		}
		if c := p.Space.Violated(q); c != "" {
			return nil, fmt.Errorf("make strategy %s: start %s breaks %q", name, p.Space.Values(q), c)
		}
	}
	s, err := make(p)
	if err != nil {
		return nil, fmt.Errorf("make strategy %s: %w", name, err)
	}
	return s, nil
}

// observation is a result that teaches; costs (smaller is better) is nil for a failure.
type observation struct {
	point space.Point
	costs []float64
}

// history is what every strategy remembers.
type history struct {
	Problem
	asked, told int
	begun       int             // hand-made points that were seen
	seen        map[string]bool // proposed or told
	pending     map[string]bool // proposed, not told
	learned     []observation
}

func newHistory(p Problem) history {
	return history{Problem: p, seen: map[string]bool{}, pending: map[string]bool{}}
}

// random is the source of randomness for the next proposal: it depends only on the seed and on how many
// points were proposed or told before.
func (h *history) random() *rand.Rand {
	return rand.New(rand.NewPCG(h.Seed, uint64(h.asked)))
}

// propose marks a point as proposed.
func (h *history) propose(p space.Point) space.Point {
	key := p.Key()
	h.asked++
	h.seen[key], h.pending[key] = true, true
	return p
}

// start is the next hand-made point, or nil.
func (h *history) start() space.Point {
	for ; h.begun < len(h.Start); h.begun++ { // what was seen stays seen
		if p := h.Start[h.begun]; h.unseen(p) {
			return p.Clone()
		}
	}
	return nil
}

func (h *history) unseen(p space.Point) bool { return !h.seen[p.Key()] }

// fresh draws a uniformly random point that was not proposed before.
func (h *history) fresh(r *rand.Rand) (space.Point, error) {
	p, err := h.Space.Draw(r, h.unseen)
	if errors.Is(err, space.ErrNoFeasible) {
		err = fmt.Errorf("%w: %w", ErrExhausted, err)
	}
	return p, err
}

// ask collects up to n points from next, hand-made ones first.
func (h *history) ask(n int, next func() (space.Point, error)) ([]space.Point, error) {
	var points []space.Point
	for len(points) < n {
		p := h.start()
		if p == nil {
			var err error
			if p, err = next(); err != nil {
				if len(points) > 0 && errors.Is(err, ErrExhausted) {
					break
				}
				return nil, err
			}
		}
		points = append(points, h.propose(p))
	}
	return points, nil
}

// tell checks results and remembers them; it returns those that teach.
func (h *history) tell(rs []Result) ([]observation, error) {
	var news []observation
	for _, r := range rs {
		if !h.Space.Contains(r.Point) {
			return nil, fmt.Errorf("tell %v: not in the space", r.Point)
		}
		if (r.Outcome == results.OK) != (r.Values != nil) {
			return nil, fmt.Errorf("tell %s: outcome %s with values %v: values belong to outcome ok and to no other", h.Space.Values(r.Point), r.Outcome, r.Values)
		}
		o := observation{point: r.Point.Clone()}
		if r.Outcome == results.OK {
			costs, err := pareto.Costs(h.Objectives, r.Values)
			if err != nil {
				return nil, fmt.Errorf("tell %s: %w", h.Space.Values(r.Point), err)
			}
			for i, c := range costs {
				if math.IsInf(c, 0) {
					return nil, fmt.Errorf("tell %s: %s is infinite: a failure is an outcome, not a value", h.Space.Values(r.Point), h.Objectives[i].Name)
				}
			}
			o.costs = costs
		}
		key := r.Point.Key()
		if h.pending[key] {
			delete(h.pending, key)
		} else {
			h.asked++
		}
		h.seen[key] = true
		h.told++
		if r.Outcome.Teaches() {
			news = append(news, o)
		}
	}
	h.learned = append(h.learned, news...)
	return news, nil
}

func (h *history) state(name string) State {
	return State{Name: name, Asked: h.asked, Told: h.told, Learned: len(h.learned)}
}
