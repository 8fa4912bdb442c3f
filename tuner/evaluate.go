package tuner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/rt3d-tune/rt3d-tune/bench"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// job is a candidate with what is known of its trial before it is run.
type job struct {
	candidate bench.Candidate
	trial     *results.Trial
}

const (
	// attempts of a candidate that met a fault of the device or the link.
	attempts = 2
	// faultsInRow without a result that teaches, and the device is given up.
	faultsInRow = 8
)

// stream runs candidates and hands over each result as it comes. When each fails or ctx ends, the
// evaluator is stopped and drained.
func (s *search) stream(ctx context.Context, candidates []bench.Candidate, each func(bench.Result) error) error {
	inner, stop := context.WithCancel(ctx)
	defer stop()
	var failed error
	for r := range s.Evaluator.Evaluate(inner, candidates) {
		s.ledger.add(activityBuild, r.Build)
		s.ledger.add(activityPush, r.Push)
		s.ledger.add(activityMeasure, r.Measure)
		if failed != nil || r.Outcome == results.Cancelled {
			continue // interrupted, not the candidate's doing: as if it had never started
		}
		if err := s.countFault(r); err != nil {
			failed = err
			stop()
			continue
		}
		if err := each(r); err != nil {
			failed = err
			stop()
			continue
		}
		if s.isOver() {
			failed = errOver
			stop()
		}
	}
	if failed != nil {
		return failed
	}
	return ctx.Err()
}

// countFault gives the device up when nothing but faults comes back.
func (s *search) countFault(r bench.Result) error {
	if r.Outcome.Teaches() {
		s.faults = 0
		return nil
	}
	if s.fault = r.Err; s.fault == nil {
		s.fault = &bench.OutcomeError{Key: r.Key, Outcome: r.Outcome, Detail: r.Detail}
	}
	if s.faults++; s.faults < faultsInRow {
		return nil
	}
	return fmt.Errorf("give up the device after %d faults in a row, last on %s: %w", s.faults, r.Key, s.fault)
}

// evaluate runs jobs and commits each trial as its result comes. Candidates that met a fault of the
// device are tried again, as far as the trials go. It gives the finished trials in the order of the jobs; a candidate that met
// nothing but faults has none.
func (s *search) evaluate(ctx context.Context, jobs []job) ([]*results.Trial, error) {
	finished := make([]*results.Trial, len(jobs))
	place := map[string]int{}
	for i, j := range jobs {
		if _, dup := place[j.candidate.Key]; dup {
			return nil, fmt.Errorf("evaluate %s: given twice", j.candidate.Key)
		}
		place[j.candidate.Key] = i
	}
	todo := jobs
	for range attempts {
		var candidates []bench.Candidate
		for _, j := range todo {
			candidates = append(candidates, j.candidate)
		}
		var again []job
		err := s.stream(ctx, candidates, func(r bench.Result) error {
			i, ok := place[r.Key]
			if !ok {
				return fmt.Errorf("evaluator answered %q, which was not asked for", r.Key)
			}
			t := *jobs[i].trial
			complete(&t, r, s.Options)
			if err := s.commit(ctx, &t); err != nil {
				return err
			}
			if t.Outcome.Teaches() {
				finished[i] = &t
			} else {
				again = append(again, jobs[i])
			}
			return nil
		})
		if err != nil {
			return finished, err
		}
		// A second try counts as a trial too.
		if todo = again[:min(len(again), s.budget.unspent())]; len(todo) == 0 {
			break
		}
	}
	return finished, nil
}

// complete fills in what the result tells.
func complete(t *results.Trial, r bench.Result, o Options) {
	spent := r.Build + r.Push + r.Measure
	t.Outcome, t.Detail = r.Outcome, r.Detail
	if t.Detail == "" && r.Err != nil {
		t.Detail = r.Err.Error()
	}
	t.Seconds += spent.Seconds()
	if t.Started.IsZero() {
		t.Started = o.Now().Add(-spent)
	}
	t.Samples, t.Provenance, t.ReusedFrom = r.Samples, r.Provenance, r.ReusedFrom
	t.Provenance.BuildSeconds = r.Build.Seconds()
	t.Latency = nil
	if r.Latency != nil && (r.Outcome == results.OK || r.Outcome == results.Dropped) {
		latency := *r.Latency
		t.Latency = &latency
	}
	if r.Outcome == results.OK && t.Latency != nil {
		objectives := map[string]float64{}
		for name, value := range t.Objectives {
			objectives[name] = value
		}
		objectives[latencyName(t.Latency)] = t.Latency.MedianMS
		t.Objectives = objectives
	}
}

func latencyName(l *results.Latency) string {
	if l.Emulated {
		return results.EmulatedMS
	}
	return results.LatencyMS
}

// commit records a trial, writes its line in the log and reports it.
func (s *search) commit(ctx context.Context, t *results.Trial) error {
	if t.Outcome == results.OK && t.Latency == nil && t.Phase != string(SensitivityPhase) {
		return errors.New("evaluator gave an ok result without a latency for " + t.Key)
	}
	if err := s.record.commit(ctx, t); err != nil {
		return err
	}
	if err := s.ledger.flush(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	s.done++
	attributes := []any{
		"number", t.Number, "phase", t.Phase, "kind", string(t.Kind), "key", t.Key, "outcome", string(t.Outcome),
		"parameters", string(t.Parameters), "seed", s.Options.Seed,
	}
	words := fmt.Sprintf("%s %s", t.Key, t.Outcome)
	for name, value := range t.Objectives {
		attributes = append(attributes, name, value)
	}
	if t.Latency != nil && t.Outcome == results.OK {
		words = fmt.Sprintf("%s %.4g ms", t.Key, t.Latency.MedianMS)
	}
	attributes = append(attributes, "build_seconds", t.Provenance.BuildSeconds)
	level := slog.LevelInfo
	if t.Outcome != results.OK && t.Outcome != results.Dropped {
		attributes = append(attributes, "detail", t.Detail)
		level = slog.LevelWarn
	}
	s.Options.Log.Log(ctx, level, "trial", attributes...)
	s.progress(words)
	return nil
}
