package reorder

import "github.com/rt3d-tune/rt3d-tune/model"

// orders gives spaces another order: channel i of the new one is channel order[i] of the old one.
type orders map[*space][]int

// of is the order of a value's channels; nil where it stays.
func (o orders) of(l layout) []int {
	moved := false
	var order []int
	for _, p := range l {
		s, first := p.space.root(), len(order)
		for i := range s.channels {
			from := i
			if own := o[s]; own != nil {
				from = own[i]
			}
			moved = moved || from != i
			for j := range p.spread {
				order = append(order, first+from*p.spread+j)
			}
		}
	}
	if !moved {
		return nil
	}
	return order
}

// apply gives a copy of the graph in which every operator has its channels in the new orders.
func apply(g *model.Graph, layouts map[string]layout, o orders) *model.Graph {
	c := g.Clone()
	for _, n := range c.Nodes {
		out := o.of(layouts[n.Output])
		switch op := n.Op.(type) {
		case *model.Affine:
			if out != nil {
				n.Op = &model.Affine{Scale: pick(op.Scale, out), Shift: pick(op.Shift, out)}
			}
		case *model.Conv:
			var in []int
			if op.Groups == 1 {
				in = o.of(layouts[n.Inputs[0]])
			}
			moveConv(op, out, in)
		}
	}
	return c
}

func pick(values []float32, order []int) []float32 {
	if values == nil {
		return nil
	}
	picked := make([]float32, len(order))
	for i, from := range order {
		picked[i] = values[from]
	}
	return picked
}

// moveConv puts filters and input channels (of one convolution group) in other orders; nil: they stay.
func moveConv(c *model.Conv, filters, channels []int) {
	if filters == nil && channels == nil {
		return
	}
	filter, channel := from(filters), from(channels)
	perGroup, positions := c.Channels/c.Groups, c.Positions()
	weight := make([]float32, len(c.Weight))
	for f := range c.Filters {
		for n := range perGroup {
			to, at := (f*perGroup+n)*positions, (filter(f)*perGroup+channel(n))*positions
			copy(weight[to:to+positions], c.Weight[at:at+positions])
		}
	}
	c.Weight = weight
	if filters != nil {
		c.Bias = pick(c.Bias, filters)
	}
	if c.Mask != nil {
		c.Mask = moveMask(c.Mask, filters, channels)
	}
}

// moveMask is the mask in other orders, which move its groups as a whole.
func moveMask(m *model.Mask, filters, channels []int) *model.Mask {
	filter, channel := from(filters), from(channels)
	moved := m.Clone()
	for p := range m.P() {
		for q := range m.Q() {
			for k := range m.Positions {
				moved.Kept[m.Unit(p*m.GM, q*m.GN, k)] = m.Keeps(filter(p*m.GM), channel(q*m.GN), k)
			}
		}
	}
	return moved
}

func from(order []int) func(int) int {
	if order == nil {
		return func(i int) int { return i }
	}
	return func(i int) int { return order[i] }
}
