package reports

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/results"
)

func TestFindStudy(t *testing.T) {
	ctx := context.Background()
	store, err := results.Open(filepath.Join(t.TempDir(), "results.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if _, err := Build(ctx, store, ""); !errors.Is(err, results.ErrNotFound) || !strings.Contains(err.Error(), "holds no study") {
		t.Errorf("empty file: %v", err)
	}
	for _, name := range []string{"first", "second"} {
		if err := store.CreateStudy(ctx, &results.Study{Name: name, Objective: results.Accuracy}); err != nil {
			t.Fatal(err)
		}
	}
	for ask, want := range map[string]string{"": "second", "first": "first"} {
		if r, err := Build(ctx, store, ask); err != nil || r.Study != want {
			t.Errorf("%q: %+v, %v", ask, r, err)
		}
	}
	if _, err := Build(ctx, store, "third"); !errors.Is(err, results.ErrNotFound) || !strings.Contains(err.Error(), `"first"`) {
		t.Errorf("missing study: %v: the error should list what is there", err)
	}
}

// A report needs no right to write.
func TestBuildReadOnly(t *testing.T) {
	f := demo(t, "demo", results.Accuracy)
	reader, err := results.OpenReadOnly(f.store.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	r, err := Build(context.Background(), reader, "demo")
	if err != nil || len(r.Front) != 10 || r.Dense == nil {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestComparisons(t *testing.T) {
	f := newFixture(t, "s", results.Accuracy)
	faster := f.network("search", [5]float64{0, 0.5, 0.5, 0.5, 0}, nil)
	dense := f.network("search", [5]float64{}, nil)
	f.network("search", [5]float64{0, 0, 0.5, 0, 0}, func(x *results.Trial) { x.Layers[2].MS = nil })
	r := f.report()
	if r.Dense == nil || r.Dense.Trial != dense.Number {
		t.Fatalf("dense is %+v", r.Dense)
	}
	p := r.Front[0]
	if p.Trial != faster.Number {
		t.Fatalf("fastest is trial %d", p.Trial)
	}
	if want := dense.Latency.MedianMS / faster.Latency.MedianMS; math.Abs(*p.Speedup-want) > 1e-12 {
		t.Errorf("speed-up %v, not %v", *p.Speedup, want)
	}
	if want := faster.Objectives["accuracy"] - dense.Objectives["accuracy"]; math.Abs(*p.Change-want) > 1e-12 {
		t.Errorf("change %v, not %v", *p.Change, want)
	}
	if p.Pruned() != 3 || math.Abs(p.MS-*p.LayersMS-0.7) > 1e-9 {
		t.Errorf("%d layers pruned, %v ms beyond the layers", p.Pruned(), p.MS-*p.LayersMS)
	}
	// A sum with an unknown part is not known.
	for _, p := range append(r.Front, r.Dominated...) {
		if p.Trial == 2 && p.LayersMS != nil {
			t.Errorf("sum %v although a layer was never timed", *p.LayersMS)
		}
	}
}

// Choice is the fastest that loses at most two points, and never dense itself.
func TestChoice(t *testing.T) {
	point := func(ms, change float64, dense bool) *Point { return &Point{MS: ms, Change: &change, Dense: dense} }
	keeps := point(8, -0.02, false)
	for name, c := range map[string]struct {
		front []*Point
		want  *Point
	}{
		"none":       {nil, nil},
		"dense only": {[]*Point{point(10, 0, true)}, nil},
		"too lossy":  {[]*Point{point(5, -0.021, false), point(10, 0, true)}, nil},
		"at the end": {[]*Point{point(5, -0.1, false), keeps, point(9, -0.001, false)}, keeps},
		"no dense":   {[]*Point{{MS: 1}}, nil},
	} {
		if got := (&Report{Front: c.front}).Choice(); got != c.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// A headline that differs from what the playoff picked would leave the reader with two answers.
func TestChoiceIsWhatThePlayoffPicked(t *testing.T) {
	front := []*Point{{Trial: 8, MS: 5, Change: pointer(-0.01)}, {Trial: 9, MS: 6, Change: pointer(-0.005)}, {Trial: 7, MS: 10, Change: pointer(0.0), Dense: true}}
	for _, c := range []struct {
		playoffs []Playoff
		want     int
	}{
		{nil, 8},
		{[]Playoff{{Name: "model", Picked: 9, Tied: []int{8, 9}}}, 9},
		{[]Playoff{{Name: "model", Picked: 7}}, 8},        // dense
		{[]Playoff{{Name: "c3_m8_k3x3x3", Picked: 9}}, 8}, // a kernel's
		{[]Playoff{{Name: "model", Picked: 3}}, 8},        // beaten since
	} {
		if got := (&Report{Front: front, Playoffs: c.playoffs}).Choice(); got.Trial != c.want {
			t.Errorf("playoffs %+v: trial %d, want %d", c.playoffs, got.Trial, c.want)
		}
	}
}

// Emulated networks are on no front, have no latency under any name, and no speed-up.
func TestEmulatedIsMarked(t *testing.T) {
	r := emulatedStudy(t).report()
	if len(r.Front)+len(r.Dominated) != 0 || len(r.Emulated) != 2 {
		t.Fatalf("front %d, dominated %d, emulated %d", len(r.Front), len(r.Dominated), len(r.Emulated))
	}
	var out bytes.Buffer
	if err := JSON(&out, r); err != nil {
		t.Fatal(err)
	}
	if text := out.String(); strings.Contains(text, "latency_ms") || strings.Contains(text, "speedup") || !strings.Contains(text, `"emulated": true`) {
		t.Errorf("JSON: %s", text)
	}
	for _, format := range []string{"table", "md", "html"} {
		out.Reset()
		if err := Write(&out, r, format); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), "EMULATED") {
			t.Errorf("%s does not say EMULATED", format)
		}
	}
	// Mixed with native ones they stay apart.
	f := emulatedStudy(t)
	f.network("playoff", [5]float64{0, 0.1, 0, 0, 0}, nil)
	mixed := f.report()
	if len(mixed.Front) != 1 || len(mixed.Emulated) != 2 || mixed.Front[0].Speedup != nil {
		t.Errorf("front %+v, emulated %d: an emulated dense network gives no speed-up", mixed.Front, len(mixed.Emulated))
	}
}

// Without labels nothing is called accuracy.
func TestFidelityIsNotAccuracy(t *testing.T) {
	r := demo(t, "s", results.Fidelity).report()
	for _, format := range []string{"table", "csv", "md", "json"} {
		var out bytes.Buffer
		if err := Write(&out, r, format); err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(out.String(), "It is not accuracy.", "")
		if strings.Contains(text, "accuracy") || !strings.Contains(text, "fidelity") {
			t.Errorf("%s speaks of accuracy", format)
		}
	}
	if picture := string(FrontPicture(r)); strings.Contains(picture, "accuracy") {
		t.Error("the picture speaks of accuracy")
	}
}

// The names that scripts rely on.
func TestJSONNames(t *testing.T) {
	for objective := range map[results.Objective]bool{results.Accuracy: true, results.Fidelity: true} {
		var out bytes.Buffer
		if err := JSON(&out, demo(t, "s", objective).report()); err != nil {
			t.Fatal(err)
		}
		var v struct {
			Study, Device, Dense any
			Front                []map[string]any
			Trials, Ledger       map[string]float64
		}
		if err := json.Unmarshal(out.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		if v.Study == nil || v.Device == nil || v.Dense == nil || len(v.Front) == 0 || v.Trials["ok"] != 31 || v.Ledger["measure"] != 88 {
			t.Errorf("%+v", v)
		}
		for _, name := range []string{string(objective), "latency_ms", "latency_ci_ms", "macs", "layers"} {
			if v.Front[0][name] == nil {
				t.Errorf("front[0] has no %s", name)
			}
		}
		layer := v.Front[0]["layers"].([]any)[0].(map[string]any)
		for _, name := range []string{"name", "scheme", "gm", "gn", "rate", "algorithm", "schedule", "ms", "dense_ms"} {
			if layer[name] == nil {
				t.Errorf("a layer has no %s", name)
			}
		}
	}
}

func TestUnknownFormat(t *testing.T) {
	err := Write(&bytes.Buffer{}, &Report{}, "pdf")
	if err == nil || !strings.Contains(err.Error(), "csv, html, json, md, svg, table") {
		t.Errorf("%v", err)
	}
}

// Wilson's interval against published values (Newcombe 1998, table I, method 3).
func TestWilson(t *testing.T) {
	for _, c := range []struct {
		hits, n   int
		low, high float64
	}{{81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718}} {
		got := wilson(float64(c.hits)/float64(c.n), c.n)
		if math.Abs(got.Low-c.low) > 5e-5 || math.Abs(got.High-c.high) > 5e-5 {
			t.Errorf("%d of %d: %v, not %v … %v", c.hits, c.n, got, c.low, c.high)
		}
	}
}

func TestWords(t *testing.T) {
	for got, want := range map[string]string{
		milliseconds(0.012345): "0.01235", milliseconds(19.7): "19.70", milliseconds(1234.5): "1234", milliseconds(9.9999): "10.000",
		signed(-0.5, 2): "−0.50", signed(0.004, 2): "0.00", signed(-0.004, 2): "0.00", signed(3, 1): "+3.0",
		count(0): "0", count(999): "999", count(38.5e9): "38.5 G", count(1e6): "1 M", count(999_900): "1 M",
		duration(0.25): "250 ms", duration(59): "59.0 s", duration(125): "2 min 05 s", duration(7261): "2 h 01 min",
		printable("a\x1b[2Jb\u202e"): "a�[2Jb�",
	} {
		if got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}

func TestAxis(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		n         int
		text      string
	}{{5.3, 20.7, 8, "6 8 10 12 14 16 18 20"}, {0.9401, 0.9432, 6, "0.941 0.942 0.943"}, {-1, 1, 4, "-1.0 -0.5 0.0 0.5 1.0"}} {
		values, digits := axis{low: c.low, high: c.high}.ticks(c.n)
		var words []string
		for _, v := range values {
			words = append(words, fixed(v, digits))
		}
		if got := strings.Join(words, " "); got != c.text {
			t.Errorf("%g … %g: %q, not %q", c.low, c.high, got, c.text)
		}
	}
	// One value alone still has a place.
	if x := newAxis(3, 3, 0.1, 0, 100).place(3); x != 50 {
		t.Errorf("a single value is placed at %v", x)
	}
}
