package bench

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/remote/sim"
	"github.com/rt3d-tune/rt3d-tune/results"
)

var phoneTarget = spec.Target{Arch: spec.ARM64, ISA: spec.NEON, DataType: spec.Float32}

// simulated opens a session on a simulated phone of its own.
func simulated(t *testing.T, c remote.SimConfig) *Session {
	t.Helper()
	phone := sim.New(&c)
	tr := phone.Connect()
	s, err := Open(t.Context(), tr, remote.Config{Name: t.Name(), Transport: "sim", Sim: &c}, phoneTarget, Options{CacheDir: t.TempDir(),
		Dial: func(context.Context) (remote.Transport, error) { return phone.Connect(), nil }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s
}

func layers(t *testing.T) []Candidate {
	t.Helper()
	return []Candidate{
		kernelCandidate(t, workload(16, 16, 20), kernels.Pruning{}),
		kernelCandidate(t, workload(16, 16, 20), kernels.Pruning{Scheme: model.KGS, GM: 4, GN: 4, Density: 0.25}),
		kernelCandidate(t, workload(16, 32, 20), kernels.Pruning{}),
	}
}

// The whole pipeline runs on a simulated phone, and everything that it says is marked.
func TestSimulatedPhone(t *testing.T) {
	s := simulated(t, remote.SimConfig{})
	candidates := layers(t)
	g := network(t)
	candidates = append(candidates, Candidate{Key: "network", Kind: results.ModelTrial, Program: kernels.Program{Graph: g}})
	began := s.clock.Now()
	all := evaluate(t, s, candidates...)
	for _, c := range candidates {
		r := all[c.Key]
		if r.Outcome != results.OK {
			t.Fatalf("%s: %s %s", c.Key, r.Outcome, r.Detail)
		}
		p := r.Provenance
		if !p.Simulated || p.Runner != "rt3d-runner "+sim.Version || p.Compiler != "none (SIMULATED)" || p.Cores != "7" {
			t.Errorf("%s: provenance %+v: want all of it simulated, on the fastest core", c.Key, p)
		}
		for _, sample := range r.Samples {
			if sample.Core == nil || sample.FrequencyBefore == nil || sample.Temperature == nil || sample.CanaryRatio == nil {
				t.Errorf("%s: sample %+v lacks evidence", c.Key, sample)
			}
		}
	}
	dense, sparse, wide := all[candidates[0].Key].Latency, all[candidates[1].Key].Latency, all[candidates[2].Key].Latency
	if !(sparse.HighMS < dense.LowMS && dense.HighMS < wide.LowMS) {
		t.Errorf("sparse %+v, dense %+v, wide %+v: want times in the order of the work", sparse, dense, wide)
	}
	if passed := s.clock.Now().Sub(began); passed < 100*time.Millisecond {
		t.Errorf("%v passed on the phone's clock", passed)
	}
}

// Equal seeds give equal times, whatever the host does meanwhile.
func TestSimulatedTimesReproduce(t *testing.T) {
	times := func(seed uint64) (ms []float64) {
		all := evaluate(t, simulated(t, remote.SimConfig{Seed: seed}), layers(t)...)
		for _, c := range layers(t) {
			ms = append(ms, all[c.Key].Latency.MedianMS)
		}
		return ms
	}
	one, again, other := times(1), times(1), times(2)
	if !slices.Equal(one, again) || slices.Equal(one, other) {
		t.Errorf("seed 1: %v and %v; seed 2: %v", one, again, other)
	}
}

// Faults of the phone end as the outcomes that faults of a real one have.
func TestSimulatedFaults(t *testing.T) {
	for fault, want := range map[sim.Fault]results.Outcome{
		sim.Hang: results.Timeout, sim.Crash: results.Crash, sim.Wrong: results.WrongAnswer,
		sim.Lost: results.OK, sim.Reboot: results.OK, // it connects again
	} {
		t.Run(string(fault), func(t *testing.T) {
			s := simulated(t, remote.SimConfig{Script: []remote.SimFault{{Job: 1, Fault: string(fault)}}})
			candidates := layers(t)
			all := evaluate(t, s, candidates...)
			for i, c := range candidates {
				r := all[c.Key]
				expected := results.OK
				if i == 1 {
					expected = want
				}
				if r.Outcome != expected {
					t.Errorf("job %d: %s %s, want %s", i, r.Outcome, r.Detail, expected)
				}
			}
		})
	}
}
