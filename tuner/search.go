package tuner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/rt3d-tune/rt3d-tune/bench"
	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/results"
	"github.com/rt3d-tune/rt3d-tune/space"
	"github.com/rt3d-tune/rt3d-tune/tuner/pareto"
	"github.com/rt3d-tune/rt3d-tune/tuner/strategy"
)

// modelParameters are what a model trial can be run again from.
type modelParameters struct {
	Choice    []LayerChoice     `json:"choice"`
	Schedules map[string]string `json:"schedules"`
	Threads   int               `json:"threads"`
	// Reordered layers have their filters in the order that suits their kernels.
	Reordered []string `json:"reordered,omitempty"`
}

// schedules parses the schedules by layer.
func (p modelParameters) schedules() (map[string]spec.Schedule, error) {
	set := map[string]spec.Schedule{}
	for layer, name := range p.Schedules {
		k, err := spec.ParseSchedule(name)
		if err != nil {
			return nil, fmt.Errorf("layer %s: %w", layer, err)
		}
		set[layer] = k
	}
	return set, nil
}

// point is a measured network.
type point struct {
	trial   *results.Trial
	choice  []LayerChoice
	ms      float64
	quality float64
	// reordered layers, in the network's order.
	reordered []string
}

// failuresInRow of proposals, and level 2 is given up: something else is wrong.
const failuresInRow = 10

// searchModels is level 2: dense first, then one proposal after the other, each made real.
func (s *search) searchModels(ctx context.Context) error {
	var t *results.Trial
	err := s.must(ctx, "while the dense network was measured", func(ctx context.Context) (err error) {
		t, _, err = s.network(ctx, nil)
		return err
	})
	if err != nil {
		return err
	}
	if s.dense, err = s.pointOf(t); err != nil {
		return fmt.Errorf("dense network: %w", err)
	}
	sp, err := newModelSpace(s.layers, s.Options.Rates)
	if err != nil {
		return err
	}
	proposer, err := s.proposer(sp)
	if err != nil {
		return err
	}
	slowest, err := s.tellAgain(sp, proposer)
	if err != nil {
		return err
	}
	failures := 0
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if why := s.budget.spent(slowest); why != "" {
			s.stopped[SearchPhase] = why
			return nil
		}
		began := s.Options.Now()
		points, err := proposer.Ask(1)
		s.ledger.add(activityPropose, s.Options.Now().Sub(began))
		if errors.Is(err, strategy.ErrExhausted) {
			s.stopped[SearchPhase] = err.Error()
			return nil
		}
		if err != nil {
			return err
		}
		began = s.Options.Now()
		trial, known, err := s.network(ctx, sp.choice(points[0]))
		if err != nil {
			return err
		}
		if spent := s.Options.Now().Sub(began); !known {
			slowest = max(spent, (slowest*3+spent)/4)
		}
		result := resultOf(points[0], trial, s.Accuracy.Name())
		if err := proposer.Tell([]strategy.Result{result}); err != nil {
			return err
		}
		if failures++; result.Outcome == results.OK {
			failures = 0
		}
		if failures >= failuresInRow {
			return fmt.Errorf("give up after %d networks in a row that failed, last %s: %s: %s", failures, trial.Key, trial.Outcome, trial.Detail)
		}
	}
}

// proposer makes the strategy of level 2.
func (s *search) proposer(sp *modelSpace) (strategy.Strategy, error) {
	if s.Options.Models == Predicted {
		p := newPredictor(s.layers, s.table, s.losses)
		return newPredicted(sp, p, s.Accuracy.Name(), s.Options), nil
	}
	return strategy.New(s.Options.Models, strategy.Problem{
		Space: sp.Space,
		Objectives: []pareto.Objective{
			{Name: s.Accuracy.Name(), Direction: pareto.Maximise},
			{Name: results.LatencyMS, Direction: pareto.Minimise},
		},
		Seed: s.Options.Seed,
	})
}

