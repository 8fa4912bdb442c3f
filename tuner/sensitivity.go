package tuner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"sort"
	"time"

	"github.com/rt3d-tune/rt3d-tune/results"
)

// sensitivityParameters are what a sensitivity can be measured again from.
type sensitivityParameters struct {
	Choice []LayerChoice `json:"choice"` // one layer; none: dense
	Clips  int           `json:"clips"`
}

// measureLosses prunes one layer at a time and measures the accuracy that is left on some of the clips.
func (s *search) measureLosses(ctx context.Context) error {
	clips := s.Options.SensitivityClips
	s.losses = newLosses(linkFor(s.Accuracy.Name(), clips))
	var base *results.Trial
	if err := s.must(ctx, "while the dense network was evaluated", func(ctx context.Context) (err error) {
		base, err = s.sensitivity(ctx, nil, clips)
		return err
	}); err != nil {
		return err
	}
	s.losses.base = base.Objectives[s.Accuracy.Name()]
	plan := s.sensitivityPlan()
	// What earlier invocations measured counts whatever the budget is now.
	for _, c := range plan {
		if t := s.record.find(SensitivityPhase, sensitivityKey(&c, clips)); t != nil {
			if err := s.learnLoss(ctx, c, clips, t); err != nil {
				return err
			}
		}
	}
	each := time.Duration(base.Seconds * float64(time.Second))
	s.stopped[SensitivityPhase] = "every layer was measured"
	for _, c := range plan {
		if s.record.find(SensitivityPhase, sensitivityKey(&c, clips)) != nil {
			continue
		}
		if why := s.budget.spent(each); why != "" {
			s.stopped[SensitivityPhase] = why
			break
		}
		t, err := s.sensitivity(ctx, &c, clips)
		if err != nil {
			return err
		}
		if err := s.learnLoss(ctx, c, clips, t); err != nil {
			return err
		}
		each = (each + time.Duration(t.Seconds*float64(time.Second))) / 2
	}
	return nil
}

// learnLoss takes in one sensitivity and stores it beside its trial.
func (s *search) learnLoss(ctx context.Context, c LayerChoice, clips int, t *results.Trial) error {
	if t.Outcome != results.OK {
		return nil
	}
	quality := t.Objectives[s.Accuracy.Name()]
	s.losses.learn(c, quality)
	v := results.Sensitivity{
		SavedMS: s.saved(c), Layer: c.Layer, Scheme: string(c.Scheme), GM: c.GM, GN: c.GN, Rate: c.Rate,
		Lost: s.losses.base - quality, Clips: clips,
	}
	if s.Accuracy.Name() == string(results.Accuracy) {
		before, after := correct(s.losses.base, clips), correct(quality, clips)
		v.DenseCorrect, v.Correct = &before, &after
	}
	return s.Store.SetSensitivity(ctx, s.ID, v)
}

// saved is what pruning one layer saves, in ms, by the latency table; nil where that has no times, or an
// emulator's.
func (s *search) saved(c LayerChoice) *float64 {
	for _, t := range s.record.of(TablePhase) {
		if t.Latency != nil && t.Latency.Emulated {
			return nil
		}
	}
	for _, l := range s.layers {
		if l.name != c.Layer {
			continue
		}
		before, ok := s.table.estimate(l.id, dense, 1)
		after, okAfter := s.table.estimate(l.id, c.Group, 1-c.Rate)
		if ok && okAfter {
			saved := before - after
			return &saved
		}
	}
	return nil
}

func correct(accuracy float64, clips int) int { return int(math.Round(accuracy * float64(clips))) }

// sensitivityPlan orders what is worth measuring, so that a short budget leaves out the least: all layers
// before any second rate, the rates from the middle outwards, the first group before the others, and
// layers in the order of their time.
func (s *search) sensitivityPlan() []LayerChoice {
	rates := append([]float64(nil), s.Options.Rates...)
	// Three to four rates make a curve: the middle, the highest, the lowest, then the rest.
	sort.SliceStable(rates, func(i, j int) bool {
		return rateOrder(s.Options.Rates, rates[i]) < rateOrder(s.Options.Rates, rates[j])
	})
	layers := append([]layer(nil), s.layers...)
	sort.SliceStable(layers, func(i, j int) bool {
		a, _ := s.table.best(denseCell(layers[i].id))
		b, _ := s.table.best(denseCell(layers[j].id))
		return a > b
	})
	var plan []LayerChoice
	for k, rate := range rates {
		for g := range s.Options.Groups {
			for _, l := range layers {
				if g < len(l.groups) && (k < 4 || len(s.Options.Groups) == 1) {
					plan = append(plan, LayerChoice{Layer: l.name, Group: l.groups[g], Rate: rate})
				}
			}
		}
	}
	return plan
}

// rateOrder ranks rates: middle, highest, lowest, others.
func rateOrder(rates []float64, rate float64) int {
	i := sort.SearchFloat64s(rates, rate)
	switch i {
	case len(rates) / 2:
		return 0
	case len(rates) - 1:
		return 1
	case 0:
		return 2
	}
	return 3 + i
}

func sensitivityKey(c *LayerChoice, clips int) string {
	if c == nil {
		return fmt.Sprintf("dense/clips-%d", clips)
	}
	return fmt.Sprintf("%s/%s@%g/clips-%d", c.Layer, c.Group, 1-c.Rate, clips)
}

// sensitivity measures the network with one layer pruned (or dense), or finds it in the record.
func (s *search) sensitivity(ctx context.Context, c *LayerChoice, clips int) (*results.Trial, error) {
	key := sensitivityKey(c, clips)
	if t := s.record.find(SensitivityPhase, key); t != nil {
		return t, nil
	}
	if t, err := s.knownSensitivity(ctx, key); t != nil || err != nil {
		return t, err
	}
	p := sensitivityParameters{Clips: clips}
	if c != nil {
		p.Choice = []LayerChoice{*c}
	}
	parameters, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	t := &results.Trial{Kind: results.ModelTrial, Phase: string(SensitivityPhase), Key: key, Parameters: parameters,
		Started: s.Options.Now(), Clips: clips, Outcome: results.OK}
	if c != nil {
		t.Scheme, t.GM, t.GN, t.Density = string(c.Scheme), c.GM, c.GN, 1-c.Rate
	}
	g, refusal, err := s.prune(ctx, p.Choice)
	switch {
	case err != nil:
		return nil, err
	case refusal != nil:
		t.Outcome, t.Detail = results.Infeasible, refusal.Error()
	default:
		quality, err := s.quality(ctx, g, nil, clips)
		if err != nil {
			return nil, err
		}
		t.Objectives = map[string]float64{s.Accuracy.Name(): quality}
	}
	t.Seconds = s.Options.Now().Sub(t.Started).Seconds()
	return t, s.commit(ctx, t)
}

// knownSensitivity takes over what another study of the same basis measured; nil when none has.
func (s *search) knownSensitivity(ctx context.Context, key string) (*results.Trial, error) {
	known, err := s.Store.KnownSensitivity(ctx, s.Basis, key)
	if errors.Is(err, results.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	t := &results.Trial{
		Kind: known.Kind, Phase: known.Phase, Key: key, Parameters: known.Parameters, Started: s.Options.Now(),
		Clips: known.Clips, Outcome: known.Outcome, Objectives: known.Objectives, ReusedFrom: known.ID,
		Scheme: known.Scheme, GM: known.GM, GN: known.GN, Density: known.Density,
	}
	return t, s.commit(ctx, t)
}
