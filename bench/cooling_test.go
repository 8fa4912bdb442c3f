package bench

import (
	"context"
	"testing"
	"time"

	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/remote/sim"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// heated opens a session on a simulated phone whose fastest core has worked for a while.
func heated(t *testing.T, c remote.SimConfig, load time.Duration, o Options) *Session {
	t.Helper()
	phone := sim.New(&c)
	phone.Heat(load)
	o.CacheDir = t.TempDir()
	s, err := Open(t.Context(), phone.Connect(), remote.Config{Name: t.Name(), Transport: "sim", Sim: &c}, phoneTarget, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s
}

func countVerdicts(samples []results.Sample) map[results.Verdict]int {
	counts := map[results.Verdict]int{}
	for _, sample := range samples {
		counts[sample.Verdict]++
	}
	return counts
}

// What was timed on a hot phone is timed again when it has cooled down, and the time that this took is
// booked. A phone that is not hot costs none.
func TestHotPhoneIsLeftToCool(t *testing.T) {
	s := heated(t, remote.SimConfig{}, 10*time.Minute, Options{})
	for key, r := range evaluate(t, s, layers(t)...) {
		if r.Outcome != results.OK {
			t.Errorf("%s: %s %s", key, r.Outcome, r.Detail)
			continue
		}
		counts := countVerdicts(r.Samples)
		if counts[results.SampleHot] == 0 || counts[results.Valid] < 6 {
			t.Errorf("%s: verdicts %v: want the hot samples kept, and valid ones of later", key, counts)
		}
		for _, sample := range r.Samples {
			if hot := *sample.Throttle > 0; hot != (sample.Verdict == results.SampleHot) {
				t.Errorf("%s: sample with throttle %d is %s", key, *sample.Throttle, sample.Verdict)
			}
		}
	}
	if lost := s.Ledger()[Cooling]; lost < coolPoll || lost > coolMost {
		t.Errorf("%v were spent on cooling: want some, and less than %v", lost, coolMost)
	}
	before := s.Ledger()[Cooling]
	if r := evaluate(t, s, layers(t)[0])[layers(t)[0].Key]; r.Outcome != results.OK || s.Ledger()[Cooling] != before {
		t.Errorf("%s, %v more of cooling: a cool phone must not wait", r.Outcome, s.Ledger()[Cooling]-before)
	}
}

// A phone that never cools down is waited for so long and no longer, and its candidates end as hot.
func TestPhoneThatStaysHot(t *testing.T) {
	s := heated(t, remote.SimConfig{Ambient: 60}, 30*time.Minute, Options{})
	s.thresholds.HotMilliCelsius = 55000 // below what is around it
	c := kernelCandidate(t, workload(16, 16, 20), kernels.Pruning{})
	r := evaluate(t, s, c)[c.Key]
	if r.Outcome != results.Hot || r.Latency != nil || r.Outcome.Teaches() {
		t.Errorf("%s %s, latency %+v: want hot", r.Outcome, r.Detail, r.Latency)
	}
	if lost := s.Ledger()[Cooling]; lost < heats*coolMost || lost > heats*(coolMost+coolPoll+time.Second) {
		t.Errorf("%v were spent on cooling: want %d times about %v", lost, heats, coolMost)
	}
}

// Who suppresses THERMAL-STATUS has a hot phone timed as it is, with the name on each number.
func TestHotPhoneOnRequest(t *testing.T) {
	s := heated(t, remote.SimConfig{}, 10*time.Minute, Options{Suppress: []string{string(remote.ThermalStatus)}})
	c := kernelCandidate(t, workload(16, 16, 20), kernels.Pruning{})
	r := evaluate(t, s, c)[c.Key]
	if r.Outcome != results.OK || countVerdicts(r.Samples)[results.SampleHot] > 0 || len(r.Provenance.Suppressed) != 1 || s.Ledger()[Cooling] != 0 {
		t.Errorf("%s %s, verdicts %v, stamped %v, %v of cooling", r.Outcome, r.Detail, countVerdicts(r.Samples), r.Provenance.Suppressed, s.Ledger()[Cooling])
	}
}
