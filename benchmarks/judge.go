package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/rt3d-tune/rt3d-tune/accuracy"
	"github.com/rt3d-tune/rt3d-tune/internal/npy"
	"github.com/rt3d-tune/rt3d-tune/model"
)

// clipSource says which clips a network is calibrated and evaluated on.
type clipSource struct {
	calib, test, labels, measure string
	metric                       []string // a program that judges outputs
	count                        int
}

// judge says how good a network is on clips that no calibration sees.
type judge struct {
	heading string
	clips   int
	points  bool // a hundredth counts as one
	measure func(ctx context.Context, g *model.Graph) (float64, error)
}

func (j *judge) text(v float64) string {
	if j.points {
		return fmt.Sprintf("%.2f", 100*v)
	}
	return fmt.Sprintf("%.3f", v)
}

// open reads the clips to evaluate on.
func (s clipSource) open(ctx context.Context, host executor, dense *model.Graph) (*judge, error) {
	config := accuracy.Config{Type: "motion", Split: "test", Seed: 1, Count: s.count}
	if s.test != "" {
		config = accuracy.Config{Type: "npy", Path: s.test, Labels: s.labels}
	}
	data, err := accuracy.Open(config)
	if err != nil {
		return nil, err
	}
	j := &judge{clips: data.Len()}
	o := accuracy.Options{Seed: 1, Workers: 2}
	switch {
	case len(s.metric) > 0:
		e, err := accuracy.NewMetric(data, host, accuracy.Metric{Command: s.metric}, o)
		if err != nil {
			return nil, fmt.Errorf("--metric: %w", err)
		}
		j.heading = "metric"
		j.measure = func(ctx context.Context, g *model.Graph) (float64, error) { return e.Measure(ctx, g, nil, 0) }
	case s.test != "" && s.labels == "":
		e, err := accuracy.NewFidelity(ctx, data, host, dense, o)
		if err != nil {
			return nil, err
		}
		j.heading = "fidelity"
		j.measure = func(ctx context.Context, g *model.Graph) (float64, error) { return e.Measure(ctx, g, nil, 0) }
	case s.measure == "auc":
		j.heading = "AUC"
		j.measure = func(ctx context.Context, g *model.Graph) (float64, error) { return areaUnderCurve(ctx, host, g, data) }
	case s.measure == "accuracy":
		e, err := accuracy.NewEvaluator(data, host, o)
		if err != nil {
			return nil, err
		}
		j.heading, j.points = "accuracy %", true
		j.measure = func(ctx context.Context, g *model.Graph) (float64, error) { return e.Measure(ctx, g, nil, 0) }
	default:
		return nil, fmt.Errorf("--measure %s: want accuracy or auc", s.measure)
	}
	return j, nil
}

// calibration is one set of clips: of another seed, or another part of the file.
func (s clipSource) calibration(n, seed int) ([][]float32, error) {
	if s.calib == "" {
		data, err := accuracy.Open(accuracy.Config{Type: "motion", Split: "train", Seed: uint64(seed), Count: n})
		if err != nil {
			return nil, err
		}
		return accuracy.Calibration(data, n, 1)
	}
	shape, data, err := npy.ReadFile(s.calib)
	if err != nil {
		return nil, err
	}
	all := shape[0]
	if n > all {
		return nil, fmt.Errorf("--clips %d: %s holds %d", n, s.calib, all)
	}
	size := len(data) / all
	clips := make([][]float32, n)
	for i := range clips {
		at := ((seed-1)*n + i) % all
		clips[i] = data[at*size : (at+1)*size]
	}
	return clips, nil
}

// areaUnderCurve is that of the receiver operating characteristic of two classes: the share of pairs of a
// clip of each that the difference of the two outputs ranks right, ties counting half (Hanley and McNeil,
// 1982).
func areaUnderCurve(ctx context.Context, host executor, g *model.Graph, data accuracy.Dataset) (float64, error) {
	type scored struct {
		score float32
		label int
	}
	var inputs [][]float32
	all := make([]scored, data.Len())
	for i := range all {
		clip, label, err := data.Clip(i)
		if err != nil {
			return 0, err
		}
		if label != 0 && label != 1 {
			return 0, fmt.Errorf("auc: clip %d has label %d; want 0 or 1", i, label)
		}
		inputs, all[i].label = append(inputs, clip), label
	}
	outputs, err := host.Execute(ctx, g, inputs)
	if err != nil {
		return 0, err
	}
	for i, out := range outputs {
		if len(out) != 2 {
			return 0, fmt.Errorf("auc: the network has %d outputs; want 2", len(out))
		}
		all[i].score = out[1] - out[0]
	}
	slices.SortFunc(all, func(a, b scored) int { return cmp.Compare(a.score, b.score) })
	ones, zeros, right := 0.0, 0.0, 0.0
	for i := 0; i < len(all); {
		tied := [2]float64{}
		j := i
		for ; j < len(all) && all[j].score == all[i].score; j++ {
			tied[all[j].label]++
		}
		right += tied[1] * (zeros + tied[0]/2)
		zeros, ones = zeros+tied[0], ones+tied[1]
		i = j
	}
	if ones == 0 || zeros == 0 {
		return 0, fmt.Errorf("auc: %v clips of one class and %v of the other", ones, zeros)
	}
	return right / ones / zeros, nil
}
