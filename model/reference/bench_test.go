package reference

import (
	"math/rand/v2"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/model"
)

func BenchmarkConv(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	c := &model.Conv{Filters: 64, Channels: 64, Kernel: [3]int{3, 3, 3}, Stride: [3]int{1, 1, 1}, Dilation: [3]int{1, 1, 1},
		PadBegin: [3]int{1, 1, 1}, PadEnd: [3]int{1, 1, 1}, Groups: 1}
	c.Weight = make([]float32, c.WeightCount())
	for i := range c.Weight {
		c.Weight[i] = float32(r.NormFloat64())
	}
	s := model.Shape{C: 64, D: 8, H: 28, W: 28}
	x := make([]float64, s.Count())
	for i := range x {
		x[i] = r.NormFloat64()
	}
	o, err := c.Infer([]model.Shape{s})
	if err != nil {
		b.Fatal(err)
	}
	out := make([]float64, o.Count())
	for b.Loop() {
		convolve(c, s, x, o, out)
	}
	b.ReportMetric(float64(c.MACs(nil, o))*float64(b.N)/b.Elapsed().Seconds()/1e9, "GMAC/s")
}
