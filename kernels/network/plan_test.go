package network

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/kernels/conv"
	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/model/reference"
)

func scalarInfo(t *testing.T) isa.Info {
	t.Helper()
	info, err := isa.Of(spec.Scalar, spec.Float32)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

// TestMemory checks on many graphs that buffers which are alive together do not overlap, that they
// lie inside the arena, and that the arena is smaller than all buffers side by side.
func TestMemory(t *testing.T) {
	saved, workspaces := false, 0
	for seed := range uint64(300) {
		p := planFor(t, scalarInfo(t), "memory", randomGraph(seed))
		var sum int64
		for i, b := range p.Buffers {
			sum += b.Bytes()
			if b.Offset%alignment != 0 || b.Offset < 0 || b.Offset+b.Bytes() > p.ArenaBytes() {
				t.Fatalf("graph %d: buffer %s at %d of %d bytes, arena %d", seed, b.Value, b.Offset, b.Bytes(), p.ArenaBytes())
			}
			for _, o := range p.Buffers[:i] {
				together := b.First <= o.Last && o.First <= b.Last
				if together && b.Offset < o.Offset+o.Bytes() && o.Offset < b.Offset+b.Bytes() {
					t.Fatalf("graph %d: buffers %s and %s are alive together and overlap", seed, b.Value, o.Value)
				}
			}
		}
		saved = saved || p.ArenaBytes() < sum
		for i, s := range p.Steps {
			if w := s.Workspace; w != nil && s.Pooled == nil {
				workspaces++
				if want := 4 * int64(p.Threads*conv.WorkspaceFloats(p.Info, s.Kernel)); w.First != i || w.Last != i || w.Bytes() != want {
					t.Fatalf("graph %d: workspace of step %d is alive from %d to %d and has %d bytes, want %d", seed, i, w.First, w.Last, w.Bytes(), want)
				}
			}
			for _, v := range append([]View{s.Output}, s.Inputs...) {
				if b := v.Buffer(); i < b.First || i > b.Last {
					t.Fatalf("graph %d: step %d uses %s, which is alive from %d to %d", seed, i, b.Value, b.First, b.Last)
				}
			}
		}
	}
	if !saved || workspaces == 0 {
		t.Errorf("memory is reused: %v; %d workspaces", saved, workspaces)
	}
}

func TestAssignReusesGaps(t *testing.T) {
	buffer := func(floats, first, last int) *Buffer {
		return &Buffer{ValueBytes: 4, Layout: spec.Layout{Shape: model.Shape{C: floats, D: 1, H: 1, W: 1}, Block: 1}, First: first, Last: last}
	}
	// A chain: each buffer lives from its step to the next, so two places alternate.
	chain := []*Buffer{buffer(100, 0, 1), buffer(100, 1, 2), buffer(100, 2, 3), buffer(100, 3, 4)}
	if got, want := assign(chain), 2*chain[0].Bytes(); got != want {
		t.Errorf("chain: arena of %d bytes, want %d", got, want)
	}
	// The small one fits into the tighter of two gaps.
	big, middle, small, long := buffer(1024, 0, 1), buffer(512, 0, 1), buffer(500, 2, 3), buffer(2048, 0, 3)
	if got, want := assign([]*Buffer{small, middle, long, big}), long.Bytes()+big.Bytes()+middle.Bytes(); got != want {
		t.Errorf("gaps: arena of %d bytes, want %d", got, want)
	}
}

// TestConcatenationInPlace counts the copies that a concatenation needs.
func TestConcatenationInPlace(t *testing.T) {
	cases := []struct {
		name   string
		build  func(s *sketch) string
		copies int
	}{
		{"aligned", func(s *sketch) string {
			return s.add(&model.Concat{}, s.conv("in", 8, 1, unit), s.conv("in", 16, 1, cube), s.conv("in", 5, 1, unit))
		}, 0},
		{"behind an odd one", func(s *sketch) string {
			return s.add(&model.Concat{}, s.conv("in", 5, 1, unit), s.conv("in", 16, 1, cube), s.conv("in", 11, 1, unit))
		}, 2},
		{"nested", func(s *sketch) string {
			a := s.add(&model.Concat{}, s.conv("in", 8, 1, unit), s.conv("in", 8, 1, cube))
			return s.add(&model.Concat{}, s.conv("in", 8, 1, unit), a)
		}, 0},
		{"twice the same", func(s *sketch) string {
			a := s.conv("in", 8, 1, unit)
			return s.add(&model.Concat{}, a, a)
		}, 1},
		{"the input", func(s *sketch) string {
			return s.add(&model.Concat{}, "in", s.conv("in", 8, 1, unit))
		}, 2},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := newSketch("concat", 1, 5, 4, 6, 6)
			p := planFor(t, scalarInfo(t), "concat", s.finish(c.build(s)))
			copies := 0
			for _, step := range p.Steps {
				copies += len(step.copies)
			}
			if copies != c.copies {
				t.Errorf("%d inputs are copied, want %d", copies, c.copies)
			}
		})
	}
}

