package pack

import (
	"fmt"

	"github.com/rt3d-tune/rt3d-tune/kernels/conv"
	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
)

// entry is one element of the kept list: channels channel … channel + UnrollChannels − 1 at a kernel
// position.
type entry struct {
	channel  int
	position [3]int
}

// layer is a kernel with the layer that it runs.
type layer struct {
	weightType spec.DataType
	kernel     conv.Kernel
	nest       conv.Nest
	conv       *model.Conv
}

// newLayer refuses a layer that is not the kernel's workload.
func newLayer(k conv.Kernel, info isa.Info, c *model.Conv) (*layer, error) {
	if err := conv.Check(info, k); err != nil {
		return nil, err
	}
	w := k.Workload
	if got := spec.WorkloadOf(c, k.Input.Shape, w.Epilogue).In(info.DataType); got != w {
		return nil, fmt.Errorf("pack weights: the layer is %s, the kernel runs %s", got.Name(), w.Name())
	}
	if len(c.Weight) != c.WeightCount() || c.Bias != nil && len(c.Bias) != c.Filters {
		return nil, fmt.Errorf("pack weights of %s: %d weights and %d biases: want %d and %d or no", w.Name(), len(c.Weight), len(c.Bias), c.WeightCount(), c.Filters)
	}
	if m := c.Mask; m != nil {
		if m.Filters != c.Filters || m.Channels != c.Channels/c.Groups || m.Positions != c.Positions() || m.GM < 1 || m.GN < 1 || len(m.Kept) != m.Units() {
			return nil, fmt.Errorf("pack weights of %s: the mask is for %d filters, %d channels, %d positions in groups of %dx%d and has %d units", w.Name(), m.Filters, m.Channels, m.Positions, m.GM, m.GN, len(m.Kept))
		}
	}
	return &layer{weightType: k.Workload.WeightType(), kernel: k, nest: conv.NestOf(info, k), conv: c}, nil
}

// filters gives the range of filters of a filter block that exist.
func (l *layer) filters(block int) (first, last int) {
	first = l.nest.FirstVector(block) * l.nest.Lanes
	return first, min(first+l.nest.FilterVectors(block)*l.nest.Lanes, l.conv.Filters)
}

// list gives the entries of a filter block and channel block in the order in which they run, cut into
// the segments of conv.Clip.
func (l *layer) list(filterBlock, channelBlock int) [][]entry {
	step, first := l.kernel.Schedule.UnrollChannels, channelBlock*l.nest.ChannelBlock
	last := min(first+l.nest.ChannelBlock, l.conv.Channels)
	if l.kernel.Schedule.Algorithm == spec.Depthwise {
		// The only "group" of channels is the vector itself.
		first, last = filterBlock*l.nest.Lanes, filterBlock*l.nest.Lanes+1
	}
	list := make([][]entry, l.nest.Clip.Segments)
	segment, clipped := 0, !l.nest.Clip.Whole
	kernel := l.conv.Kernel
	for _, class := range l.nest.Clip.Columns {
		for d := range kernel[0] {
			for h := range kernel[1] {
				for n := first; n < last; n += step {
					for _, w := range class.Columns {
						if e := (entry{n, [3]int{d, h, w}}); l.keeps(filterBlock, e) {
							list[segment] = append(list[segment], e)
						}
					}
				}
				if clipped {
					segment++
				}
			}
		}
	}
	return list
}

// keeps tells whether the mask keeps any weight of an entry in a filter block.
func (l *layer) keeps(filterBlock int, e entry) bool {
	first, last := l.filters(filterBlock)
	for f := first; f < last; f++ {
		for j := range l.kernel.Schedule.UnrollChannels {
			if i, ok := l.weight(f, e, j); ok && l.kept(f, i) {
				return true
			}
		}
	}
	return false
}

func (l *layer) kept(filter, index int) bool {
	if l.conv.Mask == nil {
		return true
	}
	k := l.conv.Positions()
	n := index / k % (l.conv.Channels / l.conv.Groups)
	return l.conv.Mask.Keeps(filter, n, index%k)
}

// weight is the index in model.Conv.Weight of channel j of an entry for a filter; false where the
// filter's convolution group has no such channel.
func (l *layer) weight(filter int, e entry, j int) (int, bool) {
	c := l.conv
	perGroup := c.Channels / c.Groups
	channel := e.channel + j
	if l.kernel.Schedule.Algorithm == spec.Depthwise {
		channel = filter
	}
	if channel >= c.Channels || channel/perGroup != filter/(c.Filters/c.Groups) {
		return 0, false
	}
	position := (e.position[0]*c.Kernel[1]+e.position[1])*c.Kernel[2] + e.position[2]
	return (filter*perGroup+channel%perGroup)*c.Positions() + position, true
}
