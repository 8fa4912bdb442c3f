package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/results"
)

func fault(code remote.FaultCode) error {
	return remote.Fault("test", code, "", errors.New("ordered by the test"))
}

func many(n int) []Candidate {
	var all []Candidate
	for i := range n {
		all = append(all, candidate(fmt.Sprintf("GOOD-%d", i)))
	}
	return all
}

// A device that goes away takes all with it that was not finished, and says why.
func TestDeviceLost(t *testing.T) {
	d := newDirect(t)
	var runs atomic.Int32
	d.onRun = func(remote.Command) error {
		if runs.Add(1) > 2 { // the greeting and the first batch
			return fault(remote.ConnectionLost)
		}
		return nil
	}
	s := handmadeSession(t, d, Options{Batch: 2})
	var ok, lost int
	for key, r := range evaluate(t, s, many(5)...) {
		switch r.Outcome {
		case results.OK:
			ok++
		case results.DeviceLost:
			lost++
			if !remote.IsFault(r.Err, remote.ConnectionLost) {
				t.Errorf("%s: error %v: want the fault", key, r.Err)
			}
		default:
			t.Errorf("%s: %s %s", key, r.Outcome, r.Detail)
		}
	}
	if ok != 2 || lost != 3 {
		t.Errorf("%d ok, %d lost: want 2 and 3", ok, lost)
	}
	// It stays lost: nobody said how to connect again.
	if r := evaluate(t, s, candidate("GOOD-9"))["GOOD-9"]; r.Outcome != results.DeviceLost {
		t.Errorf("after the loss: %s", r.Outcome)
	}
}

func TestReconnect(t *testing.T) {
	first, second := newDirect(t), newDirect(t)
	var runs atomic.Int32
	first.onRun = func(remote.Command) error {
		if runs.Add(1) > 2 {
			return fault(remote.ConnectionLost)
		}
		return nil
	}
	dials := 0
	s := handmadeSession(t, first, Options{Batch: 2, Dial: func(context.Context) (remote.Transport, error) {
		dials++
		return second, nil
	}})
	for key, r := range evaluate(t, s, many(5)...) {
		if r.Outcome != results.OK {
			t.Errorf("%s: %s %s", key, r.Outcome, r.Detail)
		}
	}
	if dials != 1 || len(second.pushes) != 2+1 {
		t.Errorf("%d dials, pushes to the second connection %v: want one, and two binaries with a blob", dials, second.pushes)
	}
}

// A candidate that takes the device down every time must not make us try for ever.
func TestReconnectGivesUp(t *testing.T) {
	dead := func() *direct {
		d := newDirect(t)
		d.onRun = func(remote.Command) error { return fault(remote.Unreachable) }
		return d
	}
	dials := 0
	s := handmadeSession(t, dead(), Options{Dial: func(context.Context) (remote.Transport, error) {
		dials++
		return dead(), nil
	}})
	for key, r := range evaluate(t, s, many(3)...) {
		if r.Outcome != results.DeviceLost {
			t.Errorf("%s: %s %s", key, r.Outcome, r.Detail)
		}
	}
	if dials != 1 {
		t.Errorf("%d dials: want one", dials)
	}
	refused := errors.New("still not there")
	s = handmadeSession(t, dead(), Options{Dial: func(context.Context) (remote.Transport, error) { return nil, refused }})
	if r := evaluate(t, s, candidate("GOOD"))["GOOD"]; r.Outcome != results.DeviceLost || !errors.Is(r.Err, refused) {
		t.Errorf("%s, %v: want device-lost because of the dial", r.Outcome, r.Err)
	}
}

// A push that fails by itself costs what was to be pushed and nothing else.
func TestPushErrors(t *testing.T) {
	d := newDirect(t)
	d.onPush = func(path string) error {
		if strings.HasSuffix(path, ".blob") {
			return fault(remote.Corrupted)
		}
		return nil
	}
	s := handmadeSession(t, d, Options{})
	r := evaluate(t, s, candidate("GOOD"))["GOOD"]
	if r.Outcome != results.PushError || !remote.IsFault(r.Err, remote.Corrupted) {
		t.Errorf("%s %v: want push-error", r.Outcome, r.Err)
	}
}

