package main

import (
	"testing"

	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
)

// A search of a few trials ends with a direct schedule that runs the layer, timed as often as the default's.
func TestTuned(t *testing.T) {
	w := open(t)
	l := layer{"none", "odd", odd}
	mask := kernels.Pruning{Scheme: model.KGS, GM: 8, GN: 4, Density: .3}
	o := tunedOptions{options: options{cores: firstCore(t), rounds: 2}, strategy: "random", trials: 3}
	row, err := tune(t.Context(), w, o, l, mask)
	if err != nil {
		t.Fatal(err)
	}
	found, err := spec.ParseSchedule(row.Schedule)
	if err != nil {
		t.Fatal(err)
	}
	if err := spec.Check(odd, found, w.vector); err != nil || found.Algorithm != spec.Direct {
		t.Errorf("found %s: want a direct schedule that runs the layer: %v", row.Schedule, err)
	}
	if want := w.defaultSchedules(l, []kernels.Pruning{mask}, 1)[0].Name(); row.Default != want {
		t.Errorf("against %s: want the default %s", row.Default, want)
	}
	if n := len(row.MS); n == 0 || n != len(row.DefaultMS) || row.Kept <= 0 || row.Kept >= 1 || row.ValidMACs <= 0 {
		t.Errorf("got %+v", row)
	}
}
