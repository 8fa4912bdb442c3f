package network

import (
	"fmt"

	"github.com/rt3d-tune/rt3d-tune/kernels/conv"
	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
)

// Request is what a plan is made for.
type Request struct {
	// Name of the program; it becomes part of C names and is the base name of the file.
	Name  string
	Graph *model.Graph
	// Schedules by name of the convolution's node; a convolution without one gets the default
	// schedule of its workload and target at density 1.
	Schedules map[string]spec.Schedule
	// Threads that the program is planned for; 1 or more.
	Threads int
	// Drag is the number of rounds of a loop that does nothing at the end of each run; 0 means no loop.
	Drag int
}

// Step is one operation with its place in memory. Steps run one after another; within a step the
// threads share the work.
type Step struct {
	*Operation
	Inputs []View
	Output View
	// ZeroHalo makes the step clear the halo of the output's whole buffer: it is the first to write
	// there.
	ZeroHalo bool
	// Kernel of a convolution.
	Kernel conv.Kernel
	// Workspace is scratch memory of a convolution that lives during the step only: a share for each
	// thread of the plan. Nil when the kernel needs none.
	Workspace *Buffer
	// Pooled is the pooling that a convolution's step does too, part by part; nil for none.
	Pooled *pooled
	// Section is the index of the step's section in the blob, or -1.
	Section int

	copies []copied
}

// brief tells a step that one thread finishes sooner than it takes to wake others: about 20
// microseconds on a fast core, at a value a nanosecond and a dozen products in the time of a value.
func (s *Step) brief() bool {
	const most, productsPerValue = 1 << 14, 12
	values := s.Output.Shape.Count()
	for _, in := range s.Inputs {
		values += in.Shape.Count()
	}
	products := int64(0)
	if c := s.Conv(); c != nil {
		values += c.WeightCount()
		products = s.Kernel.Workload.MACs()
	}
	return int64(values)+products/productsPerValue <= most
}

// Plan is a program laid out for one vector extension: everything but C text and weights.
type Plan struct {
	Name    string
	Graph   *model.Graph
	Info    isa.Info
	Threads int
	Drag    int
	// Input and Outputs are the border values; the outputs are given one after another. Order is the order
	// of axes in which the input comes, or nil for its own.
	Input   View
	Order   *model.Permute
	Outputs []View
	Steps   []*Step
	// Buffers of the arena, none inside another.
	Buffers []*Buffer
	// Sections is the number of sections of the blob.
	Sections int

	arenaBytes int64
}

// ArenaBytes is the size of the memory that holds all activations, 64-byte aligned.
func (p *Plan) ArenaBytes() int64 { return p.arenaBytes }

// NewPlan lowers the graph and places everything. Errors name the node.
func NewPlan(info isa.Info, r Request) (*Plan, error) {
	if err := checkRequest(r); err != nil {
		return nil, fmt.Errorf("plan program %q: %w", r.Name, err)
	}
	l, err := Lower(r.Graph)
	if err != nil {
		return nil, fmt.Errorf("plan program %q: %w", r.Name, err)
	}
	a := arrange(l, info)
	p := &Plan{Name: r.Name, Graph: r.Graph, Info: info, Threads: r.Threads, Drag: r.Drag, Buffers: a.buffers,
		Input: a.views[l.Input], Order: l.Order}
	for _, name := range l.Outputs {
		p.Outputs = append(p.Outputs, a.views[name])
	}
	for _, o := range l.Operations {
		switch o.Op.(type) {
		case *model.Concat, *model.Interleave:
			if len(a.copies[o]) == 0 {
				continue
			}
		}
		s := &Step{Operation: o, Output: a.views[o.Output], copies: a.copies[o], Section: -1}
		for _, in := range o.Inputs {
			s.Inputs = append(s.Inputs, a.views[in])
		}
		if err := p.prepare(s, r); err != nil {
			return nil, fmt.Errorf("plan program %q: node %q (%s): %w", r.Name, o.Name, o.Op.Kind(), err)
		}
		p.Steps = append(p.Steps, s)
	}
	p.fusePools(l)
	live(p.Steps, p.Input, p.Outputs)
	for i, s := range p.Steps {
		b := s.Output.Buffer()
		s.ZeroHalo = b.First == i && b.haloed()
	}
	p.arenaBytes = assign(p.Buffers)
	return p, nil
}

