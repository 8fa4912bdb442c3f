package kernels

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/internal/half"
	"github.com/rt3d-tune/rt3d-tune/kernels/runner"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/model/zoo"
)

var portable = spec.Target{Arch: spec.AMD64, ISA: spec.Scalar, DataType: spec.Float32}

func layer(channels, filters int, activation model.ActivationKind, residual bool) spec.Workload {
	return spec.Workload{Channels: channels, Filters: filters, Groups: 1, Kernel: [3]int{3, 3, 3}, Stride: [3]int{1, 1, 1},
		Dilation: [3]int{1, 1, 1}, PadBegin: [3]int{1, 1, 1}, PadEnd: [3]int{1, 1, 1}, Input: [3]int{4, 6, 6},
		DataType: spec.Float32, Epilogue: spec.Epilogue{Residual: residual, Activation: model.Activation{Function: activation}}}
}

func single(t *testing.T, w spec.Workload, p Pruning) *model.Graph {
	t.Helper()
	g, err := SingleConv(w, 1, p)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestGenerate(t *testing.T) {
	a := Program{Name: "a", Graph: single(t, layer(8, 16, model.Relu, false), Pruning{}), Threads: 1}
	b := Program{Name: "b", Graph: single(t, layer(8, 24, "", false), Pruning{}), Threads: 2}
	s, err := Generate(portable, []Program{a, b})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"program_a.c", "program_b.c", runner.TableFile, "rt3d_scalar.h", "rt3d_peak.c", "rt3d_program.h", "rt3d_pool.c"} {
		if len(s.Files[name]) == 0 {
			t.Errorf("file %s is missing", name)
		}
	}
	if want := []string{"a", "b"}; !reflect.DeepEqual(s.Programs, want) {
		t.Errorf("programs %v, want %v", s.Programs, want)
	}
	again, err := Generate(portable, []Program{a, b})
	if err != nil || !reflect.DeepEqual(s, again) {
		t.Errorf("generating twice gives different files (error %v)", err)
	}
}

func TestGenerateRefuses(t *testing.T) {
	p := Program{Name: "a", Graph: single(t, layer(8, 16, model.Relu, false), Pruning{}), Threads: 1}
	with := func(change func(t *spec.Target)) spec.Target {
		target := portable
		change(&target)
		return target
	}
	for name, c := range map[string]struct {
		target   spec.Target
		programs []Program
		want     string
	}{
		"no programs":       {portable, nil, "no programs"},
		"twins":             {portable, []Program{p, p}, `"a"`},
		"unknown extension": {with(func(t *spec.Target) { t.ISA = "mmx" }), []Program{p}, `"mmx"`},
		"wrong extension":   {with(func(t *spec.Target) { t.ISA = spec.NEON }), []Program{p}, "arm64"},
		"unknown data type": {with(func(t *spec.Target) { t.DataType = "int8" }), []Program{p}, `"int8"`},
		"unusable name":     {portable, []Program{{Name: "1", Graph: p.Graph, Threads: 1}}, "name"},
	} {
		if _, err := Generate(c.target, c.programs); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %s", name, err, c.want)
		}
	}
}

// TestSingleConv: the graph of a workload lowers to that workload and nothing else.
func TestSingleConv(t *testing.T) {
	fc := spec.Workload{Channels: 40, Filters: 9, Groups: 1, Kernel: [3]int{1, 1, 1}, Stride: [3]int{1, 1, 1}, Dilation: [3]int{1, 1, 1},
		Input: [3]int{1, 1, 1}, DataType: spec.Float32}
	halved := fc
	halved.Weights = spec.Float16
	grouped := layer(8, 8, model.Sigmoid, false)
	grouped.Groups = 8
	for _, w := range []spec.Workload{
		layer(3, 8, model.Relu, false), layer(8, 16, "", false), layer(8, 8, model.Relu, true), layer(8, 8, "", true),
		layer(8, 16, model.Relu, true), fc, halved, grouped,
	} {
		g := single(t, w, Pruning{})
		layers, err := Workloads(g, spec.Float32)
		if err != nil {
			t.Fatal(err)
		}
		if want := []LayerWorkload{{"conv", SingleWorkload(w)}}; !reflect.DeepEqual(layers, want) {
			t.Errorf("%s: workloads %v, want %v", w.Name(), layers, want)
		}
		plan, err := PlanOf(portable, Program{Name: "p", Graph: g, Threads: 1})
		if err != nil {
			t.Fatal(err)
		}
		if len(plan.Steps) != 1 {
			t.Errorf("%s: %d steps, want 1", w.Name(), len(plan.Steps))
		}
	}
	if w := layer(8, 16, "", true); SingleWorkload(w).Epilogue.Residual {
		t.Error("a residual of another shape than the input's cannot be the input")
	}
}

