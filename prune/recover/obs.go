package recover

import (
	"container/heap"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// interacting is how many columns interact in the choice of units, at most: the inverse of their Gram
// matrix is downdated in time that grows with the cube of it.
const interacting = 432

// obsDamping is added to the Gram matrix's diagonal, as a share of its mean, in the choice of units.
const obsDamping = 0.01

// elimination is a unit and what its removal costs: the growth of the mean squared error of the outputs
// once the weights that are left make up for it.
type elimination struct {
	unit, weights int
	cost          float64
}

// perWeight makes units of unequal size comparable.
func (e elimination) perWeight() float64 { return e.cost / float64(e.weights) }

// chooseUnits keeps as many weights as mask does, but those whose removal costs most, where f has the dense
// weights and what errors they make. Optimal Brain Surgeon (Hassibi and Stork, NIPS 1992) for groups: each
// block of gM filters and as many channels as interact loses its units one by one, re-scored as they go
// (Optimal Brain Compression, Frantar and Alistarh, NeurIPS 2022), and the units that go are those that
// come first when all these orders are merged by cost.
func (f *fitting) chooseUnits(mask *model.Mask) *model.Mask {
	chosen := mask.Clone()
	for i := range chosen.Kept {
		chosen.Kept[i] = true
	}
	var orders [][]elimination
	if mask.Scheme == model.Filter {
		orders = f.filterCosts()
	} else {
		for i, b := range f.blocks {
			orders = append(orders, b.eliminate(f.conv, chosen, f.moments(i))...)
		}
	}
	removeCheapest(chosen, orders, f.conv.WeightCount()-mask.KeptWeights())
	return chosen
}

// filterCosts are the variances of the filters' outputs: nothing makes up for a filter that is gone but its
// bias.
func (f *fitting) filterCosts() [][]elimination {
	orders := make([][]elimination, f.conv.Filters)
	for i := range orders {
		orders[i] = []elimination{{unit: i, weights: f.conv.WeightCount() / f.conv.Filters}}
	}
	for i, b := range f.blocks {
		s := f.moments(i)
		w := b.weights(f.conv, f.conv.Weight)
		for at, v := range multiply(s.gram, s.columns, w, s.filters) {
			orders[b.filters[0]+at%s.filters][0].cost += float64(v) * float64(w[at])
		}
	}
	return orders
}

// chain is where units are removed one by one: filters and channels of a block, both from and behind.
type chain struct {
	filters, channels [2]int // within the convolution group
}

// eliminate finds the orders in which the chains of a block lose their units.
func (b block) eliminate(c *model.Conv, mask *model.Mask, s *secondMoments) [][]elimination {
	w := b.weights(c, c.Weight)
	if s.cross != nil { // dense weights make errors: begin with the best there are
		all := family{filters: upTo(s.filters), columns: upTo(s.columns)}
		for f, delta := range s.ridge(all, obsDamping) {
			for i, d := range delta {
				w[i*s.filters+f] += float32(d)
			}
		}
	}
	var orders [][]elimination
	per := max(mask.GN, interacting/mask.Positions/mask.GN*mask.GN)
	for from := b.channels[0]; from < b.channels[1]; from += per {
		channels := [2]int{from, min(from+per, b.channels[1])}
		units := b.units(mask, channels)
		var columns []int
		for _, u := range units {
			columns = append(columns, u.columns...)
		}
		inverse := s.inverse(columns, obsDamping)
		var chains []chain
		for f := b.filters[0]; f < b.filters[1]; f = (f/mask.GM + 1) * mask.GM {
			chains = append(chains, chain{[2]int{f, min((f/mask.GM+1)*mask.GM, b.filters[1])}, channels})
		}
		found := make([][]elimination, len(chains))
		sideBySide(len(chains), func(i int) {
			k := chains[i]
			rows := make([][]float64, 0, k.filters[1]-k.filters[0])
			for f := k.filters[0]; f < k.filters[1]; f++ {
				row := make([]float64, len(columns))
				for j, column := range columns {
					row[j] = float64(w[column*s.filters+f-b.filters[0]])
				}
				rows = append(rows, row)
			}
			e := newEliminator(inverse, rows, units)
			found[i] = e.run()
			for j := range found[i] {
				u := &found[i][j]
				channel, position := units[u.unit].channel, units[u.unit].position
				u.weights *= len(rows)
				u.unit = mask.Unit(k.filters[0], channel, position)
			}
		})
		orders = append(orders, found...)
	}
	return orders
}

// unit is where a unit of a chain lies.
type unit struct {
	channel, position int // its first
	columns           []int
}

// units lists the units of some channels of a block.
func (b block) units(mask *model.Mask, channels [2]int) []unit {
	var all []unit
	for from := channels[0]; from < channels[1]; from = (from/mask.GN + 1) * mask.GN {
		to := min((from/mask.GN+1)*mask.GN, channels[1])
		whole := unit{channel: from}
		for k := range mask.Positions {
			part := unit{channel: from, position: k}
			for n := from; n < to; n++ {
				part.columns = append(part.columns, k*b.width()+n-b.channels[0])
			}
			whole.columns = append(whole.columns, part.columns...)
			if mask.Scheme == model.KGS {
				all = append(all, part)
			}
		}
		if mask.Scheme != model.KGS {
			all = append(all, whole)
		}
	}
	return all
}

func upTo(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// removeCheapest removes units from the heads of all orders, the cheapest first, until a number of weights
// is gone, as nearly as whole units allow. At least one unit stays.
func removeCheapest(mask *model.Mask, orders [][]elimination, goal int) {
	h := (*heads)(&orders)
	heap.Init(h)
	removed := 0.0
	for range len(mask.Kept) - 1 {
		if h.Len() == 0 {
			return
		}
		e := orders[0][0]
		if removed+float64(e.weights)/2 > float64(goal) {
			return
		}
		mask.Kept[e.unit] = false
		removed += float64(e.weights)
		if orders[0] = orders[0][1:]; len(orders[0]) == 0 {
			heap.Pop(h)
		} else {
			heap.Fix(h, 0)
		}
	}
}

// heads is a heap of orders by the cost of their first unit.
type heads [][]elimination

func (h heads) Len() int { return len(h) }
func (h heads) Less(i, j int) bool {
	if a, b := h[i][0].perWeight(), h[j][0].perWeight(); a != b {
		return a < b
	}
	return h[i][0].unit < h[j][0].unit // reproducible
}
func (h heads) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *heads) Push(x any)   { *h = append(*h, x.([]elimination)) }
func (h *heads) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
