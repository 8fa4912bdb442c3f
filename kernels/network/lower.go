package network

import (
	"fmt"

	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
)

// Operation is what one or more nodes of the graph do together in one pass over memory.
type Operation struct {
	// Name is the name of the node that leads: the convolution, or the first node.
	Name string
	// Nodes are the names of all the nodes that are computed here, in graph order.
	Nodes []string
	// Op is the leading operator.
	Op model.Op
	// Inputs and Output are names of values after relabelling; In and Out are their shapes. The
	// second input of a convolution is its residual.
	Inputs []string
	Output string
	In     []model.Shape
	Out    model.Shape
	// Affines are folded into a convolution's weights and bias, or (at most one) applied by a
	// pointwise operation after the sum of its inputs.
	Affines []*model.Affine
	// Epilogue of a convolution; a pointwise operation uses its Activation alone.
	Epilogue spec.Epilogue
}

// Conv is the operation's convolution, or nil.
func (o *Operation) Conv() *model.Conv {
	c, _ := o.Op.(*model.Conv)
	return c
}

// Workload of the operation's convolution as it runs in the network, epilogue included.
func (o *Operation) Workload() spec.Workload {
	return spec.WorkloadOf(o.Conv(), o.In[0], o.Epilogue)
}

// pointwise tells an operation that sums or multiplies its inputs, then scales and shifts channels, then applies a
// function: Add, Product, Affine, Activation and their chains.
func (o *Operation) pointwise() bool {
	switch o.Op.(type) {
	case *model.Add, *model.Product, *model.Affine, *model.Activation:
		return true
	}
	return false
}

// Lowered is a graph as operations in the order in which they run.
type Lowered struct {
	Graph *model.Graph
	// Input and Outputs are the names of the border values after relabelling. Several outputs are parts of
	// the graph's output, in order.
	Input      string
	Outputs    []string
	Operations []*Operation
	// Order is the order of axes in which the input comes, or nil: the network begins with a Permute,
	// whose output is Input.
	Order *model.Permute
	// Shapes of the values that operations read and write.
	Shapes map[string]model.Shape
}

// Lower fuses the graph's nodes. A convolution takes along the affine that follows it, then the
// addition of a residual, then an activation, each where the value between has no other reader;
// sums, affines and activations that no convolution takes are chained likewise. Nodes that change
// nothing are relabelled away, a Permute of the input is left to loading it, and nodes that do not reach
// the output are left out. What joins several outputs is left to storing them.
func Lower(g *model.Graph) (*Lowered, error) {
	shapes, err := g.Shapes()
	if err != nil {
		return nil, fmt.Errorf("lower graph %q: %w", g.Name, err)
	}
	if err := uniqueNames(g); err != nil {
		return nil, fmt.Errorf("lower graph %q: %w", g.Name, err)
	}
	l := &lowering{shapes: shapes, alias: map[string]string{}, readers: map[string]int{}, maker: map[string]*Operation{}}
	l.relabel(g)
	out := &Lowered{Graph: g, Input: g.Input.Name, Shapes: shapes}
	for _, v := range g.Parts() {
		out.Outputs = append(out.Outputs, l.resolve(v.Name))
	}
	l.countReaders(g, out.Outputs)
	l.permuteInput(g, out)
	for _, n := range g.Nodes {
		if l.live[n] && l.resolve(n.Output) == n.Output {
			l.add(n)
		}
	}
	for _, o := range l.operations {
		for _, name := range o.Inputs {
			o.In = append(o.In, shapes[name])
		}
		o.Out = shapes[o.Output]
		out.Operations = append(out.Operations, o)
	}
	return out, nil
}

func uniqueNames(g *model.Graph) error {
	seen := map[string]bool{}
	for _, n := range g.Nodes {
		if seen[n.Name] {
			return fmt.Errorf("node %q: another node has the same name", n.Name)
		}
		seen[n.Name] = true
	}
	return nil
}

type lowering struct {
	shapes     map[string]model.Shape
	alias      map[string]string // a value that is another value under a new name
	readers    map[string]int    // uses of a value by live nodes, the graph's output counted
	live       map[*model.Node]bool
	maker      map[string]*Operation
	operations []*Operation
}

func (l *lowering) resolve(value string) string {
	for {
		to, ok := l.alias[value]
		if !ok {
			return value
		}
		value = to
	}
}

// relabel finds the nodes whose output is their input under another name.
func (l *lowering) relabel(g *model.Graph) {
	for _, n := range g.Nodes {
		same := false
		switch op := n.Op.(type) {
		case *model.Reshape:
			same = l.shapes[n.Inputs[0]] == op.To
		case *model.Concat:
			same = len(n.Inputs) == 1
		case *model.Pad:
			same = *op == model.Pad{}
		}
		if same {
			l.alias[n.Output] = n.Inputs[0]
		}
	}
}

