package network

import (
	"slices"

	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
)

// Buffer is one piece of the arena: an activation, the concatenation of several that their producers
// write in place, or the workspace of a step.
type Buffer struct {
	// Value is the name of the value that the buffer was made for, or says whose workspace it is.
	Value  string
	Layout spec.Layout
	// ValueBytes is the size of a value.
	ValueBytes int
	// Offset from the start of the arena in bytes, a multiple of 64.
	Offset int64
	// First and Last are the steps between which the contents must survive, inclusive. The input is
	// first written before step 0; the output is last read after the last step.
	First, Last int

	parent  *Buffer // the concatenation, or the activation of finer grid, that holds this buffer
	channel int     // first channel of this buffer in its parent
	grid    grid    // its positions there
}

// grid are positions of an activation: from begin on, with gap others between neighbours.
type grid struct{ begin, gap [3]int }

// of is where the positions of an inner grid lie, of which this one is a grid.
func (g grid) of(inner grid) grid {
	for i := range g.begin {
		step := g.gap[i] + 1
		g.begin[i] += inner.begin[i] * step
		g.gap[i] = (inner.gap[i]+1)*step - 1
	}
	return g
}

// Bytes that the buffer occupies, rounded up to the arena's alignment.
func (b *Buffer) Bytes() int64 {
	return (int64(b.Layout.Values()*b.ValueBytes) + alignment - 1) / alignment * alignment
}

// haloed tells whether any axis has a halo.
func (b *Buffer) haloed() bool {
	return b.Layout.HaloBegin != [3]int{} || b.Layout.HaloEnd != [3]int{}
}

// View is a value inside a buffer: all of it, a slice of its channels, or a grid of its positions.
type View struct {
	buffer  *Buffer
	channel int
	grid    grid
	Shape   model.Shape
}

// Buffer is the piece of the arena that holds the value.
func (v View) Buffer() *Buffer { b, _, _ := v.root(); return b }

// Channel is the index of the value's first channel in its buffer, a multiple of the layout's block.
func (v View) Channel() int { _, c, _ := v.root(); return c }

func (v View) root() (*Buffer, int, grid) {
	b, c, g := v.buffer, v.channel, v.grid
	for b.parent != nil {
		c += b.channel
		g = b.grid.of(g)
		b = b.parent
	}
	return b, c, g
}

// Layout is how the value lies from its Start on; the distances are those of the whole buffer. Of a grid of
// positions, what lies behind the last one counts as halo.
func (v View) Layout() spec.Layout {
	b, _, g := v.root()
	layout := b.Layout
	layout.Shape, layout.Gap = v.Shape, g.gap
	layout.HaloEnd = [3]int{}
	within := layout.Extent()
	for i, size := range b.Layout.Extent() {
		layout.HaloEnd[i] = size - within[i]
	}
	return layout
}

// Start is the index of the view's first value in the arena, that is, the leading corner of the halo
// of its first channel block; of a grid, as far behind that corner as the grid begins.
func (v View) Start() int64 {
	b, c, g := v.root()
	block, _, _, _ := b.Layout.Strides()
	return b.Offset/int64(b.ValueBytes) + int64(c/b.Layout.Block)*int64(block) + int64(b.Layout.Place(g.begin))
}

// on is the view of a grid of the value's positions.
func (v View) on(g grid, s model.Shape) View {
	v.grid, v.Shape = v.grid.of(g), s
	return v
}

// arrangement says where the values live, before offsets are known.
type arrangement struct {
	views   map[string]View
	buffers []*Buffer // those without a parent
	// copies lists, per concatenation or interleaving, the inputs that could not be written in place.
	copies map[*Operation][]copied
}

// copied is an input that a copy brings to its place: its channels in a concatenation; in an interleaving
// of the slices of one input, the phase whose slice begins at a channel.
type copied struct {
	input   int
	channel int
	phase   int
}

