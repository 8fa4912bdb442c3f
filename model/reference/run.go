package reference

import (
	"fmt"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// Run executes the graph on one input (row-major C, D, H, W) and returns the values of its output.
func Run(g *model.Graph, input []float32) ([]float64, error) {
	var out []float64
	err := walk(g, input, func(name string, _ *model.Node, value []float64) error {
		if name == g.Output.Name {
			out = value
		}
		return nil
	})
	return out, err
}

// RunAll executes the graph and returns every value by its name: the graph's input and the Output of
// each node. All of them are held at once; Walk needs far less memory on a large network.
func RunAll(g *model.Graph, input []float32) (map[string][]float64, error) {
	all := make(map[string][]float64)
	err := walk(g, input, func(name string, _ *model.Node, value []float64) error {
		all[name] = value
		return nil
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// Walk executes the graph and hands each node with its output (row-major C, D, H, W) to visit, in
// graph order. The slice may be kept but not changed. An error of visit ends the walk and is returned.
func Walk(g *model.Graph, input []float32, visit func(n *model.Node, value []float64) error) error {
	return walk(g, input, func(_ string, n *model.Node, value []float64) error {
		if n == nil {
			return nil
		}
		return visit(n, value)
	})
}

// walk is Walk with the input too, for which the node is nil. A value is dropped after its last use.
func walk(g *model.Graph, input []float32, visit func(name string, n *model.Node, value []float64) error) error {
	shapes, err := g.Shapes()
	if err != nil {
		return fmt.Errorf("execute %s: %w", g.Name, err)
	}
	if want := shapes[g.Input.Name].Count(); len(input) != want {
		return fmt.Errorf("execute %s: input %q has %d values, shape %v wants %d", g.Name, g.Input.Name, len(input), g.Input.Dims, want)
	}
	last := lastUse(g)
	values := map[string][]float64{g.Input.Name: widen(input)}
	if err := visit(g.Input.Name, nil, values[g.Input.Name]); err != nil {
		return err
	}
	for i, n := range g.Nodes {
		in := make([][]float64, len(n.Inputs))
		inShapes := make([]model.Shape, len(n.Inputs))
		for j, name := range n.Inputs {
			in[j], inShapes[j] = values[name], shapes[name]
		}
		out := make([]float64, shapes[n.Output].Count())
		if err := execute(n.Op, inShapes, in, shapes[n.Output], out); err != nil {
			return fmt.Errorf("execute node %q (%s): %w", n.Name, n.Op.Kind(), err)
		}
		values[n.Output] = out
		for _, name := range n.Inputs {
			if last[name] == i {
				delete(values, name)
			}
		}
		if err := visit(n.Output, n, out); err != nil {
			return err
		}
	}
	return nil
}

// lastUse maps each value to the index of the last node that reads it.
func lastUse(g *model.Graph) map[string]int {
	last := make(map[string]int)
	for i, n := range g.Nodes {
		for _, name := range n.Inputs {
			last[name] = i
		}
	}
	return last
}

func widen(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

// execute runs one operator into out.
func execute(op model.Op, shapes []model.Shape, in [][]float64, outShape model.Shape, out []float64) error {
	switch op := op.(type) {
	case *model.Conv:
		convolve(op, shapes[0], in[0], outShape, out)
	case *model.Activation:
		return activate(op, in[0], out)
	case *model.Add:
		for _, x := range in {
			for i, v := range x {
				out[i] += v
			}
		}
	case *model.Product:
		product(in, out)
	case *model.Affine:
		affine(op, shapes[0], in[0], out)
	case *model.Concat:
		at := 0
		for _, x := range in {
			at += copy(out[at:], x)
		}
	case *model.Pool:
		return pool(op, shapes[0], in[0], outShape, out)
	case *model.GlobalAveragePool:
		globalAverage(shapes[0], in[0], out)
	case *model.Reshape:
		copy(out, in[0])
	case *model.Softmax:
		softmax(shapes[0], in[0], out)
	case *model.Pad:
		embed(shapes[0], in[0], outShape, op.Begin, out)
	case *model.Interleave:
		interleave(op, shapes, in, outShape, out)
	case *model.Permute:
		permute(op, shapes[0], in[0], outShape, out)
	case *model.Resize:
		resize(op, shapes[0], in[0], outShape, out)
	default:
		return fmt.Errorf("operator %T has no reference", op)
	}
	return nil
}
