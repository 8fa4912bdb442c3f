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

// conv is the step's convolution, or nil.
func (s step) conv() *model.Conv {
	c, _ := s.nodes[0].Op.(*model.Conv)
	return c
}

// plan cuts g into steps.
func plan(g *model.Graph, shapes map[string]model.Shape) []step {
	uses := countUses(g)
	var steps []step
	for i := 0; i < len(g.Nodes); {
		end := i + 1
		if _, conv := g.Nodes[i].Op.(*model.Conv); !conv {
			end = chainEnd(g, uses, i)
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

// walker executes a graph on all clips at once, step after step, so that a convolution can be corrected
// from its outputs before anything behind it runs. Values are dropped after their last use.
type walker struct {
	graph  *model.Graph
	exec   Executor
	shapes map[string]model.Shape
	steps  []step
	uses   map[string]int
	values map[string][][]float32
}

func newWalker(ctx context.Context, exec Executor, g *model.Graph, clips [][]float32) (*walker, error) {
	shapes, err := g.Shapes()
	if err != nil {
		return nil, fmt.Errorf("calibrate %s: %w", g.Name, err)
	}
	w := &walker{graph: g, exec: exec, shapes: shapes, steps: plan(g, shapes), uses: countUses(g),
		values: map[string][][]float32{g.Input.Name: clips}}
	if err := prepare(ctx, exec, w.steps); err != nil {
		return nil, fmt.Errorf("calibrate %s: %w", g.Name, err)
	}
	return w, nil
}

// inputs of the first node of a step.
func (w *walker) inputs(s step) [][]float32 { return w.values[s.nodes[0].Inputs[0]] }

// execute gives the outputs of a step, one slice a clip.
func (w *walker) execute(ctx context.Context, s step) (out [][]float32, err error) {
	if s.piece != nil {
		out, err = w.exec.Execute(ctx, s.piece, w.inputs(s))
	} else {
		out, err = join(s.nodes[0], w.shapes, w.values)
	}
	if err != nil {
		return nil, w.failed(s, err)
	}
	return out, nil
}

// failed says where.
func (w *walker) failed(s step, err error) error {
	return fmt.Errorf("calibrate %s: node %q: %w", w.graph.Name, s.nodes[0].Name, err)
}

// finish keeps a step's outputs for those behind it, and drops what nobody reads any more.
func (w *walker) finish(s step, out [][]float32) {
	for _, in := range s.nodes[0].Inputs {
		if w.uses[in]--; w.uses[in] == 0 {
			delete(w.values, in)
		}
	}
	w.values[s.nodes[len(s.nodes)-1].Output] = out
}

// output of the graph, when all steps are finished.
func (w *walker) output() [][]float32 { return w.values[w.graph.Output.Name] }

// walk executes g on all clips. correct is called with each convolution's outputs, one slice a clip, and
// may change both the convolution and the outputs. It gives the graph's outputs.
func walk(ctx context.Context, exec Executor, g *model.Graph, clips [][]float32,
	correct func(n *model.Node, shape model.Shape, outputs [][]float32) error) ([][]float32, error) {
	w, err := newWalker(ctx, exec, g, clips)
	if err != nil {
		return nil, err
	}
	for _, s := range w.steps {
		out, err := w.execute(ctx, s)
		if err != nil {
			return nil, err
		}
		if s.conv() != nil {
			if err := correct(s.nodes[0], w.shapes[s.nodes[0].Output], out); err != nil {
				return nil, w.failed(s, err)
			}
		}
		w.finish(s, out)
	}
	return w.output(), nil
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
func chainEnd(g *model.Graph, uses map[string]int, start int) int {
	end := start + 1
	if len(g.Nodes[start].Inputs) != 1 {
		return end
	}
	for ; end < len(g.Nodes); end++ {
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
