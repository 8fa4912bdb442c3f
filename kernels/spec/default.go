package spec

import "math"

// Targets of the default's cost model, in terms that hold within a few percent for current cores:
// two multiply-adds and two loads a cycle, four cycles of latency.
const (
	fmasPerCycle  = 2.0
	loadsPerCycle = 2.0
	fmaLatency    = 4.0
	// tileOverhead is the cost of entering and leaving a tile, in cycles.
	tileOverhead = 40.0
	// loneFilter is what a tile of one filter vector takes more by lane: every few multiply-adds wait for a load of
	// activations on cores that issue in order (llvm-mca: 0.61 of a Cortex-A55's limit, where three vectors
	// reach 1.00; the same on larger cores).
	loneFilter = 1.03
)

// DefaultSchedule is a good choice by hand for a workload whose weights are kept with the given density
// in groups of a vector of filters by four channels. It passes Check when the workload does.
func DefaultSchedule(w Workload, v Vector, density float64) Schedule {
	return DefaultScheduleFor(w, v, Sparsity{Density: density, GM: v.Lanes, GN: 4})
}

// DefaultScheduleFor is DefaultSchedule for a mask with other group sizes.
func DefaultScheduleFor(w Workload, v Vector, sp Sparsity) Schedule {
	s := Schedule{Algorithm: Direct, Order: FilterOuter, UnrollChannels: defaultUnroll(w, v, sp), Threads: 1}
	switch {
	case w.Depthwise():
		s.Algorithm, s.UnrollChannels = Depthwise, 1
	case w.FullyConnected():
		s.Algorithm = MatVec
	}
	s.Chain = defaultChain(w, s.UnrollChannels)
	if s.Algorithm == MatVec {
		s.TileWidth, s.TileRows, s.TileFilters = 1, 1, min(ceil(w.Filters, v.Lanes), matVecFilters(v))
		return s
	}
	s.TileWidth, s.TileRows, s.TileFilters = defaultTile(w, v, sp, s)
	if s.Algorithm != Direct {
		return s
	}
	defaultBlocking(w, v, sp, &s)
	return s
}

// defaultUnroll takes four channels an entry where they divide evenly; that amortises the offset's
// load, and a larger group keeps more of a mask's union. Multiply-adds by lane come in fours: they are
// worth a tenth of products with the zeros of padded channels.
func defaultUnroll(w Workload, v Vector, sp Sparsity) int {
	for _, g := range []int{4, 2} {
		fits := w.Channels/w.Groups%g == 0
		if v.ByLane && g == 4 && w.Groups == 1 {
			fits = 10*ceil(w.Channels, g)*g <= 11*w.Channels
		}
		// A smaller group of the mask would be widened by the kernel's.
		if unrollRefusal(w, v, g) == nil && (sp.Density >= 1 || sp.GN >= g) && fits {
			return g
		}
	}
	// The few channels of a network's input come in one entry.
	if w.Channels < v.Lanes && w.Channels <= 4 && w.Groups == 1 && sp.Density >= 1 {
		return w.Channels
	}
	return 1
}

// DefaultChain products in half precision err by about a thousandth of what they add up to.
const DefaultChain = 64

// defaultChain cuts long sums of narrow data types.
func defaultChain(w Workload, unroll int) int {
	if w.DataType == Float32 || w.Channels/w.Groups*w.Positions() <= DefaultChain {
		return 0
	}
	return DefaultChain / unroll * unroll
}

// matVecFilters leaves registers for several streams of weights: one alone does not fill the memory bus.
func matVecFilters(v Vector) int { return max(1, v.Registers/4) }

// defaultTile picks the register tile with the least modelled time.
func defaultTile(w Workload, v Vector, sp Sparsity, s Schedule) (width, rows, filters int) {
	out := w.Output()
	vectors := ceil(w.Filters, v.Lanes)
	v.ByLane = v.ByLane && s.UnrollChannels%4 == 0 // otherwise activations are loaded one by one
	best := math.Inf(1)
	for f := 1; f <= min(vectors, 8); f++ {
		if s.Algorithm == Depthwise && f > 1 {
			break
		}
		share := 1 - math.Pow(1-min(1, sp.Density), groupsTouched(f*v.Lanes, max(1, sp.GM)))
		steps := share * float64(w.Channels*w.Positions())
		if w.Groups > 1 {
			// A filter block adds up the channels of every group that it touches.
			groups := min(w.Groups, ceil(f*v.Lanes, w.Filters/w.Groups))
			steps = share * float64(groups*w.Channels/w.Groups*w.Positions())
		}
		for r := 1; r <= min(out[1], 7); r++ {
			for u := 1; u <= min(out[2], 28); u++ {
				if v.Live(u*r, f, s.UnrollChannels) > v.Registers {
					continue
				}
				cost := tilesCost(w, v, steps, Tile{u, r, f}) * inputCost(w, r)
				if cost < best*0.995 { // earlier, that is smaller, tiles win ties
					best, width, rows, filters = cost, u, r, f
				}
			}
		}
	}
	return width, rows, filters
}

