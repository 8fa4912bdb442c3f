package tuner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/bench"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// A fault of the device is tried again, is in the record, and has neither a time nor a lesson.
func TestFaultsOfTheDeviceDoNotTeach(t *testing.T) {
	study, _ := newStudy(t, "", Options{Trials: 120, Seed: 2, Models: "random"})
	faults := 0
	study.Evaluator.(*device).outcome = func(key string, call int) results.Outcome {
		if call == 1 && hash(key)%9 == 0 {
			faults++
			return []results.Outcome{results.DeviceLost, results.Hot, results.PushError, results.Unstable}[faults%4]
		}
		return ""
	}
	mustRun(t, study)
	if faults == 0 {
		t.Fatal("no fault was met")
	}
	list := trials(t, study)
	met := 0
	for _, trial := range list {
		if !trial.Outcome.Teaches() {
			met++
			if trial.Latency != nil || trial.Detail == "" {
				t.Errorf("%s %s: latency %v, detail %q", trial.Key, trial.Outcome, trial.Latency, trial.Detail)
			}
		}
	}
	if met == 0 {
		t.Error("no fault is in the record")
	}
	if twice := finishedTwice(list); len(twice) > 0 {
		t.Errorf("finished twice: %v", twice)
	}
}

// A device that is disturbed during the playoff gets more rounds; where that does not help, the front keeps
// the times of the search instead of being lost.
func TestDisturbedPlayoffDoesNotLoseTheFront(t *testing.T) {
	for _, c := range []struct {
		name  string
		quiet uint64 // one time of so many of each network, after the first
		held  bool
	}{{"every other time", 2, true}, {"three times of four", 4, false}} {
		t.Run(c.name, func(t *testing.T) {
			study, _ := newStudy(t, "", Options{Trials: 120, Seed: 2, Rounds: 4, Contenders: 2})
			study.Evaluator.(*device).outcome = func(key string, call int) results.Outcome {
				if network := key == "dense" || strings.HasPrefix(key, "model-"); network && call > 1 && (uint64(call)+hash(key))%c.quiet != 0 {
					return results.Unstable
				}
				return ""
			}
			front := mustRun(t, study).Front
			if len(front) == 0 {
				t.Fatal("no front")
			}
			held := slices.ContainsFunc(front, func(p results.Point) bool { return Phase(p.Phase).base() == PlayoffPhase })
			if held != c.held {
				t.Errorf("times from a playoff on the front: %v, want %v", held, c.held)
			}
		})
	}
}

func TestDeviceThatIsLostForGoodEndsTheSearch(t *testing.T) {
	study, _ := newStudy(t, "", Options{Trials: 100})
	d := study.Evaluator.(*device)
	d.outcome = func(string, int) results.Outcome { return results.DeviceLost }
	d.err = remote.Fault("phone", remote.Unreachable, "plug it in", errors.New("no answer"))
	_, err := Run(t.Context(), study)
	var fault *remote.DeviceError
	if !errors.As(err, &fault) {
		t.Fatalf("error is %v, want one that wraps the device's", err)
	}
	if len(d.asked) > 3*faultsInRow {
		t.Errorf("asked %d times before giving up", len(d.asked))
	}
	if state(t, study) != results.Failed {
		t.Errorf("state is %s", state(t, study))
	}
	// The device comes back: the study goes on.
	d.outcome, d.err = nil, nil
	if sum := mustRun(t, study); len(sum.Front) == 0 {
		t.Error("resumed study has no front")
	}
}

// Without a time of the dense network there is nothing to search for. The error says what happened to it.
func TestUnstableDenseNetworkEndsTheSearch(t *testing.T) {
	study, _ := newStudy(t, "", Options{Trials: 100})
	study.Evaluator.(*device).outcome = func(key string, _ int) results.Outcome {
		if key == "dense" {
			return results.Unstable
		}
		return ""
	}
	_, err := Run(t.Context(), study)
	var fault *bench.OutcomeError
	if !errors.As(err, &fault) || fault.Key != "dense" || fault.Outcome != results.Unstable {
		t.Fatalf("error is %v, want one that tells the outcome", err)
	}
}

