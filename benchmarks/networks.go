package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
)

// networkRow is a whole network in one engine.
type networkRow struct {
	Network    string    `json:"network"`
	Weights    string    `json:"weights"` // "dense" or a profile
	Engine     string    `json:"engine"`
	About      string    `json:"about"`
	Threads    int       `json:"threads"`
	MS         []float64 `json:"ms"`          // in each round
	Ratio      interval  `json:"ratio"`       // to OpenVINO dense with as many threads
	Scaling    *interval `json:"scaling"`     // how often faster than with one thread; null for one thread
	ValidMACs  int64     `json:"valid_macs"`  // of kept weights
	PeakGFLOPS float64   `json:"peak_gflops"` // of one core
	PeakRSS    int64     `json:"peak_rss_bytes"`
	Disturbed  bool      `json:"disturbed"`
}

func newNetworks() *cobra.Command {
	var o options
	var threads []int
	c := &cobra.Command{
		Use:   "networks",
		Short: "Time whole networks against OpenVINO and ONNX Runtime, dense and at RT3D's rates",
		Long: `Every engine gets the same ONNX file with seeded weights and the same input, and computes in float32. At the
rates of RT3D the file has zeros where weights were removed; OpenVINO runs it too, which shows what zeros
gain there. Ratios are to OpenVINO with all weights and as many threads.`,
		Example: "  go run ./benchmarks networks --network c3d --threads 1,2",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if len(threads) == 0 {
				return fmt.Errorf("--threads: want at least one number")
			}
			o.threads = slices.Max(threads)
			return o.run(c, func(ctx context.Context, w *workshop) ([]report, error) {
				var reports []report
				for _, network := range o.networks {
					rows, err := compareNetwork(ctx, w, o, network, threads)
					if err != nil {
						return nil, fmt.Errorf("network %s: %w", network, err)
					}
					reports = append(reports, networkReport(rows))
				}
				return reports, nil
			})
		},
	}
	o.register(c, []string{"c3d", "r2plus1d-18", "r3d-18", "s3d", "s3d-rt3d"}, 11)
	c.Flags().IntSliceVar(&threads, "threads", []int{1}, "numbers of threads")
	return c
}

func compareNetwork(ctx context.Context, w *workshop, o options, network string, threads []int) (rows []networkRow, err error) {
	weights, err := w.prunedNetworks(network)
	if err != nil {
		return nil, err
	}
	all, err := w.enter(ctx, weights, threads, o.cores)
	if err != nil {
		return nil, err
	}
	defer closeContestants(all, &err)
	sides := make([]*side, len(all))
	for i, c := range all {
		sides[i] = c.side
	}
	t, err := takeTurns(sides, o.rounds)
	if err != nil {
		return nil, err
	}
	// of finds the times of another contestant.
	of := func(engine string, p *pruned, threads int) []float64 {
		return t.ms[slices.IndexFunc(all, func(c contestant) bool { return c.engine == engine && c.weights == p && c.threads == threads })]
	}
	peak, err := all[slices.IndexFunc(all, func(c contestant) bool { return c.engine == ours })].number("peak")
	if err != nil {
		return nil, err
	}
	for i, c := range all {
		r := networkRow{
			Network: network, Weights: c.weights.kept(), Engine: c.engine, About: c.about, Threads: c.threads, MS: t.ms[i],
			Ratio:     ratio(t.ms[i], of(openVINO, weights[0], c.threads)),
			ValidMACs: c.weights.valid, PeakGFLOPS: peak, Disturbed: t.disturbed,
		}
		if c.threads != 1 && slices.Contains(threads, 1) {
			s := ratio(of(c.engine, c.weights, 1), t.ms[i])
			r.Scaling = &s
		}
		if r.PeakRSS, err = c.peakMemory(); err != nil {
			return nil, err
		}
		o.note("%s %s in %s, %d threads: %.1f ms, %.3f of OpenVINO's time", network, r.Weights, r.Engine, r.Threads, summarise(r.MS).Median, r.Ratio.Median)
		rows = append(rows, r)
	}
	return rows, nil
}

func networkReport(rows []networkRow) report {
	r := report{section: "networks " + rows[0].Network, raw: rows, table: table{
		header: []string{"engine", "weights", "threads", "ms", "to OpenVINO dense [95 %]", "GFLOP/s", "of peak", "to one thread", "memory MiB"},
		left:   []int{0, 1},
	}}
	r.peak = rows[0].PeakGFLOPS
	for _, row := range rows {
		ms := summarise(row.MS).Median
		speed, share, scaling := "", "", ""
		// A peer computes products with removed weights too: its speed on kept ones would say nothing.
		if row.Engine == ours || row.Weights == "dense" {
			g := gflops(row.ValidMACs, ms)
			speed, share = fmt.Sprintf("%.1f", g), percent(g/r.peak/float64(row.Threads))
		}
		if row.Scaling != nil {
			scaling = fmt.Sprintf("%.2f x", row.Scaling.Median)
		}
		r.table.add(row.Disturbed, row.Engine, row.Weights, fmt.Sprint(row.Threads), milliseconds(ms), row.Ratio.String(), speed, share, scaling,
			fmt.Sprintf("%.0f", float64(row.PeakRSS)/(1<<20)))
		if row.Engine != ours {
			r.about(row.About)
		}
	}
	return r
}
