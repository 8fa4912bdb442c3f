package tuner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/results"
)

func mustRun(t *testing.T, s Study) *Summary {
	t.Helper()
	sum, err := Run(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func trials(t testing.TB, s Study) []*results.Trial {
	t.Helper()
	list, err := s.Store.Trials(t.Context(), s.ID, results.TrialFilter{})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func state(t *testing.T, s Study) results.State {
	t.Helper()
	row, err := s.Store.StudyByName(t.Context(), "test")
	if err != nil {
		t.Fatal(err)
	}
	return row.State
}

// finishedTwice lists candidates that were finished more than once in a phase.
func finishedTwice(list []*results.Trial) []string {
	seen := map[string]bool{}
	var twice []string
	for _, t := range list {
		k := t.Phase + " " + t.Key
		if t.Outcome.Teaches() && seen[k] {
			twice = append(twice, k)
		}
		seen[k] = seen[k] || t.Outcome.Teaches()
	}
	return twice
}

// The circumstances of the demonstration, on the virtual clock: three minutes for everything.
func TestThreeMinutesGiveAFront(t *testing.T) {
	study, c := newStudy(t, "", Options{Wall: 3 * time.Minute, Seed: 1})
	began := c.Now()
	sum := mustRun(t, study)
	if took := c.Now().Sub(began); took > 185*time.Second {
		t.Errorf("took %s of 3 minutes", took)
	}
	if len(sum.Front) < 5 {
		t.Errorf("front has %d points, want at least 5", len(sum.Front))
	}
	gained := false
	for _, p := range sum.Front {
		gained = gained || sum.Dense.Latency.MedianMS/p.Latency.MedianMS >= 1.5 && sum.Dense.Quality-p.Quality <= 0.02
		for _, q := range sum.Front {
			if q.Key != p.Key && q.Quality >= p.Quality && q.Latency.MedianMS <= p.Latency.MedianMS {
				t.Errorf("%s is dominated by %s", p.Key, q.Key)
			}
		}
	}
	if !gained {
		t.Error("no point is 1.5x faster than dense at 2 points lost at most")
	}
	for _, phase := range withoutReorder {
		if sum.Trials[phase] == 0 {
			t.Errorf("phase %s has no trials", phase)
		}
	}
	list := trials(t, study)
	var models []*results.Trial
	for _, trial := range list {
		if trial.Phase == string(SearchPhase) {
			models = append(models, trial)
		}
	}
	if models[0].Key != "dense" {
		t.Errorf("the first network is %s, want dense", models[0].Key)
	}
	if state(t, study) != results.Finished {
		t.Errorf("state is %s", state(t, study))
	}
	checkEvidence(t, study, sum)
}

// checkEvidence holds what is stored beside the trials against the trials.
func checkEvidence(t *testing.T, study Study, sum *Summary) {
	t.Helper()
	ctx := t.Context()
	table, err := study.Store.LatencyTable(ctx, study.ID)
	if err != nil {
		t.Fatal(err)
	}
	best := map[string]float64{}
	cell := func(workload, scheme string, gm, gn int, density float64) string {
		return fmt.Sprint(workload, scheme, gm, gn, density)
	}
	for _, trial := range trials(t, study) {
		if trial.Phase == string(TablePhase) && trial.Outcome == results.OK {
			k := cell(trial.Workload, trial.Scheme, trial.GM, trial.GN, trial.Density)
			if ms, ok := best[k]; !ok || trial.Latency.HighMS < ms {
				best[k] = trial.Latency.HighMS
			}
		}
	}
	if len(table) != len(best) {
		t.Errorf("the latency table has %d cells, the trials %d", len(table), len(best))
	}
	for _, e := range table {
		if other := best[cell(e.Workload, e.Scheme, e.GM, e.GN, e.Density)]; other < e.Latency.LowMS {
			t.Errorf("table has %g to %g ms for %s at %g, although another was surely faster: %g ms at most", e.Latency.LowMS, e.Latency.HighMS, e.Workload, e.Density, other)
		}
	}
	sensitivities, err := study.Store.Sensitivities(ctx, study.ID)
	if err != nil || len(sensitivities) < 6 {
		t.Errorf("%d sensitivities, %v, want at least one for each layer", len(sensitivities), err)
	}
	ledger, err := study.Store.Ledger(ctx, study.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, activity := range []string{activityBuild, activityPush, activityMeasure, activityPrune, activityAccuracy} {
		if ledger[activity] <= 0 {
			t.Errorf("ledger has %g s for %s", ledger[activity], activity)
		}
	}
	if mean, err := study.Store.MeanKernelBuild(ctx, study.ID); err != nil || !(mean > 0) || mean > ledger[activityBuild] {
		t.Errorf("a kernel took %g s to build, all together %g, %v", mean, ledger[activityBuild], err)
	}
	contests, err := study.Store.Contests(ctx, study.ID)
	if err != nil || len(contests) != 1 {
		t.Fatalf("contests %v, %v", contests, err)
	}
	if !slices.Contains(sum.Tied, sum.Picked) {
		t.Errorf("picked %s is not among the tied %v", sum.Picked, sum.Tied)
	}
	for _, g := range sum.Gap {
		// The made-up device adds 6 % and 0.05 ms to the sum of the layers.
		if g.NetworkMS < g.LayersMS || g.NetworkMS > 1.5*g.LayersMS+0.06 {
			t.Errorf("%s: layers sum to %g ms, the network takes %g", g.Key, g.LayersMS, g.NetworkMS)
		}
	}
	for _, p := range sum.Front {
		if p.Phase == string(PlayoffPhase) && p.Latency.Valid < leastRounds*6 {
			t.Errorf("%s has %d valid samples in the playoff", p.Key, p.Latency.Valid)
		}
		if len(p.Layers) != 6 {
			t.Errorf("%s has %d layers", p.Key, len(p.Layers))
		}
	}
}

// The table must find kernels that are better than those chosen by hand.
func TestTableBeatsTheHandMadeChoice(t *testing.T) {
	study, _ := newStudy(t, "", Options{Trials: 400, Seed: 3, Shares: Shares{Table: 0.9, Sensitivity: 0.05, Search: 0.05}})
	mustRun(t, study)
	first, best := map[string]float64{}, map[string]float64{}
	for _, trial := range trials(t, study) {
		if trial.Phase == string(TablePhase) && trial.Outcome == results.OK {
			k := fmt.Sprint(trial.Workload, trial.Scheme, trial.GM, trial.Density)
			if first[k] == 0 {
				first[k], best[k] = trial.Latency.MedianMS, trial.Latency.MedianMS
			}
			best[k] = min(best[k], trial.Latency.MedianMS)
		}
	}
	var before, after float64
	for k := range first {
		before, after = before+first[k], after+best[k]
	}
	if after > 0.9*before {
		t.Errorf("the table sums to %.4g ms, by hand %.4g", after, before)
	}
}

func TestTrialBudgetsAreExactAndSeedsReproduce(t *testing.T) {
	run := func(seed uint64, n int) []string {
		study, _ := newStudy(t, "", Options{Trials: n, Seed: seed})
		mustRun(t, study)
		var keys []string
		for _, trial := range trials(t, study) {
			keys = append(keys, trial.Phase+" "+trial.Key)
		}
		return keys
	}
	a, b := run(5, 120), run(5, 120)
	if !slices.Equal(a, b) {
		for i := range a {
			if i >= len(b) || a[i] != b[i] {
				t.Fatalf("the same seed differs at trial %d: %s", i, a[i])
			}
		}
		t.Fatalf("the same seed gave %d and %d trials", len(a), len(b))
	}
	if len(a) > 120 || len(a) < 105 {
		t.Errorf("%d trials of a budget of 120", len(a))
	}
	if slices.Equal(a, run(6, 120)) {
		t.Error("another seed gave the same trials")
	}
}

// A search that is interrupted again and again ends with the same trials as one that was not, wherever
// it was cut between two trials of level 2, and never repeats what was finished.
func TestInterruptedSearchGoesOn(t *testing.T) {
	options := Options{Trials: 140, Seed: 9}
	whole, _ := newStudy(t, "", options)
	want := mustRun(t, whole)
	study, _ := newStudy(t, "", options)
	dev := study.Evaluator.(*device)
	for cut := 5; ; cut += 11 {
		ctx, interrupt := context.WithCancel(t.Context())
		n := 0
		study.Options.Progress = func(p Progress) {
			if p.Trial != "" {
				if n++; n == cut {
					interrupt()
				}
			}
		}
		before := len(trials(t, study))
		_, err := Run(ctx, study)
		interrupt()
		if err == nil {
			break
		}
		if !errors.Is(err, context.Canceled) || state(t, study) != results.Interrupted {
			t.Fatalf("interrupted: %v, state %s", err, state(t, study))
		}
		for _, trial := range trials(t, study)[before:] {
			if trial.Outcome != results.OK && trial.Outcome != results.Dropped && trial.Outcome != results.CompileError {
				t.Errorf("interruption was recorded as trial %s: %s", trial.Key, trial.Outcome)
			}
		}
	}
	list := trials(t, study)
	if twice := finishedTwice(list); len(twice) > 0 {
		t.Errorf("finished twice: %v", twice)
	}
	if len(list) != len(trials(t, whole)) {
		t.Errorf("%d trials, uninterrupted %d", len(list), len(trials(t, whole)))
	}
	if state(t, study) != results.Finished {
		t.Errorf("state is %s", state(t, study))
	}
	asked := len(dev.asked)
	// Once finished, running again measures nothing.
	again := mustRun(t, study)
	if len(dev.asked) != asked {
		t.Errorf("a finished study asked for %d more measurements", len(dev.asked)-asked)
	}
	if again.Picked == "" || want.Picked == "" {
		t.Errorf("picked %q and %q", again.Picked, want.Picked)
	}
}

// Level 2 goes on after an interruption exactly where it was: told again, it proposes the same.
func TestResumedLevelTwoProposesTheSame(t *testing.T) {
	strategies := []string{Predicted, "random", "nsga2", "tpe"}
	if testing.Short() {
		strategies = []string{Predicted, "tpe"}
	}
	for _, strategy := range strategies {
		options := Options{Trials: 100, Seed: 4, Models: strategy, Contenders: 6}
		networks := func(s Study) (keys []string) {
			for _, trial := range trials(t, s) {
				if trial.Phase == string(SearchPhase) {
					keys = append(keys, trial.Key)
				}
			}
			return keys
		}
		whole, _ := newStudy(t, "", options)
		mustRun(t, whole)
		want := networks(whole)
		study, _ := newStudy(t, "", options)
		for n := 1; ; n++ {
			ctx, interrupt := context.WithCancel(t.Context())
			study.Options.Progress = func(p Progress) {
				if p.Phase == SearchPhase && p.Done == 7 {
					interrupt()
				}
			}
			_, err := Run(ctx, study)
			interrupt()
			if err == nil {
				break
			}
			if n > 20 {
				t.Fatal(err)
			}
		}
		if got := networks(study); !slices.Equal(got, want) {
			t.Errorf("%s: resumed search proposed\n%v\nuninterrupted\n%v", strategy, got, want)
		}
	}
}

func TestProgressAndParametersTellTheStory(t *testing.T) {
	var events []Progress
	study, _ := newStudy(t, "", Options{Trials: 120, Progress: func(p Progress) { events = append(events, p) }})
	mustRun(t, study)
	var phases []Phase
	for i, e := range events {
		if e.Trial == "" && (len(phases) == 0 || phases[len(phases)-1] != e.Phase) {
			phases = append(phases, e.Phase)
		}
		if i > 0 && events[i-1].Phase == e.Phase && e.Done < events[i-1].Done {
			t.Errorf("progress went back from %d to %d in %s", events[i-1].Done, e.Done, e.Phase)
		}
		if e.Total > 0 && e.Done > e.Total {
			t.Errorf("%s: %d of %d done", e.Phase, e.Done, e.Total)
		}
	}
	if !slices.Equal(phases, withoutReorder) {
		t.Errorf("phases were %v", phases)
	}
	for _, trial := range trials(t, study) {
		var p map[string]any
		if err := json.Unmarshal(trial.Parameters, &p); err != nil || len(p) == 0 {
			t.Errorf("%s: parameters %s", trial.Key, trial.Parameters)
		}
		if trial.Kind == results.KernelTrial && (p["workload"] == nil || p["schedule"] == nil || p["density"] == nil) {
			t.Errorf("%s cannot be run again from %s", trial.Key, trial.Parameters)
		}
	}
}

func TestOptionsAreRefused(t *testing.T) {
	cases := map[string]Options{
		"neither negative":      {Trials: -1},
		"none negative":         {Shares: Shares{Table: -1}},
		"density 2":             {Densities: []float64{2}},
		"rate 1":                {Rates: []float64{1}},
		"strategy \"magic\"":    {Models: "magic"},
		"strategy \"tarot\"":    {Kernels: "tarot"},
		"is given twice":        {Groups: []Group{kgs[0], kgs[0]}},
		"want sizes":            {Groups: []Group{{Scheme: model.KGS}}},
		"give no size":          {Groups: []Group{{Scheme: model.Filter, GM: 4}}},
		"scheme \"dense\"":      {Groups: []Group{{Scheme: model.Dense}}},
		"no such convolution":   {Keep: []string{"conv9"}},
		"no layer can be prune": {Groups: []Group{{Scheme: model.KGS, GM: 512, GN: 4}}},
	}
	for want, o := range cases {
		study, _ := newStudy(t, "", o)
		if _, err := Run(t.Context(), study); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, want it to contain %q", o, err, want)
		}
	}
	study, _ := newStudy(t, "", Options{})
	study.Options.Groups = nil
	if _, err := Run(t.Context(), study); err == nil || !strings.Contains(err.Error(), "no groups") {
		t.Errorf("no groups: error %v", err)
	}
}

func TestKeptLayersStayDense(t *testing.T) {
	study, _ := newStudy(t, "", Options{Trials: 100, Keep: []string{"conv1", "fc"}})
	mustRun(t, study)
	for _, trial := range trials(t, study) {
		for _, l := range trial.Layers {
			if (l.Name == "conv1" || l.Name == "fc") && l.Rate != 0 {
				t.Errorf("%s prunes %s", trial.Key, l.Name)
			}
		}
	}
}
