package model

import "fmt"

// Shape is the shape of one activation: channels, depth (time), height, width. The batch is always 1.
// A two-dimensional network has depth 1; a flattened vector of F features is {F, 1, 1, 1}.
type Shape struct{ C, D, H, W int }

// Count is the number of values in an activation of this shape.
func (s Shape) Count() int { return s.C * s.D * s.H * s.W }

// String prints the shape as CxDxHxW.
func (s Shape) String() string { return fmt.Sprintf("%dx%dx%dx%d", s.C, s.D, s.H, s.W) }

// Graph is one network with one input and one output, which may be several outputs of the user's file
// joined (JoinOutputs). Nodes are in topological order: a node's inputs are the graph's input or outputs
// of earlier nodes. Every node has exactly one output value.
type Graph struct {
	Name   string
	Input  Value
	Output Value
	// Outputs are the parts of Output, in order, where the user's file has several; otherwise nil.
	Outputs []Value
	Nodes   []*Node
}

// Value names an activation at the border of the graph. Dims is its shape as the user's file states
// it, batch included (for example [1 3 16 112 112], or [1 101] for logits); it matters only to what
// users see, for example the shape of an .npy file.
type Value struct {
	Name string
	Dims []int
}

// Node applies one operator. Its name is unique in the graph and is the name of the layer in tables,
// configurations and errors. Inputs are names of values: Graph.Input.Name or the Output of a node.
type Node struct {
	Name   string
	Op     Op
	Inputs []string
	Output string
}

// Op is one operator with its attributes and weights. The concrete types in ops.go are the only ones.
type Op interface {
	// Kind is the operator's name in the ONNX vocabulary where it has one.
	Kind() string
	// Infer gives the output shape for the input shapes, or says which input is wrong and why.
	Infer(in []Shape) (Shape, error)
	// MACs counts multiply-accumulates of a dense execution that yields out.
	MACs(in []Shape, out Shape) int64
}

// InputShape is the shape of the graph's input as an activation: [1 C D H W], [1 C H W] (depth 1) or
// [1 F].
func (g *Graph) InputShape() (Shape, error) { return ShapeOf(g.Input.Dims) }

// ShapeOf converts user dimensions with a leading batch of 1 to a Shape.
func ShapeOf(dims []int) (Shape, error) {
	for _, d := range dims {
		if d <= 0 {
			return Shape{}, fmt.Errorf("dimensions %v: every dimension must be static and positive", dims)
		}
	}
	switch {
	case len(dims) == 0 || dims[0] != 1:
		return Shape{}, fmt.Errorf("dimensions %v: want a leading batch of 1", dims)
	case len(dims) == 5:
		return Shape{dims[1], dims[2], dims[3], dims[4]}, nil
	case len(dims) == 4:
		return Shape{dims[1], 1, dims[2], dims[3]}, nil
	case len(dims) == 2:
		return Shape{dims[1], 1, 1, 1}, nil
	}
	return Shape{}, fmt.Errorf("dimensions %v: want 1xCxDxHxW, 1xCxHxW or 1xF", dims)
}

// Shapes infers the shape of every value, by name. The error names the node that does not fit.
func (g *Graph) Shapes() (map[string]Shape, error) {
	shapes, err := shapesOf(g.Input, g.Nodes)
	if err != nil {
		return nil, err
	}
	if _, ok := shapes[g.Output.Name]; !ok {
		return nil, fmt.Errorf("output %q is not defined by any node", g.Output.Name)
	}
	return shapes, nil
}

func shapesOf(input Value, nodes []*Node) (map[string]Shape, error) {
	in, err := ShapeOf(input.Dims)
	if err != nil {
		return nil, fmt.Errorf("input %q: %w", input.Name, err)
	}
	shapes := map[string]Shape{input.Name: in}
	for _, n := range nodes {
		ins := make([]Shape, len(n.Inputs))
		for i, name := range n.Inputs {
			s, ok := shapes[name]
			if !ok {
				return nil, fmt.Errorf("node %q (%s): input %q is not defined by an earlier node", n.Name, n.Op.Kind(), name)
			}
			ins[i] = s
		}
		if _, dup := shapes[n.Output]; dup {
			return nil, fmt.Errorf("node %q (%s): value %q is defined twice", n.Name, n.Op.Kind(), n.Output)
		}
		out, err := n.Op.Infer(ins)
		if err != nil {
			return nil, fmt.Errorf("node %q (%s): %w", n.Name, n.Op.Kind(), err)
		}
		shapes[n.Output] = out
	}
	return shapes, nil
}

// ChannelsFirst is the graph without the Permute that alone reads its input, if it begins with one: fed in
// the order that its operators want. Otherwise it is the graph itself.
func (g *Graph) ChannelsFirst() *Graph {
	readers, first := 0, -1
	for i, n := range g.Nodes {
		for _, in := range n.Inputs {
			if in == g.Input.Name {
				readers++
			}
		}
		if _, ok := n.Op.(*Permute); ok && n.Inputs[0] == g.Input.Name {
			first = i
		}
	}
	if readers != 1 || first < 0 || g.Nodes[first].Output == g.Output.Name {
		return g
	}
	in, err := g.InputShape()
	if err != nil {
		return g // Shapes says so
	}
	out, err := g.Nodes[first].Op.Infer([]Shape{in})
	if err != nil {
		return g
	}
	c := *g
	c.Input = Value{Name: g.Nodes[first].Output, Dims: []int{1, out.C, out.D, out.H, out.W}}
	c.Nodes = append(append([]*Node(nil), g.Nodes[:first]...), g.Nodes[first+1:]...)
	return &c
}

// Clone copies the graph so that replacing or editing weights, biases and masks of the copy leaves g
// untouched.
func (g *Graph) Clone() *Graph {
	c := &Graph{Name: g.Name, Input: g.Input, Output: g.Output, Outputs: g.Outputs}
	for _, n := range g.Nodes {
		m := *n
		m.Inputs = append([]string(nil), n.Inputs...)
		if conv, ok := n.Op.(*Conv); ok {
			m.Op = conv.clone()
		}
		c.Nodes = append(c.Nodes, &m)
	}
	return c
}

// Convs lists the nodes that hold a Conv, fully connected layers included, in graph order.
func (g *Graph) Convs() []*Node {
	var convs []*Node
	for _, n := range g.Nodes {
		if _, ok := n.Op.(*Conv); ok {
			convs = append(convs, n)
		}
	}
	return convs
}

// Node finds a node by name, or nil.
func (g *Graph) Node(name string) *Node {
	for _, n := range g.Nodes {
		if n.Name == name {
			return n
		}
	}
	return nil
}
