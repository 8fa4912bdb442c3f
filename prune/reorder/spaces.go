package reorder

import (
	"slices"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// space is a set of channel axes that must have one order: a convolution's filters with whatever is computed
// from them channel by channel, and other convolutions that are added to them.
type space struct {
	channels int
	fixed    bool // its order is seen from outside, or cannot be undone
	// granule is the number of channels that move together.
	granule   int
	producers []*model.Node // convolutions, depthwise ones too, in the graph's order
	joined    *space        // the space that this one was found to be part of
}

func (s *space) root() *space {
	for s.joined != nil {
		s = s.joined
	}
	return s
}

// part is a run of a value's channels: those of a space, each `spread` times in a row (more than once where an
// activation was flattened).
type part struct {
	space  *space
	spread int
}

// layout is how a value's channels are made up, in order: several parts behind a Concat.
type layout []part

// spaces gives the layout of every value of the graph, by name, and all spaces that a convolution begins.
func spaces(g *model.Graph, shapes map[string]model.Shape) (map[string]layout, []*space) {
	a := analysis{shapes: shapes, layouts: map[string]layout{}}
	a.layouts[g.Input.Name] = layout{{&space{channels: shapes[g.Input.Name].C, fixed: true}, 1}}
	for _, n := range g.Nodes {
		a.layouts[n.Output] = a.follow(n)
	}
	a.fix(a.layouts[g.Output.Name])
	var roots []*space
	for _, n := range g.Convs() {
		s := a.filters(n)
		s.producers = append(s.producers, n)
		if !slices.Contains(roots, s) {
			roots = append(roots, s)
		}
		a.align(n)
	}
	return a.layouts, roots
}

type analysis struct {
	shapes  map[string]model.Shape
	layouts map[string]layout
}

// follow gives the layout of a node's output.
func (a *analysis) follow(n *model.Node) layout {
	in, first := a.shapes[n.Inputs[0]], a.layouts[n.Inputs[0]]
	out := a.shapes[n.Output]
	switch op := n.Op.(type) {
	case *model.Conv:
		if op.Groups == op.Channels && op.Filters == op.Channels {
			return first
		}
		s := &space{channels: out.C}
		if op.Groups > 1 {
			a.fix(first)
			s.fixed = true
		}
		return layout{{s, 1}}
	case *model.Activation, *model.Affine, *model.Pool, *model.GlobalAveragePool, *model.Pad, *model.Resize,
		*model.Softmax:
		return first
	case *model.Add, *model.Product:
		return a.tie(n.Inputs)
	case *model.Interleave:
		if len(n.Inputs) == op.Phases() {
			return a.tie(n.Inputs)
		}
	case *model.Concat:
		var all layout
		for _, name := range n.Inputs {
			all = append(all, a.layouts[name]...)
		}
		return all
	case *model.Permute:
		if op.Order[0] == 0 {
			return first
		}
	case *model.Reshape:
		// Values are in row-major order, so what a channel holds stays together.
		if out.C%in.C == 0 {
			spread := slices.Clone(first)
			for i := range spread {
				spread[i].spread *= out.C / in.C
			}
			return spread
		}
	}
	for _, name := range n.Inputs {
		a.fix(a.layouts[name])
	}
	return layout{{&space{channels: out.C, fixed: true}, 1}}
}

// tie makes one layout of several.
func (a *analysis) tie(names []string) layout {
	first := a.layouts[names[0]]
	for _, name := range names[1:] {
		other := a.layouts[name]
		alike := slices.EqualFunc(first, other, func(x, y part) bool {
			return x.spread == y.spread && x.space.root().channels == y.space.root().channels
		})
		if !alike {
			a.fix(first)
			a.fix(other)
			continue
		}
		for i := range first {
			x, y := first[i].space.root(), other[i].space.root()
			if x != y {
				x.fixed = x.fixed || y.fixed
				y.joined = x
			}
		}
	}
	return first
}

func (a *analysis) fix(l layout) {
	for _, p := range l {
		p.space.root().fixed = true
	}
}

// filters is the space of a convolution's filters.
func (a *analysis) filters(n *model.Node) *space {
	l := a.layouts[n.Output]
	if len(l) == 1 && l[0].spread == 1 {
		return l[0].space.root()
	}
	// A depthwise convolution of joined or flattened channels: they move, the convolution begins nothing.
	return &space{channels: n.Op.(*model.Conv).Filters, fixed: true}
}

// align makes granules so large that groups of the convolution's mask stay whole.
func (a *analysis) align(n *model.Node) {
	c := n.Op.(*model.Conv)
	if c.Mask == nil {
		return
	}
	keepGroups(a.layouts[n.Output], c.Mask.GM)
	if c.Groups == 1 && c.Mask.Scheme != model.Filter { // whose units have all channels
		keepGroups(a.layouts[n.Inputs[0]], c.Mask.GN)
	}
}

// keepGroups makes the granules of a layout's parts so large that groups of `size` channels move as a whole, and
// fixes parts that begin within a group.
func keepGroups(l layout, size int) {
	at := 0
	for _, p := range l {
		s := p.space.root()
		s.granule = lcm(max(1, s.granule), size/gcd(size, p.spread))
		if at%size != 0 {
			s.fixed = true
		}
		at += s.channels * p.spread
	}
}

func gcd(a, b int) int {
	for b > 0 {
		a, b = b, a%b
	}
	return a
}

func lcm(a, b int) int { return a / gcd(a, b) * b }
