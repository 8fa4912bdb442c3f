package zoo

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"sync"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// moments are the expected mean and variance of an activation's values, followed through the network
// so that each layer's weights can be scaled to give outputs of variance 1 (He et al., ICCV 2015,
// with the true input variance in place of one half).
type moments struct{ mean, variance float64 }

// rectified are the moments of max(x, 0) for normally distributed x.
func (m moments) rectified() moments {
	s := math.Sqrt(m.variance)
	z := m.mean / s
	density := math.Exp(-z*z/2) / math.Sqrt(2*math.Pi)
	below := .5 * math.Erfc(-z/math.Sqrt2)
	mean := m.mean*below + s*density
	square := (m.mean*m.mean+m.variance)*below + m.mean*s*density
	return moments{mean, square - mean*mean}
}

// largest estimates the moments of the maximum over a window of n values. Neighbours are correlated,
// so that a window counts as about the square root of its size in independent values.
func (m moments) largest(n int) moments {
	s := math.Sqrt(m.variance)
	independent := math.Sqrt(float64(n))
	return moments{m.mean + s*math.Sqrt(math.Log(independent)), m.variance}
}

// averaged estimates the moments of the mean over n values, of which about the square root is
// independent.
func (m moments) averaged(n int) moments {
	return moments{m.mean, m.variance / math.Sqrt(float64(n))}
}

func (m moments) plus(o moments) moments {
	return moments{m.mean + o.mean, m.variance + o.variance}
}

// constantShare is the variance that the mean of a layer's input gives its output, as a share of what
// the input's variation gives. With none, as BatchNormalization has it, a random ReLU network amplifies
// every rounding error by about 1.2 per layer, and a deep one could not be compared in float32; with
// all, a deep network gives nearly the same output for every input.
const constantShare = .1

// scaling is how a layer's weights are drawn: their standard deviation, and the share of a filter's
// mean weight that is taken off.
type scaling struct{ deviation, centred float64 }

// scalingFor gives outputs of variance 1 from fanIn inputs.
func scalingFor(fanIn int, in moments) scaling {
	left := 1.0 // of the mean weight, and so of the input's mean
	if in.mean != 0 {
		left = min(1, math.Sqrt(constantShare*in.variance)/math.Abs(in.mean))
	}
	variance := in.variance + left*left*in.mean*in.mean
	return scaling{1 / math.Sqrt(float64(fanIn)*variance), 1 - left}
}

// fill draws all weights. Each layer has a random stream of its own, made from the seed and its name,
// so that the layers can be drawn side by side.
func (b *builder) fill(seed uint64) {
	var wg sync.WaitGroup
	for _, n := range b.g.Convs() {
		wg.Go(func() {
			h := fnv.New64a()
			h.Write([]byte(n.Name))
			r := rand.New(rand.NewPCG(seed, h.Sum64()))
			draw(n.Op.(*model.Conv), r, b.scaling[n.Name], b.normalized[n.Name])
		})
	}
	wg.Wait()
}

// draw fills one layer with normal weights and a small bias. With a BatchNormalization folded in, each
// filter also has the factor that its learned scale would leave.
func draw(c *model.Conv, r *rand.Rand, s scaling, normalized bool) {
	c.Weight, c.Bias = make([]float32, c.WeightCount()), make([]float32, c.Filters)
	fanIn := len(c.Weight) / c.Filters
	row := make([]float64, fanIn)
	for f := range c.Filters {
		scale := s.deviation
		if normalized {
			scale *= .8 + .4*r.Float64()
		}
		mean := 0.0
		for i := range row {
			row[i] = r.NormFloat64()
			mean += row[i] / float64(fanIn)
		}
		for i, w := range row {
			c.Weight[f*fanIn+i] = float32(scale * (w - s.centred*mean))
		}
		c.Bias[f] = float32(.1 * r.NormFloat64())
	}
}
