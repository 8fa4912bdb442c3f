package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/model"
)

// sparseRow is a layer at one density against our own dense direct kernel.
type sparseRow struct {
	Layer      string    `json:"layer"`
	Workload   string    `json:"workload"`
	GM         int       `json:"gm"`
	GN         int       `json:"gn"`
	Kept       float64   `json:"kept"` // share of the weights
	Schedule   string    `json:"schedule"`
	MS         []float64 `json:"ms"` // in each round
	DenseMS    []float64 `json:"dense_ms"`
	Realised   interval  `json:"realised"` // speed-up × kept
	ValidMACs  int64     `json:"valid_macs"`
	PeakGFLOPS float64   `json:"peak_gflops"` // of one core
	Peer       string    `json:"peer"`        // whose outputs agreed
	Disturbed  bool      `json:"disturbed"`
}

// sparseLayers are worth pruning.
var sparseLayers = []string{"c3d/conv2", "c3d/conv3a", "c3d/conv3b", "c3d/conv4a", "c3d/conv4b",
	"r2plus1d-18/layer1.0.*", "r2plus1d-18/layer2.1.*"}

// sparsityOptions say which layers, masks and further schedules.
type sparsityOptions struct {
	options
	layers, schedules []string
	densities         []float64
	gm, gn            int
}

func newSparsity() *cobra.Command {
	var o sparsityOptions
	c := &cobra.Command{
		Use:   "sparsity",
		Short: "Time KGS kernels against our own dense direct kernel",
		Long: `Each layer runs dense and with random KGS masks, with every schedule that is chosen by default for one of the
densities, and with those asked for; the fastest counts, dense too. The realised share is the speed-up times
the share of weights kept: 1 means that every product that was cut is time saved.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return o.run(c, func(ctx context.Context, w *workshop) ([]report, error) {
				if o.gm == 0 {
					o.gm = 2 * w.vector.Lanes
				}
				r, err := compareDensities(ctx, w, o)
				return []report{r}, err
			})
		},
	}
	o.register(c, []string{"c3d", "r2plus1d-18"}, 11)
	f := c.Flags()
	f.StringSliceVar(&o.layers, "layer", sparseLayers, "layers, NETWORK/NODE (* matches any part of a node's name)")
	f.Float64SliceVar(&o.densities, "density", []float64{0.5, 0.278, 0.125}, "shares of the weights that are kept")
	f.IntVar(&o.gm, "gm", 0, "filters of a group (default: two vectors)")
	f.IntVar(&o.gn, "gn", 4, "input channels of a group")
	f.StringArrayVar(&o.schedules, "schedule", nil, "further schedules of ours; their times are printed")
	return c
}

func compareDensities(ctx context.Context, w *workshop, o sparsityOptions) (report, error) {
	layers, err := distinctLayers(o.networks, o.layers)
	if err != nil {
		return report{}, err
	}
	masks := []kernels.Pruning{{Density: 1}}
	for _, d := range o.densities {
		if !(d > 0 && d <= 1) {
			return report{}, fmt.Errorf("--density %g: want more than 0 and at most 1", d)
		}
		masks = append(masks, kernels.Pruning{Scheme: model.KGS, GM: o.gm, GN: o.gn, Density: d})
	}
	var rows []sparseRow
	for _, l := range layers {
		of, err := compareMasks(ctx, w, o, l, masks)
		if err != nil {
			return report{}, fmt.Errorf("layer %s (%s): %w", l.name, l.workload.Name(), err)
		}
		for _, r := range of {
			o.note("%s with %.3f of its weights: %.3f realised, %s", r.Layer, r.Kept, r.Realised.Median, r.Schedule)
		}
		rows = append(rows, of...)
	}
	return sparsityReport(rows), nil
}

// compareMasks times a layer with every mask, of which the first is dense.
func compareMasks(ctx context.Context, w *workshop, o sparsityOptions, l layer, masks []kernels.Pruning) (rows []sparseRow, err error) {
	schedules := w.defaultSchedules(l, masks, 1)
	further, err := parseSchedules(o.schedules, 1)
	if err != nil {
		return nil, err
	}
	for _, s := range further {
		if !slices.Contains(schedules, s) {
			schedules = append(schedules, s)
		}
	}
	var all []*loaded
	var sides []*side
	defer func() {
		for _, a := range all {
			closeAll(a.sides(), &err)
		}
	}()
	for _, m := range masks {
		a, err := w.load(ctx, l, m, schedules, o.cores[:1])
		if err != nil {
			return nil, fmt.Errorf("density %g: %w", m.Density, err)
		}
		all = append(all, a)
		sides = append(sides, a.own...)
	}
	t, err := takeTurns(sides, o.rounds)
	if err != nil {
		return nil, err
	}
	peak, err := sides[0].number("peak")
	if err != nil {
		return nil, err
	}
	dense := fastest(t.ms[:len(schedules)])
	for i, a := range all {
		ms := t.ms[i*len(schedules) : (i+1)*len(schedules)]
		best := fastest(ms)
		if len(o.schedules) > 0 {
			for j, s := range schedules {
				o.note("  %.3f kept: %s ms, %s", a.kept, milliseconds(summarise(ms[j]).Median), s.Name())
			}
		}
		row := sparseRow{
			Layer: l.name, Workload: l.workload.Name(), GM: masks[i].GM, GN: masks[i].GN, Kept: a.kept, Schedule: schedules[best].Name(),
			MS: ms[best], DenseMS: t.ms[dense], Realised: ratio(t.ms[dense], ms[best]).times(a.kept),
			ValidMACs: a.valid, PeakGFLOPS: peak, Peer: a.peer.about, Disturbed: t.disturbed,
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// fastest is the index of the side with the least median.
func fastest(ms [][]float64) int {
	best := 0
	for i := range ms {
		if summarise(ms[i]).Median < summarise(ms[best]).Median {
			best = i
		}
	}
	return best
}

func sparsityReport(rows []sparseRow) report {
	r := report{section: "sparsity", raw: rows, table: table{
		header: []string{"layer", "kept", "gM x gN", "ms", "realised share [95 %]", "GFLOP/s", "of peak", "schedule"},
		left:   []int{0, 7},
	}}
	for _, row := range rows {
		r.peak = max(r.peak, row.PeakGFLOPS)
	}
	for _, row := range rows {
		ms := summarise(row.MS).Median
		group, realised := "dense", ""
		if row.Kept < 1 {
			group, realised = fmt.Sprintf("%d x %d", row.GM, row.GN), row.Realised.String()
		}
		speed := gflops(row.ValidMACs, ms)
		r.table.add(row.Disturbed, row.Layer, fmt.Sprintf("%.3f", row.Kept), group, milliseconds(ms), realised,
			fmt.Sprintf("%.1f", speed), percent(speed/r.peak), row.Schedule)
		r.about("outputs as " + row.Peer)
	}
	return r
}
