package results

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"
)

func TestGates(t *testing.T) {
	ctx := context.Background()
	s := open(t)
	if err := s.SaveDevice(ctx, Device{Fingerprint: "f00d", Name: "phone"}); err != nil {
		t.Fatal(err)
	}
	want := &Gate{Study: "demo-ci", Device: "f00d", Target: "t", Baseline: "main", Candidate: "topic", Verdict: Regression,
		Started: time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC), Seconds: 12, Simulated: true, Suppressed: []string{"GOVERNOR"},
		Comparisons: []Comparison{
			{Name: "conv1", Kind: TimeComparison, Verdict: "different", Worse: true, Ratio: 1.05, RatioLow: 1.04, RatioHigh: 1.06, Pairs: 2,
				Invalid: 1, P: 0.001, PAdjusted: 0.03, BaselineValue: 1, CandidateValue: 1.05, CanaryNS: 20000, Detail: "d", LogRatios: []float64{0.05, 0.04}},
			{Name: "dense", Kind: AccuracyComparison, Verdict: "same", P: 1, PAdjusted: 1, LogRatios: []float64{}},
		}}
	if err := s.AppendGate(ctx, want); err != nil {
		t.Fatal(err)
	}
	got, err := s.Gates(ctx, "demo-ci")
	if err != nil || len(got) != 1 || !reflect.DeepEqual(got[0], want) {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	if names, err := s.GatedStudies(ctx); err != nil || !reflect.DeepEqual(names, []string{"demo-ci"}) {
		t.Errorf("%v, %v", names, err)
	}
	for name, change := range map[string]func(*Gate){
		"a verdict that is none":   func(g *Gate) { g.Verdict = "maybe" },
		"a device that is unknown": func(g *Gate) { g.Device = "cafe" },
		"worse and yet the same": func(g *Gate) {
			g.Comparisons = []Comparison{{Name: "x", Kind: TimeComparison, Verdict: "same", Worse: true}}
		},
	} {
		wrong := *want
		change(&wrong)
		if err := s.AppendGate(ctx, &wrong); err == nil {
			t.Errorf("%s was stored", name)
		}
	}
	if again, err := s.Gates(ctx, "demo-ci"); err != nil || len(again) != 1 {
		t.Errorf("%d gates, %v: want nothing half stored", len(again), err)
	}
}

func TestBuilds(t *testing.T) {
	ctx := context.Background()
	s := open(t)
	if _, err := s.Build(ctx, "demo-ci", "t"); !errors.Is(err, ErrNotFound) {
		t.Errorf("before any was saved: %v", err)
	}
	for _, content := range []string{"one", "two"} {
		if err := s.SaveBuild(ctx, "demo-ci", "t", content, []byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := s.Build(ctx, "demo-ci", "t"); err != nil || string(got) != "two" {
		t.Errorf("%q, %v; want the last one", got, err)
	}
}
