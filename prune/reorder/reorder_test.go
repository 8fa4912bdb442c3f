package reorder

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/model/reference"
)

// sketch builds graphs whose convolutions have random masks.
type sketch struct {
	*model.Graph
	r      *rand.Rand
	shapes map[string]model.Shape
}

func newSketch(seed uint64, channels int) *sketch {
	s := &sketch{Graph: &model.Graph{Name: "sketch", Input: model.Value{Name: "in", Dims: []int{1, channels, 2, 4, 3}}},
		r: rand.New(rand.NewPCG(seed, 5)), shapes: map[string]model.Shape{}}
	s.shapes["in"] = model.Shape{C: channels, D: 2, H: 4, W: 3}
	return s
}

func (s *sketch) add(op model.Op, inputs ...string) string {
	var in []model.Shape
	for _, name := range inputs {
		in = append(in, s.shapes[name])
	}
	out, err := op.Infer(in)
	if err != nil {
		panic(fmt.Sprintf("%s of %v: %v", op.Kind(), in, err)) // the test's own mistake
	}
	name := fmt.Sprintf("n%d", len(s.Nodes))
	s.Nodes = append(s.Nodes, &model.Node{Name: name, Op: op, Inputs: inputs, Output: name})
	s.shapes[name] = out
	return name
}

func (s *sketch) values(n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = 2*s.r.Float32() - 1
	}
	return v
}

// conv adds a convolution whose mask drops half of the units of a scheme in groups of gm × gn; dense with no
// scheme.
func (s *sketch) conv(x string, filters, groups int, m model.Mask) string {
	c := &model.Conv{Filters: filters, Channels: s.shapes[x].C, Groups: groups, Kernel: [3]int{1, 3, 1}, Stride: [3]int{1, 1, 1},
		Dilation: [3]int{1, 1, 1}, PadBegin: [3]int{0, 1, 0}, PadEnd: [3]int{0, 1, 0}}
	if s.shapes[x].H == 1 {
		c.Kernel, c.PadBegin, c.PadEnd = [3]int{1, 1, 1}, [3]int{}, [3]int{}
		c.FullyConnected = groups == 1
	}
	c.Weight, c.Bias = s.values(c.WeightCount()), s.values(filters)
	if m.Scheme != "" {
		mask, err := model.NewMask(m.Scheme, min(m.GM, filters), min(m.GN, c.Channels/groups), c)
		if err != nil {
			panic(err)
		}
		for i := range mask.Kept {
			mask.Kept[i] = s.r.IntN(2) == 0
		}
		impose(c, mask)
	}
	return s.add(c, x)
}

func impose(c *model.Conv, m *model.Mask) {
	c.Mask = m
	for i := range c.Weight {
		if !m.Keeps(i/(m.Channels*m.Positions), i/m.Positions%m.Channels, i%m.Positions) {
			c.Weight[i] = 0
		}
	}
}

func kgs(gm, gn int) model.Mask { return model.Mask{Scheme: model.KGS, GM: gm, GN: gn} }

func (s *sketch) flatten(x string) string {
	return s.add(&model.Reshape{To: model.Shape{C: s.shapes[x].Count(), D: 1, H: 1, W: 1}}, x)
}

func (s *sketch) relu(x string) string { return s.add(&model.Activation{Function: model.Relu}, x) }

func (s *sketch) affine(x string) string {
	c := s.shapes[x].C
	return s.add(&model.Affine{Scale: s.values(c), Shift: s.values(c)}, x)
}

func (s *sketch) finish(x string) *model.Graph {
	o := s.shapes[x]
	s.Output = model.Value{Name: x, Dims: []int{1, o.C, o.D, o.H, o.W}}
	return s.Graph
}

