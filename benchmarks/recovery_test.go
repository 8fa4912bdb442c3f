package main

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/accuracy"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/prune"
)

func TestUniformCutCutsMACsByTheFactor(t *testing.T) {
	g, err := readModel("zoo:motion-c3d")
	if err != nil {
		t.Fatal(err)
	}
	for _, cut := range []float64{1.5, 2, 3} {
		choices, err := uniformCut(g, prune.Choice{Scheme: model.KGS, GM: 4, GN: 4}, cut, []string{"conv2"})
		if err != nil {
			t.Fatal(err)
		}
		for _, kept := range []string{"conv1", "conv2", "fc"} {
			if _, ok := choices[kept]; ok {
				t.Errorf("%gx: %s is pruned", cut, kept)
			}
		}
		pruned, err := prune.Graph(g, choices)
		if err != nil {
			t.Fatal(err)
		}
		layers, err := model.Summary(pruned)
		if err != nil {
			t.Fatal(err)
		}
		all, left := 0.0, 0.0
		for _, l := range layers {
			all += float64(l.MACs)
			density := 1.0
			if m := l.Conv.Mask; m != nil {
				density = m.Density()
			}
			left += density * float64(l.MACs)
		}
		if math.Abs(all/left/cut-1) > .005 {
			t.Errorf("MACs fall by %.3f, want %g", all/left, cut)
		}
	}
	if _, err := uniformCut(g, prune.Choice{Scheme: model.KGS, GM: 4, GN: 4}, 100, nil); err == nil {
		t.Error("a cut of what may not be pruned was taken")
	}
}

// echo answers with its inputs.
type echo struct{}

func (echo) Execute(_ context.Context, _ *model.Graph, inputs [][]float32) ([][]float32, error) {
	return inputs, nil
}

func (echo) Outputs(_ context.Context, _ *model.Graph, _ map[string]spec.Schedule, inputs [][]float32) ([][]float32, error) {
	return inputs, nil
}

// pairs are clips of two values with labels.
type pairs struct {
	accuracy.Generated
	scores []float32
	labels []int
}

func (p pairs) Len() int { return len(p.scores) }
func (p pairs) Clip(i int) ([]float32, int, error) {
	return []float32{1, 1 + p.scores[i]}, p.labels[i], nil
}

func TestAreaUnderCurveCountsPairs(t *testing.T) {
	for _, c := range []struct {
		scores []float32
		labels []int
		want   float64
	}{
		{[]float32{1, 2, 3, 4}, []int{0, 0, 1, 1}, 1},
		{[]float32{4, 3, 2, 1}, []int{0, 0, 1, 1}, 0},
		{[]float32{1, 2, 2, 3}, []int{0, 1, 0, 1}, 3.5 / 4},
		{[]float32{5, 5, 5}, []int{0, 1, 1}, .5},
	} {
		got, err := areaUnderCurve(t.Context(), echo{}, nil, pairs{scores: c.scores, labels: c.labels})
		if err != nil || math.Abs(got-c.want) > 1e-9 {
			t.Errorf("scores %v of %v: %v, %v; want %v", c.scores, c.labels, got, err, c.want)
		}
	}
	for _, labels := range [][]int{{0, 0}, {0, 2}} {
		if _, err := areaUnderCurve(t.Context(), echo{}, nil, pairs{scores: []float32{1, 2}, labels: labels}); err == nil {
			t.Errorf("labels %v were taken", labels)
		}
	}
}

func TestAProgramMayJudge(t *testing.T) {
	g, err := readModel("zoo:motion-c3d")
	if err != nil {
		t.Fatal(err)
	}
	answer := func(metric ...string) (float64, error) {
		j, err := (clipSource{count: 2, measure: "accuracy", metric: metric}).open(t.Context(), echo{}, g)
		if err != nil {
			return 0, err
		}
		return j.measure(t.Context(), &model.Graph{Output: model.Value{Dims: g.Input.Dims}})
	}
	if got, err := answer("sh", "-c", "test -s $0 && echo 0.25", accuracy.Outputs); err != nil || got != .25 {
		t.Errorf("the program printed 0.25: %v, %v", got, err)
	}
	if _, err := answer("true"); err == nil || !strings.Contains(err.Error(), "--metric") {
		t.Errorf("a program that reads no outputs: %v; want an error that names the flag", err)
	}
}

func TestFiguresOfAnEarlierRunCountForTheSameSettings(t *testing.T) {
	path := filepath.Join(t.TempDir(), "figures.json")
	first := &recoveryFigures{Settings: "a", Dense: .9, Quality: map[string]float64{figureKey(1.5, "obs", 2): .8}}
	if err := first.save(path); err != nil {
		t.Fatal(err)
	}
	for settings, want := range map[string]int{"a": 1, "b": 0} {
		f := &recoveryFigures{Settings: settings, Quality: map[string]float64{}}
		if err := f.read(path); err != nil || len(f.Quality) != want {
			t.Errorf("settings %s: %d figures, %v; want %d", settings, len(f.Quality), err, want)
		}
	}
	if err := (&recoveryFigures{}).read(filepath.Join(t.TempDir(), "none")); err != nil {
		t.Errorf("no file: %v", err)
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := (&recoveryFigures{}).read(path); err == nil {
		t.Error("a damaged file was taken")
	}
}

func TestCommandSaysNothingOfFolders(t *testing.T) {
	if got := withoutFolders([]string{"--model", "/home/me/net.onnx", "--cut", "2"}); !slices.Equal(got, []string{"--model", "net.onnx", "--cut", "2"}) {
		t.Errorf("%q", got)
	}
}
