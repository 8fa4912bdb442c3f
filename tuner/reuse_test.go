package tuner

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// counted counts measurements on fewer clips than all: those of sensitivities.
type counted struct {
	Accuracy
	n *int
}

func (c counted) Measure(ctx context.Context, g *model.Graph, schedules map[string]spec.Schedule, clips int) (float64, error) {
	if clips > 0 {
		*c.n++
	}
	return c.Accuracy.Measure(ctx, g, schedules, clips)
}

// A study of another device takes over what pruning each layer costs, measures none of it again, and says
// what it saves by times of its own.
func TestSensitivitiesServeOtherStudies(t *testing.T) {
	path := filepath.Join(t.TempDir(), "results.db")
	options := Options{Trials: 80, Rates: []float64{.5, .8}, Groups: kgs[:1], Densities: []float64{1, .5}}
	measured := map[string]int{}
	sensitivities := map[string][]results.Sensitivity{}
	for _, name := range []string{"phone", "board", "other data"} {
		study, _ := newStudy(t, path, options)
		study.Basis = "model and data"
		if name == "other data" {
			study.Basis = name
		}
		row := &results.Study{Name: name, Objective: results.Accuracy, Basis: study.Basis}
		if err := study.Store.CreateStudy(t.Context(), row); err != nil {
			t.Fatal(err)
		}
		study.ID = row.ID
		n := 0
		study.Accuracy = counted{study.Accuracy, &n}
		if _, err := Run(t.Context(), study); err != nil {
			t.Fatal(err)
		}
		measured[name] = n
		list, err := study.Store.Sensitivities(t.Context(), row.ID)
		if err != nil {
			t.Fatal(err)
		}
		sensitivities[name] = list
	}
	if measured["phone"] < 5 || measured["board"] != 0 || measured["other data"] != measured["phone"] {
		t.Errorf("sensitivities measured: %v; want none for the board", measured)
	}
	if len(sensitivities["board"]) != len(sensitivities["phone"]) {
		t.Fatalf("%d sensitivities for the board, %d for the phone", len(sensitivities["board"]), len(sensitivities["phone"]))
	}
	for i, v := range sensitivities["board"] {
		if want := sensitivities["phone"][i]; v.Lost != want.Lost || v.Layer != want.Layer || v.Rate != want.Rate {
			t.Errorf("sensitivity %+v, measured %+v", v, want)
		}
		if v.SavedMS == nil || *v.SavedMS <= 0 {
			t.Errorf("%s at rate %g saves %v ms", v.Layer, v.Rate, v.SavedMS)
		}
	}
}
