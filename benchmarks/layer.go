package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"

	"github.com/rt3d-tune/rt3d-tune/bench"
	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/model/zoo"
)

// seed of weights and inputs.
const seed = 1

// layer is a convolution of a network.
type layer struct {
	network  string
	name     string // NETWORK/NODE of the first that is so
	workload spec.Workload
}

// distinctLayers lists the convolutions of networks whose names match a pattern, equal ones of a network
// once. A residual is left out, because engines add it in different places. Fully connected layers are not
// among them: they stream their weights, and no layout or tile matters.
func distinctLayers(networks, patterns []string) ([]layer, error) {
	var layers []layer
	for _, network := range networks {
		seen := map[spec.Workload]bool{}
		g, err := zoo.Build(network, seed)
		if err != nil {
			return nil, err
		}
		all, err := kernels.Workloads(g, spec.Float32)
		if err != nil {
			return nil, err
		}
		for _, l := range all {
			name, w := network+"/"+l.Name, l.Workload
			w.Epilogue.Residual = false
			ok, err := matches(name, patterns)
			if err != nil {
				return nil, err
			}
			if !ok || seen[w] || w.FullyConnected() {
				continue
			}
			seen[w] = true
			layers = append(layers, layer{network, name, w})
		}
	}
	if len(layers) == 0 {
		return nil, fmt.Errorf("no layer of %q is named %q: names are NETWORK/NODE, for example c3d/conv2", networks, patterns)
	}
	return layers, nil
}

func matches(name string, patterns []string) (bool, error) {
	for _, p := range patterns {
		ok, err := path.Match(p, name)
		if err != nil {
			return false, fmt.Errorf("pattern %q: %w", p, err)
		}
		if ok {
			return true, nil
		}
	}
	return len(patterns) == 0, nil
}

// loaded is one layer, with one mask, in oneDNN and in each of our schedules. Their outputs agree.
type loaded struct {
	peer  *side
	own   []*side
	valid int64   // MACs of kept weights, without products with padding
	kept  float64 // share of the weights
}

// sides are all of them, the peer first.
func (l *loaded) sides() []*side { return append([]*side{l.peer}, l.own...) }

// load starts oneDNN and our schedules with the same weights and input, and compares their outputs. The
// peer computes with zeros where weights were removed.
func (w *workshop) load(ctx context.Context, l layer, pruning kernels.Pruning, schedules []spec.Schedule, cores []int) (_ *loaded, err error) {
	g, err := kernels.SingleConv(l.workload, seed, pruning)
	if err != nil {
		return nil, err
	}
	layers, err := model.Summary(g)
	if err != nil {
		return nil, err
	}
	conv := layers[0]
	all := &loaded{kept: float64(conv.KeptWeights) / float64(conv.Weights)}
	if all.valid, err = conv.Conv.ValidMACs(conv.In); err != nil {
		return nil, err
	}
	input, weights := w.path("layer.input"), w.path("layer.weights")
	in := conv.In
	if err := errors.Join(writeFloats(input, bench.SeededInput(seed, in.C*in.D*in.H*in.W)),
		writeFloats(weights, conv.Conv.Weight, conv.Conv.Bias)); err != nil {
		return nil, err
	}
	if all.peer, err = w.startOneDNN(ctx, l.workload, input, weights, cores); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			closeAll(all.sides(), &err)
		}
	}()
	for _, s := range schedules {
		own, err := w.startOurs(ctx, s.Name(), layerProgram(l, g, conv.Name, s, len(cores)), kernelAlone, input, cores)
		if err != nil {
			return nil, fmt.Errorf("schedule %s: %w", s.Name(), err)
		}
		all.own = append(all.own, own)
	}
	return all, agree(all.sides(), w.dir)
}

// layerProgram runs a layer's node of a graph with a schedule. The name is the content's, so that the compiler's
// cache finds it again.
func layerProgram(l layer, g *model.Graph, node string, s spec.Schedule, threads int) kernels.Program {
	return kernels.Program{Name: "layer_" + l.workload.Hash() + "_" + s.Hash(), Graph: g,
		Schedules: map[string]spec.Schedule{node: s}, Threads: threads}
}

// defaultSchedules are those that would be chosen for the densities, each once.
func (w *workshop) defaultSchedules(l layer, masks []kernels.Pruning, threads int) []spec.Schedule {
	var schedules []spec.Schedule
	for _, m := range masks {
		s := spec.DefaultScheduleFor(l.workload, w.vector, spec.Sparsity{Density: m.Density, GM: m.GM, GN: m.GN})
		s.Threads = threads
		if !slices.Contains(schedules, s) {
			schedules = append(schedules, s)
		}
	}
	return schedules
}

// oneDNNArguments are those of engines/onednn.c.
func oneDNNArguments(w spec.Workload) ([]string, error) {
	relu := 0
	switch a := w.Epilogue.Activation; a.Function {
	case "":
	case model.Relu:
		relu = 1
	default:
		return nil, fmt.Errorf("activation %s: the driver of oneDNN has relu only", a.Function)
	}
	if w.Groups != 1 {
		return nil, fmt.Errorf("%d groups: the driver of oneDNN has none", w.Groups)
	}
	numbers := []int{relu, w.Channels, w.Filters}
	for _, t := range [][3]int{w.Kernel, w.Stride, w.Dilation, w.PadBegin, w.PadEnd, w.Input} {
		numbers = append(numbers, t[:]...)
	}
	args := make([]string, len(numbers))
	for i, n := range numbers {
		args[i] = strconv.Itoa(n)
	}
	return args, nil
}
