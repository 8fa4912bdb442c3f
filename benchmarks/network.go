package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/rt3d-tune/rt3d-tune/bench"
	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/model/onnx"
	"github.com/rt3d-tune/rt3d-tune/model/zoo"
	"github.com/rt3d-tune/rt3d-tune/prune"
)

// Engines by their names in tables; the keys are those of engines/peer.py.
const (
	ours        = "rt3d-tune"
	onnxRuntime = "onnxruntime"
	openVINO    = "openvino"
)

// published is the profile of rates at which RT3D (AAAI 2021) reports a network.
var published = map[string]string{"c3d": "c3d-3.6x", "r2plus1d-18": "r2plus1d-3.2x", "s3d-rt3d": "s3d-2.1x"}

// pruned is a network with the weights of a profile, "" for all weights.
type pruned struct {
	profile string
	graph   *model.Graph
	valid   int64 // MACs of kept weights, without products with padding
	path    string
}

// kept is how the network's weights are called in tables.
func (p *pruned) kept() string {
	if p.profile == "" {
		return "dense"
	}
	return p.profile
}

// prunedNetworks makes the network dense and, where there is one, at its published profile, and writes
// both as ONNX.
func (w *workshop) prunedNetworks(network string) ([]*pruned, error) {
	g, err := zoo.Build(network, seed)
	if err != nil {
		return nil, err
	}
	all := []*pruned{{graph: g}}
	if name := published[network]; name != "" {
		profile, err := prune.FindProfile(name)
		if err != nil {
			return nil, err
		}
		// Groups as `bench model` makes them: two vectors of filters, four channels.
		choices, err := profile.Choices(g, model.KGS, 2*w.vector.Lanes, 4)
		if err != nil {
			return nil, err
		}
		sparse, err := prune.Graph(g, choices)
		if err != nil {
			return nil, err
		}
		all = append(all, &pruned{profile: name, graph: sparse})
	}
	for _, p := range all {
		layers, err := model.Summary(p.graph)
		if err != nil {
			return nil, err
		}
		for _, l := range layers {
			valid, err := l.Conv.ValidMACs(l.In)
			if err != nil {
				return nil, err
			}
			p.valid += valid
		}
		p.path = w.path(network + "-" + p.kept() + ".onnx")
		if err := onnx.WriteFile(p.path, p.graph); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// contestant is a network in one engine with some threads.
type contestant struct {
	*side
	engine  string
	weights *pruned
	threads int
}

// enter starts a network, dense and pruned, in every engine with every number of threads, and compares
// the outputs of those that have the same weights. The pruned one does not run in ONNX Runtime, where
// zeros gain nothing either: it is slow enough once.
func (w *workshop) enter(ctx context.Context, weights []*pruned, threads, cores []int) (all []contestant, err error) {
	input := w.path("network.input")
	count := 1
	for _, d := range weights[0].graph.Input.Dims {
		count *= d
	}
	if err := writeFloats(input, bench.SeededInput(seed, count)); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			closeContestants(all, &err)
		}
	}()
	for _, p := range weights {
		var same []*side
		for _, t := range threads {
			for _, engine := range []string{openVINO, ours, onnxRuntime} {
				if engine == onnxRuntime && p.profile != "" {
					continue
				}
				s, err := w.start(ctx, engine, p, input, cores[:t])
				if err != nil {
					return all, fmt.Errorf("%s, %s, %d threads: %w", engine, p.kept(), t, err)
				}
				all = append(all, contestant{s, engine, p, t})
				same = append(same, s)
			}
		}
		if err := agree(same, w.dir); err != nil {
			return all, fmt.Errorf("%s: %w", p.kept(), err)
		}
	}
	return all, nil
}

func (w *workshop) start(ctx context.Context, engine string, p *pruned, input string, cores []int) (*side, error) {
	if engine != ours {
		return w.startPeer(ctx, engine, p.path, input, cores)
	}
	schedules, err := kernels.DefaultSchedules(w.target, p.graph, len(cores))
	if err != nil {
		return nil, err
	}
	program := kernels.Program{Name: "network", Graph: p.graph, Schedules: schedules, Threads: len(cores)}
	return w.startOurs(ctx, ours, program, wholeNetwork, input, cores)
}

func closeContestants(all []contestant, err *error) {
	for _, c := range all {
		*err = errors.Join(*err, c.close())
	}
}
