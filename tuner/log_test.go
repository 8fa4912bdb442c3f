package tuner

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"reflect"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/bench"
	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
)

// keeper remembers the programs that it was asked to time.
type keeper struct {
	bench.Evaluator
	programs map[string]kernels.Program
}

func (k *keeper) Evaluate(ctx context.Context, candidates []bench.Candidate) <-chan bench.Result {
	for _, c := range candidates {
		k.programs[c.Key] = c.Program
	}
	return k.Evaluator.Evaluate(ctx, candidates)
}

// The log has one line for each trial, and the line is enough to make the very same program again, with
// its weights, masks and schedules: from it and the study's file a trial can be run again.
func TestTrialsCanBeRunAgainFromTheLog(t *testing.T) {
	var log bytes.Buffer
	study, _ := newStudy(t, "", Options{Trials: 90, Seed: 8, Log: slog.New(slog.NewJSONHandler(&log, nil))})
	k := &keeper{study.Evaluator, map[string]kernels.Program{}}
	study.Evaluator = k
	mustRun(t, study)
	lines := map[string]int{}
	for d := json.NewDecoder(&log); d.More(); {
		var line struct {
			Msg, Phase, Key, Parameters string
			Number                      int
			Seed                        uint64
		}
		if err := d.Decode(&line); err != nil {
			t.Fatal(err)
		}
		if line.Msg != "trial" {
			continue
		}
		lines[line.Phase]++
		var again kernels.Program
		switch Phase(line.Phase) {
		case TablePhase:
			again = kernelAgain(t, line.Parameters)
		case SearchPhase, PlayoffPhase:
			again = networkAgain(t, study, line.Parameters)
		case SensitivityPhase:
			continue // nothing is timed
		}
		asked := k.programs[line.Key]
		again.Name = asked.Name // of no consequence
		if !reflect.DeepEqual(again, asked) {
			t.Errorf("trial %d, %s: another program is made from %s", line.Number, line.Key, line.Parameters)
		}
		if line.Seed != 8 {
			t.Errorf("trial %d has seed %d", line.Number, line.Seed)
		}
	}
	n := 0
	for _, phase := range withoutReorder {
		if lines[string(phase)] == 0 {
			t.Errorf("no line for a trial of phase %s", phase)
		}
		n += lines[string(phase)]
	}
	if all := len(trials(t, study)); n != all {
		t.Errorf("%d lines for %d trials", n, all)
	}
}

func kernelAgain(t *testing.T, parameters string) kernels.Program {
	t.Helper()
	var p kernelParameters
	if err := json.Unmarshal([]byte(parameters), &p); err != nil {
		t.Fatal(err)
	}
	w, err := spec.ParseWorkload(p.Workload)
	if err != nil {
		t.Fatal(err)
	}
	s, err := spec.ParseSchedule(p.Schedule)
	if err != nil {
		t.Fatal(err)
	}
	g, err := kernels.SingleConv(w, p.Seed, p.Group.pruning(p.Density))
	if err != nil {
		t.Fatal(err)
	}
	return kernels.Program{Graph: g, Schedules: map[string]spec.Schedule{"conv": s}, Threads: s.Threads}
}

func networkAgain(t *testing.T, study Study, parameters string) kernels.Program {
	t.Helper()
	var p modelParameters
	if err := json.Unmarshal([]byte(parameters), &p); err != nil {
		t.Fatal(err)
	}
	g := study.Graph
	if len(p.Choice) > 0 {
		var err error
		if g, err = study.Pruner.Apply(t.Context(), g, p.Choice); err != nil {
			t.Fatal(err)
		}
	}
	schedules := map[string]spec.Schedule{}
	for layer, name := range p.Schedules {
		s, err := spec.ParseSchedule(name)
		if err != nil {
			t.Fatal(err)
		}
		schedules[layer] = s
	}
	return kernels.Program{Graph: g, Schedules: schedules, Threads: p.Threads}
}
