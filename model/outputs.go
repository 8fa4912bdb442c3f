package model

import "fmt"

// JoinOutputs gives the graph several outputs: it flattens them and joins them to one vector, in order,
// which is what the graph's executors give; Outputs remembers the parts. The names are those of values
// in the graph.
func (g *Graph) JoinOutputs(outputs []Value) error {
	shapes, err := shapesOf(g.Input, g.Nodes)
	if err != nil {
		return err
	}
	taken := map[string]bool{g.Input.Name: true}
	for _, n := range g.Nodes {
		taken[n.Name], taken[n.Output] = true, true
	}
	name := func(wanted string) string {
		for taken[wanted] {
			wanted += "_"
		}
		taken[wanted] = true
		return wanted
	}
	joined := &Node{Name: name("outputs"), Op: &Concat{}}
	joined.Output = joined.Name
	total := 0
	for _, v := range outputs {
		s, ok := shapes[v.Name]
		if !ok {
			return fmt.Errorf("output %q is not defined by any node", v.Name)
		}
		flat := &Node{Name: name(v.Name + ".flat"), Op: &Reshape{To: Shape{s.Count(), 1, 1, 1}}, Inputs: []string{v.Name}}
		flat.Output = flat.Name
		g.Nodes = append(g.Nodes, flat)
		joined.Inputs = append(joined.Inputs, flat.Output)
		total += s.Count()
	}
	g.Nodes = append(g.Nodes, joined)
	g.Output, g.Outputs = Value{Name: joined.Output, Dims: []int{1, total}}, outputs
	return nil
}

// Parts are the outputs as the user's file has them: Outputs, or the single one.
func (g *Graph) Parts() []Value {
	if g.Outputs != nil {
		return g.Outputs
	}
	return []Value{g.Output}
}

// Joins are the nodes that JoinOutputs added: none for a graph with one output.
func (g *Graph) Joins() map[*Node]bool {
	joins := map[*Node]bool{}
	if g.Outputs == nil {
		return joins
	}
	var flat []string
	for i := len(g.Nodes) - 1; i >= 0; i-- {
		n := g.Nodes[i]
		if n.Output == g.Output.Name {
			joins[n] = true
			flat = n.Inputs
		}
		for _, name := range flat {
			if n.Output == name {
				joins[n] = true
			}
		}
	}
	return joins
}