func TestPlanErrorsNameTheNode(t *testing.T) {
	good := func() *model.Graph {
		s := newSketch("good", 1, 5, 4, 6, 6)
		return s.finish(s.activation(s.conv("in", 8, 1, cube), model.Relu))
	}
	bad := spec.Schedule{Algorithm: spec.Direct, TileWidth: 6, TileRows: 6, TileFilters: 1, Order: spec.FilterOuter, UnrollChannels: 1, Threads: 1}
	cases := []struct {
		name    string
		request Request
		want    string
	}{
		{"schedule that does not fit", Request{Name: "p", Graph: good(), Threads: 1, Schedules: map[string]spec.Schedule{"n0": bad}}, `node "n0"`},
		{"schedule of no node", Request{Name: "p", Graph: good(), Threads: 1, Schedules: map[string]spec.Schedule{"conv9": bad}}, `"conv9"`},
		{"schedule of an activation", Request{Name: "p", Graph: good(), Threads: 1, Schedules: map[string]spec.Schedule{"n1": bad}}, `"n1"`},
		{"no name", Request{Graph: good(), Threads: 1}, "name"},
		{"name that is not C", Request{Name: "3d-net", Graph: good(), Threads: 1}, "name"},
		{"no threads", Request{Name: "p", Graph: good()}, "threads 0"},
		{"empty window", Request{Name: "p", Threads: 1, Graph: func() *model.Graph {
			s := newSketch("pool", 1, 5, 4, 6, 6)
			return s.finish(s.add(&model.Pool{Function: model.MaxPool, Kernel: [3]int{1, 1, 1}, Stride: [3]int{1, 1, 1}, PadBegin: [3]int{0, 1, 0}}, "in"))
		}()}, `node "n0" (MaxPool): height: window 0`},
		{"unknown function", Request{Name: "p", Threads: 1, Graph: func() *model.Graph {
			s := newSketch("f", 1, 5, 4, 6, 6)
			return s.finish(s.add(&model.Activation{Function: "Swish"}, s.add(&model.GlobalAveragePool{}, "in")))
		}()}, `node "n1"`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := NewPlan(scalarInfo(t), c.request)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %s", err, c.want)
			}
		})
	}
}

// prunable is a graph with two convolutions, the first pruned by a mask from a seed.
func prunable(t *testing.T, seed uint64) *model.Graph {
	t.Helper()
	s := newSketch("prunable", 5, 5, 4, 6, 6)
	g := s.finish(s.conv(s.activation(s.affine(s.conv("in", 16, 1, cube)), model.Relu), 9, 1, cube))
	c := g.Nodes[0].Op.(*model.Conv)
	m, err := model.NewMask(model.KGS, 4, 2, c)
	if err != nil {
		t.Fatal(err)
	}
	keep := newSketch("", seed, 1, 1, 1, 1).r
	for i := range m.Kept {
		m.Kept[i] = keep.IntN(3) == 0
	}
	for i := range c.Weight {
		if !m.Keeps(i/(m.Positions*m.Channels), i/m.Positions%m.Channels, i%m.Positions) {
			c.Weight[i] = 0
		}
	}
	c.Mask = m
	return g
}

