package tuner

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/model/onnx"
	"github.com/rt3d-tune/rt3d-tune/results"
	"github.com/rt3d-tune/rt3d-tune/tuner/pareto"
)

// refine sends the most promising choices of level 2 to be trained on, and measures what comes back as
// networks of the same study. What came back is kept in the store before it is measured.
func (s *search) refine(ctx context.Context) error {
	chosen, err := s.toRefine()
	if err != nil {
		return err
	}
	s.stopped[RefinePhase] = fmt.Sprintf("%d networks were worth it", len(chosen))
	for i, p := range chosen {
		s.best = fmt.Sprintf("training network %d of %d, %.4g ms at %s %.4g", i+1, len(chosen), p.ms, s.Accuracy.Name(), p.quality)
		s.progress("")
		if err := s.refinePoint(ctx, p); err != nil {
			return err
		}
	}
	s.best = ""
	return nil
}

func refinedKey(key string) string { return "refined-" + strings.TrimPrefix(key, "model-") }

// toRefine chooses among the front of networks that were pruned in one shot: those that lost something,
// but not too much, spread evenly from the fastest on.
func (s *search) toRefine() ([]*point, error) {
	points, err := s.points()
	if err != nil {
		return nil, err
	}
	archive := pareto.New(pareto.Objective{Name: s.Accuracy.Name(), Direction: pareto.Maximise}, pareto.Objective{Name: results.LatencyMS, Direction: pareto.Minimise})
	byKey := map[string]*point{}
	for _, p := range points {
		if p.trial.Refined != "" || ordered(p.trial) {
			continue
		}
		byKey[p.trial.Key] = p
		if _, err := archive.Add(pareto.Point{Key: p.trial.Key, Values: []float64{p.quality, p.ms}}); err != nil {
			return nil, err
		}
	}
	var worth []*point
	for _, f := range archive.Front() {
		p := byKey[f.Key]
		if lost := s.dense.quality - p.quality; lost > 0 && lost <= s.Options.RefinedLoss && s.record.find(RefinePhase, refinedKey(f.Key)) == nil {
			worth = append(worth, p)
		}
	}
	slices.SortFunc(worth, func(a, b *point) int {
		switch {
		case a.ms < b.ms:
			return -1
		case a.ms > b.ms:
			return 1
		}
		return 0
	})
	n := min(len(worth), max(0, s.Options.Refined-s.record.count(RefinePhase)))
	var chosen []*point
	for i := range n {
		chosen = append(chosen, worth[i*(len(worth)-1)/max(1, n-1)])
	}
	return chosen, nil
}

// refinePoint trains one network on and measures it, with the schedules of the one it comes from: masks
// are the same.
func (s *search) refinePoint(ctx context.Context, p *point) error {
	var parameters modelParameters
	if err := json.Unmarshal(p.trial.Parameters, &parameters); err != nil {
		return fmt.Errorf("read trial %d: %w", p.trial.Number, err)
	}
	schedules, err := parameters.schedules()
	if err != nil {
		return fmt.Errorf("read trial %d: %w", p.trial.Number, err)
	}
	pruned, err := s.remade(ctx, p)
	if err != nil {
		return err
	}
	t := &results.Trial{Kind: results.ModelTrial, Phase: string(RefinePhase), Key: refinedKey(p.trial.Key),
		Parameters: p.trial.Parameters, Started: s.Options.Now(), Density: 1}
	trained, err := s.Refiner.Refine(ctx, s.Graph, pruned)
	spent := s.Options.Now().Sub(t.Started)
	s.ledger.add(activityRefine, spent)
	s.budget.pause(spent)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("refine trial %d: %w", p.trial.Number, err)
	}
	var file bytes.Buffer
	if err := onnx.Write(&file, trained); err != nil {
		return err
	}
	if t.Refined, err = s.Store.SaveNetwork(ctx, file.Bytes()); err != nil {
		return err
	}
	// What is measured is what the store has.
	g, err := decodeRefined(s.Graph, file.Bytes())
	if err != nil {
		return err
	}
	if p.reordered != nil {
		if g, err = reordered(s.Target, kernels.Program{Name: "network", Graph: g, Schedules: schedules, Threads: s.Options.Threads}, p.reordered); err != nil {
			return err
		}
	}
	candidate, err := s.assess(ctx, t, g, p.choice, schedules)
	if err != nil {
		return err
	}
	markReordered(t.Layers, p.reordered)
	finished, err := s.evaluate(ctx, []job{{*candidate, t}})
	if err != nil {
		return err
	}
	if finished[0] != nil {
		s.noteBest(finished[0])
	}
	return nil
}

// decodeRefined reads a network that came back from training, and stores weights of fully connected
// layers as the dense network does.
func decodeRefined(dense *model.Graph, data []byte) (*model.Graph, error) {
	g, err := onnx.Decode("refined network", data)
	if err != nil {
		return nil, err
	}
	for _, n := range dense.Convs() {
		if n.Op.(*model.Conv).HalfWeights {
			return model.HalveLinear(g)
		}
	}
	return g, nil
}
