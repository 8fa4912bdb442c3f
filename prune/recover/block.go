package recover

import "github.com/rt3d-tune/rt3d-tune/model"

// block is a slice of a convolution: the filters of one convolution group, and as many of the channels
// that they read as a Gram matrix has room for.
type block struct {
	filters, channels [2]int // first, and behind the last; channels count within the group
	group             int
}

// blocks cuts a convolution into blocks of at most `columns` columns, or of one unit's channels.
func blocks(c *model.Conv, columns int) []block {
	unit := 1
	if c.Mask != nil && c.Mask.Scheme != model.Filter {
		unit = c.Mask.GN
	}
	perGroup, filters := c.Channels/c.Groups, c.Filters/c.Groups
	n := max(unit, columns/c.Positions()/unit*unit)
	parts := (perGroup + n - 1) / n // of equal size, rather than with a small last one
	n = min(perGroup, ((perGroup+parts-1)/parts+unit-1)/unit*unit)
	var all []block
	for g := range c.Groups {
		for from := 0; from < perGroup; from += n {
			all = append(all, block{group: g, filters: [2]int{g * filters, (g + 1) * filters}, channels: [2]int{from, min(from+n, perGroup)}})
		}
	}
	return all
}

// width is the number of channels.
func (b block) width() int { return b.channels[1] - b.channels[0] }

// weights of a block out of all of the convolution's, columns × filters: column k·N + n is kernel position
// k of its channel n.
func (b block) weights(c *model.Conv, of []float32) []float32 {
	m := b.filters[1] - b.filters[0]
	w := make([]float32, b.width()*c.Positions()*m)
	b.each(c, func(at, column, f int) { w[column*m+f] = of[at] })
	return w
}

// add adds a change, columns × filters, to the weights.
func (b block) add(c *model.Conv, delta []float32) {
	m := b.filters[1] - b.filters[0]
	b.each(c, func(at, column, f int) { c.Weight[at] += delta[column*m+f] })
}

// each visits the block's weights: the index in Conv.Weight, the column and the filter of the block.
func (b block) each(c *model.Conv, visit func(at, column, f int)) {
	perGroup, positions := c.Channels/c.Groups, c.Positions()
	for f := b.filters[0]; f < b.filters[1]; f++ {
		for i := range b.width() {
			for k := range positions {
				visit((f*perGroup+b.channels[0]+i)*positions+k, k*b.width()+i, f-b.filters[0])
			}
		}
	}
}

// families of the block's filters. Columns of which the dense convolution has no weight in any filter stay
// without: a phase of a transposed convolution has such taps.
func (b block) families(c, dense *model.Conv) []family {
	n, m := b.width(), b.filters[1]-b.filters[0]
	used := make([]bool, n*c.Positions())
	for i, v := range b.weights(dense, dense.Weight) {
		used[i/m] = used[i/m] || v != 0
	}
	return families(m, len(used), func(f, column int) bool {
		return used[column] && (c.Mask == nil || c.Mask.Keeps(b.filters[0]+f, b.channels[0]+column%n, column/n))
	})
}
