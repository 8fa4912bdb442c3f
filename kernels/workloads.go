package kernels

import (
	"fmt"

	"github.com/rt3d-tune/rt3d-tune/kernels/network"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
)

// LayerWorkload is one convolution of a network as the network runs it.
type LayerWorkload struct {
	// Name of the convolution's node.
	Name     string
	Workload spec.Workload
}

// Workloads lists a network's convolutions in the order in which they run, with the epilogues that
// fusion gives them, in a data type: what a tuner has to tune.
func Workloads(g *model.Graph, d spec.DataType) ([]LayerWorkload, error) {
	l, err := network.Lower(g)
	if err != nil {
		return nil, fmt.Errorf("list workloads: %w", err)
	}
	var layers []LayerWorkload
	for _, o := range l.Operations {
		if o.Conv() != nil {
			layers = append(layers, LayerWorkload{Name: o.Name, Workload: o.Workload().In(d)})
		}
	}
	return layers, nil
}

// DefaultSchedules are good choices by hand for every convolution of a network on a target, each
// layer's density considered: a Winograd kernel where a dense layer is surely faster with one. (A program without schedules gets those for density 1, so that its C
// does not depend on masks.)
func DefaultSchedules(t spec.Target, g *model.Graph, threads int) (map[string]spec.Schedule, error) {
	info, err := check(t)
	if err != nil {
		return nil, fmt.Errorf("choose default schedules for %s: %w", t, err)
	}
	layers, err := Workloads(g, t.DataType)
	if err != nil {
		return nil, fmt.Errorf("choose default schedules for %s: %w", t, err)
	}
	schedules := map[string]spec.Schedule{}
	for _, layer := range layers {
		sparsity := spec.SparsityOf(g.Node(layer.Name).Op.(*model.Conv))
		s := spec.DefaultScheduleFor(layer.Workload, info.Vector(), sparsity)
		s.Threads = threads
		if sparsity.Density >= 1 {
			if fast, ok := spec.DefaultWinograd(layer.Workload, info.Vector(), threads); ok {
				s = fast
			}
		}
		schedules[layer.Name] = s
	}
	return schedules, nil
}
