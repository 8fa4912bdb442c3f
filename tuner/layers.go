package tuner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
)

// layer is one convolution of the network, with the ways in which it may be pruned.
type layer struct {
	name     string
	workload spec.Workload
	id       string  // the workload's name
	groups   []Group // empty: stays dense
}

// dense marks cells and layers with nothing pruned.
var dense = Group{Scheme: model.Dense}

// String prints a group as scheme or scheme:GMxGN.
func (g Group) String() string {
	if g.Scheme == model.Dense || g.Scheme == model.Filter {
		return string(g.Scheme)
	}
	return fmt.Sprintf("%s:%dx%d", g.Scheme, g.GM, g.GN)
}

// fits tells whether a layer can be pruned in this way. A depthwise layer has one channel in a group and
// too few weights to be worth it.
func (g Group) fits(w spec.Workload) bool {
	if w.Depthwise() {
		return false
	}
	if g.Scheme == model.Filter {
		return true
	}
	return g.GM <= w.Filters && g.GN <= w.Channels/w.Groups
}

// check refuses what is no way to prune.
func (g Group) check() error {
	switch g.Scheme {
	case model.Filter:
		if g.GM != 0 || g.GN != 0 {
			return fmt.Errorf("group %s with size %dx%d: filters are removed one by one, give no size", g.Scheme, g.GM, g.GN)
		}
		return nil
	case model.Vanilla, model.KGS:
		if g.GM < 1 || g.GN < 1 {
			return fmt.Errorf("group %s: want sizes of at least 1", g)
		}
		return nil
	}
	return fmt.Errorf("scheme %q: want filter, vanilla or kgs", g.Scheme)
}

// pruning describes a mask for a single kernel.
func (g Group) pruning(density float64) kernels.Pruning {
	if g.Scheme == model.Dense {
		return kernels.Pruning{}
	}
	return kernels.Pruning{Scheme: g.Scheme, GM: g.GM, GN: g.GN, Density: density}
}

func (g Group) sparsity(density float64) spec.Sparsity {
	switch g.Scheme {
	case model.Dense:
		return spec.DenseSparsity
	case model.Filter:
		return spec.Sparsity{Density: density, GM: 1, GN: 1}
	}
	return spec.Sparsity{Density: density, GM: g.GM, GN: g.GN}
}

// layersOf lists the network's convolutions as they run in a data type.
func layersOf(g *model.Graph, d spec.DataType, o Options) ([]layer, error) {
	for _, group := range o.Groups {
		if err := group.check(); err != nil {
			return nil, err
		}
	}
	workloads, err := kernels.Workloads(g, d)
	if err != nil {
		return nil, err
	}
	var layers []layer
	for _, w := range workloads {
		l := layer{name: w.Name, workload: w.Workload, id: w.Workload.Name()}
		if !slices.Contains(o.Keep, w.Name) {
			for _, group := range o.Groups {
				if group.fits(w.Workload) {
					l.groups = append(l.groups, group)
				}
			}
		}
		layers = append(layers, l)
	}
	for _, name := range o.Keep {
		if !slices.ContainsFunc(layers, func(l layer) bool { return l.name == name }) {
			return nil, fmt.Errorf("keep layer %q: the network has no such convolution; it has %s", name, layerNames(layers))
		}
	}
	if !slices.ContainsFunc(layers, func(l layer) bool { return len(l.groups) > 0 }) {
		return nil, fmt.Errorf("no layer can be pruned in groups %v: layers are %s", o.Groups, layerNames(layers))
	}
	return layers, nil
}

func layerNames(layers []layer) string {
	names := make([]string, len(layers))
	for i, l := range layers {
		names[i] = l.name
	}
	return strings.Join(names, ", ")
}