func TestSingleConvPrunes(t *testing.T) {
	w := layer(8, 16, model.Relu, false)
	for _, c := range []struct {
		p    Pruning
		want float64
	}{
		{Pruning{}, 1},
		{Pruning{Scheme: model.KGS, GM: 8, GN: 4, Density: 0.25}, 0.25},
		{Pruning{Scheme: model.Vanilla, GM: 4, GN: 4, Density: 0.5}, 0.5},
		{Pruning{Scheme: model.Filter, Density: 0.25}, 0.25},
		{Pruning{Scheme: model.KGS, GM: 1, GN: 1, Density: 0}, 0},
	} {
		g, again := single(t, w, c.p), single(t, w, c.p)
		if !reflect.DeepEqual(g, again) {
			t.Errorf("%+v: the same seed gives different graphs", c.p)
		}
		conv := g.Node("conv").Op.(*model.Conv)
		kept := 0
		for _, v := range conv.Weight {
			if v != 0 {
				kept++
			}
		}
		if got := float64(kept) / float64(len(conv.Weight)); got != c.want {
			t.Errorf("%+v: density %g, want %g", c.p, got, c.want)
		}
	}
	for _, p := range []Pruning{{Scheme: model.KGS, GM: 99, GN: 4, Density: 0.5}, {Scheme: model.KGS, GM: 4, GN: 4, Density: 1.5}, {Scheme: "lasso"}} {
		if _, err := SingleConv(w, 1, p); err == nil {
			t.Errorf("%+v: no error", p)
		}
	}
	bad := w
	bad.Groups = 3
	if _, err := SingleConv(bad, 1, Pruning{}); err == nil {
		t.Error("groups that do not divide: no error")
	}
}

// TestWorkloadsOfNetworks: every convolution is there, and fusion left no activation or sum alone in
// the residual networks.
func TestWorkloadsOfNetworks(t *testing.T) {
	for _, name := range []string{"c3d-small", "r2plus1d-small"} {
		g, err := zoo.Build(name, 1)
		if err != nil {
			t.Fatal(err)
		}
		layers, err := Workloads(g, spec.Float32)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := len(layers), len(g.Convs()); got != want {
			t.Errorf("%s: %d workloads, %d convolutions", name, got, want)
		}
		p := Program{Name: "net", Graph: g, Threads: 1}
		summary, err := Describe(portable, p)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range summary.Steps {
			switch s.Kind {
			case "Add", "Mul", "Relu", "Concat":
				t.Errorf("%s: %s (%s) runs by itself", name, s.Name, s.Kind)
			}
		}
		var macs int64
		for _, l := range layers {
			macs += l.Workload.MACs()
		}
		if summary.MACs != macs || summary.KeptMACs != macs || summary.ExecutedMACs < macs {
			t.Errorf("%s: %d MACs, kept %d, executed %d; layers have %d", name, summary.MACs, summary.KeptMACs, summary.ExecutedMACs, macs)
		}
		blob, err := Pack(portable, p)
		if err != nil {
			t.Fatal(err)
		}
		if int64(len(blob)) != summary.BlobBytes {
			t.Errorf("%s: the blob has %d bytes, the summary says %d", name, len(blob), summary.BlobBytes)
		}
		if text := summary.String(); !strings.Contains(text, layers[0].Name) || !strings.Contains(text, "arena") {
			t.Errorf("%s: summary without its first layer or its arena:\n%s", name, text)
		}
	}
}

// TestSchedulesForMasks: default schedules may differ with density, and given ones fix the C, so that
// one binary serves both masks.
func TestSchedulesForMasks(t *testing.T) {
	w := layer(64, 64, model.Relu, false)
	dense, sparse := single(t, w, Pruning{}), single(t, w, Pruning{Scheme: model.KGS, GM: 8, GN: 4, Density: 0.2})
	schedules, err := DefaultSchedules(portable, sparse, 2)
	if err != nil {
		t.Fatal(err)
	}
	if s := schedules["conv"]; s.Threads != 2 || spec.Check(w, s, spec.Vector{Lanes: 8, Registers: 16}) != nil {
		t.Errorf("schedule %+v of the sparse layer", s)
	}
	var text [2][]byte
	for i, g := range []*model.Graph{dense, sparse} {
		s, err := Generate(portable, []Program{{Name: "p", Graph: g, Threads: 2, Schedules: schedules}})
		if err != nil {
			t.Fatal(err)
		}
		text[i] = s.Files["program_p.c"]
	}
	if !bytes.Equal(text[0], text[1]) {
		t.Error("the C depends on the mask")
	}
}

