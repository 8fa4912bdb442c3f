package recover

import (
	"context"
	"fmt"
	"math"

	"github.com/rt3d-tune/rt3d-tune/model"
)

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

// Options of a recovery. The zero value has defaults.
type Options struct {
	// Memory that activations and Gram matrices may take, in bytes; 0: 2 GiB. Fewer clips are used, and
	// fewer channels of a layer fitted together, where it does not suffice.
	Memory int64
	// Apart fits each layer on what the dense network's layer reads, rather than on what those before it
	// in the pruned network have left. It is hardly worse, and many pruned versions of one network take
	// little longer than one.
	Apart bool
	// Progress is told of each step of a reconstruction; nil: nobody looks.
	Progress func(Progress)
}

// defaultMemory in bytes.
const defaultMemory = 2 << 30

// Statistics are the dense network's moments on the calibration clips. They are measured once and
// serve every pruned version of the network.
type Statistics struct {
	dense    *model.Graph
	clips    [][]float32
	exec     Executor
	options  Options
	layer    map[string]moments // on all clips
	part     map[string]moments // on those that weights are fitted on
	outputs  [][]float32        // of the network
	apart    apart
	progress *progress
}

// InputError is a mistake in what a calibration was given: too few clips, values that are no numbers, too
// little memory.
type InputError struct{ problem string }

// Error implements error.
func (e *InputError) Error() string { return e.problem }

func inputErrorf(format string, args ...any) error { return &InputError{fmt.Sprintf(format, args...)} }

// Measure runs the dense network on the clips (row-major C, D, H, W each; at least one, all finite). What is
// wrong with them is an *InputError.
func Measure(ctx context.Context, exec Executor, dense *model.Graph, clips [][]float32, o Options) (*Statistics, error) {
	if len(clips) == 0 {
		return nil, inputErrorf("calibrate %s: no clips given; at least 1 is needed, 8 or more are advised", dense.Name)
	}
	for i, clip := range clips {
		for _, v := range clip {
			if v-v != 0 {
				return nil, inputErrorf("calibrate %s: clip %d holds %v; want finite numbers", dense.Name, i, v)
			}
		}
	}
	if o.Memory == 0 {
		o.Memory = defaultMemory
	}
	s := &Statistics{dense: dense, exec: exec, options: o, layer: map[string]moments{}, part: map[string]moments{}}
	var err error
	if s.clips, err = thatFit(dense, clips, o.Memory); err != nil {
		return nil, err
	}
	s.progress = newProgress(dense, o.Progress)
	s.outputs, err = walk(ctx, exec, dense, s.clips, func(n *model.Node, shape model.Shape, outputs [][]float32) error {
		s.layer[n.Name] = measure(shape, outputs)
		s.part[n.Name] = measure(shape, outputs[:s.seen()])
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Clips is how many of the clips are used: all that there is memory for.
func (s *Statistics) Clips() int { return len(s.clips) }

// maxRescale bounds how far a filter is rescaled: one whose output has nearly died would otherwise
// have its noise blown up.
const maxRescale = 4

// renormalise gives each filter of pruned, from the first pruned layer on, the dense network's mean, and its
// deviation where scale is set, on all clips or on those alone that weights are fitted on. It gives the
// network's outputs.
func (s *Statistics) renormalise(ctx context.Context, pruned *model.Graph, scale, all bool) ([][]float32, error) {
	touched := false
	return walk(ctx, s.exec, pruned, s.clips, func(n *model.Node, shape model.Shape, outputs [][]float32) error {
		if _, ok := s.layer[n.Name]; !ok {
			return fmt.Errorf("the dense network has no such layer")
		}
		c := n.Op.(*model.Conv)
		// Layers in front of the first pruned one compute what they did before.
		if touched = touched || c.Mask != nil; !touched {
			return nil
		}
		s.adjust(n.Name, c, shape, outputs, scale, all)
		return nil
	})
}

// adjust renormalises one convolution and its outputs.
func (s *Statistics) adjust(name string, c *model.Conv, shape model.Shape, outputs [][]float32, scale, all bool) {
	want, seen := s.layer, outputs
	if !all {
		want, seen = s.part, outputs[:s.seen()]
	}
	rescale(c, shape, outputs, measure(shape, seen), want[name], scale && !c.FullyConnected)
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

// scaleToFit gives each filter the scale, and the mean, at which its outputs come closest to the wanted ones
// on the clips that are seen, in the convolution and in all outputs. Rescaling alone then wins nothing more,
// and what other weights win is what BatchNorm cannot.
func scaleToFit(c *model.Conv, shape model.Shape, outputs, want [][]float32, seen int) {
	have, aim := measure(shape, outputs[:seen]), measure(shape, want[:seen])
	plane := shape.D * shape.H * shape.W
	for f := range aim.deviation {
		products := 0.0
		for i := range seen {
			for j := f * plane; j < (f+1)*plane; j++ {
				products += (float64(outputs[i][j]) - have.mean[f]) * (float64(want[i][j]) - aim.mean[f])
			}
		}
		aim.deviation[f] = 0
		if have.deviation[f] > 0 { // the deviation wanted times the correlation
			aim.deviation[f] = math.Max(0, products/float64(plane*seen)/have.deviation[f])
		}
	}
	rescale(c, shape, outputs, have, aim, true)
}
