package network

import (
	"fmt"
	"math/rand/v2"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// sketch builds graphs for tests, weights drawn from a seed.
type sketch struct {
	g      *model.Graph
	r      *rand.Rand
	shapes map[string]model.Shape
}

func newSketch(name string, seed uint64, input ...int) *sketch {
	s := &sketch{g: &model.Graph{Name: name, Input: model.Value{Name: "in", Dims: append([]int{1}, input...)}},
		r: rand.New(rand.NewPCG(seed, 3)), shapes: map[string]model.Shape{}}
	in, err := s.g.InputShape()
	if err != nil {
		panic(err)
	}
	s.shapes["in"] = in
	return s
}

// add appends a node; it panics on shapes that do not fit, which is the test's own mistake.
func (s *sketch) add(op model.Op, inputs ...string) string {
	in := make([]model.Shape, len(inputs))
	for i, name := range inputs {
		in[i] = s.shapes[name]
	}
	out, err := op.Infer(in)
	if err != nil {
		panic(fmt.Sprintf("%s of %v: %v", op.Kind(), in, err))
	}
	name := fmt.Sprintf("n%d", len(s.g.Nodes))
	s.g.Nodes = append(s.g.Nodes, &model.Node{Name: name, Op: op, Inputs: inputs, Output: name + ".out"})
	s.shapes[name+".out"] = out
	return name + ".out"
}

func (s *sketch) finish(output string) *model.Graph {
	o := s.shapes[output]
	s.g.Output = model.Value{Name: output, Dims: []int{1, o.C, o.D, o.H, o.W}}
	return s.g
}

func (s *sketch) values(n int, bound float32) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = (2*s.r.Float32() - 1) * bound
	}
	return v
}

// window is the part of a convolution that moves over the input.
type extent struct{ kernel, stride, dilation, begin, end [3]int }

var (
	cube = extent{[3]int{3, 3, 3}, [3]int{1, 1, 1}, [3]int{1, 1, 1}, [3]int{1, 1, 1}, [3]int{1, 1, 1}}
	unit = extent{[3]int{1, 1, 1}, [3]int{1, 1, 1}, [3]int{1, 1, 1}, [3]int{}, [3]int{}}
	flat = extent{[3]int{1, 3, 3}, [3]int{1, 1, 1}, [3]int{1, 1, 1}, [3]int{0, 1, 1}, [3]int{0, 1, 1}}
	tall = extent{[3]int{3, 1, 1}, [3]int{1, 1, 1}, [3]int{1, 1, 1}, [3]int{1, 0, 0}, [3]int{1, 0, 0}}
)

func (s *sketch) conv(x string, filters, groups int, e extent) string {
	c := &model.Conv{Filters: filters, Channels: s.shapes[x].C, Groups: groups, Kernel: e.kernel, Stride: e.stride,
		Dilation: e.dilation, PadBegin: e.begin, PadEnd: e.end}
	c.Weight = s.values(c.WeightCount(), 1.7/float32(c.WeightCount()/filters))
	for i := range c.Weight {
		c.Weight[i] += s.r.Float32() * 0.2
	}
	c.Bias = s.values(filters, 0.3)
	if s.r.IntN(4) == 0 {
		c.Bias = nil
	}
	return s.add(c, x)
}

func (s *sketch) linear(x string, filters int) string {
	out := s.conv(x, filters, 1, unit)
	s.g.Nodes[len(s.g.Nodes)-1].Op.(*model.Conv).FullyConnected = true
	return out
}

func (s *sketch) affine(x string) string {
	c := s.shapes[x].C
	return s.add(&model.Affine{Scale: s.values(c, 1.5), Shift: s.values(c, 0.5)}, x)
}

func (s *sketch) activation(x string, f model.ActivationKind) string {
	a := &model.Activation{Function: f}
	switch f {
	case model.LeakyRelu:
		a.Alpha = 0.1
	case model.Elu:
		a.Alpha = 0.7
	case model.Clip:
		a.Min, a.Max = -0.4, 0.6
	}
	return s.add(a, x)
}

func (s *sketch) flatten(x string) string {
	return s.add(&model.Reshape{To: model.Shape{C: s.shapes[x].Count(), D: 1, H: 1, W: 1}}, x)
}

var functions = []model.ActivationKind{model.Relu, model.LeakyRelu, model.Elu, model.Sigmoid, model.Tanh, model.Clip, model.Erf, model.Gelu}