// arrange gives every value of the graph a buffer with the layout and halo that its readers want.
func arrange(l *Lowered, info isa.Info) *arrangement {
	lanes := info.Lanes
	a := &arrangement{views: map[string]View{}, copies: map[*Operation][]copied{}}
	var all []*Buffer
	add := func(value string, block int) {
		b := &Buffer{Value: value, ValueBytes: info.DataType.Bytes(), Layout: spec.Layout{Shape: l.Shapes[value], Block: block}}
		all = append(all, b)
		a.views[value] = View{buffer: b, Shape: l.Shapes[value]}
	}
	add(l.Input, inputBlock(l, lanes))
	for _, o := range l.Operations {
		add(o.Output, lanes)
		switch op := o.Op.(type) {
		case *model.Concat:
			a.join(o, lanes, all[0])
		case *model.Interleave:
			a.weave(l, o, op)
		}
	}
	for _, o := range l.Operations {
		c := o.Conv()
		if c == nil {
			continue
		}
		layout := &a.views[o.Inputs[0]].Buffer().Layout
		begin, end := o.Workload().Halo()
		for i := range begin {
			layout.HaloBegin[i] = max(layout.HaloBegin[i], begin[i])
			layout.HaloEnd[i] = max(layout.HaloEnd[i], end[i])
		}
	}
	for _, b := range all {
		if b.parent == nil {
			a.buffers = append(a.buffers, b)
		}
	}
	return a
}

// inputBlock keeps a network's input planar when it has fewer channels than a vector has lanes and
// only ordinary convolutions read it: blocks would be mostly padding.
func inputBlock(l *Lowered, lanes int) int {
	if l.Shapes[l.Input].C >= lanes || slices.Contains(l.Outputs, l.Input) {
		return lanes
	}
	for _, o := range l.Operations {
		for i, in := range o.Inputs {
			if in != l.Input {
				continue
			}
			if c := o.Conv(); c == nil || c.Groups != 1 || i != 0 {
				return lanes
			}
		}
	}
	return 1
}

// join lets the producers of a concatenation's inputs write into it where a slice starts at a whole
// block. The network's input stays by itself, and a value can be a slice of one buffer only: such
// inputs are copied.
//
// An in-place slice whose channels end inside a block shares that block with the next input. Its
// producer fills the block's other lanes with finite values before the copy puts the neighbour's
// channels there, so readers of the slice find something finite in its padded channels at any time.
func (a *arrangement) join(o *Operation, lanes int, input *Buffer) {
	whole := a.views[o.Output].buffer
	channel := 0
	for i, name := range o.Inputs {
		v := a.views[name]
		own := v.buffer != input && v.buffer.parent == nil && v.channel == 0 && v.Shape == v.buffer.Layout.Shape
		if own && channel%lanes == 0 {
			v.buffer.parent, v.buffer.channel = whole, channel
		} else {
			a.copies[o] = append(a.copies[o], copied{input: i, channel: channel})
		}
		channel += v.Shape.C
	}
}

// weave lets the convolutions that make the phases of an interleaving write their positions of it; kernels
// store rows and columns at any distance. Other operators do not, and other readers would find gaps: such
// inputs are copied.
func (a *arrangement) weave(l *Lowered, o *Operation, op *model.Interleave) {
	whole := a.views[o.Output].buffer
	if len(o.Inputs) == 1 {
		for p := range op.Phases() {
			a.copies[o] = append(a.copies[o], copied{channel: p * o.Out.C, phase: p})
		}
		return
	}
	for p, name := range o.Inputs {
		v := a.views[name]
		maker, readers := l.of(name)
		if maker != nil && maker.Conv() != nil && readers == 1 && v.buffer.parent == nil {
			v.buffer.parent, v.buffer.grid = whole, phaseGrid(op, p)
		} else {
			a.copies[o] = append(a.copies[o], copied{input: p, phase: p})
		}
	}
}

// phaseGrid are the positions of a phase.
func phaseGrid(op *model.Interleave, phase int) grid {
	g := grid{begin: op.Phase(phase)}
	for i, step := range op.Step {
		g.gap[i] = step - 1
	}
	return g
}
