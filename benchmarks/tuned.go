package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/rt3d-tune/rt3d-tune/bench"
	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/results"
	"github.com/rt3d-tune/rt3d-tune/space"
	"github.com/rt3d-tune/rt3d-tune/tuner"
	"github.com/rt3d-tune/rt3d-tune/tuner/pareto"
	"github.com/rt3d-tune/rt3d-tune/tuner/strategy"
)

// tunedRow is the schedule that a search found for a layer at one density, against the default's.
type tunedRow struct {
	Layer      string    `json:"layer"`
	Workload   string    `json:"workload"`
	Kept       float64   `json:"kept"` // share of the weights
	Schedule   string    `json:"schedule"`
	Default    string    `json:"default"`
	MS         []float64 `json:"ms"` // in each round
	DefaultMS  []float64 `json:"default_ms"`
	Ratio      interval  `json:"ratio"`
	ValidMACs  int64     `json:"valid_macs"`
	PeakGFLOPS float64   `json:"peak_gflops"` // of one core
	Disturbed  bool      `json:"disturbed"`
}

// tunedOptions say what is searched, and how long.
type tunedOptions struct {
	options
	layers    []string
	densities []float64
	gm, gn    int
	strategy  string
	trials    int
}

func newTuned() *cobra.Command {
	var o tunedOptions
	c := &cobra.Command{
		Use:   "tuned",
		Short: "Search a schedule for each layer and density, and time it against the default",
		Long: `For each layer and density, a strategy of the tuner searches the tuner's space of schedules, direct ones, beginning
with the default; then the best three that it found and the default take turns, and the fastest is the row's.`,
		Example: "  go run ./benchmarks tuned --layer 'c3d/conv3*' --trials 40",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return o.run(c, func(ctx context.Context, w *workshop) ([]report, error) {
				r, err := compareTuned(ctx, w, o)
				return []report{r}, err
			})
		},
	}
	o.register(c, []string{"c3d", "r2plus1d-18"}, 7)
	f := c.Flags()
	f.StringSliceVar(&o.layers, "layer", sparseLayers, "layers, NETWORK/NODE (* matches any part of a node's name)")
	f.Float64SliceVar(&o.densities, "density", []float64{1, 0.5, 0.28, 0.125}, "shares of the weights that are kept")
	f.IntVar(&o.gm, "gm", 0, "filters of a group (default: two vectors)")
	f.IntVar(&o.gn, "gn", 4, "input channels of a group")
	f.StringVar(&o.strategy, "strategy", "tpe", "as in a study")
	f.IntVar(&o.trials, "trials", 24, "schedules to try for each layer and density")
	return c
}

func compareTuned(ctx context.Context, w *workshop, o tunedOptions) (report, error) {
	if o.trials < 1 {
		return report{}, fmt.Errorf("--trials %d: want 1 or more", o.trials)
	}
	if o.gm == 0 {
		o.gm = 2 * w.vector.Lanes
	}
	layers, err := distinctLayers(o.networks, o.layers)
	if err != nil {
		return report{}, err
	}
	var rows []tunedRow
	for _, l := range layers {
		for _, d := range o.densities {
			mask := kernels.Pruning{Density: 1}
			if d < 1 {
				mask = kernels.Pruning{Scheme: model.KGS, GM: o.gm, GN: o.gn, Density: d}
			}
			row, err := tune(ctx, w, o, l, mask)
			if err != nil {
				return report{}, fmt.Errorf("layer %s (%s), density %g: %w", l.name, l.workload.Name(), d, err)
			}
			o.note("%s with %.3f of its weights: %.3f of the default's time, %s", row.Layer, row.Kept, row.Ratio.Median, row.Schedule)
			rows = append(rows, row)
		}
	}
	return tunedReport(rows), nil
}

// tune searches for one layer with one mask, and compares what it found with the default.
func tune(ctx context.Context, w *workshop, o tunedOptions, l layer, mask kernels.Pruning) (tunedRow, error) {
	usual := w.defaultSchedules(l, []kernels.Pruning{mask}, 1)[0]
	found, err := search(ctx, w, o, l, mask, usual)
	if err != nil {
		return tunedRow{}, err
	}
	schedules := []spec.Schedule{usual}
	for _, s := range found {
		if s != usual && len(schedules) <= finalists {
			schedules = append(schedules, s)
		}
	}
	return duel(ctx, w, o.options, l, mask, schedules)
}

// finalists of a search meet the default: few rounds say which are good, and not which is best.
const finalists = 3