// groupsTouched is how many groups of gm filters a tile of so many filters meets on average: the kernel
// runs the union of their masks.
func groupsTouched(filters, gm int) float64 {
	a, b := filters, gm
	for b > 0 {
		a, b = b, a%b
	}
	return float64(filters+gm-a) / float64(gm)
}

// tilesCost models the cycles of all tiles of one output plane.
func tilesCost(w Workload, v Vector, steps float64, t Tile) float64 {
	out := w.Output()
	columns := splitAlike(out[2], t.Width)
	cost := 0.0
	for _, f := range filterRuns(ceil(w.Filters, v.Lanes), t.Filters) {
		for _, r := range splitAlike(out[1], t.Rows) {
			cycles := 0.0
			for i, c := range columns {
				cycles += float64(c.n)*tileOverhead + steps*rowCycles(w, v, c, Tile{Rows: r.size, Filters: f.size}, i == 0, i == len(columns)-1)
			}
			cost += float64(f.n*r.n) * cycles
		}
	}
	return cost
}

// rowCycles models one input channel of one entry on pieces of a row, averaged over the kernel's columns:
// where columns are clipped, the ends of a row do less.
func rowCycles(w Workload, v Vector, pieces run, t Tile, first, last bool) float64 {
	cycles, folds := 0.0, v.Folds(pieces.size*t.Rows, t.Filters)
	for k := range w.Kernel[2] {
		skipFirst, skipLast := w.ColumnPadding(k)
		if !w.ClipsColumns() {
			skipFirst, skipLast = 0, 0
		}
		for i := range pieces.n {
			width := pieces.size
			if first && i == 0 {
				width -= skipFirst
			}
			if last && i == pieces.n-1 {
				width -= skipLast
			}
			cycles += stepCycles(v, max(1, width)*t.Rows, t.Filters, folds)
		}
	}
	return cycles / float64(w.Kernel[2])
}

// stepCycles models one input channel of one entry on one tile: what bounds it, and a little for each
// load, and for the step itself. Loads of weights, which stream, cost more than those of activations, which lie in
// the first-level cache, but less where the second level streams them. An operand that stays in memory is
// loaded for each multiply-add.
func stepCycles(v Vector, positions, filters int, folds bool) float64 {
	products := float64(positions * filters)
	activations, weights := float64(positions), float64(filters)
	if v.ByLane {
		activations /= 4
	}
	loads := activations + weights
	if folds {
		loads += max(activations, weights) - 1
	}
	bound := max(products/fmasPerCycle, loads/loadsPerCycle, fmaLatency)
	if v.ByLane && filters == 1 {
		bound *= loneFilter
	}
	if v.NearWeights >= secondLevel {
		return bound + 0.06*activations + 0.04*weights + 0.25
	}
	return bound + 0.04*activations + 0.06*weights + 0.25
}

// inputCost is the factor by which fetching a tile's input slows it: a tile of several rows reads as many
// more lines at once, and shares few of them where rows are strided.
func inputCost(w Workload, rows int) float64 {
	return 1 + 0.02*float64((rows-1)*w.Stride[1])
}

// run is n pieces of one size.
type run struct{ size, n int }

// splitAlike cuts total into pieces of at most size whose sizes differ by one at most.
func splitAlike(total, size int) []run {
	n := ceil(total, size)
	size = ceil(total, n)
	wide := n - (size*n - total)
	if wide == n {
		return []run{{size, n}}
	}
	return []run{{size, wide}, {size - 1, n - wide}}
}

// Pieces cuts total output positions into the fewest pieces of at most size whose sizes differ by one
// at most: `wide` of the returned size first, then the rest one narrower. A narrow rest would run at
// the latency of its few accumulators.
func Pieces(total, size int) (piece, wide, narrow int) {
	runs := splitAlike(total, size)
	if len(runs) == 2 {
		return runs[0].size, runs[0].n, runs[1].n
	}
	return runs[0].size, runs[0].n, 0
}

// FilterPieces cuts filter vectors into blocks of size, so that blocks and the groups of masks meet,
// and returns how many there are and the sizes of the blocks behind them. A rest of less than half a
// block is shared with the block before it.
func FilterPieces(vectors, size int) (full int, rest []int) {
	full = vectors / size
	switch tail := vectors % size; {
	case tail == 0:
		return full, nil
	case full > 0 && 2*tail < size:
		return full - 1, []int{ceil(size+tail, 2), (size + tail) / 2}
	default:
		return full, []int{tail}
	}
}

func filterRuns(vectors, size int) []run {
	full, rest := FilterPieces(vectors, size)
	runs := []run{{size, full}}
	for _, r := range rest {
		runs = append(runs, run{r, 1})
	}
	return runs
}

// inputStreams is how many rows of different channel blocks and kernel rows a tile may read by turns:
// rows that lie a power of two apart fall into the same few ways of the first-level cache.
const inputStreams = 10

// leastSteps is how many products each accumulator should add up before it goes to memory.
const leastSteps = 72

// Below sparseDensity a kernel goes slab by slab, of at most mostSlabRows rows, with enough channels in
// a block that each accumulator adds up sparseSteps products, from at most sparseStreams rows at once.
const (
	sparseDensity = 0.75
	sparseSteps   = 216
	sparseStreams = 36
	mostSlabRows  = 28
)

