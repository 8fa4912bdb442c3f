package bench

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/rt3d-tune/rt3d-tune/internal/testtool"
	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/kernels/runner/runnertest"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/kernels/toolchain"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// cacheDir saves the tests from compiling the runner again and again.
var cacheDir string

func TestMain(m *testing.M) {
	var err error
	if cacheDir, err = os.MkdirTemp("", "rt3d-bench-test-"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(cacheDir)
	os.Exit(code)
}

// scalar is a target that every machine with a compiler can build for and run.
var scalar = spec.Target{Arch: spec.Arch(runtime.GOARCH), ISA: spec.Scalar, DataType: spec.Float32}

func compilerFor(t testing.TB, target spec.Target) toolchain.Toolchain {
	t.Helper()
	found, err := toolchain.Find(t.Context(), target)
	if err != nil {
		testtool.Missing(t, err.Error())
	}
	return found[0]
}

// handmade is a Builder of programs written by hand: the name of a program's graph is its behaviour, with
// a suffix after '-' to tell several apart; the answer is twice the input.
type handmade struct{ tc toolchain.Toolchain }

func (h handmade) Compiler() string { return h.tc.String() }
func (h handmade) Flags() string    { return "handmade" }

func (h handmade) Build(ctx context.Context, programs []kernels.Program) []Built {
	behaviours := map[string]runnertest.Behaviour{}
	names := make([]string, len(programs))
	for i, p := range programs {
		names[i] = strings.ToLower(strings.ReplaceAll(p.Graph.Name, "-", "_"))
		behaviour, _, _ := strings.Cut(p.Graph.Name, "-")
		behaviours[names[i]] = runnertest.Behaviour(behaviour)
	}
	files, owners := runnertest.Sources(behaviours, false)
	var list []string
	for n := range behaviours {
		list = append(list, n)
	}
	bin, err := h.tc.Build(ctx, toolchain.Request{Files: files, Programs: list, ProgramFiles: owners, CacheDir: cacheDir})
	built := make([]Built, len(programs))
	for i := range built {
		switch {
		case err != nil:
			built[i] = failed(err)
		case bin.Refused[names[i]] != nil:
			built[i] = failed(bin.Refused[names[i]])
		default:
			blob := runnertest.Blob(2)
			built[i] = Built{Artifact: &Artifact{Program: names[i], Binary: bin, Blob: blob, BlobHash: sha256Hex(blob),
				SourceHash: sha256Hex(files["program_"+names[i]+".c"]), Duration: bin.Duration}}
		}
	}
	return built
}

// doubling is a graph whose answer is twice its input.
func doubling(name string) *model.Graph {
	scale := make([]float32, runnertest.Count)
	for i := range scale {
		scale[i] = 2
	}
	return &model.Graph{
		Name:  name,
		Input: model.Value{Name: "x", Dims: []int{1, runnertest.Count}}, Output: model.Value{Name: "y"},
		Nodes: []*model.Node{{Name: "double", Op: &model.Affine{Scale: scale, Shift: make([]float32, runnertest.Count)}, Inputs: []string{"x"}, Output: "y"}},
	}
}

func candidate(name string) Candidate {
	return Candidate{Key: name, Kind: results.KernelTrial, Program: kernels.Program{Graph: doubling(name)},
		Effort: Effort{MinSamples: 6, MaxSamples: 8, MinBatch: 100 * time.Microsecond, MaxTime: 40 * time.Millisecond}}
}

// lenient thresholds make every sample valid: tests run on machines with other things to do.
var lenient = Thresholds{HotMilliCelsius: 1 << 30, FrequencyChange: 1e9, QueueShare: 1e9, SwitchEvery: 1e-9, CanaryDrift: 1e9}

func handmadeSession(t *testing.T, transport remote.Transport, o Options) *Session {
	t.Helper()
	o.CacheDir = cacheDir
	s, err := open(t.Context(), transport, remote.Config{Transport: "local"}, handmade{compilerFor(t, scalar)},
		withDefaults(o, remote.Config{}, scalar))
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

func evaluate(t *testing.T, e Evaluator, candidates ...Candidate) map[string]Result {
	t.Helper()
	all := map[string]Result{}
	for r := range e.Evaluate(t.Context(), candidates) {
		if _, twice := all[r.Key]; twice {
			t.Errorf("two results for %s", r.Key)
		}
		all[r.Key] = r
	}
	if len(all) != len(candidates) {
		t.Errorf("%d results for %d candidates", len(all), len(candidates))
	}
	return all
}

// Every way to end, all in one binary: each candidate gets its own outcome and none takes another along.
func TestOutcomes(t *testing.T) {
	s := handmadeSession(t, newDirect(t), Options{TimeLimit: 4 * time.Second})
	limited := candidate("HANG-limited")
	limited.Limit = 10 * time.Millisecond
	slow := candidate("SLOW-limited")
	slow.Limit = 5 * time.Millisecond
	cases := []struct {
		c       Candidate
		outcome results.Outcome
		detail  string
	}{
		{candidate("GOOD-1"), results.OK, ""},
		{candidate("SEGV"), results.Crash, "SIGSEGV (signal 11)"},
		{candidate("SEGV_LATER"), results.Crash, "SIGSEGV (signal 11)"},
		{candidate("ILL"), results.Crash, "SIGILL (signal 4)"},
		{candidate("ABORT"), results.Crash, "SIGABRT"},
		{candidate("EXIT"), results.Crash, "ended its process by itself"},
		{candidate("WRONG"), results.WrongAnswer, "position 7 is"},
		{candidate("FORGETFUL"), results.WrongAnswer, "position 0 is"},
		{candidate("BROKEN"), results.CompileError, "this program does not compile"},
		{candidate("HANG"), results.Timeout, "killed after 4"},
		{limited, results.Dropped, "at least"},
		{slow, results.Dropped, "limit 5ms"},
		{candidate("GOOD-2"), results.OK, ""},
	}
	var candidates []Candidate
	for _, c := range cases {
		candidates = append(candidates, c.c)
	}
	all := evaluate(t, s, candidates...)
	for _, c := range cases {
		r := all[c.c.Key]
		if r.Outcome != c.outcome || !strings.Contains(r.Detail, c.detail) || (r.Detail == "") != (c.outcome == results.OK) {
			t.Errorf("%s: %s %q: want %s with %q", c.c.Key, r.Outcome, r.Detail, c.outcome, c.detail)
		}
		switch r.Outcome {
		case results.OK:
			checkMeasured(t, r)
		case results.Dropped:
			if r.Latency == nil || r.Latency.LowMS < 5 || r.Latency.MedianMS != 0 {
				t.Errorf("%s: latency %+v: want a lower bound alone", c.c.Key, r.Latency)
			}
		default:
			if r.Latency != nil {
				t.Errorf("%s: a failure has the latency %+v", c.c.Key, r.Latency)
			}
		}
	}
}

func checkMeasured(t *testing.T, r Result) {
	t.Helper()
	l := r.Latency
	if l == nil || l.Emulated || l.MedianMS <= 0 || l.LowMS > l.MedianMS || l.HighMS < l.MedianMS || l.Valid < 6 {
		t.Errorf("%s: latency %+v: want an interval around a positive median of at least 6 samples", r.Key, l)
	}
	p := r.Provenance
	for name, value := range map[string]string{"source": p.SourceHash, "binary": p.BinaryHash, "blob": p.BlobHash, "compiler": p.Compiler,
		"flags": p.Flags, "target": p.Target, "device": p.Device, "cores": p.Cores, "runner": p.Runner, "workload": p.Workload, "nonce": p.Nonce} {
		if value == "" {
			t.Errorf("%s: provenance has no %s", r.Key, name)
		}
	}
	if p.PeakGFLOPS <= 0 || p.PeakRSS <= 0 || p.WarmMS <= 0 || p.ErrorAllow <= 0 || p.MaxError > p.ErrorAllow || p.OutputScale <= 1.9 {
		t.Errorf("%s: provenance %+v: want a peak, a resident size and an error within what is allowed", r.Key, p)
	}
	if r.First.Time <= 0 || r.First.PageFaults > 200 {
		t.Errorf("%s: first execution %+v: want a time, and few page faults", r.Key, r.First)
	}
	for _, sample := range r.Samples {
		if sample.Nanoseconds <= 0 || sample.Batch < 1 || sample.Verdict == "" || sample.CanaryRatio == nil {
			t.Errorf("%s: sample %+v lacks its evidence", r.Key, sample)
		}
	}
	if r.Build <= 0 || r.Push <= 0 || r.Measure <= 0 {
		t.Errorf("%s: build %v, push %v, measure %v: want times", r.Key, r.Build, r.Push, r.Measure)
	}
}

// Steps are timed when they are asked for, in the order in which they run.
func TestStepTimes(t *testing.T) {
	s := handmadeSession(t, newDirect(t), Options{})
	asked := candidate("SLOW-steps")
	asked.Effort.StepRounds = 3
	all := evaluate(t, s, asked, candidate("GOOD"))
	if steps := all["GOOD"].Steps; steps != nil {
		t.Errorf("steps %+v that nobody asked for", steps)
	}
	steps := all["SLOW-steps"].Steps
	if len(steps) != 3 {
		t.Fatalf("steps %+v: want load, run and store", steps)
	}
	for i, want := range []StepTime{{Part: "load", Step: -1}, {Part: "run", Step: 0}, {Part: "store", Step: -1}} {
		if steps[i].Part != want.Part || steps[i].Step != want.Step || steps[i].Median < 0 {
			t.Errorf("step %d is %+v, want %s %d", i, steps[i], want.Part, want.Step)
		}
	}
	if steps[1].Median < 30*time.Millisecond { // the program spins so long
		t.Errorf("a step of 30 milliseconds took %v", steps[1].Median)
	}
}

func TestManyBatches(t *testing.T) {
	for _, exclusive := range []bool{false, true} {
		t.Run(fmt.Sprintf("exclusive=%v", exclusive), func(t *testing.T) {
			d := newDirect(t)
			s := handmadeSession(t, d, Options{Batch: 2, Exclusive: exclusive})
			var candidates []Candidate
			for i := range 5 {
				candidates = append(candidates, candidate(fmt.Sprintf("GOOD-%d", i)))
			}
			for key, r := range evaluate(t, s, candidates...) {
				if r.Outcome != results.OK {
					t.Errorf("%s: %s %s", key, r.Outcome, r.Detail)
				}
			}
			if len(d.pushes) != 3+1 { // three binaries; all programs have one blob
				t.Errorf("pushed %v: want three binaries and one blob", d.pushes)
			}
			spent := s.Ledger()
			for _, a := range []Activity{Building, Checking, Pushing, Measuring, Waiting} {
				if spent[a] <= 0 {
					t.Errorf("ledger %v has no %s", spent, a)
				}
			}
		})
	}
}

func TestTwinsAreTimedOnce(t *testing.T) {
	s := handmadeSession(t, newDirect(t), Options{})
	a, b, c := candidate("GOOD"), candidate("GOOD"), candidate("GOOD")
	a.Key, b.Key, c.Key = "a", "b", "c"
	c.Program.Threads = 2
	all := evaluate(t, s, a, b, c)
	if all["a"].Provenance.Nonce != all["b"].Provenance.Nonce || all["a"].Provenance.Nonce == all["c"].Provenance.Nonce {
		t.Errorf("nonces of a, b, c: %q, %q, %q: want the first two equal and the third its own",
			all["a"].Provenance.Nonce, all["b"].Provenance.Nonce, all["c"].Provenance.Nonce)
	}
	if all["c"].Outcome != results.OK {
		t.Errorf("two threads: %s %s", all["c"].Outcome, all["c"].Detail)
	}
}
