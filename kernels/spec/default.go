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
		// The union of the masks of independent groups that share a filter tile.
		share := 1 - math.Pow(1-min(1, sp.Density), math.Ceil(float64(f*v.Lanes)/float64(max(1, sp.GM))))
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
				cost := tilesCost(v, steps, Tile{u, r, f}, out, vectors) * inputCost(w, sp, u, r)
				if cost < best*0.995 { // earlier, that is smaller, tiles win ties
					best, width, rows, filters = cost, u, r, f
				}
			}
		}
	}
	return width, rows, filters
}

// tilesCost models the cycles of all tiles of one output plane.
func tilesCost(v Vector, steps float64, t Tile, out [3]int, vectors int) float64 {
	cost := 0.0
	for _, f := range filterRuns(vectors, t.Filters) {
		for _, r := range splitAlike(out[1], t.Rows) {
			for _, c := range splitAlike(out[2], t.Width) {
				cost += float64(f.n*r.n*c.n) * (steps*stepCycles(v, c.size*r.size, f.size) + tileOverhead)
			}
		}
	}
	return cost
}

// stepCycles models one input channel of one entry on one tile.
func stepCycles(v Vector, positions, filters int) float64 {
	products := float64(positions * filters)
	loads := float64(positions + filters)
	if v.ByLane {
		loads = float64(positions)/4 + float64(filters)
	}
	bound := max(products/fmasPerCycle, loads/loadsPerCycle, fmaLatency)
	return bound + 0.02*loads // fewer loads win among equals: they also cost energy and cache ports
}

// inputCost is the factor by which fetching a tile's input slows it: a tile that is nearly square
// shares more of it between kernel positions. Dense kernels use each
// value often enough, depthwise ones read it in long rows.
func inputCost(w Workload, sp Sparsity, width, rows int) float64 {
	if sp.Density >= sparseDensity || w.Depthwise() {
		return 1
	}
	fetched := ((width-1)*w.Stride[2] + w.Kernel[2]) * ((rows-1)*w.Stride[1] + w.Kernel[1])
	used := float64(width*rows*w.Kernel[1]*w.Kernel[2]) * max(0.05, sp.Density)
	return 1 + 0.03*float64(fetched)/used
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

// weightBytes is what the weights of a filter block and channel block should fit, beside the input that
// passes by: most of the smallest first-level cache in use.
const weightBytes = 28 << 10

// inputStreams is how many rows of different channel blocks and kernel rows a tile may read by turns:
// rows that lie a power of two apart fall into the same few ways of the first-level cache.
const inputStreams = 10

// leastSteps is how many products each accumulator should add up before it goes to memory.
const leastSteps = 72

// Below sparseDensity a kernel goes tile by tile when each accumulator adds up at least tileSteps
// products in a block of sparseChannels, slab by slab from slabSteps on.
const (
	sparseDensity  = 0.5
	sparseChannels = 32
	tileSteps      = 150
	slabSteps      = 48
	defaultSlab    = 4
)

// defaultBlocking chooses loop order and channel block. Dense kernels keep the weights of a block in
// the first-level cache while all of space passes. Sparse ones have little arithmetic per byte of
// input, so a tile or a slab of it stays there while all filters pass, if there is enough to add up.
func defaultBlocking(w Workload, v Vector, sp Sparsity, s *Schedule) {
	density := min(1, sp.Density)
	if steps := density * float64(w.Positions()*sparseChannels); density < sparseDensity && steps >= slabSteps {
		s.ChannelBlock = evenBlock(w.Channels, sparseChannels, s.UnrollChannels)
		s.Order = TileOuter
		if steps < tileSteps {
			s.Order = SlabOuter
			s.SlabRows = min(ceil(w.Output()[1], s.TileRows), max(1, defaultSlab/s.TileRows)) * s.TileRows
		}
		return
	}
	bytes := 4 * density * float64(w.Positions()*s.TileFilters*v.Lanes)
	streams := max(inputStreams/(w.Kernel[0]*w.Kernel[1])*v.Lanes, ceil(leastSteps, w.Positions()))
	s.ChannelBlock = evenBlock(w.Channels, min(int(weightBytes/max(bytes, 1)), streams), s.UnrollChannels)
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