// search asks a strategy for schedules and tells it their times; the fastest comes first. The input and the weights are
// the same each time.
func search(ctx context.Context, w *workshop, o tunedOptions, l layer, mask kernels.Pruning, usual spec.Schedule) ([]spec.Schedule, error) {
	schedules, err := tuner.NewSchedules(l.workload, w.vector, 1, true) // transforms are another comparison
	if err != nil {
		return nil, err
	}
	p := strategy.Problem{Space: schedules.Space, Objectives: []pareto.Objective{{Name: results.LatencyMS, Direction: pareto.Minimise}}, Seed: seed}
	if at, ok := schedules.Point(usual); ok {
		p.Start = []space.Point{at}
	}
	s, err := strategy.New(o.strategy, p)
	if err != nil {
		return nil, err
	}
	times := map[spec.Schedule]float64{}
	for range o.trials {
		points, err := s.Ask(1)
		if errors.Is(err, strategy.ErrExhausted) {
			break
		}
		if err != nil {
			return nil, err
		}
		candidate := schedules.Schedule(points[0])
		row, err := duel(ctx, w, options{cores: o.cores, rounds: searchRounds}, l, mask, []spec.Schedule{candidate})
		if err != nil {
			return nil, err
		}
		ms := summarise(row.DefaultMS).Median
		times[candidate] = ms
		if err := s.Tell([]strategy.Result{{Point: points[0], Outcome: results.OK, Values: []float64{ms}}}); err != nil {
			return nil, err
		}
	}
	return slices.SortedFunc(maps.Keys(times), func(a, b spec.Schedule) int { return cmp.Compare(times[a], times[b]) }), nil
}

// searchRounds is how often a schedule is timed in a search.
const searchRounds = 3

// duel times the default's schedule and those that were found; the row has the fastest.
func duel(ctx context.Context, w *workshop, o options, l layer, mask kernels.Pruning, schedules []spec.Schedule) (row tunedRow, err error) {
	g, err := kernels.SingleConv(l.workload, seed, mask)
	if err != nil {
		return row, err
	}
	summary, err := model.Summary(g)
	if err != nil {
		return row, err
	}
	conv := summary[0]
	row = tunedRow{Layer: l.name, Workload: l.workload.Name(), Kept: float64(conv.KeptWeights) / float64(conv.Weights),
		Default: schedules[0].Name()}
	if row.ValidMACs, err = conv.Conv.ValidMACs(conv.In); err != nil {
		return row, err
	}
	input, in := w.path("layer.input"), conv.In
	if err := writeFloats(input, bench.SeededInput(seed, in.C*in.D*in.H*in.W)); err != nil {
		return row, err
	}
	var sides []*side
	defer func() { closeAll(sides, &err) }()
	for _, s := range schedules {
		own, err := w.startOurs(ctx, s.Name(), layerProgram(l, g, conv.Name, s, 1), kernelAlone, input, o.cores[:1])
		if err != nil {
			return row, fmt.Errorf("schedule %s: %w", s.Name(), err)
		}
		sides = append(sides, own)
	}
	if err := agree(sides, w.dir); err != nil {
		return row, err
	}
	t, err := takeTurns(sides, o.rounds)
	if err != nil {
		return row, err
	}
	best := fastest(t.ms)
	if ratio(t.ms[best], t.ms[0]).Median >= 1 { // not in most rounds
		best = 0
	}
	row.DefaultMS, row.MS, row.Schedule, row.Disturbed = t.ms[0], t.ms[best], schedules[best].Name(), t.disturbed
	row.Ratio = ratio(row.MS, row.DefaultMS)
	row.PeakGFLOPS, err = sides[0].number("peak")
	return row, err
}

func tunedReport(rows []tunedRow) report {
	r := report{section: "tuned", raw: rows, table: table{
		header: []string{"layer", "kept", "ms", "default ms", "to the default [95 %]", "of peak", "schedule", "default"},
		left:   []int{0, 6, 7},
	}}
	for _, row := range rows {
		r.peak = max(r.peak, row.PeakGFLOPS)
	}
	var all []float64
	for _, row := range rows {
		ms := summarise(row.MS).Median
		r.table.add(row.Disturbed, row.Layer, fmt.Sprintf("%.3f", row.Kept), milliseconds(ms), milliseconds(summarise(row.DefaultMS).Median), row.Ratio.String(),
			percent(gflops(row.ValidMACs, ms)/r.peak), row.Schedule, row.Default)
		all = append(all, row.Ratio.Median)
	}
	r.summary = fmt.Sprintf("Found schedules against defaults: geometric mean %.3f.", geometricMean(all))
	r.about("direct kernels")
	return r
}
