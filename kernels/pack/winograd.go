package pack

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/rt3d-tune/rt3d-tune/kernels/conv"
	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
)

// WinogradMagic and WinogradVersion of a section of transformed weights, as in rt3d_common.h.
const (
	WinogradMagic   = 0x57443352 // "R3DW"
	WinogradVersion = 1
)

// winogradPlaces are where the parts of a section of transformed weights start, in bytes, and how many
// bytes it has.
func winogradPlaces(g conv.Winograd, lanes int) (weights, total int64) {
	align := func(at int64) int64 { return (at + Alignment - 1) / Alignment * Alignment }
	weights = align(headerBytes + 4*int64(g.Biases()))
	return weights, align(weights + 4*int64(g.WeightVectors())*int64(lanes))
}

// winogradBytes packs a layer for a Winograd kernel: header, a bias for each filter in whole vectors, and
// the weights in the order in which the kernel reads them, [point][filter block][channel block][kernel
// depth][channel group][channel of the group][filter of the block]. Weights are transformed in float64
// and rounded once; those that the mask drops are zero before.
func (l *layer) winogradBytes(info isa.Info) ([]byte, error) {
	g := conv.WinogradOf(info, l.kernel)
	weights, total := winogradPlaces(g, info.Lanes)
	if total > math.MaxUint32 {
		return nil, fmt.Errorf("pack weights of %s: %d bytes: a section has at most %d", l.kernel.Workload.Name(), total, uint32(math.MaxUint32))
	}
	out := make([]byte, total)
	for i, v := range []uint32{WinogradMagic, WinogradVersion, uint32(g.Points), headerBytes, uint32(weights), uint32(total), uint32(g.Biases()), uint32(g.WeightVectors())} {
		binary.LittleEndian.PutUint32(out[4*i:], v)
	}
	putFloats(out[headerBytes:], l.conv.Bias)
	for filter := range l.conv.Filters {
		for channel := range l.conv.Channels {
			for depth := range g.Kernel {
				for point, v := range l.transformed(filter, channel, depth, g.Kernel) {
					at := weights + 4*int64(winogradIndex(g, l.kernel, point, filter, channel, depth))
					binary.LittleEndian.PutUint32(out[at:], math.Float32bits(float32(v)))
				}
			}
		}
	}
	return out, nil
}

// transformed brings the kernel of a filter and channel into the transform domain: the whole kernel, or
// one of its depths when a kernel accumulates `depths` of them.
func (l *layer) transformed(filter, channel, depth, depths int) []float64 {
	c := l.conv
	size := [3]int{c.Kernel[0] / depths, c.Kernel[1], c.Kernel[2]}
	count := size[0] * size[1] * size[2]
	values := make([]float64, count)
	first := (filter*c.Channels+channel)*c.Positions() + depth*count
	for i := range values {
		if l.kept(filter, first+i) {
			values[i] = float64(c.Weight[first+i])
		}
	}
	for axis, t := range conv.Transforms(l.kernel.Schedule.Algorithm) {
		if t != nil {
			values = alongAxis(t.Weight, values, size, axis)
			size[axis] = len(t.Weight)
		}
	}
	return values
}

// alongAxis multiplies a matrix with the lines of a box of values along one axis.
func alongAxis(matrix [][]float64, values []float64, size [3]int, axis int) []float64 {
	inner := 1
	for _, n := range size[axis+1:] {
		inner *= n
	}
	n, rows := size[axis], len(matrix)
	out := make([]float64, len(values)/n*rows)
	for line := range len(values) / n {
		outer, rest := line/inner, line%inner
		for r, factors := range matrix {
			sum := 0.0
			for k, f := range factors {
				sum += f * values[(outer*n+k)*inner+rest]
			}
			out[(outer*rows+r)*inner+rest] = sum
		}
	}
	return out
}

// winogradIndex is the place of a transformed weight, in floats.
func winogradIndex(g conv.Winograd, k conv.Kernel, point, filter, channel, depth int) int {
	n, unroll := g.Product, k.Schedule.UnrollChannels
	filterBlock, channelBlock := n.BlockOf(filter), channel/n.ChannelBlock
	group, inBlock := channel/unroll, (channel-channelBlock*n.ChannelBlock)/unroll
	groups := min(g.BlockGroups, g.Groups-(group-inBlock))
	// Entries before: of earlier points and filter blocks, of earlier channel blocks, in this one.
	before := (point*n.Vectors() + n.FirstVector(filterBlock)) * g.Kernel * g.Groups
	here := n.FilterVectors(filterBlock) * ((group-inBlock)*g.Kernel + depth*groups + inBlock)
	return ((before+here)*unroll+channel%unroll*n.FilterVectors(filterBlock)-n.FirstVector(filterBlock))*n.Lanes + filter
}

// winogradMACs are the products in the transform domain, whole vectors of whole groups on all tiles, for
// the depths of the kernel that do not fall on padding.
func winogradMACs(g conv.Winograd, w spec.Workload, lanes int) int64 {
	depths := g.Tiles[0]
	if g.Window[0] == 1 {
		depths = 0
		for d := range g.Tiles[0] {
			for k := range g.Kernel {
				if at := d + k - w.PadBegin[0]; at >= 0 && at < w.Input[0] {
					depths++
				}
			}
		}
	}
	perDepth := int64(g.WeightVectors()/g.Kernel) * int64(lanes) * int64(g.Tiles[1]) * int64(g.Tiles[2])
	return perDepth * int64(depths)
}