// A full device gives back what nobody needs and is tried once more.
func TestNoSpaceMakesRoom(t *testing.T) {
	d := newDirect(t)
	full := false
	d.onPush = func(string) error {
		if full {
			full = false
			return fault(remote.NoSpace)
		}
		return nil
	}
	s := handmadeSession(t, d, Options{})
	if r := evaluate(t, s, candidate("GOOD-1"))["GOOD-1"]; r.Outcome != results.OK {
		t.Fatalf("%s %s", r.Outcome, r.Detail)
	}
	full = true
	if r := evaluate(t, s, candidate("GOOD-2"))["GOOD-2"]; r.Outcome != results.OK {
		t.Errorf("%s %s: want ok after making room", r.Outcome, r.Detail)
	}
	// The first binary made room; the blob was given back too and pushed again.
	if len(s.device.order) != 2 || len(d.pushes) != 2+1+2 {
		t.Errorf("on the device %v, pushed %v", s.device.order, d.pushes)
	}
}

func TestDeviceBytesAreBounded(t *testing.T) {
	d := newDirect(t)
	s := handmadeSession(t, d, Options{DeviceBytes: 1})
	for i := range 3 {
		key := fmt.Sprintf("GOOD-%d", i)
		if r := evaluate(t, s, candidate(key))[key]; r.Outcome != results.OK {
			t.Fatalf("%s %s", r.Outcome, r.Detail)
		}
	}
	if len(s.device.order) > 2 {
		t.Errorf("%d files are on the device: want those of one binary", len(s.device.order))
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	d := newDirect(t)
	d.onRun = func(remote.Command) error {
		cancel()
		return ctx.Err()
	}
	s := handmadeSession(t, d, Options{Batch: 1})
	candidates := append(many(3), candidate("HANG"))
	n := 0
	for r := range s.Evaluate(ctx, candidates) {
		n++
		if r.Outcome != results.Cancelled || r.Key == "" {
			t.Errorf("%s: %s: want cancelled", r.Key, r.Outcome)
		}
	}
	if n != len(candidates) {
		t.Errorf("%d results for %d candidates", n, len(candidates))
	}
}

// Cancelling while the device hangs ends soon, by killing.
func TestCancelKills(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	d := newDirect(t)
	var runs atomic.Int32
	d.onRun = func(remote.Command) error {
		if runs.Add(1) == 2 {
			cancel()
		}
		return nil
	}
	s := handmadeSession(t, d, Options{})
	for r := range s.Evaluate(ctx, []Candidate{candidate("HANG")}) {
		if r.Outcome != results.Cancelled {
			t.Errorf("%s %s: want cancelled", r.Outcome, r.Detail)
		}
	}
}

// processes counts those with a text in their command line.
func processes(t *testing.T, text string) (n int) {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range all {
		line, err := os.ReadFile(path) // gone meanwhile: not running
		if err == nil && bytes.Contains(line, []byte(text)) {
			n++
		}
	}
	return n
}

// awaitHang waits until a runner in the directory and its child run.
func awaitHang(t *testing.T, dir string, out <-chan Result) {
	t.Helper()
	for processes(t, dir+"/") < 2 {
		select {
		case r := <-out:
			t.Fatalf("%s %s before the fault", r.Outcome, r.Detail)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// Nothing is left behind on a real device either: the runner's children have sessions of their own.
func TestCancelLeavesNoProcess(t *testing.T) {
	config := remote.Config{Name: "here", Transport: "local"}
	s := handmadeSession(t, here(t, config), Options{})
	_, dir := s.device.current()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := s.Evaluate(ctx, []Candidate{candidate("HANG")})
	awaitHang(t, dir, out)
	cancel()
	if r := <-out; r.Outcome != results.Cancelled {
		t.Errorf("%s %s: want cancelled", r.Outcome, r.Detail)
	}
	for i := 0; processes(t, dir) > 0; i++ {
		if i == 200 {
			t.Fatalf("%d processes of %s still run", processes(t, dir), dir)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// liar changes what the runner says.
type liar struct {
	*direct
	old, new string
}

func (l *liar) Run(ctx context.Context, c remote.Command) (remote.Result, error) {
	var said bytes.Buffer
	out := c.Stdout
	c.Stdout = &said
	r, err := l.direct.Run(ctx, c)
	if _, writeErr := out.Write([]byte(strings.ReplaceAll(said.String(), l.old, l.new))); writeErr != nil && err == nil {
		err = writeErr
	}
	return r, err
}

// No echo, no result.
func TestLies(t *testing.T) {
	cases := []struct {
		name, old, new string
		want           results.Outcome
		detail         string
	}{
		{"other binary", `"binary_sha256":"`, `"binary_sha256":"0`, results.LaunchError, "it is the binary"},
		{"other nonce", `"nonce":"`, `"nonce":"0`, results.LaunchError, "it echoed nonce"},
		{"other blob", `"blob_sha256":"`, `"blob_sha256":"0`, results.LaunchError, "the runner read the blob"},
		{"no hello", `"hello"`, `"hallo"`, results.LaunchError, "said nothing"},
		{"nonsense", `{"event":"end"`, `{"event`, results.LaunchError, "what the runner says"},
		{"no values", `"values"`, `"value"`, results.WrongAnswer, "no values"},
		{"no result", `"result"`, `"reslt"`, results.LaunchError, "without a result"},
		{"no end", `"end"`, `"und"`, results.Crash, "the runner died"},
		{"bad bits", `"bits":"`, `"bits":"x`, results.WrongAnswer, "decode values"},
		{"other output at the end", `"last_output_sha256":"`, `"last_output_sha256":"0`, results.WrongAnswer, "changed between"},
		{"not pinned", `"pinned":true`, `"pinned":false`, results.LaunchError, "NOT-PINNED"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := handmadeSession(t, &liar{newDirect(t), c.old, c.new}, Options{})
			r := evaluate(t, s, candidate("GOOD"))["GOOD"]
			if r.Outcome != c.want || !strings.Contains(r.Detail, c.detail) || r.Latency != nil {
				t.Errorf("%s %q %v: want %s with %q and no time", r.Outcome, r.Detail, r.Latency, c.want, c.detail)
			}
		})
	}
	t.Run("not pinned, suppressed", func(t *testing.T) {
		s := handmadeSession(t, &liar{newDirect(t), `"pinned":true`, `"pinned":false`}, Options{Suppress: []string{NotPinned}})
		r := evaluate(t, s, candidate("GOOD"))["GOOD"]
		if r.Outcome != results.OK || len(r.Provenance.Suppressed) != 1 || r.Provenance.Suppressed[0] != NotPinned {
			t.Errorf("%s %q, suppressed %v: want ok, stamped", r.Outcome, r.Detail, r.Provenance.Suppressed)
		}
	})
}

// Too few valid samples are measured once more and then given up, with all samples kept.
func TestUnstable(t *testing.T) {
	s := handmadeSession(t, newDirect(t), Options{})
	s.thresholds.QueueShare = -1 // nothing is quiet enough
	s.thresholds.SwitchEvery = -1
	r := evaluate(t, s, candidate("GOOD"))["GOOD"]
	if r.Outcome != results.Unstable || len(r.Samples) < 12 || r.Latency != nil || !strings.Contains(r.Detail, "0 of") {
		t.Errorf("%s %q, %d samples, latency %v: want unstable after two measurements of 6 and more", r.Outcome, r.Detail, len(r.Samples), r.Latency)
	}
}

// Where others interrupt most samples, the second measurement takes more and shorter ones. What is too long
// for that, or was disturbed by something else, is measured as before.
func TestCrowdedCoresAreMeasuredBriefly(t *testing.T) {
	s := handmadeSession(t, newDirect(t), Options{})
	effort := Effort{MinSamples: 10, MaxSamples: 20, MinBatch: 8 * time.Millisecond, MaxTime: time.Second}
	for name, c := range map[string]struct {
		verdict results.Verdict
		batch   int
		want    Effort
	}{
		"preempted": {results.Preempted, 20, Effort{MinSamples: 40, MaxSamples: 80, MinBatch: 500 * time.Microsecond, MaxTime: time.Second}},
		"long":      {results.Preempted, 1, effort},
		"moved":     {results.Moved, 20, effort},
	} {
		it := &item{candidate: candidate("GOOD"), artifact: &Artifact{}, expect: &Expectation{}}
		it.candidate.Effort = effort
		disturbed := results.Sample{Nanoseconds: 4e5, Batch: c.batch, Verdict: c.verdict}
		if _, again := s.judgeSamples(it, Result{Samples: slices.Repeat([]results.Sample{disturbed}, 20)}); !again {
			t.Fatalf("%s: it is not measured again", name)
		}
		jobs, _ := s.jobs([]*item{it})
		if jobs[0].effort != c.want {
			t.Errorf("%s: measured again with %+v, want %+v", name, jobs[0].effort, c.want)
		}
		// The samples that the candidate asked for are enough.
		quiet := results.Sample{Nanoseconds: 4e5, Batch: 1, Verdict: results.Valid}
		r, again := s.judgeSamples(it, Result{Samples: append(slices.Clone(it.earlier), slices.Repeat([]results.Sample{quiet}, 10)...)})
		if again || r.Outcome != results.OK || r.Latency.Valid != 10 {
			t.Errorf("%s: %s %s with ten valid samples", name, r.Outcome, r.Detail)
		}
	}
	short := Effort{MinSamples: 10, MaxSamples: 20, MinBatch: 100 * time.Microsecond, MaxTime: time.Second}
	if b := short.brief(); b.MinBatch != short.MinBatch {
		t.Errorf("samples of %v become %v long", short.MinBatch, b.MinBatch)
	}
}

func TestEvalErrors(t *testing.T) {
	d := newDirect(t)
	s := handmadeSession(t, d, Options{})
	input := [][]float32{SeededInput(1, 1000)}
	program := func(name string) kernels.Program { return kernels.Program{Graph: doubling(name)} }
	out, err := s.Run(t.Context(), program("GOOD"), input)
	if err != nil || out[0][3] != 2*input[0][3] {
		t.Errorf("run: %v", err)
	}
	if out, err := s.Run(t.Context(), program("GOOD"), nil); err != nil || len(out) != 0 {
		t.Errorf("run of nothing: %v, %v", out, err)
	}
	var e *EvalError
	if _, err := s.Run(t.Context(), program("SEGV"), input); !errors.As(err, &e) || e.Result.Signal != 11 {
		t.Errorf("crash: %v: want an EvalError with signal 11", err)
	}
	if _, err := s.Run(t.Context(), program("BROKEN"), input); err == nil || !strings.Contains(err.Error(), "does not compile") {
		t.Errorf("broken: %v", err)
	}
	if _, err := s.Run(t.Context(), program("GOOD"), [][]float32{{1, 2}}); err == nil || !strings.Contains(err.Error(), "input 0 has 2 values, want 1000") {
		t.Errorf("short input: %v", err)
	}
	if err := s.Eval(t.Context(), program("GOOD"), strings.NewReader("12345678"), &bytes.Buffer{}); !errors.As(err, &e) || e.Result.ExitCode != 4 {
		t.Errorf("truncated clip: %v: want an EvalError with status 4", err)
	}
	d.onRun = func(remote.Command) error { return fault(remote.ConnectionLost) }
	if _, err := s.Run(t.Context(), program("GOOD"), input); !remote.IsFault(err, remote.ConnectionLost) {
		t.Errorf("lost: %v", err)
	}
}

func TestSplit(t *testing.T) {
	batches := split(many(7), 3)
	if len(batches) != 3 || len(batches[2]) != 1 || batches[2][0].index != 6 {
		t.Errorf("batches %v: want 3, 3 and 1", batches)
	}
}
