package bench

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// remembered is a memory of results.
type remembered struct {
	trials map[string]*results.Trial
	asked  int
	err    error
}

func (m *remembered) Recall(_ context.Context, p results.Provenance) (*results.Trial, error) {
	m.asked++
	return m.trials[p.Key()], m.err
}

func (m *remembered) keep(all map[string]Result) {
	for _, r := range all {
		m.trials[r.Provenance.Key()] = &results.Trial{ID: int64(len(m.trials) + 1), Outcome: r.Outcome, Latency: r.Latency, Provenance: r.Provenance, Samples: r.Samples}
	}
}

// A measurement with an equal provenance key stands for another one: of another session, with its time and
// its provenance, and the device runs nothing but the greeting.
func TestRecall(t *testing.T) {
	m := &remembered{trials: map[string]*results.Trial{}}
	d := newDirect(t)
	first := handmadeSession(t, d, Options{})
	measured := evaluate(t, first, many(3)...)
	m.keep(measured)
	if len(m.trials) != 3 {
		t.Fatalf("%d keys for three programs", len(m.trials))
	}

	runs := 0
	d.onRun = func(remote.Command) error { runs++; return nil }
	second := handmadeSession(t, d, Options{})
	second.Remember(m)
	for key, r := range evaluate(t, second, many(3)...) {
		was := measured[key]
		if r.Outcome != results.OK || r.ReusedFrom == 0 || *r.Latency != *was.Latency || r.Provenance.Nonce != was.Provenance.Nonce || len(r.Samples) != 0 {
			t.Errorf("%s: %s, reused from %d, latency %+v; want what was measured, %+v", key, r.Outcome, r.ReusedFrom, r.Latency, was.Latency)
		}
	}
	if runs != 1 || m.asked != 3 {
		t.Errorf("%d runs, %d questions: want the greeting alone, and one question for each candidate", runs, m.asked)
	}
	// Once the device is known, what is recalled is not even pushed.
	pushes := len(d.pushes)
	if r := evaluate(t, second, many(1)...)["GOOD-0"]; r.ReusedFrom == 0 || len(d.pushes) != pushes || runs != 1 {
		t.Errorf("reused from %d, %d more pushes, %d runs", r.ReusedFrom, len(d.pushes)-pushes, runs)
	}
}

// What is not as good as what is asked for is measured.
func TestRecallIsRefused(t *testing.T) {
	m := &remembered{trials: map[string]*results.Trial{}}
	d := newDirect(t)
	m.keep(evaluate(t, handmadeSession(t, d, Options{}), candidate("GOOD")))
	var known *results.Trial
	for _, trial := range m.trials {
		known = trial
	}
	own := *known
	for name, c := range map[string]struct {
		ask    func(c *Candidate)
		change func(m *remembered)
	}{
		"its own measurement":   {ask: func(c *Candidate) { c.Fresh = true }},
		"steps":                 {ask: func(c *Candidate) { c.Effort.StepRounds = 2 }},
		"more samples":          {ask: func(c *Candidate) { c.Effort.MinSamples, c.Effort.MaxSamples = 12, 12 }},
		"longer samples":        {ask: func(c *Candidate) { c.Effort.MinBatch = 20 * time.Millisecond }},
		"a whole network":       {ask: func(c *Candidate) { c.Kind = results.ModelTrial }},
		"more threads":          {ask: func(c *Candidate) { c.Program.Threads = 2 }},
		"a simulated time":      {change: func(*remembered) { known.Provenance.Simulated = true }},
		"an emulated time":      {change: func(*remembered) { known.Latency = &results.Latency{MedianMS: 1, LowMS: 1, HighMS: 1, Emulated: true} }},
		"a file that is broken": {change: func(m *remembered) { m.err = errors.New("disk I/O error") }},
	} {
		t.Run(name, func(t *testing.T) {
			*known, m.err = own, nil
			if c.change != nil {
				c.change(m)
			}
			s := handmadeSession(t, d, Options{})
			s.Remember(m)
			ask := candidate("GOOD")
			if c.ask != nil {
				c.ask(&ask)
			}
			if r := evaluate(t, s, ask)["GOOD"]; r.Outcome != results.OK || r.ReusedFrom != 0 || len(r.Samples) == 0 {
				t.Errorf("%s %s, reused from %d, %d samples: want a measurement", r.Outcome, r.Detail, r.ReusedFrom, len(r.Samples))
			}
		})
	}
	*known, m.err = own, nil
	s := handmadeSession(t, d, Options{})
	s.Remember(m)
	if r := evaluate(t, s, candidate("GOOD"))["GOOD"]; r.ReusedFrom == 0 {
		t.Error("what was refused for another reason is not recalled at all")
	}
}

// A network of other weights has another answer: its time is not taken over, though its code and mask are
// the same.
func TestRecallOfOtherWeights(t *testing.T) {
	p := results.Provenance{BlobHash: "a"}
	trial := &results.Trial{Outcome: results.OK, Latency: &results.Latency{MedianMS: 1, LowMS: 1, HighMS: 1}, Provenance: results.Provenance{BlobHash: "b"}}
	for range 10 {
		trial.Samples = append(trial.Samples, results.Sample{Nanoseconds: 1e7, Batch: 1, Verdict: results.Valid})
	}
	for kind, want := range map[results.Kind]bool{results.ModelTrial: false, results.KernelTrial: true} {
		if got := suffices(trial, p, Candidate{Kind: kind}); got != want {
			t.Errorf("%s: suffices %v, want %v", kind, got, want)
		}
	}
}
