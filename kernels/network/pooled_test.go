package network

import (
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
)

// early is the beginning of a network of full size: a convolution with few weights and a large output, and a
// pooling.
func early(filters int, pool *model.Pool, residual bool) *model.Graph {
	channels, groups := 3, 1
	if residual { // of a depthwise convolution, which runs by another algorithm
		channels, groups = filters, filters
	}
	s := newSketch("early", 1, channels, 8, 48, 52)
	x := s.conv("in", filters, groups, cube)
	if residual {
		x = s.add(&model.Add{}, x, "in")
	}
	x = s.add(pool, s.activation(x, model.Relu))
	return s.finish(s.conv(x, 3, 1, cube)) // wants a halo around what the pooling writes
}

func pools() map[string]*model.Pool {
	return map[string]*model.Pool{
		"rows":  {Function: model.MaxPool, Kernel: [3]int{1, 2, 2}, Stride: [3]int{1, 2, 2}},
		"cubes": {Function: model.MaxPool, Kernel: [3]int{2, 2, 2}, Stride: [3]int{2, 2, 2}},
		"wide":  {Function: model.AveragePool, Kernel: [3]int{1, 3, 3}, Stride: [3]int{1, 3, 2}, PadBegin: [3]int{0, 0, 1}, PadEnd: [3]int{0, 0, 1}},
	}
}

// TestPooledSteps holds convolutions that pool what they have just computed against the exact executor, on any
// number of threads.
func TestPooledSteps(t *testing.T) {
	for _, name := range []spec.ISA{spec.Scalar, spec.AVX512, spec.NEON} {
		t.Run(string(name), func(t *testing.T) {
			if testing.Short() && name != spec.Scalar {
				t.Skip("compiles for an emulator")
			}
			m := machineFor(t, name, "-O1")
			var plans []*Plan
			for pool, op := range pools() {
				p, err := NewPlan(m.info, Request{Name: pool, Graph: early(37, op, pool == "cubes"), Threads: 3})
				if err != nil {
					t.Fatal(err)
				}
				if len(p.Steps) != 2 || p.Steps[0].Pooled == nil {
					t.Fatalf("%s: %d steps, the first pools: %v", pool, len(p.Steps), p.Steps[0].Pooled)
				}
				plans = append(plans, p)
			}
			b := m.build(t, plans...)
			for _, p := range plans {
				b.verify(t, p, tolerance)
			}
		})
	}
}

// TestPooledMemory: the output of a convolution that is pooled at once takes a few rows for each thread.
func TestPooledMemory(t *testing.T) {
	g := early(37, pools()["rows"], false)
	p, err := NewPlan(scalarInfo(t), Request{Name: "p", Graph: g, Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	whole := int64(4 * 40 * 8 * 48 * 52)
	if w := p.Steps[0].Workspace; w == nil || w.Bytes() > 2*mostKeptBytes+2*alignment || p.ArenaBytes() > whole+whole/4+w.Bytes()+whole/4 {
		t.Errorf("workspace %v, arena of %d bytes; the convolution's whole output has %d", w, p.ArenaBytes(), whole)
	}
	if text := strings.Join(p.Steps[0].Nodes, " "); text != "n0 n1 n2" {
		t.Errorf("the step computes %s, want the convolution, its function and the pooling", text)
	}
	if s, err := p.Summary(); err != nil || s.Steps[0].Kind != "Conv+MaxPool" {
		t.Errorf("summary %v, %v: want a step of kind Conv+MaxPool", s, err)
	}
}

// TestNotPooled: what would not pay, or cannot be cut into units, runs one after another.
func TestNotPooled(t *testing.T) {
	avx2, err := isa.Of(spec.AVX2, spec.Float32)
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]func() *model.Graph{
		"windows that share rows": func() *model.Graph {
			return early(37, &model.Pool{Function: model.MaxPool, Kernel: [3]int{1, 3, 3}, Stride: [3]int{1, 2, 2}, PadBegin: [3]int{0, 1, 1}, PadEnd: [3]int{0, 1, 1}}, false)
		},
		"a second reader": func() *model.Graph {
			s := newSketch("two", 1, 37, 8, 48, 52)
			x := s.conv("in", 37, 37, cube)
			pool := s.add(pools()["rows"], x)
			return s.finish(s.add(&model.Concat{}, s.flattenSmall(pool), s.flattenSmall(x)))
		},
		"a small output": func() *model.Graph {
			s := newSketch("small", 1, 8, 4, 16, 16)
			return s.finish(s.add(pools()["rows"], s.conv("in", 8, 8, cube)))
		},
		"many weights": func() *model.Graph {
			s := newSketch("heavy", 1, 64, 8, 24, 24)
			return s.finish(s.add(pools()["rows"], s.conv("in", 128, 1, cube)))
		},
	}
	for name, build := range cases {
		p, err := NewPlan(avx2, Request{Name: "p", Graph: build(), Threads: 1})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range p.Steps {
			if s.Pooled != nil {
				t.Errorf("%s: step %s pools", name, s.Name)
			}
		}
	}
}
