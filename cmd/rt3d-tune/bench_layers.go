package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/olekukonko/tablewriter/tw"
	"github.com/spf13/cobra"

	"github.com/rt3d-tune/rt3d-tune/bench"
	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// layerTime is one row of `bench layers --json`.
type layerTime struct {
	Layer       string     `json:"layer"`
	Workload    string     `json:"workload"`
	Density     float64    `json:"density"` // asked for
	Kept        float64    `json:"kept"`    // share of the weights that the mask keeps
	GM          int        `json:"gm"`
	GN          int        `json:"gn"`
	Schedule    string     `json:"schedule"`
	MS          float64    `json:"ms"`
	MSCI        [2]float64 `json:"ms_ci"`
	GFLOPS      float64    `json:"gflops"` // executed: kept weights only
	PeakGFLOPS  float64    `json:"peak_gflops"`
	ShareOfPeak float64    `json:"share_of_peak"`
	// Products of kept weights without those with zero padding, and the share of the peak on them.
	ValidMACs        int64   `json:"valid_macs"`
	ValidShareOfPeak float64 `json:"valid_share_of_peak"`
	Speedup          float64 `json:"speedup"`        // dense ms / ms
	RealisedShare    float64 `json:"realised_share"` // speedup × kept
	// MaxError is the largest difference from the float64 reference, as a share of the output's scale.
	MaxError   float64  `json:"max_error"`
	Simulated  bool     `json:"simulated,omitempty"`
	Suppressed []string `json:"suppressed,omitempty"`
}

// layerFlags are those of `bench layers`.
type layerFlags struct {
	benchFlags
	densities        []float64
	only, algorithms []string
}

func newBenchLayers() *cobra.Command {
	var o layerFlags
	c := &cobra.Command{
		Use:   "layers --model MODEL",
		Short: "Check and time each distinct layer of a network at several densities",
		Long: `Each layer runs by itself with random weights and a random KGS mask. For each density the best of the
default schedules for all densities asked for is taken; the dense side of a speed-up is the best dense
direct kernel. With --algorithm, dense layers that a Winograd transform fits get a row for each algorithm
asked for; its GFLOP/s count the products of the convolution, and so pass the peak. The peak is that of
multiply-adds from registers, measured in the same process; "valid" is the share of it without the products
with zero padding, "error" the largest difference from a float64 reference as a share of the output's scale.`,
		Example: `  rt3d-tune bench layers --model zoo:c3d --density 1,0.28 --threads 1 --json
  rt3d-tune bench layers --model zoo:r2plus1d-18 --layer 'layer1.0.*' --density 1,0.5,0.25
  rt3d-tune bench layers --model zoo:c3d --algorithm winograd4x4,winograd2x2,winograd2x2x2`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runBenchLayers(c, o) },
	}
	o.register(c)
	c.Flags().Float64SliceVar(&o.densities, "density", []float64{1}, "densities, above 0 up to 1")
	c.Flags().StringSliceVar(&o.only, "layer", nil, "only these layers (* matches any part of a name)")
	c.Flags().StringSliceVar(&o.algorithms, "algorithm", nil, fmt.Sprintf("further rows for dense layers: some of %q", winogradAlgorithms()))
	return c
}

// winogradAlgorithms lists what --algorithm takes.
func winogradAlgorithms() []spec.Algorithm {
	return slices.DeleteFunc(slices.Clone(spec.Algorithms), func(a spec.Algorithm) bool { return !a.Winograd() })
}

func runBenchLayers(c *cobra.Command, o layerFlags) (err error) {
	for _, a := range o.algorithms {
		if !spec.Algorithm(a).Winograd() {
			return usagef("--algorithm %q: want some of %q", a, winogradAlgorithms())
		}
	}
	for _, d := range o.densities {
		if !(d > 0 && d <= 1) {
			return usagef("--density %v: want more than 0 and at most 1", d)
		}
	}
	if !slices.Contains(o.densities, 1) {
		o.densities = append([]float64{1}, o.densities...) // a speed-up needs the dense side
	}
	g, err := loadModel(o.model)
	if err != nil {
		return err
	}
	if err := checkGroup(g, o.gm, o.gn); err != nil {
		return usagef("--gm, --gn: %w", err)
	}
	layers, err := kernels.Workloads(g, spec.Float32)
	if err != nil {
		return usage(err)
	}
	if len(o.only) > 0 {
		names, err := matchLayers(g, o.only)
		if err != nil {
			return usagef("--layer: %w", err)
		}
		layers = slices.DeleteFunc(layers, func(l kernels.LayerWorkload) bool { return !slices.Contains(names, l.Name) })
	}
	m, err := o.open(c.Context())
	if err != nil {
		return err
	}
	defer closing(m, &err)
	if len(m.config.Runner) > 0 {
		return usagef("bench layers: device %s runs programs under %v: times would be EMULATED and say nothing", m.config.Name, m.config.Runner)
	}
	info, err := isa.Of(m.target.ISA, m.target.DataType)
	if err != nil {
		return err
	}
	var times []layerTime
	seen := map[spec.Workload][]layerTime{}
	p := newProgress(c.ErrOrStderr(), "bench layers")
	for i, l := range layers {
		l.Workload = l.Workload.In(m.target.DataType)
		if rows, ok := seen[l.Workload]; ok {
			for _, t := range rows {
				t.Layer = l.Name
				times = append(times, t)
			}
			continue
		}
		rows, err := timeLayer(c, m, info, l, o)
		if err != nil {
			return err
		}
		seen[l.Workload] = rows
		times = append(times, rows...)
		p.note(fmt.Sprintf("%s (%d of %d)", l.Name, i+1, len(layers)))
	}
	p.end()
	if o.json {
		return writeJSON(c.OutOrStdout(), times)
	}
	if m.config.Transport == "sim" {
		fmt.Fprintln(c.OutOrStdout(), simulatedWarning)
	}
	if len(times) > 0 {
		fmt.Fprint(c.OutOrStdout(), suppressedWarning(times[0].Suppressed))
	}
	rows := [][]string{}
	for _, t := range times {
		rows = append(rows, []string{t.Layer, fmt.Sprintf("%.3f", t.Density), fmt.Sprintf("%.4f", t.MS), fmt.Sprintf("%.1f", t.GFLOPS),
			fmt.Sprintf("%.1f", t.PeakGFLOPS), fmt.Sprintf("%.1f %%", 100*t.ShareOfPeak), fmt.Sprintf("%.1f %%", 100*t.ValidShareOfPeak), fmt.Sprintf("%.2f", t.Speedup), fmt.Sprintf("%.2f", t.RealisedShare), fmt.Sprintf("%.1e", t.MaxError), t.Schedule})
	}
	r := tw.AlignRight
	return writeTable(c.OutOrStdout(), []string{"layer", "density", "ms", "GFLOP/s", "peak", "of peak", "valid", "speed-up", "realised", "error", "schedule"}, rows,
		tw.AlignLeft, r, r, r, r, r, r, r, r, r)
}

