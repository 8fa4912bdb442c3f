package reports

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/results"
)

func TestSensitivityReport(t *testing.T) {
	f := newFixture(t, "layers", results.Accuracy)
	saved := func(ms float64) *float64 { return &ms }
	for _, v := range []results.Sensitivity{
		{Layer: "conv1", Scheme: "kgs", GM: 8, GN: 4, Rate: .5, Lost: .02, Clips: 400, SavedMS: saved(.1)},
		{Layer: "conv2", Scheme: "kgs", GM: 8, GN: 4, Rate: .5, Lost: .01, Clips: 400, SavedMS: saved(1)},
		{Layer: "conv2", Scheme: "kgs", GM: 8, GN: 4, Rate: .8, Lost: .06, Clips: 400, SavedMS: saved(2)},
		{Layer: "conv2", Scheme: "filter", Rate: .5, Lost: .005, Clips: 400, SavedMS: saved(-.1)},
		{Layer: "fc", Scheme: "kgs", GM: 8, GN: 4, Rate: .5, Lost: .1, Clips: 400},
	} {
		if err := f.store.SetSensitivity(t.Context(), f.study.ID, v); err != nil {
			t.Fatal(err)
		}
	}
	r, err := BuildSensitivity(t.Context(), f.store, "layers")
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, v := range r.Layers {
		order = append(order, v.Layer)
	}
	if got := strings.Join(order, " "); got != "conv2 conv2 conv2 conv1 fc" {
		t.Errorf("layers in order %s: want what saves most first", got)
	}
	if v := r.Layers[0]; v.Rate != .5 || v.LostPerMS == nil || *v.LostPerMS != .01 {
		t.Errorf("first %+v: want what costs least for a ms", v)
	}
	if r.Layers[2].LostPerMS != nil || r.Layers[4].LostPerMS != nil {
		t.Error("a loss per ms where no time is saved, or none is known")
	}
	var table bytes.Buffer
	if err := WriteSensitivity(&table, r, "table"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"points per ms", "conv2", "8x4", "20.00", "on 400 clips"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("no %q in\n%s", want, table.String())
		}
	}
	var text bytes.Buffer
	if err := WriteSensitivity(&text, r, "json"); err != nil {
		t.Fatal(err)
	}
	var back SensitivityReport
	if err := json.Unmarshal(text.Bytes(), &back); err != nil || len(back.Layers) != 5 {
		t.Errorf("%d layers came back from JSON, %v", len(back.Layers), err)
	}
	if err := WriteSensitivity(&table, r, "csv"); err == nil {
		t.Error("csv is known")
	}
}