// randomGraph grows a graph by random operators on random earlier values, so that values have zero,
// one or several readers in any mixture.
func randomGraph(seed uint64) *model.Graph {
	r := rand.New(rand.NewPCG(seed, 17))
	pick := func(values ...int) int { return values[r.IntN(len(values))] }
	s := newSketch(fmt.Sprintf("random%d", seed), seed, pick(1, 2, 3, 5, 8, 16, 19), pick(1, 2, 4, 5), pick(5, 7, 8), pick(4, 7, 9))
	live := []string{"in"}
	for len(s.g.Nodes) < 6+int(seed%9) {
		x := live[r.IntN(len(live))]
		if r.IntN(2) == 0 {
			x = live[len(live)-1]
		}
		if out := s.grow(r, x, live); out != "" {
			live = append(live, out)
		}
	}
	// The end of the graph reads several values, so that few nodes are dead.
	parts := []string{}
	for i := len(live) - 1; i >= 0 && len(parts) < 4; i-- {
		parts = append(parts, s.flattenSmall(live[i]))
	}
	out := s.add(&model.Concat{}, parts...)
	if r.IntN(2) == 0 {
		out = s.linear(out, pick(5, 16, 33))
	}
	if r.IntN(3) == 0 {
		out = s.add(&model.Softmax{}, out)
	}
	return s.finish(out)
}

// flattenSmall brings any value to at most a few hundred features.
func (s *sketch) flattenSmall(x string) string {
	if s.shapes[x].Count() > 600 {
		x = s.add(&model.GlobalAveragePool{}, x)
	}
	if v := s.shapes[x]; v != (model.Shape{C: v.C, D: 1, H: 1, W: 1}) {
		x = s.flatten(x)
	}
	return x
}

// grow adds one random operator on x, or nothing if the drawn one does not fit.
func (s *sketch) grow(r *rand.Rand, x string, live []string) string {
	pick := func(values ...int) int { return values[r.IntN(len(values))] }
	v := s.shapes[x]
	switch r.IntN(22) {
	case 0, 1, 2, 3:
		return s.randomConv(r, x)
	case 4:
		return s.activation(x, functions[r.IntN(len(functions))])
	case 5:
		return s.affine(x)
	case 6, 7: // a sum with another value of the same shape, or with a convolution that makes one
		inputs := []string{x}
		for _, other := range live {
			if s.shapes[other] == v && other != x && len(inputs) < 3 {
				inputs = append(inputs, other)
			}
		}
		if len(inputs) == 1 {
			inputs = append(inputs, s.conv(x, v.C, 1, cubeFor(v)))
		}
		r.Shuffle(len(inputs), func(i, j int) { inputs[i], inputs[j] = inputs[j], inputs[i] })
		return s.add(&model.Add{}, inputs...)
	case 8, 9: // branches side by side
		inputs := []string{s.conv(x, pick(4, 8, 16, 5), 1, unit), s.conv(x, pick(8, 16, 3), 1, cubeFor(v))}
		for _, other := range live {
			if o := s.shapes[other]; o.D == v.D && o.H == v.H && o.W == v.W && len(inputs) < 4 {
				inputs = append(inputs, other)
			}
		}
		r.Shuffle(len(inputs), func(i, j int) { inputs[i], inputs[j] = inputs[j], inputs[i] })
		return s.add(&model.Concat{}, inputs...)
	case 10, 11:
		return s.randomPool(r, x)
	case 12:
		if v.Count() > 6000 || v.H < 4 || v.W < 4 {
			return ""
		}
		return s.add(&model.Pad{Begin: [3]int{pick(0, 1), pick(0, 2, -1), pick(0, 1, -2)}, End: [3]int{pick(0, 1), pick(0, 1), pick(0, 3, -1)}}, x)
	case 13, 14:
		if v.Count() > 3000 {
			return ""
		}
		return s.randomTransposed(r, x)
	case 15, 16:
		if v.Count() > 3000 {
			return ""
		}
		return s.randomResize(r, x)
	case 19: // gated by itself, squeezed
		return s.add(&model.Product{}, x, s.activation(s.conv(s.add(&model.GlobalAveragePool{}, x), v.C, 1, unit), model.Sigmoid))
	case 20:
		return s.add(&model.Product{}, x, s.activation(x, model.Sigmoid))
	case 17:
		orders := [][4]int{{1, 0, 2, 3}, {3, 1, 2, 0}, {0, 2, 3, 1}, {2, 3, 0, 1}}
		return s.add(&model.Permute{Order: orders[r.IntN(len(orders))]}, x)
	case 18:
		step := [3]int{1, pick(1, 2), 2}
		if v.C%(step[1]*step[2]) != 0 {
			return ""
		}
		return s.add(&model.Interleave{Step: step}, x)
	}
	if v.C%2 == 0 {
		return s.add(&model.Reshape{To: model.Shape{C: v.C / 2, D: v.D, H: v.H * 2, W: v.W}}, x)
	}
	return s.add(&model.Reshape{To: model.Shape{C: v.C, D: v.H, H: v.D, W: v.W}}, x)
}