// random grows a graph by random operators on random earlier values.
func random(seed uint64) *model.Graph {
	s := newSketch(seed, 4)
	live := []string{"in"}
	masks := []model.Mask{{}, kgs(1, 1), kgs(2, 4), kgs(4, 2), kgs(3, 2), {Scheme: model.Vanilla, GM: 2, GN: 2}, {Scheme: model.Filter}}
	for len(s.Nodes) < 14 {
		x := live[s.r.IntN(len(live))]
		same := x
		for _, y := range live {
			if y != x && s.shapes[y] == s.shapes[x] {
				same = y
			}
		}
		var out string
		switch s.r.IntN(13) {
		case 0, 1, 2, 3:
			out = s.conv(x, 8+4*s.r.IntN(2), 1, masks[s.r.IntN(len(masks))])
		case 4:
			out = s.conv(x, s.shapes[x].C, s.shapes[x].C, model.Mask{Scheme: model.KGS, GM: 2, GN: 1})
		case 5:
			if s.shapes[x].C%2 != 0 {
				continue
			}
			out = s.conv(x, s.shapes[x].C, 2, model.Mask{})
		case 6:
			out = s.add(&model.Add{}, x, same)
		case 7:
			out = s.add(&model.Concat{}, x, same)
		case 8:
			out = s.add(&model.Product{}, x, s.add(&model.GlobalAveragePool{}, same))
		case 9:
			out = s.affine(s.relu(x))
		case 10:
			if s.shapes[x].H == 1 {
				continue
			}
			out = s.add(&model.Interleave{Step: [3]int{1, 2, 1}}, x, same)
		case 11:
			first := s.r.IntN(2)
			out = s.add(&model.Permute{Order: [4]int{first, 1 - first, 3, 2}}, x)
		case 12:
			in := s.shapes[x]
			out = s.add(&model.Reshape{To: model.Shape{C: in.C * in.D, D: 1, H: in.H, W: in.W}}, x)
		}
		if s.shapes[out].Count() < 4000 {
			live = append(live, out)
		}
	}
	var flat []string
	for _, x := range live[len(live)-3:] {
		flat = append(flat, s.flatten(x))
	}
	return s.finish(s.conv(s.add(&model.Concat{}, flat...), 6, 1, kgs(2, 3)))
}

// outputs runs a graph on some inputs.
func outputs(t *testing.T, g *model.Graph) []float64 {
	t.Helper()
	s, err := g.InputShape()
	if err != nil {
		t.Fatal(err)
	}
	var all []float64
	r := rand.New(rand.NewPCG(1, 1))
	for range 2 {
		in := make([]float32, s.Count())
		for i := range in {
			in[i] = 2*r.Float32() - 1
		}
		out, err := reference.Run(g, in)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, out...)
	}
	return all
}

// checkSame holds a reordered network against the one that it was made from.
func checkSame(t *testing.T, was, is *model.Graph) {
	t.Helper()
	want, got := outputs(t, was), outputs(t, is)
	scale := 0.0
	for _, w := range want {
		scale = max(scale, math.Abs(w))
	}
	for i := range want {
		if !(math.Abs(got[i]-want[i]) <= 1e-9*scale) {
			t.Fatalf("output %d is %g, was %g, of a scale of %g", i, got[i], want[i], scale)
		}
	}
	for i, n := range was.Convs() {
		before, after := n.Op.(*model.Conv), is.Convs()[i].Op.(*model.Conv)
		if before.Mask == nil {
			continue
		}
		if err := after.CheckMask(); err != nil {
			t.Errorf("%s: %v", n.Name, err)
		}
		a, b := *before.Mask, *after.Mask
		if a.KeptWeights() != b.KeptWeights() {
			t.Errorf("%s keeps %d weights, kept %d", n.Name, b.KeptWeights(), a.KeptWeights())
		}
		a.Kept, b.Kept = nil, nil
		if !reflect.DeepEqual(a, b) {
			t.Errorf("%s has mask %+v, had %+v", n.Name, b, a)
		}
	}
}

