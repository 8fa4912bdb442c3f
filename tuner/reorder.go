package tuner

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/rt3d-tune/rt3d-tune/bench"
	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/prune/reorder"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// inOrder gives a program's network with the filters of those layers that then run less in the order that suits
// their kernels, and the layers' names.
func (s *search) inOrder(p kernels.Program) (*model.Graph, []string, error) {
	if !s.Options.Reorder {
		return p.Graph, nil, nil
	}
	cuts, err := kernels.FilterCuts(s.Target, p)
	if err != nil {
		return nil, nil, err
	}
	g, layers, err := reorder.Graph(p.Graph, cuts)
	if err != nil || g == p.Graph {
		return p.Graph, nil, err
	}
	var names []string
	for _, l := range layers {
		if l.After < l.Before {
			names = append(names, l.Name)
		}
	}
	g, err = reordered(s.Target, p, names)
	return g, names, err
}

// reordered gives a program's network with the filters of some layers in the order that suits their kernels.
func reordered(target spec.Target, p kernels.Program, layers []string) (*model.Graph, error) {
	cuts, err := kernels.FilterCuts(target, p)
	if err != nil {
		return nil, err
	}
	for name := range cuts {
		if !slices.Contains(layers, name) {
			delete(cuts, name)
		}
	}
	g, _, err := reorder.Graph(p.Graph, cuts)
	return g, err
}

func markReordered(layers []results.Layer, names []string) {
	for i := range layers {
		layers[i].Reordered = slices.Contains(names, layers[i].Name)
	}
}

// orderParameters are what a kernel of a layer, with the filters in the order of the dense network or in another,
// can be timed again from.
type orderParameters struct {
	Choice    []LayerChoice `json:"choice"` // the whole network
	Refined   string        `json:"refined,omitempty"`
	Layer     string        `json:"layer"`
	Schedule  string        `json:"schedule"`
	Reordered []string      `json:"reordered,omitempty"`
}

// orderedPrefix begins the keys of networks whose order was chosen layer by layer.
const orderedPrefix = "ordered-"

func orderedKey(key string) string { return orderedPrefix + strings.TrimPrefix(key, "model-") }

func ordered(t *results.Trial) bool { return strings.HasPrefix(t.Key, orderedPrefix) }

