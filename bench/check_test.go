package bench

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/model/reference"
)

func TestCompare(t *testing.T) {
	e := Expectation{Positions: []int{10, 20, 30}, Values: []float64{1, -2, 3}, Allowed: 0.01}
	nan := float32(math.NaN())
	cases := []struct {
		name     string
		got      []float32
		position int // of the worst; -1: right
		wrong    int
	}{
		{"exact", []float32{1, -2, 3}, -1, 0},
		{"within", []float32{1.009, -2.009, 2.991}, -1, 0},
		{"one off", []float32{1, -2.02, 3}, 20, 1},
		{"worst of two", []float32{1.1, -2, 4}, 30, 2},
		{"not a number", []float32{1, nan, 3}, 20, 1},
		{"infinite", []float32{float32(math.Inf(1)), -2, 3}, 10, 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			maxError, err := e.Compare(c.got)
			if c.position < 0 {
				if err != nil || maxError > e.Allowed {
					t.Errorf("%v, largest error %g: want right", err, maxError)
				}
				return
			}
			var w *WrongAnswerError
			if !errors.As(err, &w) || w.Position != c.position || w.Wrong != c.wrong || w.Total != 3 {
				t.Errorf("%v: want position %d the worst of %d wrong", err, c.position, c.wrong)
			}
		})
	}
	if _, err := e.Compare([]float32{1}); err == nil {
		t.Error("too few values are accepted")
	}
}

// Computing single positions must give what executing the graph gives.
func TestExpectationOfAConvolutionEqualsTheNetworks(t *testing.T) {
	residual := workload(16, 16, 6)
	residual.Epilogue.Residual = true
	strided := workload(5, 7, 9)
	strided.Stride = [3]int{2, 1, 2}
	strided.Epilogue.Activation = model.Activation{Function: model.Elu, Alpha: 0.5}
	for name, c := range map[string]Candidate{
		"relu":     kernelCandidate(t, workload(8, 8, 6), kernels.Pruning{}),
		"residual": kernelCandidate(t, residual, kernels.Pruning{}),
		"strided":  kernelCandidate(t, strided, kernels.Pruning{Scheme: model.Vanilla, GM: 2, GN: 2, Density: 0.5}),
	} {
		t.Run(name, func(t *testing.T) {
			g := c.Program.Graph
			if _, _, ok := singleConvolution(g); !ok {
				t.Fatal("not recognised as a single convolution")
			}
			// No directory: nothing may be executed whole.
			e, err := expect(kernels.Program{Graph: g}, spec.Float32, 5, referenceStore{"/dev/null/none"})
			if err != nil {
				t.Fatal(err)
			}
			shape, err := g.InputShape()
			if err != nil {
				t.Fatal(err)
			}
			all, err := reference.Run(g, SeededInput(5, shape.Count()))
			if err != nil {
				t.Fatal(err)
			}
			seen := map[int]bool{}
			for i, p := range e.Positions {
				if d := math.Abs(all[p] - e.Values[i]); d > 1e-12 || seen[p] {
					t.Errorf("position %d (seen %v): %g, the whole graph gives %g", p, seen[p], e.Values[i], all[p])
				}
				seen[p] = true
			}
			if !seen[0] || !seen[len(all)-1] || len(seen) != min(convolutionPositions, len(all)) {
				t.Errorf("%d positions, first %v, last %v: want %d with both ends", len(seen), seen[0], seen[len(all)-1], convolutionPositions)
			}
			if e.Allowed <= 0 || e.Allowed > 1e-3*e.Scale {
				t.Errorf("allowed %g at scale %g", e.Allowed, e.Scale)
			}
		})
	}
}

func TestNetworksAreNotSingleConvolutions(t *testing.T) {
	if _, _, ok := singleConvolution(network(t)); ok {
		t.Error("a network with a pool is taken for a single convolution")
	}
	if _, _, ok := singleConvolution(doubling("d")); ok {
		t.Error("a graph without convolution is taken for one")
	}
}

func TestReferencesAreKeptByContent(t *testing.T) {
	store := referenceStore{filepath.Join(t.TempDir(), "references")}
	g := network(t)
	first, err := expect(kernels.Program{Graph: g}, spec.Float32, 1, store)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadDir(store.dir)
	if err != nil || len(kept) != 1 {
		t.Fatalf("kept %v, %v: want one reference", kept, err)
	}
	// A kept reference is used: change it and see the change.
	path := filepath.Join(store.dir, kept[0].Name())
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	content[6] ^= 0x10
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	second, err := expect(kernels.Program{Graph: g}, spec.Float32, 1, store)
	if err != nil || second.Values[0] == first.Values[0] {
		t.Errorf("%v: the kept reference was not read", err)
	}
	// Another weight, another reference.
	changed := g.Clone()
	changed.Convs()[2].Op.(*model.Conv).Weight[3] += 0.5
	third, err := expect(kernels.Program{Graph: changed}, spec.Float32, 1, store)
	if err != nil || third.Values[0] == second.Values[0] {
		t.Errorf("%v: a changed weight got the kept reference", err)
	}
	if _, err := expect(kernels.Program{Graph: g}, spec.Float32, 2, store); err != nil {
		t.Fatal(err)
	}
	if kept, _ = os.ReadDir(store.dir); len(kept) != 3 {
		t.Errorf("%d references kept: want one for each graph and seed", len(kept))
	}
}

func TestGraphHashCoversEverything(t *testing.T) {
	base := graphHash(network(t))
	if base != graphHash(network(t)) {
		t.Error("equal graphs have different hashes")
	}
	changes := map[string]func(g *model.Graph){
		"stride":     func(g *model.Graph) { g.Convs()[0].Op.(*model.Conv).Stride[1] = 2 },
		"bias":       func(g *model.Graph) { g.Convs()[0].Op.(*model.Conv).Bias[0]++ },
		"activation": func(g *model.Graph) { g.Nodes[1].Op = &model.Activation{Function: model.Tanh} },
		"wiring":     func(g *model.Graph) { g.Nodes[3].Inputs = []string{"c", "a"} },
		"operator":   func(g *model.Graph) { g.Nodes[4].Op = &model.Softmax{} },
		"input":      func(g *model.Graph) { g.Input.Dims = []int{1, 3, 4, 10, 11} },
	}
	for name, change := range changes {
		g := network(t)
		change(g)
		if graphHash(g) == base {
			t.Errorf("a changed %s does not change the hash", name)
		}
	}
	masked := kernelCandidate(t, workload(8, 8, 6), kernels.Pruning{Scheme: model.KGS, GM: 4, GN: 4, Density: 0.5}).Program.Graph
	if maskHash(network(t)) != "" || maskHash(masked) == "" {
		t.Error("a mask hash must tell pruned from dense")
	}
	other := masked.Clone()
	m := other.Convs()[0].Op.(*model.Conv).Mask
	m.Kept[0] = !m.Kept[0]
	if maskHash(other) == maskHash(masked) {
		t.Error("another mask has the same hash")
	}
}

func TestNoReference(t *testing.T) {
	g := doubling("bad")
	g.Nodes[0].Inputs = []string{"nothing"}
	if _, err := expect(kernels.Program{Graph: g}, spec.Float32, 0, referenceStore{t.TempDir()}); err == nil || !strings.Contains(err.Error(), `"nothing"`) {
		t.Errorf("error %v: want the missing value named", err)
	}
}