// tellAgain tells the record of level 2 to the strategy, and how long a trial takes.
func (s *search) tellAgain(sp *modelSpace, proposer strategy.Strategy) (slowest time.Duration, err error) {
	for _, t := range s.record.of(SearchPhase) {
		var p modelParameters
		if err := json.Unmarshal(t.Parameters, &p); err != nil {
			return 0, fmt.Errorf("read trial %d: %w", t.Number, err)
		}
		at, ok := sp.point(p.Choice)
		if !ok {
			continue // of another configuration; it stays in the record and on the front
		}
		if err := proposer.Tell([]strategy.Result{resultOf(at, t, s.Accuracy.Name())}); err != nil {
			return 0, err
		}
		slowest = max(slowest, time.Duration(t.Seconds*float64(time.Second)))
		s.noteBest(t)
		if err := s.noteCompiled(p); err != nil {
			return 0, fmt.Errorf("read trial %d: %w", t.Number, err)
		}
	}
	return slowest, nil
}

func resultOf(p space.Point, t *results.Trial, quality string) strategy.Result {
	r := strategy.Result{Point: p, Outcome: t.Outcome}
	if t.Outcome == results.OK {
		r.Values = []float64{t.Objectives[quality], t.Latency.MedianMS}
	}
	return r
}

func (s *search) pointOf(t *results.Trial) (*point, error) {
	if t.Outcome != results.OK {
		return nil, fmt.Errorf("trial %d ended as %s: %s", t.Number, t.Outcome, t.Detail)
	}
	var p modelParameters
	if err := json.Unmarshal(t.Parameters, &p); err != nil {
		return nil, fmt.Errorf("read trial %d: %w", t.Number, err)
	}
	return &point{trial: t, choice: p.Choice, ms: t.Latency.MedianMS, quality: t.Objectives[s.Accuracy.Name()], reordered: p.Reordered}, nil
}

// network makes a choice real: pruned, evaluated on data, compiled, timed. known tells that the record
// had it.
func (s *search) network(ctx context.Context, choice []LayerChoice) (t *results.Trial, known bool, err error) {
	key, err := choiceKey(choice)
	if err != nil {
		return nil, false, err
	}
	if t := s.record.find(SearchPhase, key); t != nil {
		return t, true, nil
	}
	t, candidate, err := s.realise(ctx, key, choice)
	if err != nil {
		return nil, false, err
	}
	if candidate == nil { // the pruner refused
		return t, false, s.commit(ctx, t)
	}
	finished, err := s.evaluate(ctx, []job{{*candidate, t}})
	if err != nil {
		return nil, false, err
	}
	if finished[0] == nil {
		// Faults only: nothing is learned, and the candidate may come again in another invocation.
		failed := *t
		failed.Outcome, failed.Detail = results.DeviceLost, "met nothing but faults of the device"
		if len(choice) == 0 {
			return nil, false, fmt.Errorf("the dense network met nothing but faults of the device: %w", s.fault)
		}
		return &failed, false, nil
	}
	s.noteBest(finished[0])
	return finished[0], false, nil
}

// realise prunes, evaluates on data, and describes what is to be timed.
func (s *search) realise(ctx context.Context, key string, choice []LayerChoice) (*results.Trial, *bench.Candidate, error) {
	schedules := s.schedulesFor(choice)
	s.compiled = append(s.compiled, schedules)
	p := modelParameters{Choice: choice, Schedules: map[string]string{}, Threads: s.Options.Threads}
	for name, k := range schedules {
		p.Schedules[name] = k.Name()
	}
	t := &results.Trial{Kind: results.ModelTrial, Phase: string(SearchPhase), Key: key, Started: s.Options.Now(), Density: 1}
	g, refusal, err := s.prune(ctx, choice)
	if err != nil {
		return nil, nil, err
	}
	if refusal == nil {
		if g, p.Reordered, err = s.inOrder(kernels.Program{Name: "network", Graph: g, Schedules: schedules, Threads: s.Options.Threads}); err != nil {
			return nil, nil, err
		}
	}
	if t.Parameters, err = json.Marshal(p); err != nil {
		return nil, nil, err
	}
	if refusal != nil {
		t.Outcome, t.Detail = results.Infeasible, refusal.Error()
		t.Seconds = s.Options.Now().Sub(t.Started).Seconds()
		return t, nil, nil
	}
	candidate, err := s.assess(ctx, t, g, choice, schedules)
	markReordered(t.Layers, p.Reordered)
	return t, candidate, err
}

