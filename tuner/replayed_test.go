package tuner

import (
	"errors"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/results"
	"github.com/rt3d-tune/rt3d-tune/tuner/replay"
)

// A search over the replay of a recorded study finds the same networks, without the device.
func TestSearchOverAReplay(t *testing.T) {
	options := Options{Trials: 110, Seed: 21}
	first, _ := newStudy(t, "", options)
	want := mustRun(t, first)
	recorded, err := replay.New(t.Context(), first.Store, first.ID)
	if err != nil {
		t.Fatal(err)
	}
	recorded.Repeat = true
	second, _ := newStudy(t, "", options)
	second.Evaluator = recorded
	second.Options.Now = recorded.Now
	mustRun(t, second)
	before, after := trials(t, first), trials(t, second)
	if len(before) != len(after) {
		t.Fatalf("%d trials recorded, %d replayed", len(before), len(after))
	}
	for i := range before {
		if before[i].Key != after[i].Key || before[i].Phase != after[i].Phase {
			t.Fatalf("trial %d is %s, replayed %s", i, before[i].Key, after[i].Key)
		}
	}
	if want.Picked == "" {
		t.Error("nothing was picked")
	}

	// Another seed asks for what was never measured: the miss ends the search by its type.
	options.Seed = 22
	third, _ := newStudy(t, "", options)
	third.Evaluator = recorded
	var miss *replay.MissError
	if _, err := Run(t.Context(), third); !errors.As(err, &miss) {
		t.Errorf("error %v, want a *replay.MissError", err)
	}
	for _, trial := range trials(t, third) {
		if trial.Outcome == results.LaunchError && trial.Latency != nil {
			t.Errorf("a miss got a latency: %+v", trial)
		}
	}
}
