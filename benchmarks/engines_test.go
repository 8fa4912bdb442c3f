package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/internal/testtool"
	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
)

// odd has nothing in common with a multiple of a vector, and padding on one side only.
var odd = spec.Workload{Channels: 5, Filters: 13, Groups: 1, Kernel: [3]int{3, 1, 2}, Stride: [3]int{1, 2, 1}, Dilation: [3]int{2, 1, 1},
	PadBegin: [3]int{1, 0, 1}, PadEnd: [3]int{2, 0, 0}, Input: [3]int{6, 7, 9}, DataType: spec.Float32,
	Epilogue: spec.Epilogue{Activation: model.Activation{Function: model.Relu}}}

func open(t *testing.T) *workshop {
	t.Helper()
	testtool.Need(t, "gcc")
	testtool.Need(t, "taskset")
	w, err := openWorkshop(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func firstCore(t *testing.T) []int {
	t.Helper()
	cores, err := allowedCores()
	if err != nil {
		t.Fatal(err)
	}
	return cores[:1]
}

// Our kernels, dense and pruned, and oneDNN give the same output for an odd layer, and answer every
// request.
func TestLayerSides(t *testing.T) {
	if _, err := os.Stat("/usr/include/dnnl.h"); err != nil {
		testtool.Missing(t, "libdnnl-dev is not installed (run scripts/setup bench)")
	}
	w, cores := open(t), firstCore(t)
	masks := []kernels.Pruning{{Density: 1}, {Scheme: model.KGS, GM: 8, GN: 4, Density: .3}}
	l := layer{"none", "odd", odd}
	for _, m := range masks {
		all, err := w.load(t.Context(), l, m, w.defaultSchedules(l, masks, 1), cores)
		if err != nil {
			t.Fatalf("density %g: %v", m.Density, err)
		}
		if !strings.HasPrefix(all.peer.about, "oneDNN 2.") {
			t.Errorf("the peer is %q", all.peer.about)
		}
		times, err := takeTurns(all.sides(), 2)
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range all.sides() {
			memory, err := s.peakMemory()
			if err != nil || memory <= 0 || memory > 1<<30 {
				t.Errorf("%s: %d bytes of memory, %v", s.name, memory, err)
			}
			for _, ms := range times.ms[i] {
				if !(ms > 0) {
					t.Errorf("%s: %v ms", s.name, ms)
				}
			}
		}
		if peak, err := all.own[0].number("peak"); err != nil || !(peak > 0) {
			t.Errorf("peak %v, %v", peak, err)
		}
		if _, err := all.own[0].ask("sing"); err == nil || !strings.Contains(err.Error(), "sing") {
			t.Errorf("a request that nobody knows: %v", err)
		}
		closeAll(all.sides(), &err)
		if err != nil {
			t.Error(err)
		}
	}
}

// Two sides that run at the same time on one core wait for each other, and that is noticed.
func TestWaitingIsNoticed(t *testing.T) {
	w, cores := open(t), firstCore(t)
	g, err := kernels.SingleConv(odd, seed, kernels.Pruning{})
	if err != nil {
		t.Fatal(err)
	}
	input := w.path("input")
	if err := writeFloats(input, make([]float32, 5*6*7*9)); err != nil {
		t.Fatal(err)
	}
	var sides []*side
	for range 2 {
		s, err := w.startOurs(t.Context(), "twin", kernels.Program{Name: "odd", Graph: g, Threads: 1}, kernelAlone, input, cores)
		if err != nil {
			t.Fatal(err)
		}
		sides = append(sides, s)
	}
	one, err := sides[0].run(10, 100)
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for _, s := range sides {
		group.Go(func() {
			if _, err := s.run(0, int(100*3e8/one)); err != nil { // 0.3 s each
				t.Error(err)
			}
		})
	}
	group.Wait()
	for _, s := range sides {
		if waited, err := s.waited(); err != nil || waited <= 0 {
			t.Errorf("waited %v, %v", waited, err)
		}
	}
	closeAll(sides, &err)
	if err != nil {
		t.Error(err)
	}
}

// What an engine says when it cannot start is in the error.
func TestStartFails(t *testing.T) {
	w := open(t)
	_, err := startSide(t.Context(), "cat", firstCore(t), nil, "cat", filepath.Join(w.dir, "nothing"))
	if err == nil || !strings.Contains(err.Error(), "No such file") {
		t.Errorf("%v", err)
	}
}

// An environment counts when it was finished with this project's list.
func TestHalfInstalledEnginesDoNotCount(t *testing.T) {
	project := t.TempDir()
	write := func(path, content string) {
		t.Helper()
		path = filepath.Join(project, path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	refused := func(want string) {
		t.Helper()
		if _, err := peerPython(project); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	refused("project's folder")
	write("benchmarks/requirements.txt", "engine==2\n")
	write(environment+"/bin/python", "")
	refused("not installed")
	write(environment+"/requirements.txt", "engine==1\n")
	refused("are not those of")
	write(environment+"/requirements.txt", "engine==2\n")
	if python, err := peerPython(project); err != nil || python != filepath.Join(project, environment, "bin", "python") {
		t.Errorf("%s, %v", python, err)
	}
}

// The same network gives the same output in every engine, dense and pruned.
func TestNetworkSides(t *testing.T) {
	if _, err := peerPython(".."); err != nil {
		t.Skipf("%v: a gigabyte that other tests can do without", err)
	}
	w := open(t)
	t.Chdir("..")
	weights, err := w.prunedNetworks("c3d-small")
	if err != nil {
		t.Fatal(err)
	}
	all, err := w.enter(t.Context(), weights, []int{1}, firstCore(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 3 {
		t.Errorf("%d contestants, want three engines", len(all))
	}
	closeContestants(all, &err)
	if err != nil {
		t.Error(err)
	}
}

func TestDistinctLayers(t *testing.T) {
	layers, err := distinctLayers([]string{"c3d-small", "r2plus1d-small"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	names := map[string]bool{}
	for _, l := range layers {
		key := l.network + " " + l.workload.Name()
		if other, twice := seen[key]; twice || l.workload.Epilogue.Residual || l.workload.FullyConnected() {
			t.Errorf("%s (%s), after %q", l.name, l.workload.Name(), other)
		}
		seen[key], names[l.name] = l.name, true
	}
	if !names["c3d-small/conv5a"] || names["c3d-small/conv5b"] || names["c3d-small/fc6"] {
		t.Errorf("%v: want conv5a, which conv5b equals, and no fully connected layer", names)
	}
	if layers, err = distinctLayers([]string{"c3d-small"}, []string{"c3d-small/conv3*"}); err != nil || len(layers) != 2 {
		t.Errorf("%v, %v: want conv3a and conv3b", layers, err)
	}
	for _, pattern := range []string{"c3d-small/conv9", "["} {
		if _, err := distinctLayers([]string{"c3d-small"}, []string{pattern}); err == nil {
			t.Errorf("pattern %q was accepted", pattern)
		}
	}
}

func TestOneDNNRefuses(t *testing.T) {
	grouped, smooth := odd, odd
	grouped.Groups, grouped.Channels = 2, 4
	smooth.Epilogue.Activation.Function = model.Tanh
	for _, w := range []spec.Workload{grouped, smooth} {
		if _, err := oneDNNArguments(w); err == nil {
			t.Errorf("%s was accepted", w.Name())
		}
	}
}