// assess evaluates a pruned network on data, describes it in its trial, and gives what is to be timed.
func (s *search) assess(ctx context.Context, t *results.Trial, g *model.Graph, choice []LayerChoice, schedules map[string]spec.Schedule) (*bench.Candidate, error) {
	quality, err := s.quality(ctx, g, schedules, 0)
	if err != nil {
		return nil, err
	}
	s.keep(t.Key, g)
	t.Objectives = map[string]float64{s.Accuracy.Name(): quality}
	t.Clips = s.Accuracy.Clips()
	t.Layers, t.MACs = s.describe(g, choice, schedules)
	t.Density = s.density(t.MACs)
	t.Seconds = s.Options.Now().Sub(t.Started).Seconds()
	candidate := &bench.Candidate{
		Key: t.Key, Kind: results.ModelTrial, Effort: s.Options.ModelEffort,
		Program: kernels.Program{Name: "network", Graph: g, Schedules: schedules, Threads: s.Options.Threads},
	}
	if s.dense != nil {
		// A network is of interest as long as it is not far slower than dense.
		candidate.Limit = time.Duration(2 * s.dense.ms * float64(time.Millisecond))
	}
	return candidate, nil
}

// prune applies a choice. A refusal is about the choice; an error ends the search.
func (s *search) prune(ctx context.Context, choice []LayerChoice) (g *model.Graph, refusal, err error) {
	if len(choice) == 0 {
		return s.Graph, nil, nil
	}
	began := s.Options.Now()
	g, err = s.Pruner.Apply(ctx, s.Graph, choice)
	s.ledger.add(activityPrune, s.Options.Now().Sub(began))
	switch {
	case ctx.Err() != nil:
		return nil, nil, ctx.Err()
	case errors.Is(err, ErrRefused):
		return nil, err, nil
	case err != nil:
		return nil, nil, fmt.Errorf("prune: %w", err)
	}
	return g, nil, nil
}

// quality measures accuracy or fidelity; clips 0 means all.
func (s *search) quality(ctx context.Context, g *model.Graph, schedules map[string]spec.Schedule, clips int) (float64, error) {
	began := s.Options.Now()
	quality, err := s.Accuracy.Measure(ctx, g, schedules, clips)
	s.ledger.add(activityAccuracy, s.Options.Now().Sub(began))
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	if err != nil {
		return 0, fmt.Errorf("measure %s: %w", s.Accuracy.Name(), err)
	}
	return quality, nil
}

// describe lists the layers as the report shows them, and sums their kept multiply-accumulates.
func (s *search) describe(g *model.Graph, choice []LayerChoice, schedules map[string]spec.Schedule) (layers []results.Layer, macs int64) {
	for _, l := range s.layers {
		group, density := chosenFor(l.name, choice)
		kept := density
		if c, ok := g.Node(l.name).Op.(*model.Conv); ok && c.Mask != nil {
			kept = c.Mask.Density()
		}
		k := schedules[l.name]
		row := results.Layer{
			Name: l.name, Scheme: string(group.Scheme), GM: group.GM, GN: group.GN, Rate: rateOf(l.name, choice),
			Algorithm: string(k.Algorithm), Workload: l.id, MACs: int64(kept * float64(l.workload.MACs())),
		}
		if k != (spec.Schedule{}) {
			row.Schedule = k.Name()
		}
		if ms, ok := s.table.estimate(l.id, group, density); ok && ms > 0 {
			row.MS = &ms
		}
		if ms, ok := s.table.best(denseCell(l.id)); ok {
			row.DenseMS = &ms
		}
		layers = append(layers, row)
		macs += row.MACs
	}
	return layers, macs
}

// density of a network: kept over all multiply-accumulates of its convolutions.
func (s *search) density(macs int64) float64 {
	var all int64
	for _, l := range s.layers {
		all += l.workload.MACs()
	}
	return min(1, float64(macs)/float64(max(1, all)))
}

func rateOf(name string, choice []LayerChoice) float64 {
	for _, c := range choice {
		if c.Layer == name {
			return c.Rate
		}
	}
	return 0
}

// noteBest keeps the words of the progress line: the fastest network within the acceptable loss.
func (s *search) noteBest(t *results.Trial) {
	p, err := s.pointOf(t)
	if err != nil || s.dense == nil || p.quality < s.acceptable() || p.ms >= s.fastest && s.fastest > 0 {
		return
	}
	s.fastest = p.ms
	s.best = fmt.Sprintf("%.4g ms (%.2fx) at %s %.4g", p.ms, s.dense.ms/p.ms, s.Accuracy.Name(), p.quality)
}
