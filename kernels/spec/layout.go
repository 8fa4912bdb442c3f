package spec

import "github.com/rt3d-tune/rt3d-tune/model"

// Layout is how an activation lies in memory: [ceil(C/Block)][D+2·halo][H+2·halo][W+2·halo][Block]
// values, the halo of each axis being zero before and after as given. The channels of a last partial
// block are zero-padded.
type Layout struct {
	Shape model.Shape
	// Block is the number of channels that lie side by side: the vector length, or 1 for planar.
	Block              int
	HaloBegin, HaloEnd [3]int
	// Gap is how many positions of something else lie between two neighbours along each axis: none but for
	// the phases of a transposed convolution, which are written into one activation.
	Gap [3]int
	// Kept is the size of the part (depth, height, width) that memory holds at a time, where it is not all:
	// another part takes its place, and whoever points to it counts from where the whole would begin. 0 means
	// all of an axis.
	Kept [3]int
}

// Blocks is ceil(C/Block).
func (l Layout) Blocks() int { return (l.Shape.C + l.Block - 1) / l.Block }

// Extent is the padded size (depth, height, width), gaps included.
func (l Layout) Extent() [3]int {
	var e [3]int
	for i, size := range [3]int{l.Shape.D, l.Shape.H, l.Shape.W} {
		if l.Kept[i] > 0 {
			size = l.Kept[i]
		}
		e[i] = l.HaloBegin[i] + size + (size-1)*l.Gap[i] + l.HaloEnd[i]
	}
	return e
}

// Strides gives the distance in values between channel blocks, depths, rows and columns.
func (l Layout) Strides() (block, depth, row, column int) {
	block, depth, row, column = l.places()
	return block, depth * (1 + l.Gap[0]), row * (1 + l.Gap[1]), column * (1 + l.Gap[2])
}

// places gives the distances between places, gaps and halo included.
func (l Layout) places() (block, depth, row, column int) {
	e := l.Extent()
	column = l.Block
	row = e[2] * column
	depth = e[1] * row
	return e[0] * depth, depth, row, column
}

// Origin is the index of channel 0 at position (0, 0, 0), that is behind the leading halo.
func (l Layout) Origin() int { return l.Place(l.HaloBegin) }

// Place is the distance in values from the start of the buffer to a place (depth, height, width), halo and
// gaps counted, in the first channel block.
func (l Layout) Place(at [3]int) int {
	_, d, r, c := l.places()
	return at[0]*d + at[1]*r + at[2]*c
}

// Index of a value, in values from the start of the buffer.
func (l Layout) Index(c, d, h, w int) int {
	b, sd, sr, sc := l.Strides()
	return l.Origin() + c/l.Block*b + d*sd + h*sr + w*sc + c%l.Block
}

// Values is the size of the buffer in values, halo included.
func (l Layout) Values() int {
	b, _, _, _ := l.places()
	return l.Blocks() * b
}
