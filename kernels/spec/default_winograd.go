package spec

import "math"

// Terms of the cost model of Winograd kernels, in the manner of those of direct ones; measured on one
// processor (Zen 3) to choose among kernels that differ by more than a tenth.
const (
	// efficiency is the share of the peak that the products reach, and a direct kernel.
	efficiency = 0.87
	// pointCycles are the cycles in which a vector goes into a point of the transform domain, or out.
	pointCycles = 3.0
	// farBytesPerCycle is how fast weights stream that no cache holds, nearBytesPerCycle others;
	// nearBytes are held.
	farBytesPerCycle, nearBytesPerCycle = 4.0, 16.0
	nearBytes                           = 8 << 20
	// winogradMargin is how many times faster than direct the model must find a kernel to prefer it.
	winogradMargin = 1.4
)

// Winograd is a Winograd schedule with what a cost model says of it.
type Winograd struct {
	Schedule Schedule
	// Gain over a direct kernel in cycles of one thread, and Growth of the weights in bytes.
	Gain   float64
	Growth int64
}

// DefaultWinograd is a good choice by hand of a Winograd schedule for a dense layer; ok is false unless one
// fits, is surely faster than a direct kernel in the cost model, and lets the weights grow by at most room
// bytes.
func DefaultWinograd(w Workload, v Vector, threads int, room int64) (best Winograd, ok bool) {
	// Direct kernels leave out depths and rows of padding.
	products := float64(validPairs(w, 0)*validPairs(w, 1)*w.Output()[2]*w.Kernel[2]*w.Channels*ceil(w.Filters, v.Lanes)) / fmasPerCycle / efficiency
	direct := withStreaming(products, streamCycles(plainBytes(w)))
	for _, a := range Algorithms {
		s, fits := WinogradSchedule(w, v, a, threads)
		growth := int64(winogradWeights(w, v, a) - plainBytes(w))
		if !fits || growth > room {
			continue
		}
		if cost := winogradCost(w, v, s); cost < direct/winogradMargin && (!ok || direct-cost > best.Gain) {
			best, ok = Winograd{s, direct - cost, growth}, true
		}
	}
	return best, ok
}

func plainBytes(w Workload) float64 {
	return 4 * float64(w.Filters*w.Channels*w.Positions())
}

// streamCycles is the time in which weights come by.
func streamCycles(bytes float64) float64 {
	if bytes > nearBytes {
		return bytes / farBytesPerCycle
	}
	return bytes / nearBytesPerCycle
}

// withStreaming adds to products that their weights stream meanwhile: half of it is hidden, if there is
// enough to hide it.
func withStreaming(products, streaming float64) float64 {
	return max(products+streaming/2, streaming)
}

// points of an algorithm's transform domain, and the depths of the kernel that it accumulates.
func (a Algorithm) points(w Workload) (points, depths int) {
	points, depths = 1, w.Kernel[0]
	for i, t := range a.Tile() {
		if i > 0 || t > 1 {
			points *= t + 2
		}
	}
	if a.Tile()[0] > 1 {
		depths = 1
	}
	return points, depths
}

// winogradWeights are the bytes of the transformed weights, in whole vectors.
func winogradWeights(w Workload, v Vector, a Algorithm) float64 {
	points, depths := a.points(w)
	return 4 * float64(points*depths*w.Channels*ceil(w.Filters, v.Lanes)*v.Lanes)
}

// WinogradSchedule chooses register tile, slab and channel block for an algorithm; ok is false when it is not
// a Winograd one or has no transform for the workload. The channel block keeps
// the weights of a register tile in the first-level cache while the slab passes by; the slab is the least
// on which the weights are used often enough to hide that they stream, and leaves every thread a band.
func WinogradSchedule(w Workload, v Vector, a Algorithm, threads int) (s Schedule, ok bool) {
	if !a.Winograd() || !winogradKernel(a, w, v) {
		return Schedule{}, false
	}
	s = Schedule{Algorithm: a, TileRows: 1, Order: SlabOuter, UnrollChannels: defaultUnroll(w, v, DenseSparsity), Threads: threads}
	_, depths := a.points(w)
	tiles := a.Tiles(w)
	uses := 4 * v.Lanes
	if winogradWeights(w, v, a) > nearBytes {
		uses = 12 * v.Lanes
	}
	for rows := 1; rows <= tiles[0]*tiles[1]; rows++ {
		if rows > tiles[1] && rows%tiles[1] != 0 {
			continue
		}
		slabs, blocks := ceil(tiles[1], min(rows, tiles[1])), ceil(tiles[0], max(1, rows/tiles[1]))
		if s.SlabRows > 0 && slabs*blocks < threads {
			break
		}
		if s.SlabRows = rows; rows*tiles[2] >= uses {
			break
		}
	}
	_, rows := s.SlabDepth(w)
	s.TileWidth, s.TileFilters = winogradTile(w, v, s, rows*tiles[2])
	s.ChannelBlock = evenBlock(w.Channels, v.NearWeights/(4*depths*s.TileFilters*v.Lanes), s.UnrollChannels)
	return s, true
}

// winogradTile picks the register tile with the least modelled time for the output tiles of a plane.
func winogradTile(w Workload, v Vector, s Schedule, positions int) (width, filters int) {
	_, depths := s.Algorithm.points(w)
	vectors := ceil(w.Filters, v.Lanes)
	// A product of matrices: a convolution of one position.
	plane := Workload{Channels: w.Channels, Filters: w.Filters, Groups: 1, Kernel: unit, Stride: unit, Dilation: unit, Input: [3]int{1, 1, positions}}
	best := math.Inf(1)
	for f := 1; f <= min(vectors, 8); f++ {
		for u := 1; u <= min(positions, 28) && v.Live(u, f, s.UnrollChannels) <= v.Registers; u++ {
			cost := tilesCost(plane, v, float64(depths*w.Channels), Tile{u, 1, f})
			if cost < best*0.995 { // earlier, that is smaller, tiles win ties
				best, width, filters = cost, u, f
			}
		}
	}
	return width, filters
}

// winogradCost models the cycles of a kernel on one thread: the products, the streaming of their weights
// for each band, and the transforms.
func winogradCost(w Workload, v Vector, s Schedule) float64 {
	points, _ := s.Algorithm.points(w)
	tiles := s.Algorithm.Tiles(w)
	plane := float64(tiles[1] * tiles[2])
	inputs, pairs := tiles[0], tiles[0]
	if s.Algorithm.Tile()[0] == 1 {
		inputs, pairs = w.Input[0], validPairs(w, 0)
	}
	vectors := ceil(w.Filters, v.Lanes)
	products := float64(points*pairs*w.Channels*vectors) * plane / fmasPerCycle / efficiency
	depths, rows := s.SlabDepth(w)
	bands := ceil(tiles[0], depths) * ceil(tiles[1], rows)
	streaming := float64(bands) * streamCycles(winogradWeights(w, v, s.Algorithm))
	transforms := pointCycles * float64(points) * plane * float64(inputs*ceil(w.Channels, v.Lanes)+tiles[0]*vectors)
	return withStreaming(products, streaming) + transforms
}

// validPairs counts the pairs of an output and a kernel position on an axis that do not fall on padding,
// stride and dilation being 1.
func validPairs(w Workload, axis int) int {
	pairs := 0
	for out := range w.Output()[axis] {
		for k := range w.Kernel[axis] {
			if at := out + k - w.PadBegin[axis]; at >= 0 && at < w.Input[axis] {
				pairs++
			}
		}
	}
	return pairs
}
