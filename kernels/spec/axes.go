package spec

import "slices"

// Tile is the size of a register tile.
type Tile struct{ Width, Rows, Filters int }

// Axes holds the values that each parameter of a schedule may take for one workload and vector
// extension. Not every combination is legal: Check decides, and names the reason.
type Axes struct {
	Algorithms     []Algorithm
	Tiles          []Tile
	Orders         []LoopOrder
	SlabRows       []int // for orders with slabs (which of them for which algorithm, Check decides); all others have 0
	ChannelBlocks  []int // 0 means all
	UnrollChannels []int
	Threads        []int
	Chains         []int // 0 means all products; nothing else in Float32
	Prefetches     []int // tiles ahead
}

// Algorithms, LoopOrders and Functions list every known value, in the order of the documentation.
var (
	Algorithms = []Algorithm{Direct, Depthwise, MatVec, Winograd4x4, Winograd2x2, Winograd2x2x2}
	LoopOrders = []LoopOrder{FilterOuter, TileOuter, SlabOuter, ColumnOuter}
)

// The values that are worth a try; AxesOf keeps those that a workload has room for. Widths and rows
// beyond these need more registers than any vector extension has.
var (
	tileWidths    = []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14, 15, 16, 20, 24, 28}
	tileRows      = []int{1, 2, 3, 4, 5, 7}
	tileFilters   = []int{1, 2, 3, 4, 5, 6, 8, 12, 16}
	slabRows      = []int{1, 2, 4, 6, 7, 8, 14, 16, 28}
	channelBlocks = []int{8, 16, 32, 64, 128, 256, 512}
	unrolls       = []int{1, 2, 3, 4, 8, 16, 32}
	chains        = []int{32, 64, 128, 256}
	prefetches    = []int{0, 1, 2}
	threadCounts  = []int{1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64}
)

// AxesOf lists the legal values for a workload on a vector extension with up to maxThreads threads.
func AxesOf(w Workload, v Vector, maxThreads int) Axes {
	var a Axes
	switch {
	case w.Weights != "":
		a.Algorithms = []Algorithm{MatVec}
	case w.FullyConnected():
		a.Algorithms = []Algorithm{MatVec, Direct}
	case w.Depthwise():
		a.Algorithms = []Algorithm{Depthwise, Direct}
	default:
		a.Algorithms = []Algorithm{Direct}
	}
	out := w.Output()
	for _, o := range LoopOrders {
		// Where depths share no input, their order does not matter.
		if o != ColumnOuter || w.Kernel[0] > 1 && out[0] > 1 {
			a.Orders = append(a.Orders, o)
		}
	}
	for _, f := range tileFilters {
		for _, r := range tileRows {
			for _, c := range tileWidths {
				if c <= out[2] && r <= out[1] && f <= ceil(w.Filters, v.Lanes) && v.Live(c*r, f, 4) <= v.Registers {
					a.Tiles = append(a.Tiles, Tile{c, r, f})
				}
			}
		}
	}
	for _, s := range slabRows {
		if s <= out[1] {
			a.SlabRows = append(a.SlabRows, s)
		}
	}
	a.addWinograd(w, v)
	a.ChannelBlocks = []int{0}
	for _, c := range channelBlocks {
		if c < w.Channels {
			a.ChannelBlocks = append(a.ChannelBlocks, c)
		}
	}
	for _, g := range unrolls {
		if unrollRefusal(w, v, g) == nil {
			a.UnrollChannels = append(a.UnrollChannels, g)
		}
	}
	a.Chains = []int{0}
	for _, c := range chains {
		if w.DataType != Float32 && c < w.Channels/w.Groups*w.Positions() {
			a.Chains = append(a.Chains, c)
		}
	}
	for _, d := range prefetches {
		if slices.Contains(a.Algorithms, Direct) || d == 0 {
			a.Prefetches = append(a.Prefetches, d)
		}
	}
	for _, t := range threadCounts {
		if t <= maxThreads {
			a.Threads = append(a.Threads, t)
		}
	}
	return a
}

func ceil(a, b int) int { return (a + b - 1) / b }