// chooseOrders times the reordered layers of the front's networks in both orders. Where some are not surely faster
// in the other, the network with these in the order of the dense one is measured too, and the playoff times both.
func (s *search) chooseOrders(ctx context.Context) error {
	front, _, err := s.contenders()
	if err != nil {
		return err
	}
	s.stopped[ReorderPhase] = "every reordered network of the front was looked at"
	for _, p := range front {
		if p.reordered == nil || ordered(p.trial) || s.record.find(ReorderPhase, orderedKey(p.trial.Key)) != nil {
			continue
		}
		if why := s.budget.spent(0); why != "" {
			s.stopped[ReorderPhase] = why
			return nil
		}
		if err := s.chooseOrder(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// chooseOrder times the reordered layers of one network in both orders, and measures the network with the faster
// of each when that is another one.
func (s *search) chooseOrder(ctx context.Context, p *point) error {
	g, err := s.remade(ctx, p)
	if err != nil {
		return err
	}
	program, err := s.program(p, g)
	if err != nil {
		return err
	}
	choices, err := s.compareOrders(ctx, p, program)
	if err != nil {
		return err
	}
	stays := slices.ContainsFunc(choices, func(c orderChoice) bool { return !c.faster })
	if len(choices) < len(p.reordered) || !stays {
		return nil
	}
	return s.measureOrdered(ctx, p, program, choices)
}

// orderChoice says of a layer whether another order is surely faster, and the time of its kernel in the order
// that is chosen then, in ms.
type orderChoice struct {
	layer  string
	faster bool
	ms     float64
}

// compareOrders times the reordered layers of a network in both orders; layers of which that failed are left out, and
// all where the budget has no room for them. Kernels that an earlier network had are not timed again.
func (s *search) compareOrders(ctx context.Context, p *point, program kernels.Program) ([]orderChoice, error) {
	other, err := reordered(s.Target, program, p.reordered)
	if err != nil {
		return nil, err
	}
	known := map[string]*results.Trial{} // nil: asked for
	var jobs []job
	var keys [][2]string // by layer: before, after
	for _, name := range p.reordered {
		var both [2]string
		for i, g := range []*model.Graph{program.Graph, other} {
			names := p.reordered
			if i == 0 {
				names = nil
			}
			j, err := s.orderJob(p, program.Schedules[name], g.Node(name), names)
			if err != nil {
				return nil, err
			}
			key := j.candidate.Key
			both[i] = key
			if _, asked := known[key]; asked {
				continue
			}
			if known[key] = s.record.find(ReorderPhase, key); known[key] == nil {
				jobs = append(jobs, j)
			}
		}
		keys = append(keys, both)
	}
	if len(jobs) >= s.budget.trials() { // the network needs one more
		return nil, nil
	}
	trials, err := s.evaluate(ctx, jobs)
	if err != nil {
		return nil, err
	}
	for _, t := range trials {
		if t != nil {
			known[t.Key] = t
		}
	}
	var choices []orderChoice
	for i, both := range keys {
		before, after := known[both[0]], known[both[1]]
		if !timed(before) || !timed(after) {
			continue
		}
		c := orderChoice{p.reordered[i], after.Latency.HighMS < before.Latency.LowMS, before.Latency.MedianMS}
		if c.faster {
			c.ms = after.Latency.MedianMS
		}
		choices = append(choices, c)
	}
	return choices, nil
}

func timed(t *results.Trial) bool { return t != nil && t.Outcome == results.OK && t.Latency != nil }

// orderEffort is how many times more samples, and time, than the table's a kernel gets here: orders differ by less
// than schedules.
const orderEffort = 3

// orderJob describes the kernel of one layer of a network, with its own mask and weights.
func (s *search) orderJob(p *point, schedule spec.Schedule, n *model.Node, reordered []string) (job, error) {
	at := slices.IndexFunc(s.layers, func(l layer) bool { return l.name == n.Name })
	if at < 0 {
		return job{}, fmt.Errorf("reorder trial %d: the dense network has no layer %s", p.trial.Number, n.Name)
	}
	l, c := s.layers[at], n.Op.(*model.Conv)
	parameters, err := json.Marshal(orderParameters{p.choice, p.trial.Refined, l.name, schedule.Name(), reordered})
	if err != nil {
		return job{}, err
	}
	group, density := chosenFor(l.name, p.choice)
	key := fmt.Sprintf("%s/%s@%g/%s/%s", l.name, group, density, schedule.Name(), maskHash(c.Mask))
	effort := s.Options.KernelEffort
	effort.MinSamples, effort.MaxSamples = orderEffort*effort.MinSamples, orderEffort*effort.MaxSamples
	effort.MaxTime *= orderEffort
	return job{
		candidate: bench.Candidate{
			Key: key, Kind: results.KernelTrial, Effort: effort,
			Program: kernels.Program{
				Name:      "k" + l.workload.Hash() + "_" + schedule.Hash(),
				Graph:     kernels.SingleLayer(l.workload, c),
				Schedules: map[string]spec.Schedule{"conv": schedule},
				Threads:   s.Options.Threads,
			},
		},
		trial: &results.Trial{
			Kind: results.KernelTrial, Phase: string(ReorderPhase), Key: key, Parameters: parameters,
			Workload: l.id, Scheme: string(group.Scheme), GM: group.GM, GN: group.GN, Density: density,
			Schedule: schedule.Name(), MACs: int64(float64(l.workload.MACs()) * c.Mask.Density()),
		},
	}, nil
}

// maskHash identifies which units a mask keeps.
func maskHash(m *model.Mask) string {
	kept := make([]byte, len(m.Kept))
	for i, k := range m.Kept {
		if k {
			kept[i] = 1
		}
	}
	sum := sha256.Sum256(kept)
	return hex.EncodeToString(sum[:8])
}

// measureOrdered makes the network whose layers have the chosen orders, and measures it.
func (s *search) measureOrdered(ctx context.Context, p *point, program kernels.Program, choices []orderChoice) error {
	var parameters modelParameters
	if err := json.Unmarshal(p.trial.Parameters, &parameters); err != nil {
		return fmt.Errorf("read trial %d: %w", p.trial.Number, err)
	}
	parameters.Reordered = nil
	times := map[string]*float64{}
	for _, c := range choices {
		times[c.layer] = &c.ms
		if c.faster {
			parameters.Reordered = append(parameters.Reordered, c.layer)
		}
	}
	text, err := json.Marshal(parameters)
	if err != nil {
		return err
	}
	g, err := reordered(s.Target, program, parameters.Reordered)
	if err != nil {
		return err
	}
	t := &results.Trial{Kind: results.ModelTrial, Phase: string(ReorderPhase), Key: orderedKey(p.trial.Key),
		Parameters: text, Started: s.Options.Now(), Density: 1, Refined: p.trial.Refined}
	candidate, err := s.assess(ctx, t, g, p.choice, program.Schedules)
	if err != nil {
		return err
	}
	markReordered(t.Layers, parameters.Reordered)
	for i, l := range t.Layers {
		if ms := times[l.Name]; ms != nil {
			t.Layers[i].MS = ms
		}
	}
	finished, err := s.evaluate(ctx, []job{{*candidate, t}})
	if err == nil && finished[0] != nil {
		s.noteBest(finished[0])
	}
	return err
}

// savedByOrder is how much less time than by the latency table the layers of a network take whose order was chosen
// layer by layer, in ms.
func (s *search) savedByOrder(t *results.Trial) float64 {
	saved := 0.0
	for _, l := range t.Layers {
		if l.MS == nil || !ordered(t) {
			continue
		}
		group := Group{Scheme: model.Scheme(l.Scheme), GM: l.GM, GN: l.GN}
		if ms, ok := s.table.estimate(l.Workload, group, 1-l.Rate); ok {
			saved += ms - *l.MS
		}
	}
	return saved
}