// Whatever order the channels of a network are in, it computes the same, and the order can be undone.
func TestAnyOrderComputesTheSame(t *testing.T) {
	moved := map[string]int{}
	for seed := range uint64(300) {
		g := random(seed)
		shapes, err := g.Shapes()
		if err != nil {
			t.Fatal(err)
		}
		layouts, all := spaces(g, shapes)
		r := rand.New(rand.NewPCG(seed, 9))
		there, back := orders{}, orders{}
		for _, s := range all {
			granule := max(1, s.granule)
			if s.fixed || s.channels/granule < 2 {
				continue
			}
			order, inverse := make([]int, s.channels), make([]int, s.channels)
			copy(order, identity(s.channels))
			for i, at := range r.Perm(s.channels / granule) {
				for j := range granule {
					order[i*granule+j] = at*granule + j
				}
			}
			for i, from := range order {
				inverse[from] = i
			}
			there[s], back[s] = order, inverse
		}
		is := apply(g, layouts, there)
		checkSame(t, g, is)
		for _, n := range g.Nodes {
			if there.of(layouts[n.Output]) != nil {
				moved[n.Op.Kind()]++
			}
			for i, in := range n.Inputs {
				if there.of(layouts[in]) != nil {
					moved[fmt.Sprintf("%s reads %d", n.Op.Kind(), min(i, 1))]++
				}
			}
		}
		if again := apply(is, layouts, back); !reflect.DeepEqual(again, g) {
			t.Fatalf("seed %d: undone, the network is another", seed)
		}
	}
	for _, kind := range []string{"Conv", "Gemm reads 0", "Relu", "Add reads 1", "Concat reads 1", "Mul reads 1",
		"GlobalAveragePool", "Reshape", "DepthToSpace reads 1", "Transpose"} {
		if moved[kind] < 5 {
			t.Errorf("%s saw another order in %d of the graphs: this test shows too little (%v)", kind, moved[kind], moved)
		}
	}
}

func identity(n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	return order
}

// Graph gives networks that compute the same and never run more, the same each time.
func TestGraphRunsLess(t *testing.T) {
	better := 0
	for seed := range uint64(200) {
		g := random(seed)
		cuts := Cuts{}
		for _, n := range g.Convs() {
			for left := n.Op.(*model.Conv).Filters; left > 0; left -= 4 {
				cuts[n.Name] = append(cuts[n.Name], min(4, left))
			}
		}
		untouched := g.Clone()
		is, layers, err := Graph(g, cuts)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(g, untouched) {
			t.Fatalf("seed %d: the given network was changed", seed)
		}
		checkSame(t, g, is)
		var kept, before, after int64
		for _, l := range layers {
			kept, before, after = kept+l.Kept, before+l.Before, after+l.After
		}
		if kept > after || after > before {
			t.Errorf("seed %d: masks keep %d, kernels ran %d and run %d", seed, kept, before, after)
		}
		if after < before {
			better++
		}
		if again, other, err := Graph(g, cuts); err != nil || !reflect.DeepEqual(again, is) || !reflect.DeepEqual(other, layers) {
			t.Errorf("seed %d: twice gives two networks (error %v)", seed, err)
		}
	}
	if better < 20 {
		t.Errorf("%d of the graphs run less: this test shows too little", better)
	}
}

// stripes makes groups of gm filters keep the one or the others of the positions by turns.
func stripes(s *sketch, name string, gm int) {
	c := s.Node(name).Op.(*model.Conv)
	m, err := model.NewMask(model.KGS, gm, 1, c)
	if err != nil {
		panic(err)
	}
	for i := range m.Kept {
		m.Kept[i] = (i%m.Positions == 0) == (i/m.Positions/m.Q()%2 == 0)
	}
	impose(c, m)
}

