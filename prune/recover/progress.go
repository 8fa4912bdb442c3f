package recover

import "github.com/rt3d-tune/rt3d-tune/model"

// Progress says how far a reconstruction is.
type Progress struct {
	// Layer that is being fitted.
	Layer string
	// Done of Total, in estimated work.
	Done, Total float64
}

// progress estimates work by the size of the layers.
type progress struct {
	tell  func(Progress)
	work  map[string]float64
	total float64
	done  float64
	last  string
}

func newProgress(g *model.Graph, tell func(Progress)) *progress {
	p := &progress{tell: tell, work: map[string]float64{}}
	for _, n := range g.Convs() {
		c := n.Op.(*model.Conv)
		columns := float64(c.Channels / c.Groups * c.Positions())
		// Gram matrix, and factorisations in blocks.
		p.work[n.Name] = columns * min(columns, interactingInputs) * float64(c.Filters)
		p.total += p.work[n.Name]
	}
	return p
}

// at says that a layer begins, which ends the one before.
func (p *progress) at(layer string) {
	if p.last != layer {
		p.done += p.work[p.last]
		p.last = layer
	}
	if p.tell != nil {
		p.tell(Progress{Layer: layer, Done: min(p.done, p.total), Total: p.total})
	}
}
