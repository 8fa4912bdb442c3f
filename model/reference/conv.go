package reference

import (
	"github.com/rt3d-tune/rt3d-tune/model"
)

// lanes is the number of filters, and tile the number of output positions, whose sums are held in
// registers together. Each sum still adds its products one by one in weight order.
const (
	lanes = 4
	tile  = 2
)

// tap is one (input channel, kernel position) with its weight in each filter of a block: the offset
// of its value from the window's first value.
type tap struct {
	offset int
	weight [lanes]float64
}

// convolve computes a convolution. The input is copied once into a volume that holds its padding, so
// that a tap is an offset and the inner loop knows no border.
func convolve(c *model.Conv, s model.Shape, x []float64, o model.Shape, out []float64) {
	padded := model.Shape{
		C: s.C, D: s.D + c.PadBegin[0] + c.PadEnd[0],
		H: s.H + c.PadBegin[1] + c.PadEnd[1], W: s.W + c.PadBegin[2] + c.PadEnd[2],
	}
	if padded != s {
		volume := make([]float64, padded.Count())
		embed(s, x, padded, c.PadBegin, volume)
		x = volume
	}
	bases := windowStarts(c, padded, o)
	perGroup := c.Filters / c.Groups
	blocks := (perGroup + lanes - 1) / lanes
	// Few filters: split the positions too, so that no core idles.
	parts := 1
	if n := c.Groups * blocks; n < 16 && len(bases) >= 64 {
		parts = (15 + n) / n
	}
	parallel(c.Groups*blocks*parts, func(job int) {
		part, block := job%parts, job/parts
		group, first := block/blocks, block%blocks*lanes
		first += group * perGroup
		count := min(lanes, (group+1)*perGroup-first)
		taps := blockTaps(c, padded, group, first, count)
		var bias [lanes]float64
		if c.Bias != nil {
			for i := range count {
				bias[i] = float64(c.Bias[first+i])
			}
		}
		begin, end := len(bases)*part/parts, len(bases)*(part+1)/parts
		sumBlock(taps, bias, x, bases, begin, end, out[first*len(bases):], count)
	})
}

// windowStarts lists, per output position, the index of its window's first value in channel 0.
func windowStarts(c *model.Conv, padded, o model.Shape) []int {
	starts := make([]int, 0, o.D*o.H*o.W)
	for d := range o.D {
		for h := range o.H {
			for w := range o.W {
				starts = append(starts, (d*c.Stride[0]*padded.H+h*c.Stride[1])*padded.W+w*c.Stride[2])
			}
		}
	}
	return starts
}

// blockTaps lists the taps of count filters from first on, without those that are zero in all.
func blockTaps(c *model.Conv, padded model.Shape, group, first, count int) []tap {
	channels, positions := c.Channels/c.Groups, c.Positions()
	taps := make([]tap, 0, channels*positions)
	for n := range channels {
		plane := (group*channels + n) * padded.D * padded.H * padded.W
		for k := range positions {
			var t tap
			some := false
			for i := range count {
				w := c.Weight[((first+i)*channels+n)*positions+k]
				t.weight[i] = float64(w)
				some = some || w != 0
			}
			if !some {
				continue
			}
			kw, kh, kd := k%c.Kernel[2], k/c.Kernel[2]%c.Kernel[1], k/(c.Kernel[2]*c.Kernel[1])
			t.offset = plane + (kd*c.Dilation[0]*padded.H+kh*c.Dilation[1])*padded.W + kw*c.Dilation[2]
			taps = append(taps, t)
		}
	}
	return taps
}

// sumBlock computes count filters at positions [begin, end) into out[filter][position].
func sumBlock(taps []tap, bias [lanes]float64, x []float64, bases []int, begin, end int, out []float64, count int) {
	for p := begin; p < end; p += tile {
		n := min(tile, end-p)
		// A last odd position is computed twice; the second result is not stored.
		sums := sumTile(taps, &bias, x[bases[p]:], x[bases[p+n-1]:])
		for j := range n {
			for i := range count {
				out[i*len(bases)+p+j] = sums[j][i]
			}
		}
	}
}

// sumTile computes all filters of a block at two positions, whose windows start at x0 and x1. Eight
// independent sums hide the latency of an addition.
func sumTile(taps []tap, bias *[lanes]float64, x0, x1 []float64) [tile][lanes]float64 {
	a0, a1, a2, a3 := bias[0], bias[1], bias[2], bias[3]
	b0, b1, b2, b3 := a0, a1, a2, a3
	for i := range taps {
		t := &taps[i]
		u, v := x0[t.offset], x1[t.offset]
		w := t.weight[0]
		a0 += w * u
		b0 += w * v
		w = t.weight[1]
		a1 += w * u
		b1 += w * v
		w = t.weight[2]
		a2 += w * u
		b2 += w * v
		w = t.weight[3]
		a3 += w * u
		b3 += w * v
	}
	return [tile][lanes]float64{{a0, a1, a2, a3}, {b0, b1, b2, b3}}
}
