package results

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
)

// network appends a model trial.
func network(t *testing.T, s *Store, studyID int64, phase, key string, ms, quality float64) *Trial {
	t.Helper()
	trial := &Trial{StudyID: studyID, Kind: ModelTrial, Phase: phase, Key: key, Outcome: OK,
		Latency:    &Latency{MedianMS: ms, LowMS: ms * 0.99, HighMS: ms * 1.01, Valid: 9},
		Objectives: map[string]float64{"accuracy": quality}}
	if err := s.AppendTrial(context.Background(), trial); err != nil {
		t.Fatal(err)
	}
	return trial
}

// The front of the file is that of the definition, tried on every pair, over many random sets with ties.
func TestFrontIsTheDefinition(t *testing.T) {
	ctx := context.Background()
	s := open(t)
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 30 {
		v := study(t, s, fmt.Sprint(round))
		var trials []*Trial
		for i := range 1 + random.IntN(40) {
			trials = append(trials, network(t, s, v.ID, "search", fmt.Sprint(i), float64(1+random.IntN(12)), float64(random.IntN(12))/12))
		}
		want := map[int64]bool{}
		for _, a := range trials {
			want[a.ID] = true
			for _, b := range trials {
				x, y := a.Objectives["accuracy"], b.Objectives["accuracy"]
				noWorse := b.Latency.MedianMS <= a.Latency.MedianMS && y >= x
				better := b.Latency.MedianMS < a.Latency.MedianMS || y > x
				if noWorse && (better || b.Number < a.Number) {
					delete(want, a.ID)
				}
			}
		}
		points, err := s.Points(ctx, v.ID)
		if err != nil || len(points) != len(trials) {
			t.Fatalf("%d points of %d trials, %v", len(points), len(trials), err)
		}
		for i, p := range points {
			if p.Front != want[p.ID] {
				t.Errorf("round %d, trial %d: front %v", round, p.Number, p.Front)
			}
			if i > 0 && p.Latency.MedianMS < points[i-1].Latency.MedianMS {
				t.Error("points are not ordered by latency")
			}
		}
		front, err := s.Front(ctx, v.ID)
		if err != nil || len(front) != len(want) {
			t.Errorf("%d on the front, not %d: %v", len(front), len(want), err)
		}
	}
}

// A playoff's measurement replaces the lucky one of the search. The network that it had beaten does not
// come to the front by a time that was taken before: only by one of its own playoff.
func TestLaterMeasurementCounts(t *testing.T) {
	ctx := context.Background()
	s := open(t)
	v := study(t, s, "s")
	front := func(want ...*Trial) {
		t.Helper()
		points, err := s.Front(ctx, v.ID)
		if err != nil || len(points) != len(want) {
			t.Fatalf("front %+v, %v", points, err)
		}
		for i, p := range points {
			if p.ID != want[i].ID {
				t.Errorf("point %d of the front is trial %d (%s), not %d", i, p.Number, p.Key, want[i].Number)
			}
		}
	}
	a := network(t, s, v.ID, "search", "a", 10, 0.9)
	network(t, s, v.ID, "search", "b", 11, 0.9)
	c := network(t, s, v.ID, "search", "c", 13, 0.95)
	front(a, c)
	a = network(t, s, v.ID, "playoff", "a", 12, 0.9)
	front(a, c)
	if points, err := s.Points(ctx, v.ID); err != nil || len(points) != 3 || points[1].Latency.MedianMS != 12 {
		t.Errorf("points %+v, %v", points, err)
	}
	network(t, s, v.ID, "playoff-2", "a", 12.1, 0.9)
	b := network(t, s, v.ID, "playoff-2", "b", 11.9, 0.9)
	front(b, c)
}

// Only whole networks that ended well, with both objectives measured, are points.
func TestWhatIsNoPoint(t *testing.T) {
	ctx := context.Background()
	s := open(t)
	v := study(t, s, "s")
	time := func() *Latency { return &Latency{MedianMS: 1, LowMS: 1, HighMS: 1, Valid: 9} }
	good := map[string]float64{"accuracy": 1}
	emulated := time()
	emulated.Emulated = true
	for i, trial := range []*Trial{
		{Kind: KernelTrial, Outcome: OK, Latency: time(), Objectives: good},
		{Kind: ModelTrial, Outcome: OK, Latency: emulated, Objectives: good},
		{Kind: ModelTrial, Outcome: OK, Latency: time(), Objectives: map[string]float64{"fidelity": 1}},
		{Kind: ModelTrial, Outcome: OK, Latency: time()},
		{Kind: ModelTrial, Outcome: OK, Objectives: good},
		{Kind: ModelTrial, Outcome: Dropped, Latency: &Latency{LowMS: 1}, Objectives: good},
		{Kind: ModelTrial, Outcome: WrongAnswer, Objectives: good},
	} {
		trial.StudyID, trial.Phase, trial.Key = v.ID, "search", fmt.Sprint(i)
		if err := s.AppendTrial(ctx, trial); err != nil {
			t.Fatal(err)
		}
	}
	if points, err := s.Points(ctx, v.ID); err != nil || len(points) != 0 {
		t.Errorf("points %+v, %v", points, err)
	}
}

// The schema itself keeps emulated times out of the front, whatever program writes the file.
func TestEmulatedNeverOnTheFront(t *testing.T) {
	ctx := context.Background()
	s := open(t)
	v := study(t, s, "s")
	trial := &Trial{StudyID: v.ID, Kind: ModelTrial, Phase: "search", Key: "k", Outcome: OK,
		Latency:    &Latency{MedianMS: 1, LowMS: 1, HighMS: 1, Valid: 9, Emulated: true},
		Objectives: map[string]float64{"accuracy": 1, EmulatedMS: 1}}
	if err := s.AppendTrial(ctx, trial); err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{
		"UPDATE trial SET latency_ms = 1, latency_low_ms = 1, latency_high_ms = 1",
		"UPDATE trial SET latency_low_ms = 1",
		"UPDATE trial SET emulated = 0",
		"INSERT INTO objective VALUES (1, 'latency_ms', 1)",
		"INSERT INTO front (trial_id) VALUES (1)",
		"INSERT INTO point (trial_id) VALUES (1)",
	} {
		if _, err := s.write.Exec(query); err == nil {
			t.Errorf("%s: done", query)
		}
	}
	if front, err := s.Front(ctx, v.ID); err != nil || len(front) != 0 {
		t.Errorf("front %+v, %v", front, err)
	}
	got, err := s.Trial(ctx, trial.ID)
	if err != nil || !got.Latency.Emulated || got.Latency.MedianMS != 1 {
		t.Errorf("%+v, %v: the emulated time is kept as such", got.Latency, err)
	}
}