// TestMaskIsData: two masks give the same C and different blobs, and one binary answers rightly for
// both.
func TestMaskIsData(t *testing.T) {
	m := machineFor(t, spec.Scalar, "-O1")
	one, two := planFor(t, m.info, "masked", prunable(t, 1)), planFor(t, m.info, "masked", prunable(t, 2))
	text := [2][]byte{}
	for i, p := range []*Plan{one, two} {
		var err error
		if text[i], err = p.Emit(); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(text[0], text[1]) {
		t.Fatal("another mask gives other C")
	}
	b := m.build(t, one)
	b.verify(t, one, tolerance)
	b.verify(t, two, tolerance)
}

// TestBlobRefused damages a blob in every way that check_blob claims to notice.
func TestBlobRefused(t *testing.T) {
	m := machineFor(t, spec.Scalar, "-O1")
	s := newSketch("blob", 5, 5, 4, 6, 6)
	g := s.finish(s.affine(s.activation(s.conv("in", 16, 1, cube), model.Relu)))
	p, other := planFor(t, m.info, "blob", g), planFor(t, m.info, "other", prunable(t, 1))
	b := m.build(t, p)
	good, err := p.Pack()
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := other.Pack()
	if err != nil {
		t.Fatal(err)
	}
	changed := func(at int, to byte) []byte {
		c := append([]byte(nil), good...)
		c[at] ^= to
		return c
	}
	input := randomInput(1, p.Input.Shape.Count())
	want, err := reference.Run(g, input)
	if err != nil {
		t.Fatal(err)
	}
	if d := difference(t, b.run(t, p, good, input, 1), want); d > tolerance {
		t.Fatalf("the good blob differs by %g", d)
	}
	sectionAt := int(good[64]) | int(good[65])<<8
	for name, c := range map[string]struct {
		blob []byte
		code string // as in the comment of check_blob
	}{
		"empty":           {nil, "1"},
		"short":           {good[:70], "1"},
		"magic":           {changed(0, 1), "2"},
		"version":         {changed(8, 2), "3"},
		"foreign":         {foreign, "4"},
		"identity":        {changed(47, 1), "4"},
		"section count":   {changed(12, 1), "5"},
		"cut":             {good[:len(good)-4], "6"},
		"longer":          {append(append([]byte(nil), good...), 0), "6"},
		"section outside": {changed(64+7, 1), "7"},
		"section long":    {changed(72+7, 1), "7"},
		"section moved":   {changed(64, 4), "7"},
		"section magic":   {changed(sectionAt, 1), "8"},
		"affine bytes":    {changed(64+16+8, 128), "8"},
	} {
		_, err := b.try(t, p, c.blob, input, 1)
		var failed *runError
		if !errors.As(err, &failed) || failed.status() != 3 {
			t.Errorf("%s: error %v, want a refused blob", name, err)
		} else if !strings.HasSuffix(strings.TrimSpace(failed.stderr), "refused: "+c.code) {
			t.Errorf("%s: %s, want code %s", name, failed.stderr, c.code)
		}
	}
}

// TestFoldIsExactInFloat64 folds two affines in a row.
func TestFoldIsExactInFloat64(t *testing.T) {
	c := &model.Conv{Filters: 1, Channels: 1, Groups: 1, Kernel: [3]int{1, 1, 1}, Weight: []float32{3}, Bias: []float32{5}}
	a := []*model.Affine{{Scale: []float32{2}, Shift: []float32{1}}, {Scale: []float32{-4}, Shift: []float32{0.5}}}
	f := fold(c, a)
	if f.Weight[0] != -24 || f.Bias[0] != -43.5 {
		t.Errorf("weight %g, bias %g: want -24, -43.5", f.Weight[0], f.Bias[0])
	}
	if c.Weight[0] != 3 || c.Bias[0] != 5 {
		t.Error("fold changed the graph's own weights")
	}
}

func TestLiteral(t *testing.T) {
	for v, want := range map[float32]string{1: "1.0f", -0.25: "-0.25f", 1e-9: "1e-09f", float32(math.Inf(1)): "INFINITY", float32(math.Inf(-1)): "-INFINITY"} {
		if got := literal(v); got != want {
			t.Errorf("literal(%g) = %s, want %s", v, got, want)
		}
	}
}

// TestBriefSteps: small steps run on the caller alone, large ones on the pool.
func TestBriefSteps(t *testing.T) {
	s := newSketch("brief", 1, 8, 4, 16, 16)
	large := s.conv("in", 16, 1, cube)
	small := s.add(&model.GlobalAveragePool{}, large)
	p := planFor(t, scalarInfo(t), "brief", s.finish(s.linear(small, 5)))
	text, err := p.Emit()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"rt3d_pool_run(pool, step_0,", "rt3d_pool_run(pool, step_1,", "rt3d_pool_run(0, step_2,"} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("no %s in the program", want)
		}
	}
}

// TestDrag: the loop is there when it is asked for, and makes another program.
func TestDrag(t *testing.T) {
	s := newSketch("drag", 1, 4, 2, 6, 6)
	g := s.finish(s.conv("in", 4, 1, cube))
	emit := func(drag int) string {
		p, err := NewPlan(scalarInfo(t), Request{Name: "drag", Graph: g, Threads: 1, Drag: drag})
		if err != nil {
			t.Fatal(err)
		}
		text, err := p.Emit()
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if plain, slow := emit(0), emit(77); strings.Contains(plain, "drag */") || !strings.Contains(slow, "i < 77; ++i) (void)i; /* drag */") {
		t.Errorf("without drag:\n%s\nwith it:\n%s", plain, slow)
	}
}

// TestEqualKernelsAreEmittedOnce: layers of one workload and layout share a function.
func TestEqualKernelsAreEmittedOnce(t *testing.T) {
	s := newSketch("alike", 1, 8, 4, 6, 6)
	x := "in"
	for range 5 {
		x = s.activation(s.conv(x, 8, 1, cube), model.Relu)
	}
	// Without schedules: planFor gives equal layers different algorithms.
	p, err := NewPlan(scalarInfo(t), Request{Name: "alike", Graph: s.finish(x), Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	text, err := p.Emit()
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(text, []byte("static void conv_1(")); n != 1 {
		t.Errorf("conv_1 is emitted %d times", n)
	}
	if strings.Contains(string(text), "static void conv_3(") { // the last one writes without a halo
		t.Error("more than two functions for five convolutions of one workload")
	}
	again, err := p.Emit()
	if err != nil || !bytes.Equal(text, again) {
		t.Errorf("emitting twice gives different C (error %v)", err)
	}
}
