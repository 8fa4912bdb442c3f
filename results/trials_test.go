package results

import (
	"context"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
)

func pointer[T any](v T) *T { return &v }

// full is a trial in which every field differs from its zero value.
func full(studyID int64) *Trial {
	return &Trial{
		StudyID: studyID, Kind: ModelTrial, Phase: "search", Key: "abc", Parameters: []byte(`{"conv1":0.5}`),
		Outcome: OK, Detail: "fine", Started: time.Date(2024, 5, 6, 7, 8, 9, 123456789, time.UTC), Seconds: 1.5,
		Latency:    &Latency{MedianMS: 12.5, LowMS: 12.25, HighMS: 12.75, Valid: 20},
		Objectives: map[string]float64{"accuracy": 0.93, "latency_ms": 12.5, "energy_mj": 40},
		Workload:   "w", Scheme: "kgs", Schedule: "s", GM: 8, GN: 4, Density: 0.28, MACs: 1 << 40, Clips: 2000,
		Layers: []Layer{
			{Name: "z", Scheme: "kgs", GM: 8, GN: 4, Rate: 0.72, Algorithm: "direct", Schedule: "a", Workload: "w",
				MACs: 5, MS: pointer(1.5), DenseMS: pointer(4.0), Reordered: true},
			{Name: "a", Scheme: "dense", Algorithm: "direct"},
		},
		Provenance: Provenance{SourceHash: "1", BinaryHash: "2", BlobHash: "3", Compiler: "gcc 12", Flags: "-O3",
			Target: "t", Device: "d", Cores: "0", Runner: "r1", Workload: "w", MaskHash: "m",
			Suppressed: []string{"GOVERNOR"}, PeakGFLOPS: 50, PeakRSS: 9, Nonce: "n", MaxError: 1e-6, ErrorAllow: 1e-4,
			OutputScale: 3},
		Samples: []Sample{
			{Nanoseconds: 12.5e6, Batch: 2, Verdict: Valid, Core: pointer(3), FrequencyBefore: pointer(2000000),
				FrequencyAfter: pointer(1900000), Temperature: pointer(45000), InvoluntarySwitches: pointer(0),
				CanaryRatio: pointer(1.01)},
			{Nanoseconds: 13e6, Batch: 2, Verdict: Preempted},
		},
	}
}

func TestTrialRoundTrip(t *testing.T) {
	ctx := context.Background()
	s := open(t)
	v := study(t, s, "s")
	first := full(v.ID)
	first.Key, first.Outcome, first.Latency, first.Objectives = "zero", CompileError, nil, nil
	if err := s.AppendTrial(ctx, first); err != nil {
		t.Fatal(err)
	}
	want := full(v.ID)
	want.ReusedFrom = first.ID
	var err error
	if want.Refined, err = s.SaveNetwork(ctx, []byte("onnx")); err != nil {
		t.Fatal(err)
	}
	if err := s.AppendTrial(ctx, want); err != nil {
		t.Fatal(err)
	}
	if want.Number != 1 || want.ID == 0 {
		t.Errorf("number %d, id %d", want.Number, want.ID)
	}
	got, err := s.Trial(ctx, want.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got.Samples, err = s.Samples(ctx, want.ID); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("read\n%+v\nwritten\n%+v", got, want)
	}
	value := reflect.ValueOf(*got)
	for i := range value.NumField() {
		if value.Field(i).IsZero() {
			t.Errorf("field %s is zero: the test does not cover it", value.Type().Field(i).Name)
		}
	}
	verdicts, err := s.Verdicts(ctx, v.ID)
	if want := (map[Verdict]int{Valid: 2, Preempted: 2}); err != nil || !reflect.DeepEqual(verdicts, want) {
		t.Errorf("verdicts %v, %v", verdicts, err)
	}
	if _, err := s.Trial(ctx, 999); !errors.Is(err, ErrNotFound) {
		t.Errorf("missing trial: %v", err)
	}
}

func TestTrialFilter(t *testing.T) {
	ctx := context.Background()
	s := open(t)
	v, other := study(t, s, "s"), study(t, s, "other")
	for i, x := range []struct {
		study   *Study
		kind    Kind
		phase   string
		outcome Outcome
	}{{v, KernelTrial, "table", OK}, {other, KernelTrial, "table", OK}, {v, KernelTrial, "table", Crash}, {v, ModelTrial, "search", OK}, {v, ModelTrial, "playoff", Cancelled}} {
		err := s.AppendTrial(ctx, &Trial{StudyID: x.study.ID, Kind: x.kind, Phase: x.phase, Key: string(rune('a' + i)), Outcome: x.outcome})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		filter TrialFilter
		keys   string
	}{
		{TrialFilter{}, "acde"}, {TrialFilter{Kind: KernelTrial}, "ac"}, {TrialFilter{Phase: "playoff"}, "e"},
		{TrialFilter{Outcome: OK}, "ad"}, {TrialFilter{Key: "c"}, "c"}, {TrialFilter{After: pointer(1)}, "de"},
		{TrialFilter{Kind: ModelTrial, Outcome: Crash}, ""}, {TrialFilter{Key: "b"}, ""},
	} {
		list, err := s.Trials(ctx, v.ID, c.filter)
		if err != nil {
			t.Fatal(err)
		}
		keys := ""
		for _, x := range list {
			keys += x.Key
		}
		if keys != c.keys {
			t.Errorf("%+v: %q, not %q", c.filter, keys, c.keys)
		}
	}
	counts, err := s.Outcomes(ctx, v.ID)
	if want := (map[Outcome]int{OK: 2, Crash: 1, Cancelled: 1}); err != nil || !reflect.DeepEqual(counts, want) {
		t.Errorf("outcomes %v, %v", counts, err)
	}
}

