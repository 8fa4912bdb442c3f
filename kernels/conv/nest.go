package conv

import (
	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
)

// Nest is how a kernel's loops cut its work. Package pack packs weights in the same cuts.
type Nest struct {
	Lanes int
	// FilterBlocks, of which the first FullBlocks have Filters vectors each. Rest are the sizes of those
	// behind: one with what is left, or two that share it, because a single vector would run at the
	// latency of its few accumulators.
	FilterBlocks, FullBlocks, Filters int
	Rest                              []int
	// ChannelBlocks of ChannelBlock input channels each; the last one has what is left.
	ChannelBlocks, ChannelBlock int
	// Width and Rows cut the output plane into pieces that differ by one at most.
	Width, Rows Cut
	// SlabTiles is the number of row tiles in a slab, Slabs the number of slabs in a plane.
	SlabTiles, Slabs int
	// Bands is depth × Slabs: what threads split beside filters.
	Bands int
	// Chunks of ChunkBlocks filter blocks each: what threads split beside bands.
	Chunks, ChunkBlocks int
	// WeightVectors is the number of weight vectors in an entry for each filter vector.
	WeightVectors int
	// Clip says which entries a tile needs.
	Clip Clip
}

// Cut is an axis of the output in Wide pieces of Size, then Narrow pieces of Size − 1.
type Cut struct{ Size, Wide, Narrow int }

// Count is the number of pieces.
func (c Cut) Count() int { return c.Wide + c.Narrow }

func cut(total, size int) Cut {
	piece, wide, narrow := spec.Pieces(total, size)
	return Cut{piece, wide, narrow}
}

// tasksPerThread is how many chunks × bands a thread should have, so that they balance.
const tasksPerThread = 4

// NestOf cuts a kernel that passes Check.
func NestOf(info isa.Info, k Kernel) Nest {
	w, s := k.Workload, k.Schedule
	out := w.Output()
	vectors := ceil(w.Filters, info.Lanes)
	n := Nest{Lanes: info.Lanes, Filters: s.TileFilters, WeightVectors: s.UnrollChannels}
	n.FullBlocks, n.Rest = spec.FilterPieces(vectors, s.TileFilters)
	n.FilterBlocks = n.FullBlocks + len(n.Rest)
	n.ChannelBlock = s.ChannelBlock
	if n.ChannelBlock == 0 || s.Algorithm == spec.Depthwise {
		n.ChannelBlock = w.Channels
	}
	n.ChannelBlocks = ceil(w.Channels, n.ChannelBlock)
	n.Width, n.Rows = cut(out[2], s.TileWidth), cut(out[1], s.TileRows)
	n.SlabTiles = max(1, s.SlabRows/s.TileRows)
	n.Slabs = ceil(n.Rows.Count(), n.SlabTiles)
	n.Bands = out[0] * n.Slabs
	n.ChunkBlocks = 1
	if s.Order != spec.FilterOuter {
		chunks := 1
		if s.Threads > 1 {
			chunks = min(n.FilterBlocks, ceil(tasksPerThread*s.Threads, n.Bands))
		}
		n.ChunkBlocks = ceil(n.FilterBlocks, chunks)
	}
	n.Chunks = ceil(n.FilterBlocks, n.ChunkBlocks)
	n.Clip = clipOf(w, n)
	return n
}

// BlockIndex is the place of (filter block, channel block) in the table of blocks: blocks that run one
// after another lie one after another, so that their weights stream.
func (n Nest) BlockIndex(order spec.LoopOrder, filterBlock, channelBlock int) int {
	if order == spec.TileOuter {
		return channelBlock*n.FilterBlocks + filterBlock
	}
	return filterBlock*n.ChannelBlocks + channelBlock
}

// FilterVectors of a filter block.
func (n Nest) FilterVectors(filterBlock int) int {
	if filterBlock < n.FullBlocks {
		return n.Filters
	}
	return n.Rest[filterBlock-n.FullBlocks]
}

// FirstVector is the number of filter vectors in front of a filter block.
func (n Nest) FirstVector(filterBlock int) int {
	first := min(filterBlock, n.FullBlocks) * n.Filters
	for i := n.FullBlocks; i < filterBlock; i++ {
		first += n.FilterVectors(i)
	}
	return first
}

// BlockOf is the filter block that has a filter.
func (n Nest) BlockOf(filter int) int {
	block := min(filter/(n.Filters*n.Lanes), n.FullBlocks)
	for block < n.FilterBlocks-1 && filter >= n.FirstVector(block+1)*n.Lanes {
		block++
	}
	return block
}

// Vectors is the number of filter vectors of all blocks.
func (n Nest) Vectors() int { return n.FirstVector(n.FilterBlocks) }

func ceil(a, b int) int { return (a + b - 1) / b }