// timeLayer times one layer at every density with the default schedules of all of them, and dense with each
// Winograd algorithm asked for that fits.
func timeLayer(c *cobra.Command, m *machine, info isa.Info, l kernels.LayerWorkload, o layerFlags) ([]layerTime, error) {
	w := kernels.SingleWorkload(l.Workload)
	gm, gn := min(o.gm, w.Filters), min(o.gn, w.Channels/w.Groups)
	var schedules []spec.Schedule
	for _, d := range o.densities {
		s := spec.DefaultScheduleFor(w, info.Vector(), spec.Sparsity{Density: d, GM: gm, GN: gn})
		s.Threads = o.threads
		if !slices.Contains(schedules, s) {
			schedules = append(schedules, s)
		}
	}
	// Dense has a row for each algorithm after its own.
	type row struct {
		density   float64
		algorithm spec.Algorithm
	}
	var rows []row
	type cell struct {
		row
		schedule spec.Schedule
		kept     float64
		valid    int64 // MACs
	}
	cells := map[string]cell{}
	var candidates []bench.Candidate
	for _, d := range o.densities {
		pruning := kernels.Pruning{Scheme: model.KGS, GM: gm, GN: gn, Density: d}
		if d == 1 {
			pruning = kernels.Pruning{}
		}
		g, err := kernels.SingleConv(w, 1, pruning)
		if err != nil {
			return nil, err
		}
		layers, err := model.Summary(g)
		if err != nil {
			return nil, err
		}
		conv := layers[0]
		kept := float64(conv.KeptWeights) / float64(conv.Weights)
		valid, err := conv.Conv.ValidMACs(conv.In)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row{density: d})
		runs := slices.Clone(schedules)
		if d == 1 {
			for _, a := range o.algorithms {
				if s, ok := spec.WinogradSchedule(w, info.Vector(), spec.Algorithm(a), o.threads); ok {
					runs = append(runs, s)
				}
			}
		}
		for _, s := range runs {
			key := fmt.Sprintf("%s at density %g with %s", l.Name, d, s.Name())
			r := row{density: d}
			if s.Algorithm.Winograd() {
				r.algorithm = s.Algorithm
				rows = append(rows, r)
			}
			cells[key] = cell{r, s, kept, valid}
			candidates = append(candidates, bench.Candidate{
				Key: key, Kind: results.KernelTrial,
				Program: kernels.Program{Name: fmt.Sprintf("layer%d", len(candidates)), Graph: g,
					Schedules: map[string]spec.Schedule{conv.Name: s}, Threads: o.threads},
				Effort: bench.Effort{MinSamples: 15, MaxSamples: 40, MinBatch: 2 * time.Millisecond, MaxTime: 2 * time.Second},
			})
		}
	}
	all, err := evaluate(c.Context(), m, candidates, func(int) {})
	if err != nil {
		return nil, err
	}
	best := map[row]layerTime{}
	for _, candidate := range candidates {
		r, at := all[candidate.Key], cells[candidate.Key]
		if r.Outcome != results.OK {
			continue
		}
		t := layerTime{Layer: l.Name, Workload: l.Workload.Name(), Density: at.density, Kept: at.kept, GM: gm, GN: gn, Schedule: at.schedule.Name(),
			MS: r.Latency.MedianMS, MSCI: [2]float64{r.Latency.LowMS, r.Latency.HighMS}, PeakGFLOPS: r.Provenance.PeakGFLOPS, Simulated: r.Provenance.Simulated, Suppressed: r.Provenance.Suppressed}
		t.GFLOPS = 2 * float64(w.MACs()) * at.kept / t.MS / 1e6
		t.ShareOfPeak = t.GFLOPS / (t.PeakGFLOPS * float64(o.threads))
		t.ValidMACs = at.valid
		t.ValidShareOfPeak = 2 * float64(at.valid) / t.MS / 1e6 / (t.PeakGFLOPS * float64(o.threads))
		if r.Provenance.OutputScale > 0 {
			t.MaxError = r.Provenance.MaxError / r.Provenance.OutputScale
		}
		if old, ok := best[at.row]; !ok || t.MS < old.MS {
			best[at.row] = t
		}
	}
	var times []layerTime
	for _, r := range rows {
		t := best[r]
		t.Speedup = best[row{density: 1}].MS / t.MS
		t.RealisedShare = t.Speedup * t.Kept
		times = append(times, t)
	}
	return times, nil
}
