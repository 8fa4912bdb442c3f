package reorder

import (
	"fmt"
	"slices"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// Cuts say how the kernels of a network cut its layers' filters: for each layer, by name, the filters of each
// block that runs one kept list, in order. Layers that are not in it gain nothing from an order.
type Cuts map[string][]int

// Layer is what another order does for one layer. Before and After count the multiply-accumulates that its blocks
// run with the unions of their masks; Kept are those that the mask keeps.
type Layer struct {
	Name                string
	Kept, Before, After int64
}

// leastGain is the share of a space's multiply-accumulates that another order must save.
const leastGain = 0.01

// Graph gives a copy of the network with filters in an order in which like masks meet in a block, and what it
// does for the masked layers, in the graph's order; the graph itself when no order is better. Masks keep their
// scheme, their group size and how much they keep, and outputs differ by rounding only. Equal arguments give equal
// networks. The error names a node whose shapes do not fit, or a layer that its cut does not fit.
func Graph(g *model.Graph, cuts Cuts) (*model.Graph, []Layer, error) {
	shapes, err := g.Shapes()
	if err != nil {
		return nil, nil, fmt.Errorf("reorder filters: %w", err)
	}
	layouts, all := spaces(g, shapes)
	chosen := orders{}
	before := map[string]int64{}
	for _, s := range all {
		var layers []producer
		for _, n := range s.producers {
			p, ok, err := newProducer(n, shapes[n.Output], cuts)
			if err != nil {
				return nil, nil, fmt.Errorf("reorder filters: %w", err)
			}
			if ok {
				layers = append(layers, p)
				before[n.Name] = p.runs(p.conv.Mask)
			}
		}
		if order := s.order(layers); order != nil {
			chosen[s] = order
		}
	}
	reordered := g
	if len(chosen) > 0 {
		reordered = apply(g, layouts, chosen)
	}
	var report []Layer
	for _, n := range reordered.Convs() {
		was, counted := before[n.Name]
		if !counted {
			continue
		}
		p, _, err := newProducer(n, shapes[n.Output], cuts)
		if err != nil {
			return nil, nil, fmt.Errorf("reorder filters: %w", err)
		}
		m := p.conv.Mask
		kept := int64(m.KeptWeights()) * p.positions
		report = append(report, Layer{Name: n.Name, Kept: kept, Before: was, After: p.runs(m)})
	}
	return reordered, report, nil
}

// producer is a masked layer whose kernel runs unions.
type producer struct {
	conv      *model.Conv
	cut       []int
	positions int64 // of the output
}

func newProducer(n *model.Node, out model.Shape, cuts Cuts) (p producer, ok bool, err error) {
	c := n.Op.(*model.Conv)
	cut := cuts[n.Name]
	if c.Mask == nil || c.Groups > 1 || cut == nil {
		return p, false, nil
	}
	filters := 0
	for _, n := range cut {
		filters += n
	}
	if filters != c.Filters || slices.ContainsFunc(cut, func(n int) bool { return n < 1 }) {
		return p, false, fmt.Errorf("node %q: blocks of %v filters: want %d filters in all", n.Name, cut, c.Filters)
	}
	return producer{c, cut, int64(out.D) * int64(out.H) * int64(out.W)}, true, nil
}

// weight of a unit: its multiply-accumulates for one filter.
func (p producer) weight(m *model.Mask) int64 {
	weight := p.positions * int64(m.GN)
	if m.Scheme != model.KGS {
		weight *= int64(m.Positions)
	}
	return weight
}

// runs counts the multiply-accumulates of all blocks with a mask.
func (p producer) runs(m *model.Mask) int64 {
	sum, first := int64(0), 0
	whole := gathering{weight: slices.Repeat([]int64{p.weight(m)}, len(unitsOf(m, 0, 0)))}
	for _, filters := range p.cut {
		sum += int64(filters) * whole.size(unitsOf(m, first, first+filters))
		first += filters
	}
	return sum
}

// order finds a better order for a space; nil when there is none.
func (s *space) order(layers []producer) []int {
	if s.fixed || len(layers) == 0 {
		return nil
	}
	// The layer that runs the most lends its blocks.
	before, most, main := int64(0), int64(-1), producer{}
	for _, p := range layers {
		runs := p.runs(p.conv.Mask)
		before += runs
		if runs > most {
			most, main = runs, p
		}
	}
	granule := max(1, s.granule)
	g := gathering{granules: make([]set, s.channels/granule)}
	left := len(g.granules)
	for i, filters := range main.cut {
		if filters%granule != 0 && i < len(main.cut)-1 {
			return nil // granules do not fill blocks
		}
		n := min(filters/granule, left)
		g.capacity, g.wide = append(g.capacity, n), append(g.wide, int64(filters))
		left -= n
	}
	for _, p := range layers {
		m := p.conv.Mask
		for i := range g.granules {
			g.granules[i] = append(g.granules[i], unitsOf(m, i*granule, (i+1)*granule)...)
		}
		g.weight = append(g.weight, slices.Repeat([]int64{p.weight(m)}, len(unitsOf(m, 0, 0)))...)
	}
	order := make([]int, 0, s.channels)
	for _, block := range g.gather() {
		for _, at := range block {
			for i := range granule {
				order = append(order, at*granule+i)
			}
		}
	}
	for i := len(order); i < s.channels; i++ { // less than a granule is left
		order = append(order, i)
	}
	after := int64(0)
	for _, p := range layers {
		after += p.runs(moveMask(p.conv.Mask, order, nil))
	}
	if float64(after) > (1-leastGain)*float64(before) {
		return nil
	}
	return order
}

// Alone finds a better order of a masked layer's filters for the blocks of its kernel, as if the layer were alone but
// for readers whose masks have groups of gn channels: which filter comes first, second and so on. It is nil when no
// order is better.
func Alone(n *model.Node, out model.Shape, cut []int, gn int) ([]int, error) {
	p, ok, err := newProducer(n, out, Cuts{n.Name: cut})
	if err != nil {
		return nil, fmt.Errorf("reorder filters: %w", err)
	}
	if !ok {
		return nil, nil
	}
	return (&space{channels: p.conv.Filters, granule: lcm(p.conv.Mask.GM, max(1, gn))}).order([]producer{p}), nil
}

// Filters puts the filters of a layer in an order that Alone gave, with their weights, biases and the mask's groups;
// nil: they stay. The slices that the layer had are not written to.
func Filters(c *model.Conv, order []int) { moveConv(c, order, nil) }
