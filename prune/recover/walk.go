package recover

import (
	"context"
	"fmt"

	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/model/reference"
)

// step is a run of nodes that are executed together: a convolution, a chain of operators of one input, or
// one operator of several inputs.
type step struct {
	nodes []*model.Node
	// piece is the graph of the nodes; nil where the operator has several inputs.
	piece *model.Graph
}

// plan cuts g into steps, up to its last convolution: what comes behind changes nothing.
func plan(g *model.Graph, shapes map[string]model.Shape) []step {
	uses := countUses(g)
	last := 0
	for i, n := range g.Nodes {
		if _, ok := n.Op.(*model.Conv); ok {
			last = i
		}
	}
	var steps []step
	for i := 0; i <= last; {
		end := i + 1
		if _, conv := g.Nodes[i].Op.(*model.Conv); !conv {
			end = chainEnd(g, uses, i, last+1)
		}
		s := step{nodes: g.Nodes[i:end]}
		if len(g.Nodes[i].Inputs) == 1 {
			s.piece = piece(s.nodes, shapes)
		}
		steps = append(steps, s)
		i = end
	}
	return steps
}

func countUses(g *model.Graph) map[string]int {
	uses := map[string]int{g.Output.Name: 1}
	for _, n := range g.Nodes {
		for _, in := range n.Inputs {
			uses[in]++
		}
	}
	return uses
}

// walk executes g on all clips at once, step after step, so that a convolution can be corrected from
// its outputs before anything behind it runs. correct is called with each convolution's outputs, one
// slice a clip, and may change both the convolution and the outputs. Values are dropped after their
// last use.
func walk(ctx context.Context, exec Executor, g *model.Graph, clips [][]float32,
	correct func(n *model.Node, shape model.Shape, outputs [][]float32) error) error {
	shapes, err := g.Shapes()
	if err != nil {
		return fmt.Errorf("calibrate %s: %w", g.Name, err)
	}
	steps := plan(g, shapes)
	if err := prepare(ctx, exec, steps); err != nil {
		return fmt.Errorf("calibrate %s: %w", g.Name, err)
	}
	uses := countUses(g)
	values := map[string][][]float32{g.Input.Name: clips}
	for _, s := range steps {
		n := s.nodes[0]
		var out [][]float32
		if s.piece != nil {
			out, err = exec.Execute(ctx, s.piece, values[n.Inputs[0]])
		} else {
			out, err = join(n, shapes, values)
		}
		if err != nil {
			return fmt.Errorf("calibrate %s: node %q: %w", g.Name, n.Name, err)
		}
		if _, ok := n.Op.(*model.Conv); ok {
			if err := correct(n, shapes[n.Output], out); err != nil {
				return fmt.Errorf("calibrate %s: node %q: %w", g.Name, n.Name, err)
			}
		}
		for _, in := range n.Inputs {
			if uses[in]--; uses[in] == 0 {
				delete(values, in)
			}
		}
		values[s.nodes[len(s.nodes)-1].Output] = out
	}
	return nil
}

// prepare lets an executor compile all pieces at once.
func prepare(ctx context.Context, exec Executor, steps []step) error {
	p, ok := exec.(Preparer)
	if !ok {
		return nil
	}
	var pieces []*model.Graph
	for _, s := range steps {
		if s.piece != nil {
			pieces = append(pieces, s.piece)
		}
	}
	return p.Prepare(ctx, pieces)
}

// chainEnd is the index behind the longest run of nodes from start in which each reads only the one
// before, none is a convolution and no value between them is read elsewhere.
func chainEnd(g *model.Graph, uses map[string]int, start, limit int) int {
	end := start + 1
	if len(g.Nodes[start].Inputs) != 1 {
		return end
	}
	for ; end < limit; end++ {
		n, before := g.Nodes[end], g.Nodes[end-1].Output
		_, conv := n.Op.(*model.Conv)
		if conv || len(n.Inputs) != 1 || n.Inputs[0] != before || uses[before] != 1 {
			break
		}
	}
	return end
}

// piece makes a graph of a chain of nodes.
func piece(chain []*model.Node, shapes map[string]model.Shape) *model.Graph {
	dims := func(value string) model.Value {
		s := shapes[value]
		return model.Value{Name: value, Dims: []int{1, s.C, s.D, s.H, s.W}}
	}
	return &model.Graph{
		Name:   "piece_" + chain[0].Name,
		Input:  dims(chain[0].Inputs[0]),
		Output: dims(chain[len(chain)-1].Output),
		Nodes:  chain,
	}
}

// join executes an operator of several inputs clip by clip.
func join(n *model.Node, shapes map[string]model.Shape, values map[string][][]float32) ([][]float32, error) {
	inShapes := make([]model.Shape, len(n.Inputs))
	for i, name := range n.Inputs {
		inShapes[i] = shapes[name]
	}
	out := make([][]float32, len(values[n.Inputs[0]]))
	for clip := range out {
		in := make([][]float64, len(n.Inputs))
		for i, name := range n.Inputs {
			in[i] = widen(values[name][clip])
		}
		v, err := reference.Apply(n.Op, inShapes, in)
		if err != nil {
			return nil, err
		}
		out[clip] = narrow(v)
	}
	return out, nil
}
