package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
)

// layerRow is our time with one schedule against oneDNN's.
type layerRow struct {
	Layer      string    `json:"layer"`
	Workload   string    `json:"workload"`
	Schedule   string    `json:"schedule"`
	Peer       string    `json:"peer"`
	MS         []float64 `json:"ms"` // in each round
	PeerMS     []float64 `json:"peer_ms"`
	Ratio      interval  `json:"ratio"`
	ValidMACs  int64     `json:"valid_macs"`
	PeakGFLOPS float64   `json:"peak_gflops"` // of one core
	Threads    int       `json:"threads"`
	Disturbed  bool      `json:"disturbed"`
}

// gflops counts a multiply-accumulate as two operations.
func gflops(macs int64, ms float64) float64 { return 2 * float64(macs) / ms / 1e6 }

// layerOptions say which layers run, and how on our side.
type layerOptions struct {
	options
	layers, algorithms, schedules []string
}

func newLayers() *cobra.Command {
	var o layerOptions
	c := &cobra.Command{
		Use:   "layers",
		Short: "Time each distinct convolution of the networks against oneDNN, dense",
		Long: `Each distinct convolution runs by itself, dense, with bias and activation, in our kernel and in oneDNN (its
own memory formats; reorders are not timed). Several schedules take turns in one run.`,
		Example: `  go run ./benchmarks layers
  go run ./benchmarks layers --layer 'c3d/conv3*' --schedule direct_4x1x3_filter_c8_g4_t1 --schedule direct_6x1x2_filter_c8_g4_t1`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return o.run(c, func(ctx context.Context, w *workshop) ([]report, error) {
				return compareLayers(ctx, w, o)
			})
		},
	}
	o.register(c, []string{"c3d", "r2plus1d-18", "r3d-18", "s3d"}, 21)
	c.Flags().IntVar(&o.threads, "threads", 1, "threads of both sides")
	c.Flags().StringSliceVar(&o.layers, "layer", nil, "only these, NETWORK/NODE (* matches any part of a node's name)")
	c.Flags().StringArrayVar(&o.schedules, "schedule", nil, "our schedules (default: the direct one that is chosen by default)")
	c.Flags().StringSliceVar(&o.algorithms, "algorithm", nil, "beside these, for example winograd4x4, where they fit")
	return c
}

// compareLayers makes a report of each network.
func compareLayers(ctx context.Context, w *workshop, o layerOptions) ([]report, error) {
	layers, err := distinctLayers(o.networks, o.layers)
	if err != nil {
		return nil, err
	}
	rows := map[string][]layerRow{}
	for _, l := range layers {
		schedules, err := o.schedulesFor(w, l)
		if err != nil {
			return nil, err
		}
		of, err := compareLayer(ctx, w, o.options, l, schedules)
		if err != nil {
			return nil, fmt.Errorf("layer %s (%s): %w", l.name, l.workload.Name(), err)
		}
		for _, r := range of {
			o.note("%s: %.3f of oneDNN's time, %s", r.Layer, r.Ratio.Median, r.Schedule)
		}
		rows[l.network] = append(rows[l.network], of...)
	}
	var reports []report
	for _, network := range o.networks {
		if len(rows[network]) == 0 {
			continue
		}
		r := layerReport(rows[network])
		r.section = "layers " + network
		if len(o.algorithms) > 0 {
			r.section, r.summary = "algorithms "+network, "" // a mean over algorithms would say nothing
		}
		reports = append(reports, r)
	}
	return reports, nil
}

// parseSchedules reads the names of schedules, to run on so many threads.
func parseSchedules(names []string, threads int) (schedules []spec.Schedule, err error) {
	for _, name := range names {
		s, err := spec.ParseSchedule(name)
		if err != nil {
			return nil, err
		}
		s.Threads = threads
		schedules = append(schedules, s)
	}
	return schedules, nil
}

// schedulesFor are those that were asked for, or the default.
func (o *layerOptions) schedulesFor(w *workshop, l layer) ([]spec.Schedule, error) {
	schedules, err := parseSchedules(o.schedules, o.threads)
	if err != nil {
		return nil, err
	}
	if len(schedules) == 0 {
		schedules = w.defaultSchedules(l, []kernels.Pruning{{Density: 1}}, o.threads)
	}
	for _, name := range o.algorithms {
		a := spec.Algorithm(name)
		if !a.Winograd() {
			return nil, fmt.Errorf("--algorithm %q: want one of %q, %q, %q", name, spec.Winograd4x4, spec.Winograd2x2, spec.Winograd2x2x2)
		}
		if s, ok := spec.WinogradSchedule(l.workload, w.vector, a, o.threads); ok {
			schedules = append(schedules, s)
		}
	}
	return schedules, nil
}

func compareLayer(ctx context.Context, w *workshop, o options, l layer, schedules []spec.Schedule) (rows []layerRow, err error) {
	all, err := w.load(ctx, l, kernels.Pruning{}, schedules, o.cores[:o.threads])
	if err != nil {
		return nil, err
	}
	defer closeAll(all.sides(), &err)
	t, err := takeTurns(all.sides(), o.rounds)
	if err != nil {
		return nil, err
	}
	peak, err := all.own[0].number("peak")
	if err != nil {
		return nil, err
	}
	for i, s := range schedules {
		rows = append(rows, layerRow{
			Layer: l.name, Workload: l.workload.Name(), Schedule: s.Name(), Peer: all.peer.about,
			MS: t.ms[1+i], PeerMS: t.ms[0], Ratio: ratio(t.ms[1+i], t.ms[0]),
			ValidMACs: all.valid, PeakGFLOPS: peak, Threads: o.threads, Disturbed: t.disturbed,
		})
	}
	return rows, nil
}

func layerReport(rows []layerRow) report {
	r := report{raw: rows, table: table{
		header: []string{"layer", "valid GMAC", "ours ms", "oneDNN ms", "ratio [95 %]", "GFLOP/s", "of peak", "oneDNN of peak", "schedule"},
		left:   []int{0, 8},
	}}
	for _, row := range rows {
		r.peak = max(r.peak, row.PeakGFLOPS)
	}
	worst, all := rows[0], []float64{}
	for _, row := range rows {
		share := func(ms float64) string { return percent(gflops(row.ValidMACs, ms) / r.peak / float64(row.Threads)) }
		own, peer := summarise(row.MS).Median, summarise(row.PeerMS).Median
		r.table.add(row.Disturbed, row.Layer, fmt.Sprintf("%.3f", float64(row.ValidMACs)/1e9), milliseconds(own), milliseconds(peer), row.Ratio.String(),
			fmt.Sprintf("%.1f", gflops(row.ValidMACs, own)), share(own), share(peer), row.Schedule)
		r.about(row.Peer)
		all = append(all, row.Ratio.Median)
		if row.Ratio.Median > worst.Ratio.Median {
			worst = row
		}
	}
	r.summary = fmt.Sprintf("Ours against oneDNN: geometric mean %.3f, worst %.3f (%s).", geometricMean(all), worst.Ratio.Median, worst.Layer)
	return r
}
