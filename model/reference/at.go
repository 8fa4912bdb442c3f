package reference

import (
	"fmt"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// At computes one value of a convolution's output (index in row-major C, D, H, W) from its input
// (shape in, row-major) without computing the rest. It panics where Infer would refuse the shape or
// index lies outside the output, since its callers have planned both.
func At[T float32 | float64](c *model.Conv, in model.Shape, input []T, index int) float64 {
	o, err := c.Infer([]model.Shape{in})
	if err != nil {
		panic(fmt.Sprintf("compute one convolution output: %v", err))
	}
	if index < 0 || index >= o.Count() || len(input) != in.Count() {
		panic(fmt.Sprintf("compute one convolution output: index %d of %s from %d values of %s", index, o, len(input), in))
	}
	w, h := index%o.W, index/o.W%o.H
	d, m := index/(o.W*o.H)%o.D, index/(o.W*o.H*o.D)
	channels := c.Channels / c.Groups
	group := m / (c.Filters / c.Groups)
	sum := 0.0
	if c.Bias != nil {
		sum = float64(c.Bias[m])
	}
	weight := m * channels * c.Positions()
	for n := range channels {
		for kd := range c.Kernel[0] {
			for kh := range c.Kernel[1] {
				for kw := range c.Kernel[2] {
					z := d*c.Stride[0] + kd*c.Dilation[0] - c.PadBegin[0]
					y := h*c.Stride[1] + kh*c.Dilation[1] - c.PadBegin[1]
					x := w*c.Stride[2] + kw*c.Dilation[2] - c.PadBegin[2]
					if z >= 0 && z < in.D && y >= 0 && y < in.H && x >= 0 && x < in.W {
						i := (((group*channels+n)*in.D+z)*in.H+y)*in.W + x
						sum += float64(c.Weight[weight]) * float64(input[i])
					}
					weight++
				}
			}
		}
	}
	return sum
}