// cubeFor keeps the size of any input.
func cubeFor(v model.Shape) extent {
	if v.D == 1 {
		return flat
	}
	return cube
}

func (s *sketch) randomConv(r *rand.Rand, x string) string {
	pick := func(values ...int) int { return values[r.IntN(len(values))] }
	v := s.shapes[x]
	size := [3]int{v.D, v.H, v.W}
	var e extent
	for i := range e.kernel {
		e.kernel[i], e.stride[i], e.dilation[i] = pick(1, 3, 3, 2), pick(1, 1, 2), pick(1, 1, 1, 2)
		e.begin[i], e.end[i] = pick(0, 1, 1, 2), pick(0, 1, 1)
		for size[i]+e.begin[i]+e.end[i] < e.dilation[i]*(e.kernel[i]-1)+1 {
			e.kernel[i]--
		}
	}
	filters, groups := pick(3, 8, 12, 16, 24, 33), 1
	switch {
	case r.IntN(4) == 0:
		filters, groups = v.C, v.C
	case v.C%2 == 0 && filters%2 == 0 && r.IntN(4) == 0:
		groups = 2
	}
	x = s.conv(x, filters, groups, e)
	if r.IntN(3) == 0 {
		x = s.affine(x)
	}
	if r.IntN(2) == 0 {
		x = s.activation(x, functions[r.IntN(len(functions))])
	}
	return x
}

// transposed adds the phases of a transposed convolution.
func (s *sketch) transposed(x string, t *model.Transposed) string {
	t.Channels = s.shapes[x].C
	t.Weight = s.values(t.Channels*t.Filters/t.Groups*t.Kernel[0]*t.Kernel[1]*t.Kernel[2], 0.4)
	t.Bias = s.values(t.Filters, 0.3)
	phases, err := t.Phases(s.shapes[x])
	if err != nil {
		panic(err)
	}
	var outputs []string
	for _, c := range phases {
		outputs = append(outputs, s.add(c, x))
	}
	if len(phases) == 1 {
		return outputs[0]
	}
	return s.add(t.Interleave(), outputs...)
}

func (s *sketch) randomTransposed(r *rand.Rand, x string) string {
	pick := func(values ...int) int { return values[r.IntN(len(values))] }
	t := &model.Transposed{Groups: 1, Channels: s.shapes[x].C, Filters: pick(3, 8, 16, 20), Dilation: [3]int{1, 1, 1}}
	for i := range 3 {
		t.Kernel[i], t.Stride[i] = pick(1, 2, 3, 4), pick(1, 2, 2)
		t.PadBegin[i], t.PadEnd[i], t.OutputPad[i] = r.IntN(t.Kernel[i]), r.IntN(t.Kernel[i]), r.IntN(t.Stride[i])
	}
	if _, err := t.OutShape(s.shapes[x]); err != nil {
		return ""
	}
	x = s.transposed(x, t)
	if r.IntN(2) == 0 {
		x = s.affine(x)
	}
	if r.IntN(2) == 0 {
		x = s.activation(x, functions[r.IntN(len(functions))])
	}
	return x
}

func (s *sketch) randomResize(r *rand.Rand, x string) string {
	scale := func() float64 { return []float64{1, 1, 2, 1.5, .5}[r.IntN(5)] }
	op := &model.Resize{Linear: r.IntN(2) == 0, Scale: [3]float64{scale(), scale(), scale()},
		Coordinates: []model.Coordinates{model.HalfPixel, model.PytorchHalfPixel, model.AlignCorners, model.Asymmetric}[r.IntN(4)]}
	if !op.Linear {
		op.Rounding = []model.Rounding{model.PreferFloor, model.PreferCeil, model.Floor, model.Ceil}[r.IntN(4)]
	}
	if _, err := op.Infer([]model.Shape{s.shapes[x]}); err != nil {
		return ""
	}
	return s.add(op, x)
}

