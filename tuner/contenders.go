package tuner

import (
	"errors"
	"math"
	"slices"

	"github.com/rt3d-tune/rt3d-tune/results"
	"github.com/rt3d-tune/rt3d-tune/tuner/pareto"
)

// contenders chooses who meets in the playoff: dense, the measured front, and as far as there is room
// those that are nearly on it. When the front alone has too many, those stay that keep the most of its
// hypervolume.
func (s *search) contenders() (front, near []*point, err error) {
	points, err := s.points()
	if err != nil {
		return nil, nil, err
	}
	archive := pareto.New(pareto.Objective{Name: s.Accuracy.Name(), Direction: pareto.Maximise}, pareto.Objective{Name: results.LatencyMS, Direction: pareto.Minimise})
	byKey := map[string]*point{}
	for _, p := range points {
		byKey[p.trial.Key] = p
		if _, err := archive.Add(pareto.Point{Key: p.trial.Key, Values: []float64{p.quality, p.ms}}); err != nil {
			return nil, nil, err
		}
	}
	room := min(s.Options.Contenders, s.budget.trials())
	if d := byKey["dense"]; d != nil {
		front = append(front, d)
	}
	var others []*point
	for _, p := range archive.Front() {
		if p.Key != "dense" {
			others = append(others, byKey[p.Key])
		}
	}
	front = append(front, mostVolume(front, others, room-len(front))...)
	if len(front) == 0 {
		return nil, nil, errors.New("no network was measured")
	}
	return front, s.nearly(points, front, room), nil
}

// points gives the latest measurement of each network in the record.
func (s *search) points() ([]*point, error) {
	latest := map[string]*results.Trial{}
	var keys []string
	for _, t := range s.record.trials {
		base := Phase(t.Phase).base()
		if t.Outcome != results.OK || t.Kind != results.ModelTrial || base == SensitivityPhase {
			continue
		}
		if latest[t.Key] == nil {
			keys = append(keys, t.Key)
		}
		latest[t.Key] = t
	}
	var points []*point
	for _, key := range keys {
		p, err := s.pointOf(latest[key])
		if err != nil {
			return nil, err
		}
		points = append(points, p)
	}
	return points, nil
}

// mostVolume chooses up to n points, each time the one that adds the most hypervolume.
func mostVolume(have, from []*point, n int) []*point {
	if len(from) <= n {
		return from
	}
	worst := []float64{math.Inf(-1), 0}
	costs := func(points []*point) (cs [][]float64) {
		for _, p := range points {
			cs = append(cs, []float64{-p.quality, p.ms})
		}
		return cs
	}
	for _, c := range costs(append(have[:len(have):len(have)], from...)) {
		worst[0], worst[1] = max(worst[0], c[0]), max(worst[1], c[1])
	}
	worst[0] += 0.01
	worst[1] *= 1.01
	var chosen []*point
	rest := slices.Clone(from)
	for len(chosen) < n {
		best, at := -1.0, 0
		for i, p := range rest {
			all := append(slices.Concat(have, chosen), p)
			if v := pareto.Hypervolume(costs(all), worst); v > best {
				best, at = v, i
			}
		}
		chosen = append(chosen, rest[at])
		rest = slices.Delete(rest, at, at+1)
	}
	return chosen
}

// nearMargin is how much slower than the front a network may be and still owe its place to bad luck.
const nearMargin = 0.03

// nearly lists networks just behind the front, nearest first, as far as there is room.
func (s *search) nearly(points, chosen []*point, room int) []*point {
	behind := func(p *point) float64 {
		most := 0.0
		for _, q := range points {
			if q.quality >= p.quality && q.ms < p.ms {
				most = max(most, p.ms/q.ms-1)
			}
		}
		return most
	}
	var near []*point
	for _, p := range points {
		if !slices.Contains(chosen, p) && behind(p) <= nearMargin {
			near = append(near, p)
		}
	}
	slices.SortStableFunc(near, func(a, b *point) int {
		switch x, y := behind(a), behind(b); {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	return near[:min(len(near), max(0, room-len(chosen)))]
}
