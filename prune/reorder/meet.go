package reorder

import (
	"math/bits"
	"slices"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// set is a set of the units of several masks, those of each mask in words of its own.
type set []uint64

func (s set) add(t set) {
	for i, w := range t {
		s[i] |= w
	}
}

// gathering sorts granules into blocks of given capacities so that the unions of the blocks are small.
type gathering struct {
	granules []set
	// weight of the units in each word of a set.
	weight []int64
	// capacity of each block in granules; their sum is the number of granules.
	capacity []int
	// wide is the number of vectors of each block, which its union counts as often.
	wide []int64
}

// size of a set by the weights.
func (g *gathering) size(s set) int64 {
	n := int64(0)
	for i, w := range s {
		n += int64(bits.OnesCount64(w)) * g.weight[i]
	}
	return n
}

// growth is by how much t enlarges s.
func (g *gathering) growth(s, t set) int64 {
	n := int64(0)
	for i, w := range t {
		if w != 0 {
			n += int64(bits.OnesCount64(w&^s[i])) * g.weight[i]
		}
	}
	return n
}

// gather fills block after block, each beginning with the granule that keeps most and taking in the one that
// enlarges its union least; then it exchanges granules between blocks for as long as that helps. Ties go to the
// granule that comes first, so that the result is reproducible. It gives the granules of each block, ascending.
func (g *gathering) gather() [][]int {
	rest := make([]int, len(g.granules))
	for i := range rest {
		rest[i] = i
	}
	var blocks [][]int
	for _, capacity := range g.capacity {
		var block []int
		union := make(set, len(g.weight))
		for range capacity {
			best, least := 0, int64(-1)
			for i, at := range rest {
				cost := g.growth(union, g.granules[at])
				if len(block) == 0 {
					cost = -cost
				}
				if i == 0 || cost < least {
					best, least = i, cost
				}
			}
			union.add(g.granules[rest[best]])
			block = append(block, rest[best])
			rest = slices.Delete(rest, best, best+1)
		}
		blocks = append(blocks, block)
	}
	g.exchange(blocks)
	for _, b := range blocks {
		slices.Sort(b)
	}
	return blocks
}

// mostSweeps bounds the exchanges; they end by themselves long before.
const mostSweeps = 20

// exchange swaps granules of two blocks where that makes the unions smaller, until no swap does.
func (g *gathering) exchange(blocks [][]int) {
	tallies := make([]tally, len(blocks))
	for i, b := range blocks {
		tallies[i] = g.count(b)
	}
	for range mostSweeps {
		swapped := false
		for a := range blocks {
			for b := a + 1; b < len(blocks); b++ {
				for i := range blocks[a] {
					for j := range blocks[b] {
						x, y := blocks[a][i], blocks[b][j]
						saved := g.wide[a]*g.change(tallies[a], x, y) + g.wide[b]*g.change(tallies[b], y, x)
						if saved >= 0 {
							continue
						}
						blocks[a][i], blocks[b][j] = y, x
						tallies[a], tallies[b] = g.count(blocks[a]), g.count(blocks[b])
						swapped = true
					}
				}
			}
		}
		if !swapped {
			return
		}
	}
}

// tally of a block: the units that any of its granules has, and those that exactly one has.
type tally struct{ any, once set }

func (g *gathering) count(block []int) tally {
	t := tally{make(set, len(g.weight)), make(set, len(g.weight))}
	twice := make(set, len(g.weight))
	for _, at := range block {
		for i, w := range g.granules[at] {
			twice[i] |= t.any[i] & w
			t.any[i] |= w
		}
	}
	for i := range t.any {
		t.once[i] = t.any[i] &^ twice[i]
	}
	return t
}

// change of a block's union when it gives away granule x for granule y.
func (g *gathering) change(t tally, x, y int) int64 {
	n := int64(0)
	for i := range g.weight {
		lost := g.granules[x][i] & t.once[i]
		won := g.granules[y][i] &^ (t.any[i] &^ lost)
		n += int64(bits.OnesCount64(won)-bits.OnesCount64(lost)) * g.weight[i]
	}
	return n
}

// unitsOf are the units (channel group and, for kgs, position) that a mask keeps in filters first … last − 1.
func unitsOf(m *model.Mask, first, last int) set {
	positions := 1
	if m.Scheme == model.KGS {
		positions = m.Positions
	}
	s := make(set, (m.Q()*positions+63)/64)
	for p := first / m.GM; p*m.GM < last; p++ {
		for q := range m.Q() {
			for k := range positions {
				if unit := q*positions + k; m.Keeps(p*m.GM, q*m.GN, k) {
					s[unit/64] |= 1 << (unit % 64)
				}
			}
		}
	}
	return s
}
