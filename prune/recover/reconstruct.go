package recover

import (
	"context"

	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/prune"
)

// interactingInputs is how many columns of a layer are fitted together, at most: a factorisation takes a
// third of their cube. Wider layers are fitted block of channels after block of channels.
const interactingInputs = 1728

// reconstruct gives the convolutions of a pruned network the weights that make of what they read what the
// dense ones give, layer after layer, and gives the network's outputs.
func (s *Statistics) reconstruct(ctx context.Context, pruned *model.Graph, mode Mode) ([][]float32, error) {
	dense, err := newWalker(ctx, s.exec, s.dense, s.clips)
	if err != nil {
		return nil, err
	}
	w, err := newWalker(ctx, s.exec, pruned, s.clips)
	if err != nil {
		return nil, err
	}
	r := &reconstruction{Statistics: s, dense: dense, pruned: w, mode: mode}
	for i := range w.steps {
		if err := r.step(ctx, i); err != nil {
			return nil, err
		}
	}
	return w.output(), nil
}

// reconstruction walks the dense and the pruned network side by side.
type reconstruction struct {
	*Statistics
	dense, pruned *walker
	mode          Mode
	differ        bool // the networks do, so far
}

// step executes a step of both networks.
func (r *reconstruction) step(ctx context.Context, i int) error {
	d, p := r.dense.steps[i], r.pruned.steps[i]
	want, err := r.dense.execute(ctx, d)
	if err != nil {
		return err
	}
	c, name := p.conv(), p.nodes[0].Name
	r.differ = r.differ || c != nil && c.Mask != nil
	out := want
	if r.differ {
		if c != nil {
			r.progress.at(name)
			if err := r.improve(ctx, i, want); err != nil {
				return r.pruned.failed(p, err)
			}
		}
		if out, err = r.pruned.execute(ctx, p); err != nil {
			return err
		}
		if c != nil {
			r.adjust(name, c, r.pruned.shapes[p.nodes[0].Output], out, true, false)
		}
	}
	r.pruned.finish(p, out)
	r.dense.finish(d, want)
	return nil
}

// improve fits the weights of one convolution, and chooses which ones to keep where the mode says so. Of
// several choices the one with the least error on the held clips stays.
func (r *reconstruction) improve(ctx context.Context, i int, want [][]float32) error {
	p := r.pruned.steps[i]
	c, n := p.conv(), p.nodes[0]
	out := r.pruned.shapes[n.Output]
	// A dense layer needs little correction, and few patches say nothing about it: a classifier's as a rule.
	if c.Mask == nil && r.fitted()*out.D*out.H*out.W < c.Channels/c.Groups*c.Positions() {
		return nil
	}
	inputs := r.pruned.inputs(p)
	f := newFitting(c, r.dense.steps[i].conv(), r.pruned.shapes[n.Inputs[0]], out, inputs, want, r.fitted(), r.columns(c))
	observe := func() error {
		have, err := r.pruned.execute(ctx, p)
		if err != nil {
			return err
		}
		if c.Mask != nil {
			scaleToFit(c, out, have, want, r.seen())
		}
		f.observe(have)
		return nil
	}
	if err := observe(); err != nil {
		return err
	}
	left := f.heldError()
	left -= f.refine()
	if r.mode != OBS || c.Mask == nil {
		return nil
	}
	before := *c
	c.Weight, c.Mask = append([]float32(nil), f.dense.Weight...), nil
	if err := observe(); err != nil {
		return err
	}
	f.summarise()
	if err := prune.Apply(c, f.chooseUnits(before.Mask)); err != nil {
		return err
	}
	if err := observe(); err != nil {
		return err
	}
	if other := f.heldError(); other-f.refine() >= left {
		c.Weight, c.Mask = before.Weight, before.Mask
	}
	return nil
}

// seen is how many of the clips, from the first on, the weights that are kept in the end have been fitted on.
func (s *Statistics) seen() int {
	if len(s.clips) < fewClips {
		return len(s.clips)
	}
	return s.fitted()
}

// fitted is how many of the clips weights are fitted on; the others are held against them, unless clips are few.
func (s *Statistics) fitted() int {
	return max(1, len(s.clips)-min(max(1, len(s.clips)/4), mostHeldClips))
}

// fewClips are too few to spare some: parts of them take turns in being held against, and weights that have
// proved right are fitted on all.
const fewClips = 32

// mostHeldClips are enough to tell better from worse.
const mostHeldClips = 64

// checkClips refuses too few clips.
func (s *Statistics) checkClips(mode Mode) error {
	if len(s.clips) < 2 {
		return inputErrorf("recover %s by %s: %d calibration clip; at least 2 are needed, since weights that are fitted on some are held against others", s.dense.Name, mode, len(s.clips))
	}
	return nil
}
