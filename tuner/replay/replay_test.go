package replay

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/rt3d-tune/rt3d-tune/bench"
	"github.com/rt3d-tune/rt3d-tune/results"
)

func recorded(t *testing.T) (*results.Store, int64) {
	t.Helper()
	store, err := results.Open(filepath.Join(t.TempDir(), "results.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	study := &results.Study{Name: "recorded", Objective: results.Accuracy}
	if err := store.CreateStudy(t.Context(), study); err != nil {
		t.Fatal(err)
	}
	append1 := func(phase, key string, kind results.Kind, outcome results.Outcome, ms float64) {
		trial := &results.Trial{StudyID: study.ID, Kind: kind, Phase: phase, Key: key, Outcome: outcome,
			Started: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Seconds: 2}
		if ms > 0 {
			trial.Latency = &results.Latency{MedianMS: ms, LowMS: ms * 0.9, HighMS: ms * 1.1, Valid: 1}
			trial.Samples = []results.Sample{{Nanoseconds: ms * 1e6, Batch: 1, Verdict: results.Valid}}
		}
		if err := store.AppendTrial(t.Context(), trial); err != nil {
			t.Fatal(err)
		}
	}
	append1("table", "k1", results.KernelTrial, results.OK, 3)
	append1("table", "k2", results.KernelTrial, results.Crash, 0)
	append1("sensitivity", "s1", results.ModelTrial, results.OK, 0)
	append1("search", "dense", results.ModelTrial, results.OK, 10)
	append1("playoff", "dense", results.ModelTrial, results.OK, 11)
	return store, study.ID
}

func ask(e *Evaluator, kind results.Kind, keys ...string) []bench.Result {
	var candidates []bench.Candidate
	for _, k := range keys {
		candidates = append(candidates, bench.Candidate{Key: k, Kind: kind})
	}
	var rs []bench.Result
	for r := range e.Evaluate(context.Background(), candidates) {
		rs = append(rs, r)
	}
	return rs
}

func TestReplayAnswersFromTheRecord(t *testing.T) {
	store, id := recorded(t)
	e, err := New(t.Context(), store, id)
	if err != nil {
		t.Fatal(err)
	}
	began := e.Now()
	rs := ask(e, results.KernelTrial, "k1", "k2")
	if rs[0].Outcome != results.OK || rs[0].Latency.MedianMS != 3 || len(rs[0].Samples) != 1 || rs[1].Outcome != results.Crash {
		t.Errorf("answers %+v", rs)
	}
	if took := e.Now().Sub(began); took != 4*time.Second {
		t.Errorf("the virtual clock went on by %s, want the recorded 4 s", took)
	}
	// Measured twice: the search's time first, then the playoff's.
	if rs := ask(e, results.ModelTrial, "dense", "dense"); rs[0].Latency.MedianMS != 10 || rs[1].Latency.MedianMS != 11 {
		t.Errorf("answers %+v", rs)
	}
}

func TestReplayMisses(t *testing.T) {
	store, id := recorded(t)
	e, err := New(t.Context(), store, id)
	if err != nil {
		t.Fatal(err)
	}
	var miss *MissError
	for _, c := range []struct {
		kind   results.Kind
		keys   []string
		served int
	}{
		{results.KernelTrial, []string{"k3"}, 0},
		{results.ModelTrial, []string{"k1"}, 0}, // of the other kind
		{results.ModelTrial, []string{"s1"}, 0}, // never on a device
		{results.ModelTrial, []string{"dense", "dense", "dense"}, 2},
	} {
		rs := ask(e, c.kind, c.keys...)
		last := rs[len(rs)-1]
		if !errors.As(last.Err, &miss) || miss.Served != c.served || last.Latency != nil || last.Outcome.Teaches() {
			t.Errorf("%v: %+v, want a *MissError after %d", c.keys, last, c.served)
		}
	}
	e.Repeat = true
	if rs := ask(e, results.ModelTrial, "dense"); rs[0].Outcome != results.OK || rs[0].Latency.MedianMS != 11 {
		t.Errorf("repeated answer %+v, want the last one", rs[0])
	}
}

func TestReplayStopsWithItsContext(t *testing.T) {
	store, id := recorded(t)
	e, err := New(t.Context(), store, id)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for r := range e.Evaluate(ctx, []bench.Candidate{{Key: "k1", Kind: results.KernelTrial}}) {
		if r.Outcome != results.Cancelled {
			t.Errorf("answer %+v after the context ended", r)
		}
	}
}

func TestReplayRefusesAnEmptyStudy(t *testing.T) {
	store, _ := recorded(t)
	study := &results.Study{Name: "empty", Objective: results.Accuracy}
	if err := store.CreateStudy(t.Context(), study); err != nil {
		t.Fatal(err)
	}
	if _, err := New(t.Context(), store, study.ID); err == nil {
		t.Error("a study without measurements was accepted")
	}
}
