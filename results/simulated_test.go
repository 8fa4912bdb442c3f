package results

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// A simulated time can never enter a study of a real device, nor the other way round: neither through
// AppendTrial nor past it.
func TestSimulatedTimesStayApart(t *testing.T) {
	ctx := context.Background()
	s := open(t)
	real := study(t, s, "real")
	simulated := &Study{Name: "night", Configuration: "c", ConfigurationHash: "h", Model: "m", ModelHash: "b", Target: "t",
		Objective: Accuracy, Simulated: true}
	if err := s.CreateStudy(ctx, simulated); err != nil {
		t.Fatal(err)
	}
	if back, err := s.StudyByName(ctx, "night"); err != nil || !back.Simulated {
		t.Fatalf("%+v, %v: want it simulated", back, err)
	}
	trial := func(study int64, simulated bool) *Trial {
		v := full(study)
		v.Key, v.Provenance.Simulated = "measured", simulated
		return v
	}
	for _, c := range []struct {
		trial *Trial
		says  string
	}{
		{trial(real.ID, true), "a simulated time cannot enter a study of a real device"},
		{trial(simulated.ID, false), "the time of a real device cannot enter a simulated study"},
		{trial(real.ID, false), ""},
		{trial(simulated.ID, true), ""},
		// What was never measured is of neither world.
		{&Trial{StudyID: simulated.ID, Kind: KernelTrial, Phase: "table", Key: "refused", Outcome: Infeasible}, ""},
	} {
		err := s.AppendTrial(ctx, c.trial)
		if c.says == "" && err != nil || c.says != "" && (!errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("study %d, simulated %v: %v, want %q", c.trial.StudyID, c.trial.Provenance.Simulated, err, c.says)
		}
	}
	// Without times of its own, what a simulated phone did is refused as well.
	crash := &Trial{StudyID: real.ID, Kind: KernelTrial, Phase: "table", Key: "crash", Outcome: Crash, Provenance: Provenance{Simulated: true}}
	if err := s.AppendTrial(ctx, crash); !errors.Is(err, ErrInvalid) {
		t.Errorf("a simulated crash: %v", err)
	}
	for past, args := range map[string][]any{
		"UPDATE trial SET simulated = 1 WHERE study_id = ?":                            {real.ID},
		"UPDATE trial SET study_id = ? WHERE simulated = 1":                            {real.ID},
		"UPDATE study SET simulated = 0 WHERE id = ?":                                  {simulated.ID},
		"INSERT INTO trial SELECT NULL, ?" + moved + " = 1":                            {real.ID},
		"INSERT INTO trial SELECT NULL, ?" + moved + " = 0 AND latency_ms IS NOT NULL": {simulated.ID},
	} {
		if _, err := s.write.Exec(past, args...); err == nil || !strings.Contains(err.Error(), "simulated") {
			t.Errorf("%s: %v, want it refused", past, err)
		}
	}
}

// moved copies trials into another study.
const moved = `, number + 1000, kind, phase, key, parameters, outcome, detail, started, seconds, emulated, latency_ms,
	latency_low_ms, latency_high_ms, emulated_ms, emulated_low_ms, emulated_high_ms, valid_samples, workload, scheme, gm, gn,
	density, schedule, macs, clips, reused_from, provenance, provenance_key, simulated, refined FROM trial WHERE simulated`
