package tuner

import (
	"fmt"
	"slices"

	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/prune"
	"github.com/rt3d-tune/rt3d-tune/prune/reorder"
)

// orders remembers, for the kernels of level 1, which units of a layer a cell keeps and which order of the filters
// suits the blocks of a kernel: on large layers both take longer than timing the kernel. Weights are not held.
type orders struct {
	masks map[cellKey]*model.Mask
	found map[string][]int // by cell and blocks; nil: none is better
}

func newOrders() *orders {
	return &orders{masks: map[cellKey]*model.Mask{}, found: map[string][]int{}}
}

// mask gives a copy of the mask by norm of a layer in a cell.
func (o *orders) mask(c *model.Conv, k cellKey) (*model.Mask, error) {
	if o.masks[k] == nil {
		m, err := prune.Mask(c, prune.Choice{Scheme: k.group.Scheme, GM: k.group.GM, GN: k.group.GN, Rate: 1 - k.density})
		if err != nil {
			return nil, err
		}
		o.masks[k] = m
	}
	return o.masks[k].Clone(), nil
}

// order of the filters of a layer in a cell, for blocks of so many filters.
func (o *orders) order(n *model.Node, out model.Shape, k cellKey, cut []int) ([]int, error) {
	key := fmt.Sprint(k, cut)
	order, known := o.found[key]
	if known {
		return order, nil
	}
	order, err := reorder.Alone(n, out, cut, k.group.GN)
	if err == nil {
		o.found[key] = order
	}
	return order, err
}

// orderedLayer gives the graph of a kernel of level 1 where groups of a mask share a block of the kernel, so that its
// time depends on which units are kept and on the order of the filters: the first layer of the workload, by name,
// pruned by norm, in the order that suits the kernel. Otherwise nil: a random mask is as good.
func (s *search) orderedLayer(w spec.Workload, k cellKey, schedule spec.Schedule) (*model.Graph, string, error) {
	if !s.Options.Reorder || k.group == dense || schedule.Algorithm.Winograd() {
		return nil, "", nil
	}
	at := slices.IndexFunc(s.layers, func(l layer) bool { return l.workload == w })
	name := s.layers[at].name
	c := *s.Graph.Node(name).Op.(*model.Conv)
	g := kernels.SingleLayer(w, &c)
	cuts, err := kernels.FilterCuts(s.Target, kernels.Program{Name: "kernel", Graph: g,
		Schedules: map[string]spec.Schedule{"conv": schedule}, Threads: s.Options.Threads})
	if err != nil {
		return nil, "", err
	}
	if len(cuts["conv"]) == 0 || slices.Max(cuts["conv"]) <= k.group.GM {
		return nil, "", nil
	}
	mask, err := s.orders.mask(&c, k)
	if err != nil {
		return nil, "", err
	}
	c.Weight = slices.Clone(c.Weight)
	if err := prune.Apply(&c, mask); err != nil {
		return nil, "", err
	}
	size := w.Output()
	order, err := s.orders.order(g.Node("conv"), model.Shape{C: w.Filters, D: size[0], H: size[1], W: size[2]}, k, cuts["conv"])
	if err != nil {
		return nil, "", err
	}
	reorder.Filters(&c, order)
	return g, name, nil
}
