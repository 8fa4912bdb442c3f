package spec

// Algorithm says how a convolution is computed.
type Algorithm string

// The algorithms.
const (
	// Direct runs the kept list with a register tile of TileWidth × TileRows output positions by
	// TileFilters filter vectors: dense is the full list.
	Direct Algorithm = "direct"
	// Depthwise has channels as the vector operand of both weights and activations.
	Depthwise Algorithm = "depthwise"
	// MatVec streams the weights of a fully connected layer once.
	MatVec Algorithm = "matvec"
	// Winograd4x4, Winograd2x2 and Winograd2x2x2 compute tiles of outputs in a transform domain, where
	// 3 × 3 (× 3) kernels take fewer products (Lavin and Gray, "Fast algorithms for convolutional neural
	// networks", 2016): 4, 2.25 and 3.4 times fewer. They are for dense layers; a mask does not survive
	// the transform. TileWidth counts output tiles.
	Winograd4x4   Algorithm = "winograd4x4"
	Winograd2x2   Algorithm = "winograd2x2"
	Winograd2x2x2 Algorithm = "winograd2x2x2"
)

// LoopOrder is the nesting of the loops around the register tile, outermost first.
type LoopOrder string

// The loop orders.
const (
	// FilterOuter: filter block, channel block, all output tiles. Best for dense.
	FilterOuter LoopOrder = "filter"
	// TileOuter: channel block, output tile, filter block: the tile of the input stays in L1.
	TileOuter LoopOrder = "tile"
	// SlabOuter: output depth, slab of SlabRows rows, filter block, channel block: weights stream.
	SlabOuter LoopOrder = "slab"
	// ColumnOuter: slab of SlabRows rows, output depth, filter block, channel block: of the input that a slab
	// reads, all but one depth is still in the cache when it comes to the next depth.
	ColumnOuter LoopOrder = "column"
)

// Slabs tells that an order cuts planes into slabs of SlabRows rows.
func (o LoopOrder) Slabs() bool { return o == SlabOuter || o == ColumnOuter }

// Schedule is how one kernel runs. It never changes what is computed, except for the order of
// floating-point additions. It is comparable and may be a map key.
type Schedule struct {
	Algorithm Algorithm
	// TileWidth output positions in a row, TileRows rows, TileFilters vectors of filters in registers.
	TileWidth, TileRows, TileFilters int
	Order                            LoopOrder
	// SlabRows is the number of output rows in a slab (of orders that have slabs, else 0). Winograd counts rows of
	// output tiles, up to a plane of them or whole planes: what is transformed at a time.
	SlabRows int
	// ChannelBlock is the number of input channels accumulated before the tile moves on; 0 means all.
	ChannelBlock int
	// UnrollChannels is the number of input channels behind one entry of the kept list (the gN of
	// the kernel; the mask may have another).
	UnrollChannels int
	// Threads is the number of threads that split the work; 1 or more.
	Threads int
	// Chain is how many products an accumulator adds up in the data type before its sum goes to a float32;
	// 0 means all of them (and the only value for Float32). A shorter chain is more exact and slower.
	Chain int
	// Prefetch is how many register tiles ahead in the row the input is asked for (Direct only); 0 leaves
	// that to the processor.
	Prefetch int
}