// TestWinogradTolerance: larger tiles amplify more, and nothing a mistake would hide behind.
func TestWinogradTolerance(t *testing.T) {
	const k = 6912
	direct, f2, f4 := Tolerance(k, spec.Float32, 0), WinogradTolerance(spec.Winograd2x2, k), WinogradTolerance(spec.Winograd4x4, k)
	if f2 >= f4 || f4 > 5*direct || WinogradTolerance(spec.Winograd4x4, 100) >= f4 {
		t.Errorf("tolerance is %g for direct, %g for F(2x2), %g for F(4x4)", direct, f2, f4)
	}
}

func TestTolerance(t *testing.T) {
	for k, most := range map[int]float64{1: 5e-6, 27: 1e-5, 13824: NetworkTolerance(spec.Float32, 0)} {
		if got := Tolerance(k, spec.Float32, 0); got <= 1.0/(1<<24) || got > most {
			t.Errorf("Tolerance(%d) = %g, want above fp32 rounding and at most %g", k, got, most)
		}
	}
	if Tolerance(100, spec.Float32, 0) >= Tolerance(1000, spec.Float32, 0) {
		t.Error("longer sums do not get more")
	}
	all, chained := Tolerance(13824, spec.Float16, 0), Tolerance(13824, spec.Float16, 64)
	if all < 5*chained || chained < half.Roundoff {
		t.Errorf("half precision: %g with all products in one chain, %g with chains of 64", all, chained)
	}
	if short := Tolerance(27, spec.Float16, 64); short >= chained {
		t.Errorf("27 products get %g, as many as 64 do", short)
	}
}

// The blocks of a kernel have all filters of its layer; layers that run no kept lists have no blocks.
func TestFilterCuts(t *testing.T) {
	g, err := zoo.Build("c3d-small", 1)
	if err != nil {
		t.Fatal(err)
	}
	target := spec.Target{Arch: spec.ARM64, ISA: spec.NEON, DataType: spec.Float32}
	schedules, err := DefaultSchedules(target, g, 1)
	if err != nil {
		t.Fatal(err)
	}
	cuts, err := FilterCuts(target, Program{Name: "p", Graph: g, Schedules: schedules, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	winograd := 0
	for _, n := range g.Convs() {
		if schedules[n.Name].Algorithm.Winograd() {
			winograd++
			if cuts[n.Name] != nil {
				t.Errorf("%s has a Winograd kernel and blocks %v", n.Name, cuts[n.Name])
			}
			continue
		}
		sum := 0
		for i, filters := range cuts[n.Name] {
			sum += filters
			if lanes := 4; filters < 1 || i < len(cuts[n.Name])-1 && filters%lanes != 0 {
				t.Errorf("%s: block %d of %v filters is no whole number of vectors", n.Name, i, cuts[n.Name])
			}
		}
		if filters := n.Op.(*model.Conv).Filters; sum != filters {
			t.Errorf("%s: blocks %v have %d of %d filters", n.Name, cuts[n.Name], sum, filters)
		}
	}
	if winograd == 0 {
		t.Error("no layer has a Winograd kernel: this test shows too little")
	}
}

// A layer that is there runs the code of SingleConv, so that kernels of both share a binary; only the blob differs.
func TestSingleLayerIsTheSameCode(t *testing.T) {
	for _, w := range []spec.Workload{layer(8, 16, model.Relu, false), layer(16, 16, "", true)} {
		random := single(t, w, Pruning{Scheme: model.KGS, GM: 4, GN: 4, Density: .5})
		c := *single(t, w, Pruning{}).Node("conv").Op.(*model.Conv)
		c.Bias = nil
		own := SingleLayer(w, &c)
		a, err := Generate(portable, []Program{{Name: "a", Graph: random, Threads: 1}})
		if err != nil {
			t.Fatal(err)
		}
		b, err := Generate(portable, []Program{{Name: "a", Graph: own, Threads: 1}})
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(a.Files, b.Files) {
			t.Errorf("%s: the code differs", w.Name())
		}
	}
}
