package tuner

import (
	"errors"
	"fmt"
	"math"

	"github.com/rt3d-tune/rt3d-tune/results"
	"github.com/rt3d-tune/rt3d-tune/space"
	"github.com/rt3d-tune/rt3d-tune/tuner/pareto"
	"github.com/rt3d-tune/rt3d-tune/tuner/strategy"
)

// Predicted is the name of level 2's default strategy.
const Predicted = "predicted"

// predicted proposes networks by NSGA-II over the predictors. Of the predicted front it takes turns
// between the fastest network within the acceptable loss, since that is what most searches are for, and
// the network that would add the most hypervolume to the measured front. Networks whose prediction equals that of a
// measured or proposed one within nearMS and nearQuality are passed over.
type predicted struct {
	space      *modelSpace
	predictor  *predictor
	objectives []pareto.Objective // quality, latency
	seed       uint64
	loss       float64
	asked      int
	told       []observed
	learned    int
	known      map[string]bool // keys of proposed or told choices
	choices    [][]LayerChoice // of the same
	failed     [][]LayerChoice
}

const (
	nearMS          = 0.01  // relative
	nearQuality     = 0.002 // as a share
	predictedEach   = 32
	predictedRounds = 24
	// horizon, in acceptable losses: quality further below the best is of no interest.
	horizon = 6
	// cautious share of the acceptable loss that the fastest acceptable network is predicted to use.
	cautious = 0.8
)

func newPredicted(sp *modelSpace, p *predictor, quality string, o Options) *predicted {
	return &predicted{
		space: sp, predictor: p, seed: o.Seed, loss: o.Loss, known: map[string]bool{},
		objectives: []pareto.Objective{{Name: quality, Direction: pareto.Maximise}, {Name: results.LatencyMS, Direction: pareto.Minimise}},
	}
}

// Ask implements strategy.Strategy.
func (s *predicted) Ask(n int) ([]space.Point, error) {
	var points []space.Point
	for len(points) < n {
		p, err := s.next()
		if err != nil {
			if len(points) > 0 && errors.Is(err, strategy.ErrExhausted) {
				break
			}
			return nil, err
		}
		choice := s.space.choice(p)
		if err := s.note(choice); err != nil {
			return nil, err
		}
		points = append(points, p)
	}
	return points, nil
}

func (s *predicted) note(choice []LayerChoice) error {
	key, err := choiceKey(choice)
	if err != nil {
		return err
	}
	if !s.known[key] {
		s.known[key] = true
		s.choices = append(s.choices, choice)
		s.asked++
	}
	return nil
}

// Tell implements strategy.Strategy.
func (s *predicted) Tell(rs []strategy.Result) error {
	for _, r := range rs {
		choice := s.space.choice(r.Point)
		if err := s.note(choice); err != nil {
			return err
		}
		switch {
		case r.Outcome == results.OK && len(r.Values) == 2:
			s.told = append(s.told, observed{choice, r.Values[1], r.Values[0]})
			s.learned++
		case r.Outcome == results.OK:
			return fmt.Errorf("tell %s: want a quality and a latency", s.space.Values(r.Point))
		case r.Outcome.Teaches():
			s.failed = append(s.failed, choice)
			s.learned++
		}
	}
	s.predictor.refit(s.told)
	return nil
}

// State implements strategy.Strategy.
func (s *predicted) State() strategy.State {
	return strategy.State{Name: Predicted, Asked: s.asked, Told: len(s.told) + len(s.failed), Learned: s.learned}
}

