package pack

import (
	"encoding/binary"
	"fmt"

	"github.com/rt3d-tune/rt3d-tune/kernels/conv"
	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/model"
)

// Unpack reads the weights W[M][N/Groups][Kd][Kh][Kw] and biases back from a section; what is not in
// the kept list is zero. Only the shape of c matters.
func Unpack(k conv.Kernel, info isa.Info, c *model.Conv, data []byte) (weight, bias []float32, err error) {
	l, err := newLayer(k, info, c)
	if err != nil {
		return nil, nil, err
	}
	h, err := readHeader(l, data)
	if err != nil {
		return nil, nil, fmt.Errorf("unpack weights of %s: %w", k.Workload.Name(), err)
	}
	weight = make([]float32, c.WeightCount())
	bias = readFloats(data[h.bias:], c.Filters)
	for i := range l.nest.FilterBlocks * l.nest.ChannelBlocks {
		f, channelBlock := l.blockAt(i)
		record := data[h.blocks+blockBytes(l.nest)*int64(i):]
		start, at := int64(word(record)), h.weights+int64(word(record[4:]))*int64(l.nest.Lanes*l.weightType.Bytes())
		first, last := l.filters(f)
		width := l.nest.FilterVectors(f) * l.nest.Lanes
		for segment := range l.nest.Clip.Segments {
			positions := l.positionsByOffset(f, channelBlock, segment)
			begin, end := int64(word(record[8+4*segment:])), int64(word(record[12+4*segment:]))
			for n := start + begin; n < start+end; n++ {
				offset := int(int32(word(data[h.offsets+4*n:])))
				e, ok := positions[offset]
				if !ok {
					return nil, nil, fmt.Errorf("unpack weights of %s: entry %d has offset %d, which is no channel and kernel position", k.Workload.Name(), n, offset)
				}
				for j := range l.kernel.Schedule.UnrollChannels {
					values := readValues(data[at:], width, l.weightType)
					at += int64(width * l.weightType.Bytes())
					for m := first; m < last; m++ {
						if index, ok := l.weight(m, e, j); ok {
							weight[index] = values[m-first]
						}
					}
				}
			}
		}
	}
	return weight, bias, nil
}

// positionsByOffset inverts conv.EntryOffset within a segment of a block, where each offset is one
// channel and position.
func (l *layer) positionsByOffset(filterBlock, channelBlock, segment int) map[int]entry {
	all := *l.conv
	all.Mask = nil
	whole := *l
	whole.conv = &all
	inverse := map[int]entry{}
	for _, e := range whole.list(filterBlock, channelBlock)[segment] {
		inverse[conv.EntryOffset(l.kernel, e.channel, e.position)] = e
	}
	return inverse
}

func readHeader(l *layer, data []byte) (layout, error) {
	if len(data) < headerBytes {
		return layout{}, fmt.Errorf("%d bytes: want a header of %d", len(data), headerBytes)
	}
	if m, v := word(data), word(data[4:]); m != Magic || v != Version {
		return layout{}, fmt.Errorf("magic %#x, version %d: want %#x, %d", m, v, Magic, Version)
	}
	if f, c := int(word(data[8:])), int(word(data[12:])); f != l.nest.FilterBlocks || c != l.nest.ChannelBlocks {
		return layout{}, fmt.Errorf("%d filter blocks and %d channel blocks: want %d and %d", f, c, l.nest.FilterBlocks, l.nest.ChannelBlocks)
	}
	p, total := places(l, int64(word(data[36:])), int64(word(data[40:])))
	found := layout{int64(word(data[16:])), int64(word(data[20:])), int64(word(data[24:])), int64(word(data[28:]))}
	if p != found || total != int64(word(data[32:])) || total > int64(len(data)) {
		return layout{}, fmt.Errorf("parts at %+v in %d bytes: want %+v in %d", found, len(data), p, total)
	}
	return p, nil
}

func word(data []byte) uint32 { return binary.LittleEndian.Uint32(data) }
