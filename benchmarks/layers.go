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

// share of the peak that valid MACs in so many milliseconds are.
func (r layerRow) share(ms float64) float64 {
	return gflops(r.ValidMACs, ms) / (r.PeakGFLOPS * float64(r.Threads))
}

// gflops counts a multiply-accumulate as two operations.
func gflops(macs int64, ms float64) float64 { return 2 * float64(macs) / ms / 1e6 }

func newLayers() *cobra.Command {
	var o options
	var layers, schedules []string
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
				r, err := compareLayers(ctx, w, o, layers, schedules)
				return []report{r}, err
			})
		},
	}
	o.register(c, []string{"c3d", "r2plus1d-18", "r3d-18", "s3d"}, 21)
	c.Flags().IntVar(&o.threads, "threads", 1, "threads of both sides")
	c.Flags().StringSliceVar(&layers, "layer", nil, "only these, NETWORK/NODE (* matches any part of a node's name)")
	c.Flags().StringArrayVar(&schedules, "schedule", nil, "our schedules (default: the one that is chosen by default)")
	return c
}

func compareLayers(ctx context.Context, w *workshop, o options, patterns, names []string) (report, error) {
	layers, err := distinctLayers(o.networks, patterns)
	if err != nil {
		return report{}, err
	}
	var schedules []spec.Schedule
	for _, name := range names {
		s, err := spec.ParseSchedule(name)
		if err != nil {
			return report{}, err
		}
		s.Threads = o.threads
		schedules = append(schedules, s)
	}
	var rows []layerRow
	for _, l := range layers {
		own := schedules
		if len(own) == 0 {
			own = w.defaultSchedules(l, []kernels.Pruning{{Density: 1}}, o.threads)
		}
		of, err := compareLayer(ctx, w, o, l, own)
		if err != nil {
			return report{}, fmt.Errorf("layer %s (%s): %w", l.name, l.workload.Name(), err)
		}
		for _, r := range of {
			o.note("%s: %.3f of oneDNN's time, %.0f %% of peak, %s", r.Layer, r.Ratio.Median, 100*r.share(summarise(r.MS).Median), r.Schedule)
		}
		rows = append(rows, of...)
	}
	return layerReport(rows), nil
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
	r := report{section: "layers", raw: rows, table: table{
		header: []string{"layer", "valid GMAC", "ours ms", "oneDNN ms", "ratio [95 %]", "GFLOP/s", "of peak", "oneDNN of peak", "schedule"},
		left:   []int{0, 8},
	}}
	worst, all := rows[0], []float64{}
	for _, row := range rows {
		own, peer := summarise(row.MS).Median, summarise(row.PeerMS).Median
		r.table.add(row.Disturbed, row.Layer, fmt.Sprintf("%.3f", float64(row.ValidMACs)/1e9), milliseconds(own), milliseconds(peer), row.Ratio.String(),
			fmt.Sprintf("%.1f", gflops(row.ValidMACs, own)), percent(row.share(own)), percent(row.share(peer)), row.Schedule)
		r.about(row.Peer)
		r.peak(row.PeakGFLOPS)
		all = append(all, row.Ratio.Median)
		if row.Ratio.Median > worst.Ratio.Median {
			worst = row
		}
	}
	r.summary = fmt.Sprintf("Ours against oneDNN: geometric mean %.3f, worst %.3f (%s).", geometricMean(all), worst.Ratio.Median, worst.Layer)
	return r
}
