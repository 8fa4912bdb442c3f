package conv

import (
	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
)

// Winograd is how a Winograd kernel cuts its work. A band is a slab of output tiles: Depths of them
// deep and some rows of each. A thread brings the input windows of a band into the transform domain,
// multiplies at each of the domain's points on its own, and brings the products back; each depth is
// transformed once for the bands of a thread that follow one another.
type Winograd struct {
	// Product is the nest of the products at one point: a convolution of depth Kernel and width 1 on
	// rows of Positions tiles.
	Product Nest
	// Tile of outputs, Window of inputs that it needs, and Tiles on each axis (depth, height, width).
	Tile, Window, Tiles [3]int
	// Points of the transform domain: the values of a window where an axis is transformed.
	Points int
	// Kernel is the number of depths that the products add up; 1 where depth is transformed.
	Kernel int
	// Rows cuts the rows of tiles into those of bands, of which Positions lie in one plane.
	Rows      Cut
	Positions int
	// Depths of tiles in a band, DepthBlocks of them in the output; Slots of transformed depths.
	Depths, DepthBlocks, Slots int
	// Groups of channels, the entries of a direct kernel, in all and in a channel block.
	Groups, BlockGroups int

	// Distances in floats: in the transformed input between channel blocks, depths and points; in the
	// products between depths, filter vectors and points.
	inputBlock, inputSlot, inputPoint         int
	productDepth, productVector, productPoint int
}

// WinogradOf cuts a Winograd kernel that passes Check.
func WinogradOf(info isa.Info, k Kernel) Winograd {
	w, s := k.Workload, k.Schedule
	g := Winograd{Tile: s.Algorithm.Tile(), Tiles: s.Algorithm.Tiles(w), Points: 1, Kernel: w.Kernel[0]}
	for i, t := range Transforms(s.Algorithm) {
		g.Window[i] = 1
		if t != nil {
			g.Window[i] = len(t.Input)
			g.Points *= g.Window[i]
		}
	}
	if g.Window[0] > 1 {
		g.Kernel = 1
	}
	var rows int
	g.Depths, rows = s.SlabDepth(w)
	g.Rows = cut(g.Tiles[1], rows)
	g.Positions = g.Rows.Size * g.Tiles[2]
	g.DepthBlocks = ceil(g.Tiles[0], g.Depths)
	g.Slots = g.Depths + g.Kernel - 1
	g.Product = NestOf(info, g.product(k))
	g.Groups = ceil(w.Channels, s.UnrollChannels)
	g.BlockGroups = ceil(g.Product.ChannelBlock, s.UnrollChannels)
	g.inputBlock = g.Positions * info.Lanes
	g.inputSlot = ceil(w.Channels, info.Lanes) * g.inputBlock
	g.inputPoint = spread(g.Slots * g.inputSlot)
	g.productDepth = g.Positions * info.Lanes
	g.productVector = g.Depths * g.productDepth
	g.productPoint = spread(g.Product.Vectors() * g.productVector)
	return g
}

// product is the direct kernel whose register tiles multiply at one point.
func (g Winograd) product(k Kernel) Kernel {
	w, s := k.Workload, k.Schedule
	p := Kernel{
		Workload: spec.Workload{Channels: w.Channels, Filters: w.Filters, Groups: 1, Kernel: [3]int{1, 1, 1}, Stride: [3]int{1, 1, 1},
			Dilation: [3]int{1, 1, 1}, Input: [3]int{g.Depths, 1, g.Positions}, DataType: w.DataType},
		Schedule: s,
		Input:    spec.Layout{Shape: shape(w.Channels, [3]int{1, 1, g.Positions}), Block: k.Input.Block},
		Output:   spec.Layout{Shape: shape(w.Filters, [3]int{g.Depths, 1, g.Positions}), Block: k.Output.Block},
	}
	p.Schedule.Algorithm, p.Schedule.Order, p.Schedule.SlabRows = spec.Direct, spec.FilterOuter, 0
	return p
}

// cacheLine in floats.
const cacheLine = 16

// spread rounds a distance up to an odd number of cache lines: values that lie a power of two apart
// would fall into the same few places of a cache.
func spread(floats int) int {
	lines := ceil(floats, cacheLine)
	return (lines + 1 - lines%2) * cacheLine
}

// workspace is where the parts of a thread's scratch memory start, in floats, and how much it is:
// transformed input from 0, products, offsets of the kept list for each depth of a band.
func (g Winograd) workspace() (products, offsets, floats int) {
	products = g.Points * g.inputPoint
	offsets = products + g.Points*g.productPoint
	return products, offsets, offsets + ceil(g.Depths*g.Kernel*g.Groups, cacheLine)*cacheLine
}

// WorkspaceFloats is the scratch memory that one thread needs while a kernel runs: a multiple of 16
// floats, so that the share of every thread is aligned like the first.
func WorkspaceFloats(info isa.Info, k Kernel) int {
	if !k.Schedule.Algorithm.Winograd() {
		return 0
	}
	_, _, floats := WinogradOf(info, k).workspace()
	return floats
}

// WeightVectors of the transformed weights.
func (g Winograd) WeightVectors() int {
	return g.Points * g.Product.Vectors() * g.Kernel * g.Groups * g.Product.WeightVectors
}

// Biases, one for each filter of whole vectors.
func (g Winograd) Biases() int { return g.Product.Vectors() * g.Product.Lanes }