// next is the most promising network of the predicted front.
func (s *predicted) next() (space.Point, error) {
	front, err := s.front()
	if err != nil {
		return nil, err
	}
	// The reference point: a little slower than anything measured, and as bad as is of interest.
	worstMS, bestQuality := 0.0, math.Inf(-1)
	for _, o := range s.told {
		worstMS, bestQuality = max(worstMS, o.ms), max(bestQuality, o.quality)
	}
	for _, c := range front {
		if len(s.told) == 0 {
			worstMS, bestQuality = max(worstMS, c.ms), max(bestQuality, c.quality)
		}
	}
	if p := s.acceptable(front); p != nil {
		return p, nil
	}
	reference := []float64{-(bestQuality - horizon*s.loss), 1.1 * worstMS}
	// Proposals without a result yet count as if their prediction came true, so that a batch spreads.
	var have [][]float64
	for _, o := range s.told {
		have = append(have, []float64{-o.quality, o.ms})
	}
	for _, choice := range s.choices {
		if !s.isTold(choice) {
			ms, quality := s.predictor.predict(choice)
			have = append(have, []float64{-quality, ms})
		}
	}
	base := pareto.Hypervolume(have, reference)
	// When nothing is predicted to be better, predictions are doubted more and more in the networks'
	// favour before the search is given up.
	for _, doubt := range []float64{0, 1, 4} {
		best, at := 0.0, -1
		for i, c := range front {
			hoped := []float64{-(c.quality + doubt*s.loss/4), c.ms * (1 - doubt*nearMS)}
			gain := pareto.Hypervolume(append(have[:len(have):len(have)], hoped), reference) - base
			if gain > best {
				best, at = gain, i
			}
		}
		if at >= 0 {
			return front[at].point, nil
		}
	}
	return nil, fmt.Errorf("nothing better is predicted: %w", strategy.ErrExhausted)
}

// acceptable is the fastest network that is predicted to lose little enough, at every other turn and
// when it promises to be faster than those measured; otherwise nil.
func (s *predicted) acceptable(front []foreseen) space.Point {
	if s.asked%2 == 0 {
		return nil
	}
	floor := math.Inf(1)
	for _, o := range s.told {
		if len(o.choice) == 0 {
			floor = o.quality
		}
	}
	fastest := math.Inf(1)
	for _, o := range s.told {
		if o.quality >= floor-s.loss {
			fastest = min(fastest, o.ms)
		}
	}
	var best space.Point
	limit := fastest * (1 - nearMS)
	for _, c := range front {
		if c.quality >= floor-cautious*s.loss && c.ms < limit {
			best, limit = c.point, c.ms
		}
	}
	return best
}

func (s *predicted) isTold(choice []LayerChoice) bool {
	for _, o := range s.told {
		if sameChoice(o.choice, choice) {
			return true
		}
	}
	for _, c := range s.failed {
		if sameChoice(c, choice) {
			return true
		}
	}
	return false
}

func sameChoice(a, b []LayerChoice) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

type foreseen struct {
	point       space.Point
	ms, quality float64
}

// front is the predicted front without what is known or nearly so.
func (s *predicted) front() ([]foreseen, error) {
	start := []space.Point{make(space.Point, s.space.Dimensions())} // dense
	for _, o := range s.told {
		if p, ok := s.space.point(o.choice); ok && p.Key() != start[0].Key() {
			start = append(start, p)
		}
	}
	inner, err := strategy.New("nsga2", strategy.Problem{
		Space: s.space.Space, Objectives: s.objectives, Seed: s.seed + uint64(s.asked), Start: start,
	})
	if err != nil {
		return nil, err
	}
	var near []foreseen
	for _, choice := range s.choices {
		ms, quality := s.predictor.predict(choice)
		near = append(near, foreseen{ms: ms, quality: quality})
	}
	archive := pareto.New(s.objectives...)
	all := map[string]foreseen{}
	for range predictedRounds {
		points, err := inner.Ask(predictedEach)
		if errors.Is(err, strategy.ErrExhausted) {
			break
		}
		if err != nil {
			return nil, err
		}
		var rs []strategy.Result
		for _, p := range points {
			choice := s.space.choice(p)
			ms, quality := s.predictor.predict(choice)
			values := []float64{quality, ms}
			rs = append(rs, strategy.Result{Point: p, Outcome: results.OK, Values: values})
			new, err := s.isNew(choice, foreseen{p, ms, quality}, near)
			if err != nil {
				return nil, err
			}
			if new {
				all[p.Key()] = foreseen{p, ms, quality}
				if _, err := archive.Add(pareto.Point{Key: p.Key(), Values: values}); err != nil {
					return nil, err
				}
			}
		}
		if err := inner.Tell(rs); err != nil {
			return nil, err
		}
	}
	var front []foreseen
	for _, p := range archive.Front() {
		front = append(front, all[p.Key])
	}
	return front, nil
}

// isNew tells whether a network differs enough from every network that was proposed or measured.
func (s *predicted) isNew(choice []LayerChoice, p foreseen, near []foreseen) (bool, error) {
	for _, q := range near {
		if math.Abs(p.ms-q.ms) <= nearMS*q.ms && math.Abs(p.quality-q.quality) <= nearQuality {
			return false, nil
		}
	}
	key, err := choiceKey(choice)
	return err == nil && !s.known[key], err
}