// countReaders walks back from the outputs, so that dead nodes neither run nor hinder fusion.
func (l *lowering) countReaders(g *model.Graph, outputs []string) {
	l.live = map[*model.Node]bool{}
	for _, name := range outputs {
		l.readers[name]++
	}
	for i := len(g.Nodes) - 1; i >= 0; i-- {
		n := g.Nodes[i]
		if l.resolve(n.Output) != n.Output || l.readers[n.Output] == 0 {
			continue
		}
		l.live[n] = true
		for _, in := range n.Inputs {
			l.readers[l.resolve(in)]++
		}
	}
}

// permuteInput takes a Permute that alone reads the graph's input out of the graph.
func (l *lowering) permuteInput(g *model.Graph, out *Lowered) {
	if l.readers[g.Input.Name] != 1 {
		return
	}
	for _, n := range g.Nodes {
		p, ok := n.Op.(*model.Permute)
		if ok && l.live[n] && l.resolve(n.Inputs[0]) == g.Input.Name {
			out.Input, out.Order = n.Output, p
			l.live[n] = false
		}
	}
}

// of gives the operation that makes a value, nil for the input, and how many times the value is read.
func (l *Lowered) of(value string) (maker *Operation, readers int) {
	for _, o := range l.Operations {
		if o.Output == value {
			maker = o
		}
		for _, in := range o.Inputs {
			if in == value {
				readers++
			}
		}
	}
	for _, out := range l.Outputs {
		if out == value {
			readers++
		}
	}
	return maker, readers
}

func (l *lowering) add(n *model.Node) {
	inputs := make([]string, len(n.Inputs))
	for i, in := range n.Inputs {
		inputs[i] = l.resolve(in)
	}
	var into *Operation
	switch op := n.Op.(type) {
	case *model.Activation:
		if into = l.open(inputs[0]); into != nil {
			into.Epilogue.Activation = *op
		} else if phases := l.openPhases(inputs[0]); phases != nil {
			into = l.maker[inputs[0]]
			for _, phase := range phases {
				phase.Epilogue.Activation = *op
			}
		}
	case *model.Affine:
		if into = l.open(inputs[0]); into != nil {
			if c := into.Conv(); c != nil && c.HalfWeights {
				into = nil // scaled weights are no halves
			} else if into.Epilogue.Residual || into.pointwise() && len(into.Affines) > 0 {
				into = nil
			} else {
				into.Affines = append(into.Affines, op)
			}
		} else if phases := l.openPhases(inputs[0]); phases != nil {
			into = l.maker[inputs[0]]
			for _, phase := range phases {
				phase.Affines = append(phase.Affines, op)
			}
		}
	case *model.Add:
		into = l.addResidual(inputs)
	}
	if into == nil {
		into = &Operation{Name: n.Name, Op: n.Op, Inputs: inputs}
		switch op := n.Op.(type) {
		case *model.Activation:
			into.Epilogue.Activation = *op
		case *model.Affine:
			into.Affines = []*model.Affine{op}
		}
		l.operations = append(l.operations, into)
	}
	into.Nodes = append(into.Nodes, n.Name)
	into.Output = n.Output
	l.maker[n.Output] = into
}

// open finds the operation that makes a value, if the next pointwise node may join it: nobody else
// reads the value and no activation has been applied yet.
func (l *lowering) open(value string) *Operation {
	o := l.maker[value]
	if o == nil || l.readers[value] != 1 || o.Epilogue.Activation.Function != "" {
		return nil
	}
	if o.Conv() == nil && !o.pointwise() {
		return nil
	}
	return o
}

// openPhases gives the convolutions that make the phases of an interleaved value, if the next pointwise node
// may join them all instead of running on the whole.
func (l *lowering) openPhases(value string) []*Operation {
	o := l.maker[value]
	if o == nil || l.readers[value] != 1 {
		return nil
	}
	if weave, ok := o.Op.(*model.Interleave); !ok || len(o.Inputs) != weave.Phases() {
		return nil
	}
	var phases []*Operation
	for _, in := range o.Inputs {
		phase := l.open(in)
		if phase == nil || phase.Conv() == nil || phase.Epilogue.Residual {
			return nil
		}
		phases = append(phases, phase)
	}
	return phases
}

// addResidual lets one of two summands that is a convolution add the other one. Of two convolutions
// the later takes it, so that the other is finished already. The convolution moves to the place of
// the sum, where both are known; nothing between depends on it, for the sum is its only reader.
func (l *lowering) addResidual(inputs []string) *Operation {
	if len(inputs) != 2 || inputs[0] == inputs[1] {
		return nil
	}
	for i := len(l.operations) - 1; i >= 0; i-- {
		o := l.operations[i]
		for k, value := range inputs {
			if o.Output != value || o.Conv() == nil || o.Epilogue.Residual || l.open(value) == nil {
				continue
			}
			o.Epilogue.Residual = true
			o.Inputs = append(o.Inputs, inputs[1-k])
			l.operations = append(append(l.operations[:i:i], l.operations[i+1:]...), o)
			return o
		}
	}
	return nil
}
