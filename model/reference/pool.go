package reference

import (
	"fmt"
	"math"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// span is the part of a pooling window inside the input along one axis, [begin, end), and the length
// of its part inside the padded input.
type span struct{ begin, end, padded int }

// spans lists the windows along one axis.
func spans(in, out, kernel, stride, padBegin, padEnd int) []span {
	windows := make([]span, out)
	for i := range windows {
		start := i*stride - padBegin
		end := min(start+kernel, in+padEnd)
		windows[i] = span{begin: max(start, 0), end: min(end, in), padded: end - start}
	}
	return windows
}

func pool(p *model.Pool, s model.Shape, x []float64, o model.Shape, out []float64) error {
	if p.Function != model.MaxPool && p.Function != model.AveragePool {
		return fmt.Errorf("pooling function %q is unknown", p.Function)
	}
	ds := spans(s.D, o.D, p.Kernel[0], p.Stride[0], p.PadBegin[0], p.PadEnd[0])
	hs := spans(s.H, o.H, p.Kernel[1], p.Stride[1], p.PadBegin[1], p.PadEnd[1])
	ws := spans(s.W, o.W, p.Kernel[2], p.Stride[2], p.PadBegin[2], p.PadEnd[2])
	parallel(o.C, func(c int) {
		i := c * o.D * o.H * o.W
		for _, d := range ds {
			for _, h := range hs {
				for _, w := range ws {
					out[i] = window(p, x[c*s.D*s.H*s.W:], s, d, h, w)
					i++
				}
			}
		}
	})
	return nil
}

// window reduces one window of one channel.
func window(p *model.Pool, x []float64, s model.Shape, d, h, w span) float64 {
	top, sum, count := math.Inf(-1), 0.0, 0
	for z := d.begin; z < d.end; z++ {
		for y := h.begin; y < h.end; y++ {
			for _, v := range x[(z*s.H+y)*s.W+w.begin : (z*s.H+y)*s.W+w.end] {
				top = max(top, v)
				sum += v
				count++
			}
		}
	}
	if p.Function == model.MaxPool {
		return top
	}
	if p.CountPad {
		count = d.padded * h.padded * w.padded
	}
	return sum / float64(count)
}

func globalAverage(s model.Shape, x, out []float64) {
	plane := s.D * s.H * s.W
	for c := range s.C {
		sum := 0.0
		for _, v := range x[c*plane : (c+1)*plane] {
			sum += v
		}
		out[c] = sum / float64(plane)
	}
}
