package recover

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"

	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/prune"
)

// apart fits layers each by itself, on what the dense network's layer reads. What it finds for a layer then
// depends on that layer's mask alone and serves every network that has it: a search that tries hundreds of
// combinations of a few choices for each layer pays for each choice once.
type apart struct {
	mu       sync.Mutex
	fittings map[string]*fitting // by layer and layout
	held     int64               // bytes
	found    map[string]found    // by layer, mask and mode
}

// found are a layer's fitted weights.
type found struct {
	weight []float32
	mask   *model.Mask
}

// foundKey identifies a layer's mask and mode.
func foundKey(layer string, m *model.Mask, mode Mode) string {
	h := sha256.New()
	for _, k := range m.Kept {
		if k {
			h.Write([]byte{1})
		} else {
			h.Write([]byte{0})
		}
	}
	return fmt.Sprintf("%s %s %s %dx%d %x", mode, layer, m.Scheme, m.GM, m.GN, h.Sum(nil))
}

// layoutKey identifies the moments that serve a layer's mask.
func layoutKey(layer string, c *model.Conv, columns int) string {
	return fmt.Sprint(layer, blocks(c, columns))
}

// reconstructApart gives the masked layers of pruned weights that were fitted apart.
func (s *Statistics) reconstructApart(ctx context.Context, pruned *model.Graph, mode Mode) error {
	a := &s.apart
	a.mu.Lock()
	defer a.mu.Unlock()
	todo := map[string]*model.Conv{}
	for _, n := range pruned.Convs() {
		if c := n.Op.(*model.Conv); c.Mask != nil {
			if _, known := a.found[foundKey(n.Name, c.Mask, mode)]; !known {
				todo[n.Name] = c
			}
		}
	}
	if err := s.sumUp(ctx, todo); err != nil {
		return err
	}
	for _, n := range pruned.Convs() {
		c := n.Op.(*model.Conv)
		if c.Mask == nil {
			continue
		}
		key := foundKey(n.Name, c.Mask, mode)
		if _, known := a.found[key]; !known {
			s.progress.at(n.Name)
			f := a.fittings[layoutKey(n.Name, c, s.columns(c))]
			if f == nil {
				return fmt.Errorf("recover %s: node %q: the dense network has no such layer", pruned.Name, n.Name)
			}
			if err := f.fitApart(c, mode); err != nil {
				return fmt.Errorf("recover %s: node %q: %w", pruned.Name, n.Name, err)
			}
			if a.found == nil {
				a.found = map[string]found{}
			}
			a.found[key] = found{append([]float32(nil), c.Weight...), c.Mask.Clone()}
			continue
		}
		was := a.found[key]
		copy(c.Weight, was.weight)
		c.Mask = was.mask.Clone()
	}
	return nil
}

// sumUp walks the dense network for the moments of layers that are not there yet.
func (s *Statistics) sumUp(ctx context.Context, layers map[string]*model.Conv) error {
	a := &s.apart
	missing := 0
	for name, c := range layers {
		if a.fittings[layoutKey(name, c, s.columns(c))] == nil {
			missing++
		}
	}
	if missing == 0 {
		return nil
	}
	w, err := newWalker(ctx, s.exec, s.dense, s.clips)
	if err != nil {
		return err
	}
	if a.held > s.options.Memory/4 || a.fittings == nil {
		a.fittings, a.held = map[string]*fitting{}, 0
	}
	for _, p := range w.steps {
		out, err := w.execute(ctx, p)
		if err != nil {
			return err
		}
		n := p.nodes[0]
		if c := layers[n.Name]; c != nil && a.fittings[layoutKey(n.Name, c, s.columns(c))] == nil {
			s.progress.at(n.Name)
			f := newFitting(c, p.conv(), w.shapes[n.Inputs[0]], w.shapes[n.Output], w.inputs(p), out, s.fitted(), s.columns(c))
			f.forget()
			f.settle()
			a.fittings[layoutKey(n.Name, c, s.columns(c))] = f
			a.held += f.bytes()
		}
		w.finish(p, out)
	}
	return nil
}

// fitApart gives c, which has a mask, the best weights, and the best mask where the mode says so.
func (f *fitting) fitApart(c *model.Conv, mode Mode) error {
	f.conv = c
	left := f.refineApart()
	if mode != OBS {
		return nil
	}
	before := *c
	c.Weight, c.Mask = append([]float32(nil), f.dense.Weight...), nil
	for _, p := range f.parts {
		for _, b := range p.blocks {
			b.cross = nil // dense weights make no errors
		}
	}
	if err := prune.Apply(c, f.chooseUnits(before.Mask)); err != nil {
		return err
	}
	if f.refineApart() >= left {
		c.Weight, c.Mask = before.Weight, before.Mask
	}
	return nil
}