// Every outcome that teaches is finished once per phase; every other may be repeated. The list in the
// schema's index is the one in Teaches.
func TestFinishedOnce(t *testing.T) {
	ctx := context.Background()
	s := open(t)
	v := study(t, s, "s")
	for _, outcome := range AllOutcomes {
		key := string(outcome)
		add := func(phase string) error {
			return s.AppendTrial(ctx, &Trial{StudyID: v.ID, Kind: KernelTrial, Phase: phase, Key: key, Outcome: outcome})
		}
		if err := add("table"); err != nil {
			t.Fatal(err)
		}
		if err := add("playoff"); err != nil {
			t.Errorf("%s in another phase: %v", outcome, err)
		}
		err := add("table")
		var duplicate *DuplicateError
		if outcome.Teaches() {
			if !errors.As(err, &duplicate) || !errors.Is(err, ErrExists) || duplicate.TrialID == 0 {
				t.Errorf("%s again: %v", outcome, err)
			}
		} else if err != nil {
			t.Errorf("%s again: %v", outcome, err)
		}
		// The index says the same as AppendTrial, should another program write the file.
		_, err = s.write.Exec(`INSERT INTO trial SELECT NULL, study_id, number + 1000, kind, phase, key, parameters, outcome,
			detail, started, seconds, emulated, latency_ms, latency_low_ms, latency_high_ms, emulated_ms, emulated_low_ms,
			emulated_high_ms, valid_samples, workload, scheme, gm, gn, density, schedule, macs, clips, reused_from,
			provenance, provenance_key, simulated, refined FROM trial WHERE key = ? AND phase = 'playoff'`, key)
		if (err != nil) != outcome.Teaches() {
			t.Errorf("%s inserted past AppendTrial: %v", outcome, err)
		}
	}
}

func TestAppendRefuses(t *testing.T) {
	ctx := context.Background()
	s := open(t)
	v := study(t, s, "s")
	for _, c := range []struct {
		name   string
		change func(*Trial)
		text   string
	}{
		{"NaN objective", func(t *Trial) { t.Objectives["accuracy"] = math.NaN() }, "objective accuracy is NaN"},
		{"infinite time", func(t *Trial) { t.Latency.HighMS = math.Inf(1) }, "upper end is +Inf"},
		{"infinite sample", func(t *Trial) { t.Samples[1].Nanoseconds = math.Inf(1) }, "sample 1 is +Inf"},
		{"time of a crash", func(t *Trial) { t.Outcome = Crash; t.Objectives = nil }, "outcome crash has no latency"},
		{"objective of a crash", func(t *Trial) { t.Outcome = Crash; t.Latency = nil }, "latency_ms without a latency"},
		{"median of a dropped", func(t *Trial) { t.Outcome = Dropped; t.Objectives = nil }, "lower bound"},
		{"two latencies", func(t *Trial) { t.Objectives["latency_ms"] = 3 }, "latency_ms is 3 and the latency 12.5 ms"},
		{"emulated latency", func(t *Trial) { t.Latency.Emulated = true }, "emulated time is not a latency"},
		{"outside of its interval", func(t *Trial) { t.Latency.LowMS = 12.6 }, "outside of its interval"},
		{"not JSON", func(t *Trial) { t.Parameters = []byte("{") }, "parameters are not JSON"},
		{"unknown outcome", func(t *Trial) { t.Outcome, t.Latency, t.Objectives = "fine", nil, nil }, "CHECK constraint failed: outcome"},
		{"unknown verdict", func(t *Trial) { t.Samples[1].Verdict = "odd" }, "sample 1"},
		{"unknown scheme of a layer", func(t *Trial) { t.Layers[1].Scheme = "odd" }, "layer a"},
		{"layer twice", func(t *Trial) { t.Layers[1].Name = "z" }, "layer z"},
		{"no phase", func(t *Trial) { t.Phase = "" }, "CHECK constraint failed: phase"},
		{"no study", func(t *Trial) { t.StudyID = 999 }, "FOREIGN KEY"},
		{"no such original", func(t *Trial) { t.ReusedFrom = 999 }, "FOREIGN KEY"},
	} {
		t.Run(c.name, func(t *testing.T) {
			trial := full(v.ID)
			c.change(trial)
			err := s.AppendTrial(ctx, trial)
			if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("error %v does not say %q", err, c.text)
			}
			if trial.ID != 0 {
				t.Error("a refused trial has an ID")
			}
		})
	}
	// Nothing of what was refused stays, not even in part.
	for _, table := range []string{"trial", "sample", "layer", "objective"} {
		var n int
		if err := s.read.QueryRow("SELECT count(*) FROM " + table).Scan(&n); err != nil || n != 0 {
			t.Errorf("%d rows in %s, %v", n, table, err)
		}
	}
}

func TestDroppedKeepsItsBound(t *testing.T) {
	ctx := context.Background()
	s := open(t)
	v := study(t, s, "s")
	trial := &Trial{StudyID: v.ID, Kind: KernelTrial, Phase: "table", Key: "k", Outcome: Dropped, Latency: &Latency{LowMS: 9, Valid: 1}}
	if err := s.AppendTrial(ctx, trial); err != nil {
		t.Fatal(err)
	}
	got, err := s.Trial(ctx, trial.ID)
	if err != nil || !reflect.DeepEqual(got.Latency, trial.Latency) {
		t.Errorf("%+v, %v", got.Latency, err)
	}
}

// The end of the search's context must not lose a trial that has been measured.
func TestAppendAfterCancel(t *testing.T) {
	s := open(t)
	v := study(t, s, "s")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.AppendTrial(ctx, full(v.ID)); err != nil {
		t.Error(err)
	}
}
