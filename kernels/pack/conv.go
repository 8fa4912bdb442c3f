package pack

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/rt3d-tune/rt3d-tune/kernels/conv"
	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/model"
)

// Magic and Version of a section, as in rt3d_common.h.
const (
	Magic   = 0x4b443352 // "R3DK"
	Version = 2
)

// Alignment in bytes of a section and of its parts.
const Alignment = 64

// headerBytes is the size of a section's header.
const headerBytes = 64

// Stats says what a packed layer costs.
type Stats struct {
	// Entries of the kept lists, all filter blocks together; a Winograd kernel has no such list.
	Entries int64
	// KeptMACs are the products of the weights that the mask keeps, products with padding counted.
	KeptMACs int64
	// ExecutedMACs are those that the kernel runs: whole entries of whole vectors.
	ExecutedMACs int64
	// Bytes of the section.
	Bytes int64
}

// section is a packed layer before it is written.
type section struct {
	bias    []float32
	blocks  []block
	offsets []int32
	weights []float32
}

// block is one row of the table of blocks.
type block struct {
	first   int32
	weights uint32
	// starts of the segments counted from first, and the end of the last one.
	starts []int32
}

// Conv packs a layer for its kernel.
func Conv(k conv.Kernel, info isa.Info, c *model.Conv) ([]byte, error) {
	l, err := newLayer(k, info, c)
	if err != nil {
		return nil, err
	}
	if k.Schedule.Algorithm.Winograd() {
		return l.winogradBytes(info)
	}
	s := l.pack()
	return s.bytes(l)
}

// Measure counts what a packed layer costs, without packing its weights.
func Measure(k conv.Kernel, info isa.Info, c *model.Conv) (Stats, error) {
	l, err := newLayer(k, info, c)
	if err != nil {
		return Stats{}, err
	}
	out := k.Workload.Output()
	positions := int64(out[0]) * int64(out[1]) * int64(out[2])
	s := Stats{KeptMACs: int64(c.WeightCount()) * positions}
	if c.Mask != nil {
		s.KeptMACs = int64(c.Mask.KeptWeights()) * positions
	}
	if k.Schedule.Algorithm.Winograd() {
		g := conv.WinogradOf(info, k)
		s.ExecutedMACs = winogradMACs(g, k.Workload, info.Lanes)
		_, s.Bytes = winogradPlaces(g, info.Lanes)
		return s, nil
	}
	vectors := int64(0)
	for f := range l.nest.FilterBlocks {
		for n := range l.nest.ChannelBlocks {
			entries := int64(0)
			for _, segment := range l.list(f, n) {
				entries += int64(len(segment))
			}
			s.Entries += entries
			vectors += entries * int64(l.nest.WeightVectors*l.nest.FilterVectors(f))
		}
	}
	s.ExecutedMACs = vectors * int64(info.Lanes) * positions
	_, s.Bytes = places(l, s.Entries, vectors)
	return s, nil
}

// pack fills the section block by block, in the order in which blocks run.
func (l *layer) pack() *section {
	n := l.nest
	s := &section{blocks: make([]block, n.FilterBlocks*n.ChannelBlocks)}
	s.bias = make([]float32, n.Vectors()*n.Lanes)
	copy(s.bias, l.conv.Bias)
	for i := range s.blocks {
		f, c := l.blockAt(i)
		s.blocks[i].first = int32(len(s.offsets))
		s.blocks[i].weights = uint32(len(s.weights) / n.Lanes)
		for _, segment := range l.list(f, c) {
			s.blocks[i].starts = append(s.blocks[i].starts, int32(len(s.offsets))-s.blocks[i].first)
			for _, e := range segment {
				s.offsets = append(s.offsets, int32(conv.EntryOffset(l.kernel, e.channel, e.position)))
				s.weights = l.appendWeights(s.weights, f, e)
			}
		}
		s.blocks[i].starts = append(s.blocks[i].starts, int32(len(s.offsets))-s.blocks[i].first)
	}
	return s
}

// blockAt inverts conv.Nest.BlockIndex.
func (l *layer) blockAt(index int) (filterBlock, channelBlock int) {
	n := l.nest
	if n.BlockIndex(l.kernel.Schedule.Order, 1, 0) == 1 && n.FilterBlocks > 1 {
		return index % n.FilterBlocks, index / n.FilterBlocks
	}
	return index / n.ChannelBlocks, index % n.ChannelBlocks
}

// appendWeights appends UnrollChannels × filter vectors; what does not exist or is not kept is zero.
func (l *layer) appendWeights(weights []float32, filterBlock int, e entry) []float32 {
	first, last := l.filters(filterBlock)
	width := l.nest.FilterVectors(filterBlock) * l.nest.Lanes
	for j := range l.kernel.Schedule.UnrollChannels {
		start := len(weights)
		weights = append(weights, make([]float32, width)...)
		for f := first; f < last; f++ {
			if i, ok := l.weight(f, e, j); ok && l.kept(f, i) {
				weights[start+f-first] = l.conv.Weight[i]
			}
		}
	}
	return weights
}

// layout is where the parts of a section start, in bytes.
type layout struct{ bias, blocks, offsets, weights int64 }

// blockBytes is the size of a row of the table of blocks.
func blockBytes(n conv.Nest) int64 { return 4 * int64(n.Clip.BlockWords()) }

func places(l *layer, entries, weightVectors int64) (layout, int64) {
	n := l.nest
	align := func(at int64) int64 { return (at + Alignment - 1) / Alignment * Alignment }
	var p layout
	p.bias = headerBytes
	p.blocks = align(p.bias + 4*int64(n.Vectors()*n.Lanes))
	p.offsets = align(p.blocks + blockBytes(n)*int64(n.FilterBlocks)*int64(n.ChannelBlocks))
	p.weights = align(p.offsets + 4*entries)
	return p, align(p.weights + weightVectors*int64(n.Lanes*l.weightType.Bytes()))
}

func (s *section) bytes(l *layer) ([]byte, error) {
	vectors := int64(len(s.weights) / l.nest.Lanes)
	p, total := places(l, int64(len(s.offsets)), vectors)
	if total > math.MaxUint32 || len(s.offsets) > math.MaxInt32 {
		return nil, fmt.Errorf("pack weights of %s: %d bytes and %d entries: a section has at most %d and %d",
			l.kernel.Workload.Name(), total, len(s.offsets), uint32(math.MaxUint32), math.MaxInt32)
	}
	out := make([]byte, total)
	le := binary.LittleEndian
	for i, v := range []uint32{Magic, Version, uint32(l.nest.FilterBlocks), uint32(l.nest.ChannelBlocks),
		uint32(p.bias), uint32(p.blocks), uint32(p.offsets), uint32(p.weights), uint32(total),
		uint32(len(s.offsets)), uint32(vectors)} {
		le.PutUint32(out[4*i:], v)
	}
	putFloats(out[p.bias:], s.bias)
	for i, b := range s.blocks {
		at := out[p.blocks+blockBytes(l.nest)*int64(i):]
		le.PutUint32(at, uint32(b.first))
		le.PutUint32(at[4:], b.weights)
		for k, start := range b.starts {
			le.PutUint32(at[8+4*k:], uint32(start))
		}
	}
	for i, o := range s.offsets {
		le.PutUint32(out[p.offsets+4*int64(i):], uint32(o))
	}
	putValues(out[p.weights:], s.weights, l.weightType)
	return out, nil
}
