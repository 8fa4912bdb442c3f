package accuracy

import (
	"context"
	"errors"
	"math"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
)

// scaled answers every clip with its first values, times a factor.
type scaled struct {
	factor float32
	calls  atomic.Int32
	fail   error
}

func (s *scaled) Outputs(_ context.Context, g *model.Graph, _ map[string]spec.Schedule, inputs [][]float32) ([][]float32, error) {
	s.calls.Add(1)
	outputs := make([][]float32, len(inputs))
	for i, in := range inputs {
		outputs[i] = make([]float32, 3)
		for j := range outputs[i] {
			outputs[i][j] = in[j] * s.factor
		}
		if g.Name == "noisy" {
			outputs[i][0] += .1
		}
	}
	return outputs, s.fail
}

// labelled has n clips whose label is the largest of the first three values, except that every fourth
// label is wrong.
type labelled struct{ n int }

func (l labelled) Len() int           { return l.n }
func (l labelled) Shape() model.Shape { return model.Shape{C: 1, D: 1, H: 2, W: 2} }
func (l labelled) Classes() []string  { return []string{"a", "b", "c"} }
func (l labelled) Clip(i int) ([]float32, int, error) {
	clip := []float32{0, 0, 0, float32(i)}
	clip[i%3] = 1
	label := i % 3
	if i%4 == 3 {
		label = (label + 1) % 3
	}
	return clip, label, nil
}

func TestAccuracyCountsRightAnswers(t *testing.T) {
	for _, workers := range []int{1, 2, 7} {
		e, err := NewEvaluator(labelled{400}, &scaled{factor: 1}, Options{Workers: workers, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		got, err := e.Measure(context.Background(), &model.Graph{Name: "net"}, nil, 0)
		if err != nil || got != .75 {
			t.Errorf("%d workers: %v, %v; want 0.75", workers, got, err)
		}
		if e.Name() != "accuracy" || e.Clips() != 400 {
			t.Errorf("%s on %d clips", e.Name(), e.Clips())
		}
	}
}

func TestFewerClipsAreTheFirstOfTheSameOrder(t *testing.T) {
	ds := labelled{400}
	e, err := NewEvaluator(ds, &scaled{factor: 1}, Options{Workers: 1, Seed: 9, Skip: 100})
	if err != nil {
		t.Fatal(err)
	}
	want := 0
	for _, i := range shuffled(400, 9)[100:150] {
		if i%4 != 3 {
			want++
		}
	}
	got, err := e.Measure(context.Background(), &model.Graph{Name: "net"}, nil, 50)
	if err != nil || got != float64(want)/50 {
		t.Errorf("%v, %v; want %d of 50", got, err, want)
	}
	calibration, err := Calibration(ds, 100, 9)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[float32]bool{}
	for _, c := range calibration {
		seen[c[3]] = true
	}
	for _, i := range e.clips.order {
		if seen[float32(i)] {
			t.Fatalf("clip %d serves calibration and evaluation", i)
		}
	}
}

func TestFidelityIsTheDistanceToTheDenseNetwork(t *testing.T) {
	network := &scaled{factor: 1}
	ds := Generated{Size: model.Shape{C: 3, D: 1, H: 1, W: 1}, Count: 50, Seed: 3}
	dense := &model.Graph{Name: "dense"}
	e, err := NewFidelity(context.Background(), ds, network, dense, Options{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := e.Measure(context.Background(), dense, nil, 0); err != nil || got != 1 {
		t.Errorf("the dense network itself: %v, %v; want 1", got, err)
	}
	network.factor = .75
	if got, err := e.Measure(context.Background(), dense, nil, 0); err != nil || math.Abs(got-.75) > 1e-6 {
		t.Errorf("outputs scaled by 0.75: %v, %v; want 0.75", got, err)
	}
	if e.Name() != "fidelity" {
		t.Errorf("objective is called %s", e.Name())
	}
}

func TestFaultsAreNotAccuracies(t *testing.T) {
	broken := errors.New("device gone")
	e, err := NewEvaluator(labelled{40}, &scaled{factor: 1, fail: broken}, Options{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Measure(context.Background(), &model.Graph{}, nil, 0); !errors.Is(err, broken) {
		t.Errorf("error %v does not wrap the cause", err)
	}
	e, err = NewEvaluator(labelled{40}, &scaled{factor: float32(math.NaN())}, Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Measure(context.Background(), &model.Graph{}, nil, 0); err == nil || !strings.Contains(err.Error(), "not a number") {
		t.Errorf("NaN outputs: %v", err)
	}
	if _, err := NewEvaluator(Generated{Size: model.Shape{C: 3, D: 1, H: 1, W: 1}, Count: 5}, &scaled{}, Options{Skip: 5}); err == nil {
		t.Error("no clip left: no error")
	}
	unlabelled, err := NewEvaluator(Generated{Size: model.Shape{C: 3, D: 1, H: 1, W: 1}, Count: 5}, &scaled{factor: 1}, Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := unlabelled.Measure(context.Background(), &model.Graph{}, nil, 0); err == nil || !strings.Contains(err.Error(), "label -1") {
		t.Errorf("clips without labels: %v", err)
	}
}
