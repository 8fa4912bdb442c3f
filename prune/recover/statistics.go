package recover

import (
	"context"
	"fmt"
	"math"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// Mode says how much is won back.
type Mode string

// The modes.
const (
	None Mode = "none"
	// Bias shifts each filter so that its mean output is the dense network's.
	Bias Mode = "bias"
	// BatchNorm rescales and shifts each filter so that mean and deviation are the dense network's;
	// fully connected layers, which have no BatchNorm, are shifted only.
	BatchNorm Mode = "batchnorm"
)

// ParseMode reads a mode's name.
func ParseMode(name string) (Mode, error) {
	switch m := Mode(name); m {
	case None, Bias, BatchNorm:
		return m, nil
	}
	return "", fmt.Errorf("recovery %q: want none, bias or batchnorm", name)
}

// moments of each filter's outputs over clips and positions.
type moments struct{ mean, deviation []float64 }

func measure(s model.Shape, outputs [][]float32) moments {
	m := moments{make([]float64, s.C), make([]float64, s.C)}
	plane := s.D * s.H * s.W
	count := float64(plane * len(outputs))
	for c := range m.mean {
		sum, squares := 0.0, 0.0
		for _, out := range outputs {
			for _, v := range out[c*plane : (c+1)*plane] {
				sum += float64(v)
				squares += float64(v) * float64(v)
			}
		}
		m.mean[c] = sum / count
		m.deviation[c] = math.Sqrt(math.Max(0, squares/count-m.mean[c]*m.mean[c]))
	}
	return m
}

// Statistics are the dense network's moments on the calibration clips. They are measured once and
// serve every pruned version of the network.
type Statistics struct {
	clips [][]float32
	exec  Executor
	layer map[string]moments
}

// Measure runs the dense network on the clips (row-major C, D, H, W each; at least one).
func Measure(ctx context.Context, exec Executor, dense *model.Graph, clips [][]float32) (*Statistics, error) {
	if len(clips) == 0 {
		return nil, fmt.Errorf("calibrate %s: no clips given; at least 1 is needed, 8 or more are advised", dense.Name)
	}
	s := &Statistics{clips: clips, exec: exec, layer: map[string]moments{}}
	err := walk(ctx, exec, dense, clips, func(n *model.Node, shape model.Shape, outputs [][]float32) error {
		s.layer[n.Name] = measure(shape, outputs)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// maxRescale bounds how far a filter is rescaled: one whose output has nearly died would otherwise
// have its noise blown up.
const maxRescale = 4

// Restore corrects the convolutions of pruned, a pruned copy of the network that was measured, in
// place. Kept weights are rescaled per filter at most; zeros stay zeros.
func (s *Statistics) Restore(ctx context.Context, pruned *model.Graph, mode Mode) error {
	if mode == None {
		return nil
	}
	touched := false
	return walk(ctx, s.exec, pruned, s.clips, func(n *model.Node, shape model.Shape, outputs [][]float32) error {
		want, ok := s.layer[n.Name]
		if !ok {
			return fmt.Errorf("the dense network has no such layer")
		}
		c := n.Op.(*model.Conv)
		// Layers in front of the first pruned one compute what they did before.
		if touched = touched || c.Mask != nil; !touched {
			return nil
		}
		rescale(c, shape, outputs, measure(shape, outputs), want, mode == BatchNorm && !c.FullyConnected)
		return nil
	})
}

// rescale gives each filter the wanted mean, and deviation too where scale is set, in the convolution
// and in the outputs that were computed with it.
func rescale(c *model.Conv, shape model.Shape, outputs [][]float32, have, want moments, scale bool) {
	if c.Bias == nil {
		c.Bias = make([]float32, c.Filters)
	}
	perFilter := len(c.Weight) / c.Filters
	plane := shape.D * shape.H * shape.W
	for f := range c.Bias {
		factor := 1.0
		if scale && have.deviation[f] > 0 && want.deviation[f] > 0 {
			factor = math.Min(maxRescale, math.Max(1.0/maxRescale, want.deviation[f]/have.deviation[f]))
		}
		shift := want.mean[f] - factor*have.mean[f]
		for i := f * perFilter; i < (f+1)*perFilter; i++ {
			c.Weight[i] = float32(factor * float64(c.Weight[i]))
		}
		c.Bias[f] = float32(factor*float64(c.Bias[f]) + shift)
		for _, out := range outputs {
			channel := out[f*plane : (f+1)*plane]
			for i, v := range channel {
				channel[i] = float32(factor*float64(v) + shift)
			}
		}
	}
}