// Like masks meet in one block as far as what reads them lets them.
func TestLikeMasksMeet(t *testing.T) {
	for _, c := range []struct {
		name  string
		build func(s *sketch) (*model.Graph, string)
		// share of the multiply-accumulates before that are run after.
		share float64
	}{
		{"chain", func(s *sketch) (*model.Graph, string) {
			a := s.conv("in", 16, 1, model.Mask{})
			stripes(s, a, 2)
			return s.finish(s.conv(s.relu(a), 4, 1, kgs(2, 2))), a
		}, .5},
		{"groups of a reader that cannot be parted", func(s *sketch) (*model.Graph, string) {
			a := s.conv("in", 16, 1, model.Mask{})
			stripes(s, a, 2)
			return s.finish(s.conv(a, 4, 1, kgs(2, 4))), a
		}, 1},
		{"output", func(s *sketch) (*model.Graph, string) {
			a := s.conv("in", 16, 1, model.Mask{})
			stripes(s, a, 2)
			return s.finish(s.relu(a)), a
		}, 1},
		{"grouped reader", func(s *sketch) (*model.Graph, string) {
			a := s.conv("in", 16, 1, model.Mask{})
			stripes(s, a, 2)
			return s.finish(s.conv(a, 4, 2, model.Mask{})), a
		}, 1},
		{"residual of the input", func(s *sketch) (*model.Graph, string) {
			a := s.conv("in", 4, 1, model.Mask{})
			stripes(s, a, 1)
			return s.finish(s.conv(s.add(&model.Add{}, a, "in"), 4, 1, model.Mask{})), a
		}, 1},
		{"two layers of one residual sum, both striped", func(s *sketch) (*model.Graph, string) {
			a := s.conv("in", 16, 1, model.Mask{})
			b := s.conv(a, 16, 1, model.Mask{})
			stripes(s, a, 2)
			stripes(s, b, 2)
			return s.finish(s.conv(s.add(&model.Add{}, a, b), 4, 1, model.Mask{})), b
		}, .5},
		{"flattened into a linear layer", func(s *sketch) (*model.Graph, string) {
			a := s.conv("in", 16, 1, model.Mask{})
			stripes(s, a, 2)
			return s.finish(s.conv(s.flatten(a), 4, 1, kgs(2, 12))), a // a channel is 24 values
		}, .5},
		{"behind a part that ends within a group of the reader", func(s *sketch) (*model.Graph, string) {
			a, b := s.conv("in", 16, 1, model.Mask{}), s.conv("in", 3, 1, model.Mask{})
			stripes(s, a, 2)
			return s.finish(s.conv(s.add(&model.Concat{}, b, a), 4, 1, kgs(2, 2))), a
		}, 1},
	} {
		g, layer := c.build(newSketch(3, 4))
		cuts := Cuts{}
		for _, n := range g.Convs() {
			cuts[n.Name] = slices.Repeat([]int{4}, n.Op.(*model.Conv).Filters/4)
			if len(cuts[n.Name])*4 != n.Op.(*model.Conv).Filters {
				delete(cuts, n.Name)
			}
		}
		is, layers, err := Graph(g, cuts)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		checkSame(t, g, is)
		at := slices.IndexFunc(layers, func(l Layer) bool { return l.Name == layer })
		if at < 0 {
			t.Fatalf("%s: no word of layer %s in %+v", c.name, layer, layers)
		}
		if share := float64(layers[at].After) / float64(layers[at].Before); share != c.share {
			t.Errorf("%s: layer %s runs %.3f of what it ran, want %.3f", c.name, layer, share, c.share)
		}
		if (is == g) != (c.share == 1) {
			t.Errorf("%s: another network although the order stays, or the same although not", c.name)
		}
	}
}

// A layer by itself gets the order that it would have in a chain, its groups and those of its reader whole.
func TestAlone(t *testing.T) {
	for _, c := range []struct {
		gn    int
		moves bool
	}{{1, true}, {2, true}, {4, false}, {16, false}} { // groups of four filters and more have both stripes
		s := newSketch(3, 4)
		a := s.conv("in", 16, 1, model.Mask{})
		stripes(s, a, 2)
		n := s.Node(a)
		was := n.Op.(*model.Conv)
		order, err := Alone(n, s.shapes[a], []int{4, 4, 4, 4}, c.gn)
		if err != nil {
			t.Fatal(err)
		}
		is := *was
		Filters(&is, order)
		p, _, err := newProducer(n, s.shapes[a], Cuts{a: {4, 4, 4, 4}})
		if err != nil {
			t.Fatal(err)
		}
		if err := is.CheckMask(); err != nil {
			t.Error(err)
		}
		if (order != nil) != c.moves || c.moves && 2*p.runs(is.Mask) != p.runs(was.Mask) {
			t.Errorf("readers in groups of %d channels: the layer runs %d, %d before", c.gn, p.runs(is.Mask), p.runs(was.Mask))
		}
	}
}

func TestGraphRefuses(t *testing.T) {
	s := newSketch(1, 4)
	a := s.conv("in", 8, 1, kgs(2, 2))
	g := s.finish(s.conv(a, 4, 1, model.Mask{}))
	for _, cut := range [][]int{{4}, {4, 4, 4}, {8, 0}, {}} {
		if _, _, err := Graph(g, Cuts{a: cut}); err == nil || !strings.Contains(err.Error(), a) || !strings.Contains(err.Error(), "8 filters") {
			t.Errorf("blocks %v: error %v; want one that names layer %s and its 8 filters", cut, err, a)
		}
	}
	s.Nodes[1].Op.(*model.Conv).Channels = 5
	if _, _, err := Graph(g, nil); err == nil || !strings.Contains(err.Error(), "n1") {
		t.Errorf("shapes that do not fit: %v", err)
	}
}
