package network

import (
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

	parent  *Buffer // the concatenation that holds this buffer
	channel int     // first channel of this buffer in its parent
}

// Bytes that the buffer occupies, rounded up to the arena's alignment.
func (b *Buffer) Bytes() int64 {
	return (int64(b.Layout.Values()*b.ValueBytes) + alignment - 1) / alignment * alignment
}

// haloed tells whether any axis has a halo.
func (b *Buffer) haloed() bool {
	return b.Layout.HaloBegin != [3]int{} || b.Layout.HaloEnd != [3]int{}
}

// View is a value inside a buffer: all of it, or a slice of its channels.
type View struct {
	buffer  *Buffer
	channel int
	Shape   model.Shape
}

// Buffer is the piece of the arena that holds the value.
func (v View) Buffer() *Buffer { b, _ := v.root(); return b }

// Channel is the index of the value's first channel in its buffer, a multiple of the layout's block.
func (v View) Channel() int { _, c := v.root(); return c }

func (v View) root() (*Buffer, int) {
	b, c := v.buffer, v.channel
	for b.parent != nil {
		c += b.channel
		b = b.parent
	}
	return b, c
}

// Layout is how the value lies from its Start on; the distances are those of the whole buffer.
func (v View) Layout() spec.Layout {
	layout := v.Buffer().Layout
	layout.Shape = v.Shape
	return layout
}

// Start is the index of the view's first value in the arena, that is, the leading corner of the halo
// of its first channel block.
func (v View) Start() int64 {
	b, c := v.root()
	block, _, _, _ := b.Layout.Strides()
	return b.Offset/int64(b.ValueBytes) + int64(c/b.Layout.Block)*int64(block)
}

// arrangement says where the values live, before offsets are known.
type arrangement struct {
	views   map[string]View
	buffers []*Buffer // those without a parent
	// copies lists, per concatenation, the inputs that could not be written in place.
	copies map[*Operation][]copied
}

// copied is an input of a concatenation that a copy brings to its channels.
type copied struct {
	input   int
	channel int
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
		if _, ok := o.Op.(*model.Concat); ok {
			a.join(o, lanes, all[0])
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
	if l.Shapes[l.Input].C >= lanes || l.Output == l.Input {
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