// decoder is an encoder-decoder with skips, fed channels last, with two outputs: a map and a vector.
func decoder() *model.Graph {
	s := newSketch("decoder", 1, 4, 6, 9, 3)
	x := s.add(&model.Permute{Order: [4]int{3, 0, 1, 2}}, "in")
	skip := s.activation(s.conv(x, 16, 1, cube), model.Relu)
	x = s.add(&model.Pool{Function: model.MaxPool, Kernel: [3]int{2, 2, 2}, Stride: [3]int{2, 2, 2}, CeilMode: true}, skip)
	x = s.activation(s.conv(x, 24, 1, cube), model.Gelu)
	up := s.transposed(x, &model.Transposed{Groups: 1, Filters: 16, Kernel: [3]int{2, 3, 3}, Stride: [3]int{2, 2, 2}, Dilation: [3]int{1, 1, 1},
		PadBegin: [3]int{0, 1, 1}, PadEnd: [3]int{0, 1, 1}, OutputPad: [3]int{0, 1, 0}})
	up = s.activation(s.affine(up), model.LeakyRelu)
	scores := s.conv(s.conv(s.add(&model.Concat{}, up, skip), 5, 1, cube), 4, 1, unit)
	vector := s.linear(s.add(&model.GlobalAveragePool{}, x), 7)
	s.finish(scores)
	o := s.shapes[scores]
	if err := s.g.JoinOutputs([]model.Value{{Name: scores, Dims: []int{1, o.C, o.D, o.H, o.W}}, {Name: vector, Dims: []int{1, 7}}}); err != nil {
		panic(err)
	}
	return s.g
}

func (s *sketch) randomPool(r *rand.Rand, x string) string {
	pick := func(values ...int) int { return values[r.IntN(len(values))] }
	v := s.shapes[x]
	size := [3]int{v.D, v.H, v.W}
	p := &model.Pool{Function: model.MaxPool, CeilMode: r.IntN(2) == 0}
	if r.IntN(2) == 0 {
		p.Function, p.CountPad = model.AveragePool, r.IntN(2) == 0
	}
	for i := range p.Kernel {
		p.Kernel[i], p.Stride[i] = min(pick(1, 2, 3), size[i]), pick(1, 2)
		if p.Kernel[i] > 1 {
			p.PadBegin[i], p.PadEnd[i] = pick(0, 1), pick(0, 1)
		}
	}
	out, err := p.Infer([]model.Shape{v})
	if err != nil || checkPool(p, v, out) != nil {
		return ""
	}
	return s.add(p, x)
}

// specialGraphs are corners of the planner.
func specialGraphs() map[string]*model.Graph {
	identity := newSketch("identity", 1, 3, 2, 3, 5)
	identity.finish("in")
	relabel := newSketch("relabel", 1, 3, 2, 3, 5) // the input itself goes through an operator
	relabel.finish(relabel.flatten("in"))
	vector := newSketch("vector", 1, 13) // an input without space
	vector.finish(vector.add(&model.Softmax{}, vector.linear(vector.activation(vector.linear("in", 21), model.Relu), 9)))
	positions := newSketch("positions", 1, 9, 2, 3, 5) // a softmax at each position, of a value with a halo
	soft := positions.add(&model.Softmax{}, positions.conv("in", 11, 1, cube))
	positions.finish(positions.add(&model.Add{}, soft, positions.conv(soft, 11, 1, cube)))
	shared := newSketch("shared", 1, 12, 3, 4, 5) // a slice that ends inside a block, read before and after its neighbour comes
	a, b := shared.conv("in", 12, 1, unit), shared.conv("in", 7, 1, cube)
	before := shared.conv(a, 8, 1, cube)
	joined := shared.add(&model.Concat{}, a, b, before)
	shared.finish(shared.conv(shared.add(&model.Concat{}, joined, shared.conv(a, 8, 1, cube), joined), 10, 1, cube))
	phases := newSketch("phases", 1, 5, 3, 6, 7) // phases of 3x3x3 positions, which Winograd kernels fit, and one with two readers
	up := phases.transposed("in", &model.Transposed{Groups: 1, Filters: 12, Kernel: [3]int{3, 6, 6}, Stride: [3]int{1, 2, 2}, Dilation: [3]int{1, 1, 1},
		PadBegin: [3]int{1, 2, 2}, PadEnd: [3]int{1, 2, 2}})
	one := phases.conv(phases.g.Nodes[0].Output, 3, 1, cube)
	phases.finish(phases.add(&model.Concat{}, phases.flattenSmall(up), phases.flattenSmall(one)))
	halves := newSketch("halves", 1, 37) // half-precision weights, and a scale that must not be folded into them
	halved, err := model.HalveLinear(halves.finish(halves.linear(halves.affine(halves.linear("in", 70)), 9)))
	if err != nil {
		panic(err)
	}
	return map[string]*model.Graph{"halves": halved, "decoder": decoder(), "phases": phases.g, "identity": identity.g, "relabel": relabel.g, "vector": vector.g,
		"positions": positions.g, "shared": shared.g}
}