// narrowRow is the length of a row times the channels of a block that short rows should have: their
// tiles are few, and their lists are cut into many runs.
const narrowRow = 224

// defaultBlocking chooses loop order and channel block. Dense kernels keep the weights of a block in
// the first-level cache while all of space passes. Sparse ones have little arithmetic per byte of
// input, so a slab of it stays in cache while all filters pass.
func defaultBlocking(w Workload, v Vector, sp Sparsity, s *Schedule) {
	if v.NearWeights >= secondLevel {
		streamingBlocking(w, v, sp, s)
		return
	}
	out := w.Output()
	planes := w.Kernel[0] * w.Kernel[1]
	if density := max(0.01, sp.Density); density < sparseDensity {
		steps := int(sparseSteps / (density * float64(w.Positions())))
		s.ChannelBlock = evenBlock(w.Channels, max(min(steps, sparseStreams/planes*v.Lanes), narrowRow/out[2]), s.UnrollChannels)
		s.slabs(out)
		return
	}
	bytes := 4 * w.Positions() * s.TileFilters * v.Lanes
	streams := max(inputStreams/planes*v.Lanes, ceil(leastSteps, w.Positions()))
	s.ChannelBlock = evenBlock(w.Channels, max(min(v.NearWeights/bytes, streams), narrowRow/out[2]), s.UnrollChannels)
}

// secondLevel is from how many bytes on NearWeights are in the second-level cache.
const secondLevel = 256 << 10

// slabWeights are as many bytes of weights as the last cache surely keeps from one slab to the next; fewBands are
// so few slabs that it does not matter.
const (
	slabWeights = 4 << 20
	fewBands    = 2
)

// streamingBlocking is defaultBlocking for cores whose second-level cache streams weights as fast as the
// products ask for, dense too. A channel block is as large as its weights are near, in whole blocks of the layout,
// so that sums seldom go to memory; the input, of which such a tile reads from many rows at once, is asked for
// ahead. More weights come once for all of space instead of once for each slab.
func streamingBlocking(w Workload, v Vector, sp Sparsity, s *Schedule) {
	density := max(0.01, min(1, sp.Density))
	perChannel := density * float64(4*w.Positions()*s.TileFilters*v.Lanes)
	blocks := max(1, int(float64(v.NearWeights)/perChannel)/v.Lanes)
	s.ChannelBlock = evenBlock(w.Channels, blocks*v.Lanes, max(v.Lanes, s.UnrollChannels))
	out := w.Output()
	if density*plainBytes(w) <= slabWeights || out[0]*ceil(out[1], mostSlabRows) <= fewBands {
		s.slabs(out)
	}
	if s.Order == SlabOuter && s.ChannelBlock == 0 && plainBytes(w) <= smallWeights {
		s.SlabRows = evenRows(out[1], s.TileRows, fewRows)
	}
	if rows := columnRows(w, v, s.TileRows); s.Order == SlabOuter && s.ChannelBlock == 0 && rows > 0 {
		s.Order, s.SlabRows = ColumnOuter, rows
	}
	s.Prefetch = 1
}

// columnRows is how many output rows of all depths that a window spans, and of those that the next one adds, are
// near at a time; 0 where windows span one depth, or several rows, which slabs so small would read again, and
// where the whole input is near.
func columnRows(w Workload, v Vector, tile int) int {
	out := w.Output()
	input := 4 * w.Channels * w.Input[0] * w.Input[1] * w.Input[2]
	if w.Kernel[0] == 1 || w.Kernel[1] > 1 || out[0] == 1 || input <= v.NearWeights {
		return 0
	}
	row := 4 * w.Channels * w.Input[2] * w.Stride[1] * (w.Kernel[0] + w.Stride[0])
	rows := min(v.NearWeights/row, fewRows)
	if rows < tile {
		return 0
	}
	return evenRows(out[1], tile, rows)
}

// smallWeights are in the first cache after the first tiles, however few rows a slab has: fewRows are as fast as
// many, and a pooling behind the convolution still finds them in the second cache.
const (
	smallWeights = 64 << 10
	fewRows      = 4
)

// evenRows is the largest multiple of a tile's rows, at most `most` where a tile has no more, that divides rows;
// a tile's own where none does.
func evenRows(rows, tile, most int) int {
	for n := most / tile * tile; n > tile; n -= tile {
		if rows%n == 0 {
			return n
		}
	}
	return tile
}

// slabs sets the loop order to slabs of at most mostSlabRows rows.
func (s *Schedule) slabs(out [3]int) {
	s.Order = SlabOuter
	s.SlabRows = min(ceil(out[1], s.TileRows), max(1, mostSlabRows/s.TileRows)) * s.TileRows
}

// evenBlock cuts channels into the fewest blocks of at most `most`, all alike but the last; 0 when one
// block holds them all.
func evenBlock(channels, most, multiple int) int {
	n := ceil(channels, max(most, multiple))
	block := ceil(ceil(channels, n), multiple) * multiple
	if block >= channels {
		return 0
	}
	return block
}
