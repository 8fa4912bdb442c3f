package bench

import (
	"context"
	"slices"
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

// When a device that was hot counts as cool.
func TestCooled(t *testing.T) {
	s := &Session{thresholds: DefaultThresholds}
	at := func(step int, celsius ...float64) (seen []heat) {
		for _, c := range celsius {
			milli := int(1000 * c)
			seen = append(seen, heat{&milli, &step})
		}
		return seen
	}
	hot := at(3, 70)[0]
	for name, c := range map[string]struct {
		seen []heat
		want bool
	}{
		"held back still":         {at(1, 40), false},
		"above the limit":         {at(0, 86), false},
		"not much cooler":         {at(0, 65), false},
		"eight degrees cooler":    {at(0, 62), true},
		"falling":                 {at(0, 69, 68.5, 68, 67.5, 67, 66.5, 66), false},
		"as cool as it gets":      {at(0, 66.2, 66.2, 66.1, 66.1, 66.1, 66, 66), true},
		"throttled until lately":  {append(at(1, 66.1), at(0, 66.1, 66.1, 66.1, 66, 66, 66)...), false},
		"no sensor, let go again": {[]heat{{nil, ptr(0)}}, true},
		"no sensor, held back":    {[]heat{{nil, ptr(2)}}, false},
	} {
		if got := s.cooled(hot, c.seen); got != c.want {
			t.Errorf("%s: cooled %v, want %v", name, got, c.want)
		}
	}
}

// A device that gets hot is given less to do at once, and more again when it bears that.
func TestLessAtOnceWhenHot(t *testing.T) {
	s := &Session{thresholds: DefaultThresholds}
	hot, cool := []sampleEvent{{heat: heat{ptr(60000), ptr(2)}}}, []sampleEvent{{heat: heat{ptr(60000), ptr(0)}}}
	var got []int
	for _, samples := range [][]sampleEvent{cool, hot, hot, hot, hot, cool, cool, hot, cool} {
		n := s.atOnce(12)
		got = append(got, n)
		s.noteHeat(samples, n)
	}
	if want := []int{12, 12, 6, 3, 1, 1, 2, 4, 2}; !slices.Equal(got, want) {
		t.Errorf("%v at once, want %v", got, want)
	}
}