// Proposals that all fail end the search with what failed; they neither spin nor get made-up times.
func TestFailingNetworksEndTheSearch(t *testing.T) {
	study, _ := newStudy(t, "", Options{Trials: 200})
	study.Evaluator.(*device).outcome = func(key string, _ int) results.Outcome {
		if strings.HasPrefix(key, "model-") {
			return results.Crash
		}
		return ""
	}
	_, err := Run(t.Context(), study)
	if err == nil || !strings.Contains(err.Error(), "crash") {
		t.Fatalf("error is %v, want one that says crash", err)
	}
	for _, trial := range trials(t, study) {
		if trial.Outcome == results.Crash && trial.Latency != nil {
			t.Errorf("%s crashed and has a latency", trial.Key)
		}
	}
}

// A record that takes no trials any more (a full disk, a file that was taken away) ends the search at
// once: it neither goes on without a record nor tries for ever, as goptuna's study loop does.
func TestRecordThatFailsEndsTheSearch(t *testing.T) {
	for _, phase := range withoutReorder {
		study, _ := newStudy(t, "", Options{Trials: 60})
		d := study.Evaluator.(*device)
		asked := 0
		study.Options.Progress = func(p Progress) {
			if p.Phase == phase && asked == 0 {
				asked = max(1, len(d.asked))
				study.Store.Close()
			}
		}
		_, err := Run(t.Context(), study)
		if err == nil || !strings.Contains(err.Error(), "closed") {
			t.Fatalf("closed in phase %s: error %v", phase, err)
		}
		// What was on its way may still come; a playoff is recorded at its end.
		if more := len(d.asked) - asked; more > 60 {
			t.Errorf("closed in phase %s: %d more measurements", phase, more)
		}
	}
}

// failing measures nothing.
type failing struct{ accuracy }

func (failing) Measure(context.Context, *model.Graph, map[string]spec.Schedule, int) (float64, error) {
	return 0, errors.New("data folder is gone")
}

func TestBrokenAccuracyEndsTheSearch(t *testing.T) {
	study, c := newStudy(t, "", Options{Trials: 100})
	study.Accuracy = failing{accuracy{c, 2000}}
	if _, err := Run(t.Context(), study); err == nil || !strings.Contains(err.Error(), "data folder is gone") {
		t.Errorf("error is %v", err)
	}
}

// On an emulator everything runs, and no time becomes a latency.
func TestEmulatedTimesAreNoLatencies(t *testing.T) {
	study, _ := newStudy(t, "", Options{Trials: 80})
	study.Evaluator.(*device).emulated = true
	sum := mustRun(t, study)
	if len(sum.Front) != 0 || sum.Dense.Trial != nil {
		t.Errorf("a front of %d emulated points", len(sum.Front))
	}
	for _, trial := range trials(t, study) {
		if _, has := trial.Objectives[results.LatencyMS]; has {
			t.Errorf("%s has a latency", trial.Key)
		}
	}
	if sum.Trials[PlayoffPhase] == 0 {
		t.Error("no playoff was held")
	}
}

// refuser cannot prune one of the layers.
type refuser struct{ pruner }

func (r refuser) Apply(ctx context.Context, g *model.Graph, choice []LayerChoice) (*model.Graph, error) {
	for _, c := range choice {
		if c.Layer == "conv2" {
			return nil, fmt.Errorf("layer conv2: %w", ErrRefused)
		}
	}
	return r.pruner.Apply(ctx, g, choice)
}

func TestRefusedChoicesAreInfeasibleAndOtherErrorsEndTheSearch(t *testing.T) {
	study, c := newStudy(t, "", Options{Trials: 160, Models: "random", Seed: 3})
	study.Pruner = refuser{pruner{c}}
	// Nearly all random networks prune conv2, and ten refusals in a row end the search.
	_, err := Run(t.Context(), study)
	if err == nil || !strings.Contains(err.Error(), "infeasible") {
		t.Errorf("error %v, want one that says infeasible", err)
	}
	refused := 0
	for _, trial := range trials(t, study) {
		if trial.Outcome == results.Infeasible {
			refused++
			if trial.Latency != nil || !strings.Contains(trial.Detail, "conv2") {
				t.Errorf("%s: latency %v, detail %q", trial.Key, trial.Latency, trial.Detail)
			}
		}
	}
	if refused < failuresInRow {
		t.Errorf("%d refusals are in the record", refused)
	}
	broken, _ := newStudy(t, "", Options{Trials: 100})
	broken.Pruner = brokenPruner{}
	if _, err := Run(t.Context(), broken); err == nil || !strings.Contains(err.Error(), "calibration clips are gone") {
		t.Errorf("error %v", err)
	}
}

type brokenPruner struct{}

func (brokenPruner) Apply(context.Context, *model.Graph, []LayerChoice) (*model.Graph, error) {
	return nil, errors.New("calibration clips are gone")
}