// prepare completes a step with what its operator needs beside memory.
func (p *Plan) prepare(s *Step, r Request) error {
	switch op := s.Op.(type) {
	case *model.Conv:
		if err := p.chooseKernel(s, r); err != nil {
			return err
		}
		s.Section = p.Sections
		p.Sections++
	case *model.Pool:
		return checkPool(op, s.In[0], s.Out)
	case *model.Add, *model.Product, *model.Affine, *model.Activation:
		if len(s.Affines) > 0 {
			s.Section = p.Sections
			p.Sections++
		}
		_, err := activate(s.Epilogue.Activation, "v")
		return err
	case *model.Concat, *model.GlobalAveragePool, *model.Reshape, *model.Softmax, *model.Pad,
		*model.Interleave, *model.Permute, *model.Resize:
	default:
		return fmt.Errorf("no kernel for operator %T", op)
	}
	return nil
}

func (p *Plan) chooseKernel(s *Step, r Request) error {
	k := conv.Kernel{Workload: s.Workload().In(p.Info.DataType), Input: s.Inputs[0].Layout(), Output: s.Output.Layout()}
	if s.Epilogue.Residual {
		k.Residual = s.Inputs[1].Layout()
	}
	schedule, ok := r.Schedules[s.Name]
	if !ok {
		schedule = spec.DefaultSchedule(k.Workload, p.Info.Vector(), 1)
		schedule.Threads = r.Threads
	}
	k.Schedule = schedule
	if err := conv.Check(p.Info, k); err != nil {
		return err
	}
	s.Kernel = k
	if floats := conv.WorkspaceFloats(p.Info, k); floats > 0 {
		shape := model.Shape{C: 1, D: 1, H: p.Threads, W: floats}
		s.Workspace = &Buffer{Value: "workspace of " + s.Name, ValueBytes: spec.Float32.Bytes(), Layout: spec.Layout{Shape: shape, Block: 1}}
		p.Buffers = append(p.Buffers, s.Workspace)
	}
	return nil
}

func checkRequest(r Request) error {
	if !identifier(r.Name) {
		return fmt.Errorf("name: want letters, digits and '_', starting with a letter")
	}
	if r.Threads < 1 {
		return fmt.Errorf("threads %d: want 1 or more", r.Threads)
	}
	for name := range r.Schedules {
		n := r.Graph.Node(name)
		if n == nil {
			return fmt.Errorf("schedule for %q: the graph has no such node", name)
		}
		if _, ok := n.Op.(*model.Conv); !ok {
			return fmt.Errorf("schedule for %q: the node is a %s, not a convolution", name, n.Op.Kind())
		}
	}
	return nil
}

func identifier(s string) bool {
	for i, c := range s {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || c != '_' && (c < '0' || c > '9')) {
			return false
		}
	}
	return s != ""
}

// checkPool refuses windows that lie in padding only: they have no maximum and no average.
func checkPool(op *model.Pool, in, out model.Shape) error {
	size, outs := [3]int{in.D, in.H, in.W}, [3]int{out.D, out.H, out.W}
	for i, axis := range [3]string{"depth", "height", "width"} {
		for o := 0; o < outs[i]; o++ {
			from := o*op.Stride[i] - op.PadBegin[i]
			if from+op.Kernel[i] <= 0 || from >= size[i] {
				return fmt.Errorf("%s: window %d of %d covers padding only (size %d, kernel %d, stride %d, padding %d,%d)",
					axis, o, outs[i], size[i], op.Kernel[i], op.Stride[i], op.PadBegin[i], op.PadEnd[i])
			}
		}
	}
	return nil
}
