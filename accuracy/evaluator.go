package accuracy

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"golang.org/x/sync/errgroup"

	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
)

// Network runs a graph on inputs (row-major C, D, H, W each) and returns its outputs in the same order.
// Schedules by layer may be nil for the defaults. Implementations compile the graph and run it on the
// host or on a device; an error that wraps a *remote.DeviceError or ctx's error is not the graph's
// fault.
type Network interface {
	Outputs(ctx context.Context, g *model.Graph, schedules map[string]spec.Schedule, inputs [][]float32) ([][]float32, error)
}

// Options of an evaluator.
type Options struct {
	// Seed of the order in which clips are taken.
	Seed uint64
	// Workers is how many clips are run at the same time; 1 or more.
	Workers int
	// Skip leaves out the first clips of the order: those that calibration has seen.
	Skip int
}

// Evaluator measures one objective on one data set, always on the same clips in the same order, so that
// differences between networks are paired. It is safe for one caller at a time.
type Evaluator struct {
	clips   *clipSource
	network Network
	options Options
	// dense holds the dense network's outputs, in clip order, when the objective is fidelity.
	dense [][]float32
}

// NewEvaluator measures accuracy: the share of clips whose largest output is the label's. Every clip
// needs a label.
func NewEvaluator(ds Dataset, network Network, o Options) (*Evaluator, error) {
	clips, err := newClipSource(ds, o)
	if err != nil {
		return nil, err
	}
	return &Evaluator{clips: clips, network: network, options: o}, nil
}

// NewFidelity measures fidelity: 1 − the relative L2 distance of the outputs to those of the dense
// network, over all clips together. Labels are not looked at.
func NewFidelity(ctx context.Context, ds Dataset, network Network, dense *model.Graph, o Options) (*Evaluator, error) {
	clips, err := newClipSource(ds, o)
	if err != nil {
		return nil, err
	}
	e := &Evaluator{clips: clips, network: network, options: o}
	dense0 := make([][]float32, 0, clips.Len())
	err = e.each(ctx, dense, nil, clips.Len(), func(_ int, output []float32) error {
		dense0 = append(dense0, output)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("run the dense network: %w", err)
	}
	e.dense = dense0
	return e, nil
}

// Name of the objective: accuracy or fidelity.
func (e *Evaluator) Name() string {
	if e.dense != nil {
		return "fidelity"
	}
	return "accuracy"
}

// Clips is how many clips a full measurement uses.
func (e *Evaluator) Clips() int { return e.clips.Len() }

// Measure evaluates g on the first clips of the fixed order, on all of them for clips <= 0.
func (e *Evaluator) Measure(ctx context.Context, g *model.Graph, schedules map[string]spec.Schedule, clips int) (float64, error) {
	if clips <= 0 || clips > e.clips.Len() {
		clips = e.clips.Len()
	}
	if e.dense == nil {
		right, err := e.Right(ctx, g, schedules, clips)
		correct := 0
		for _, r := range right {
			if r {
				correct++
			}
		}
		return float64(correct) / float64(clips), err
	}
	distance, norm := 0.0, 0.0
	err := e.each(ctx, g, schedules, clips, func(i int, output []float32) error {
		for j, v := range e.dense[i] {
			d := float64(v) - float64(output[j])
			distance += d * d
			norm += float64(v) * float64(v)
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("measure %s of %s: %w", e.Name(), g.Name, err)
	}
	if norm == 0 {
		return 0, fmt.Errorf("measure fidelity of %s: the dense network's outputs are all zero", g.Name)
	}
	return 1 - math.Sqrt(distance/norm), nil
}

// Right says of each of the first clips, of all for clips <= 0, whether g classifies it right. It needs
// labels.
func (e *Evaluator) Right(ctx context.Context, g *model.Graph, schedules map[string]spec.Schedule, clips int) ([]bool, error) {
	if clips <= 0 || clips > e.clips.Len() {
		clips = e.clips.Len()
	}
	right := make([]bool, clips)
	err := e.each(ctx, g, schedules, clips, func(i int, output []float32) error {
		label := e.clips.labels[i]
		if label < 0 || label >= len(output) {
			return fmt.Errorf("clip %d: label %d, but the network has %d outputs (labels 0 to %d)", e.clips.order[i], label, len(output), len(output)-1)
		}
		right[i] = argmax(output) == label
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("measure accuracy of %s: %w", g.Name, err)
	}
	return right, nil
}

// each runs the first n clips and hands every output to use, in clip order.
func (e *Evaluator) each(ctx context.Context, g *model.Graph, schedules map[string]spec.Schedule, n int,
	use func(i int, output []float32) error) error {
	for start := 0; start < n; {
		inputs, err := e.clips.chunk(start, n)
		if err != nil {
			return err
		}
		outputs, err := runParts(ctx, e.network, g, schedules, inputs, max(1, e.options.Workers))
		if err != nil {
			return err
		}
		for i, out := range outputs {
			for _, v := range out {
				if v != v {
					return fmt.Errorf("clip %d: the network's output is not a number", e.clips.order[start+i])
				}
			}
			if err := use(start+i, out); err != nil {
				return err
			}
		}
		start += len(inputs)
	}
	return nil
}

// runParts runs contiguous parts of the inputs side by side.
func runParts(ctx context.Context, network Network, g *model.Graph, schedules map[string]spec.Schedule,
	inputs [][]float32, workers int) ([][]float32, error) {
	outputs := make([][]float32, len(inputs))
	group, ctx := errgroup.WithContext(ctx)
	for w := range workers {
		from, to := w*len(inputs)/workers, (w+1)*len(inputs)/workers
		if from == to {
			continue
		}
		group.Go(func() error {
			out, err := network.Outputs(ctx, g, schedules, inputs[from:to])
			if err == nil && len(out) != to-from {
				err = fmt.Errorf("%d outputs came back for %d clips", len(out), to-from)
			}
			if err == nil {
				copy(outputs[from:to], out)
			}
			return err
		})
	}
	return outputs, group.Wait()
}

func argmax(x []float32) int {
	best := 0
	for i, v := range x {
		if v > x[best] {
			best = i
		}
	}
	return best
}

// shuffled is a fixed random order of n things.
func shuffled(n int, seed uint64) []int {
	return rand.New(rand.NewPCG(seed, 0x636c697073)).Perm(n)
}
