package bench

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/rt3d-tune/rt3d-tune/internal/testtool"
	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/kernels/toolchain"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/model/reference"
	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/remote/local"
	"github.com/rt3d-tune/rt3d-tune/results"
)

func workload(channels, filters, size int) spec.Workload {
	one := [3]int{1, 1, 1}
	return spec.Workload{Channels: channels, Filters: filters, Groups: 1, Kernel: [3]int{3, 3, 3}, Stride: one, Dilation: one,
		PadBegin: one, PadEnd: one, Input: [3]int{4, size, size}, DataType: spec.Float32,
		Epilogue: spec.Epilogue{Activation: model.Activation{Function: model.Relu}}}
}

func kernelCandidate(t *testing.T, w spec.Workload, p kernels.Pruning) Candidate {
	t.Helper()
	g, err := kernels.SingleConv(w, 1, p)
	if err != nil {
		t.Fatal(err)
	}
	return Candidate{Key: fmt.Sprintf("%s %v", w.Name(), p), Kind: results.KernelTrial, Program: kernels.Program{Graph: g},
		Effort: Effort{MaxTime: 60 * time.Millisecond, MaxSamples: 10, MinSamples: 6}}
}

// network is a small graph with a branch, a pool and a fully connected layer.
func network(t *testing.T) *model.Graph {
	t.Helper()
	conv := func(name, in, out string, w spec.Workload, seed uint64) *model.Node {
		g, err := kernels.SingleConv(w, seed, kernels.Pruning{})
		if err != nil {
			t.Fatal(err)
		}
		return &model.Node{Name: name, Op: g.Nodes[0].Op, Inputs: []string{in}, Output: out}
	}
	fc := spec.Workload{Channels: 16, Filters: 10, Groups: 1, Kernel: [3]int{1, 1, 1}, Stride: [3]int{1, 1, 1}, Dilation: [3]int{1, 1, 1},
		Input: [3]int{1, 1, 1}, DataType: spec.Float32}
	return &model.Graph{
		Name:  "small",
		Input: model.Value{Name: "x", Dims: []int{1, 3, 4, 10, 10}}, Output: model.Value{Name: "logits", Dims: []int{1, 10}},
		Nodes: []*model.Node{
			conv("conv1", "x", "a", workload(3, 16, 10), 1),
			{Name: "relu1", Op: &model.Activation{Function: model.Relu}, Inputs: []string{"a"}, Output: "b"},
			conv("conv2", "b", "c", workload(16, 16, 10), 2),
			{Name: "add", Op: &model.Add{}, Inputs: []string{"c", "b"}, Output: "d"},
			{Name: "pool", Op: &model.GlobalAveragePool{}, Inputs: []string{"d"}, Output: "e"},
			conv("fc", "e", "logits", fc, 3),
		},
	}
}

// fastest is the best vector extension of this machine.
func fastest() spec.Target {
	t := spec.Target{Arch: spec.Arch(runtime.GOARCH), DataType: spec.Float32, ISA: spec.AVX2}
	if runtime.GOARCH == "arm64" {
		t.ISA = spec.NEON
	}
	return t
}

func openSession(t *testing.T, transport remote.Transport, config remote.Config, target spec.Target, o Options) *Session {
	t.Helper()
	compilerFor(t, target)
	o.CacheDir = cacheDir
	s, err := Open(t.Context(), transport, config, target, o)
	if err != nil {
		t.Fatal(err)
	}
	s.thresholds = lenient
	t.Cleanup(func() {
		if err := s.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return s
}

// road goes all the way: generate, compile, push, check and time kernels and a network, then run the
// network on data.
func road(t *testing.T, s *Session) {
	t.Helper()
	net := Candidate{Key: "small", Kind: results.ModelTrial, Program: kernels.Program{Graph: network(t)}}
	candidates := []Candidate{
		kernelCandidate(t, workload(16, 32, 8), kernels.Pruning{}),
		kernelCandidate(t, workload(16, 32, 8), kernels.Pruning{Scheme: model.KGS, GM: 8, GN: 4, Density: 0.3}),
		kernelCandidate(t, workload(3, 20, 9), kernels.Pruning{}),
		net,
	}
	for key, r := range evaluate(t, s, candidates...) {
		if r.Outcome != results.OK {
			t.Errorf("%s: %s %s", key, r.Outcome, r.Detail)
			continue
		}
		if r.Latency == nil || r.Latency.Emulated != s.emulated {
			t.Errorf("%s: latency %+v, emulated device %v", key, r.Latency, s.emulated)
		}
		if (r.Provenance.MaskHash != "") != (key == candidates[1].Key) {
			t.Errorf("%s: mask hash %q", key, r.Provenance.MaskHash)
		}
	}
	inputs := [][]float32{SeededInput(7, 1200), SeededInput(8, 1200), SeededInput(9, 1200)}
	outputs, err := s.Run(t.Context(), net.Program, inputs)
	if err != nil {
		t.Fatal(err)
	}
	for i, x := range inputs {
		want, err := reference.Run(net.Program.Graph, x)
		if err != nil {
			t.Fatal(err)
		}
		e := Expectation{Positions: make([]int, len(want)), Values: want, Allowed: 1e-4}
		if _, err := e.Compare(outputs[i]); err != nil {
			t.Errorf("clip %d: %v", i, err)
		}
	}
}

func here(t *testing.T, c remote.Config) remote.Transport {
	t.Helper()
	transport, err := local.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := transport.Close(); err != nil {
			t.Error(err)
		}
	})
	return transport
}

func TestRoadLocal(t *testing.T) {
	config := remote.Config{Name: "here", Transport: "local"}
	road(t, openSession(t, here(t, config), config, fastest(), Options{}))
}

func TestRoadEmulated(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles all for another processor")
	}
	emulator := testtool.Need(t, "qemu-aarch64-static")
	target := spec.Target{Arch: spec.ARM64, ISA: spec.NEON, DataType: spec.Float32}
	if _, err := toolchain.Find(t.Context(), target); err != nil {
		testtool.Missing(t, err.Error())
	}
	config := remote.Config{Name: "emulated", Transport: "local", Runner: []string{emulator}}
	s := openSession(t, here(t, config), config, target, Options{})
	road(t, s)
}

// A processor without the vector extension is a launch error that says so.
func TestMissingISA(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles all for another processor")
	}
	info, err := isa.Of(spec.AVX512, spec.Float32)
	if err != nil || runtime.GOARCH != "amd64" {
		t.Skip("AVX-512 is for amd64")
	}
	emulator := testtool.Need(t, info.Emulator) // qemu-user has no AVX-512
	s := openSession(t, newDirect(t), remote.Config{Runner: []string{emulator}},
		spec.Target{Arch: spec.AMD64, ISA: spec.AVX512, DataType: spec.Float32}, Options{})
	c := kernelCandidate(t, workload(16, 16, 8), kernels.Pruning{})
	r := evaluate(t, s, c)[c.Key]
	if r.Outcome != results.LaunchError || !strings.Contains(r.Detail, "this processor has no avx512") {
		t.Errorf("%s %q: want a launch error about avx512", r.Outcome, r.Detail)
	}
}
