package kernels

import (
	"cmp"
	"fmt"
	"math"
	"slices"

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
// layer's density considered: a Winograd kernel where a dense layer is surely faster with one and there
// is room for its weights. (A program without schedules gets direct ones for density 1, so that its C
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
	var dense []LayerWorkload
	for _, layer := range layers {
		sparsity := spec.SparsityOf(g.Node(layer.Name).Op.(*model.Conv))
		s := spec.DefaultScheduleFor(layer.Workload, info.Vector(), sparsity)
		s.Threads = threads
		schedules[layer.Name] = s
		if sparsity.Density >= 1 {
			dense = append(dense, layer)
		}
	}
	// What gains most has the first choice of the room.
	gain := func(l LayerWorkload) float64 {
		best, _ := spec.DefaultWinograd(l.Workload, info.Vector(), threads, math.MaxInt64)
		return best.Gain
	}
	slices.SortStableFunc(dense, func(a, b LayerWorkload) int { return cmp.Compare(gain(b), gain(a)) })
	room := winogradRoom(g)
	for _, layer := range dense {
		if fast, ok := spec.DefaultWinograd(layer.Workload, info.Vector(), threads, room); ok {
			schedules[layer.Name] = fast.Schedule
			room -= fast.Growth
		}
	}
	return schedules, nil
}

// largeNetwork is the size of weights in bytes from which a network should not grow much more.
const largeNetwork = 256 << 20

// winogradRoom is by how many bytes a network's weights may grow for Winograd kernels: phones end apps by
// their memory.
func winogradRoom(g *model.Graph) int64 {
	plain := int64(0)
	for _, n := range g.Convs() {
		plain += 4 * int64(n.Op.(*model.Conv).KeptWeights())
	}
	if plain > largeNetwork {
		return plain / 11
	}
	return plain * 2 / 3
}
