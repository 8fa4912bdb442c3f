package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/olekukonko/tablewriter/tw"
	"github.com/spf13/cobra"

	"github.com/rt3d-tune/rt3d-tune/bench"
	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/results"
	"github.com/rt3d-tune/rt3d-tune/tuner"
)

// harnessTimes is what `bench harness --json` prints.
type harnessTimes struct {
	Device    string `json:"device"`
	Target    string `json:"target"`
	Simulated bool   `json:"simulated"`
	Trials    int    `json:"trials"`
	// Outcomes of the trials by name.
	Outcomes map[results.Outcome]int `json:"outcomes"`
	// WallSeconds from the first compile to the last result. FillSeconds of it the device waited for its
	// first program.
	WallSeconds     float64 `json:"wall_s"`
	FillSeconds     float64 `json:"fill_s"`
	TrialsPerMinute float64 `json:"trials_per_minute"` // of the wall time
	// OverheadMS is what a trial takes on the device and on the way there beside the program's own time:
	// everything but compile, push, first execution, warm-up and samples. OwnMS is that own time.
	OverheadMS float64 `json:"overhead_ms_per_trial"`
	OwnMS      float64 `json:"own_ms_per_trial"`
	// DeviceBusyShare is the share of the time after the fill in which the device measured; null on a
	// simulated phone, which has a clock of its own.
	DeviceBusyShare *float64 `json:"device_busy_share"`
	// Seconds by activity: they overlap.
	Seconds map[bench.Activity]float64 `json:"seconds"`
}

// harnessFlags are those of `bench harness`.
type harnessFlags struct {
	device  deviceFlags
	trials  int
	measure time.Duration
	json    bool
}

func newBenchHarness() *cobra.Command {
	var o harnessFlags
	c := &cobra.Command{
		Use:   "harness",
		Short: "Ask how many kernels a minute the harness compiles, pushes, checks and times on a device",
		Long: `Runs trials of small layers, no two alike, through the pipeline that searches use: each is compiled (nothing
comes from a cache), pushed, checked against a reference and timed. "overhead" is what a trial takes beside
compile, push and the kernel's own time (first execution, warm-up, samples); "device busy" is the share of the
time, once the first kernel is there, in which the device measures.`,
		Example: `  rt3d-tune bench harness --device ssh://pi@board
  rt3d-tune bench harness --device adb --trials 120 --json
  rt3d-tune bench harness --device sim`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if o.trials < 1 || o.trials > 10000 {
				return usagef("--trials %d: want 1 to 10000", o.trials)
			}
			if o.measure < 10*time.Millisecond || o.measure > time.Minute {
				return usagef("--measure %v: want 10ms to 1m", o.measure)
			}
			return runBenchHarness(c, o)
		},
	}
	f := c.Flags()
	f.IntVar(&o.trials, "trials", 60, "kernels to compile and time")
	f.DurationVar(&o.measure, "measure", 200*time.Millisecond, "warm-up and samples of each")
	f.BoolVar(&o.json, "json", false, "print JSON")
	o.device.register(c)
	return c
}

func runBenchHarness(c *cobra.Command, o harnessFlags) (err error) {
	ctx := c.Context()
	config, options, err := o.device.resolve()
	if err != nil {
		return err
	}
	if options.cacheDir, err = os.MkdirTemp("", "rt3d-tune-harness-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(options.cacheDir)) }()
	m, err := openMachine(ctx, config, options)
	if err != nil {
		return err
	}
	defer closing(m, &err)
	candidates, err := harnessCandidates(o, m.target.DataType)
	if err != nil {
		return err
	}
	p := newProgress(c.ErrOrStderr(), "bench harness")
	defer p.end()
	times, err := timeHarness(ctx, m, candidates, p)
	if err != nil {
		return err
	}
	p.end()
	if o.json {
		return writeJSON(c.OutOrStdout(), times)
	}
	if times.Simulated {
		fmt.Fprintln(c.OutOrStdout(), simulatedWarning)
	}
	busy := "–"
	if times.DeviceBusyShare != nil {
		busy = fmt.Sprintf("%.0f %%", 100**times.DeviceBusyShare)
	}
	r := tw.AlignRight
	return writeTable(c.OutOrStdout(), []string{"trials", "ok", "wall s", "trials/min", "own ms", "overhead ms", "device busy"},
		[][]string{{fmt.Sprint(times.Trials), fmt.Sprint(times.Outcomes[results.OK]), fmt.Sprintf("%.1f", times.WallSeconds), fmt.Sprintf("%.0f", times.TrialsPerMinute),
			fmt.Sprintf("%.0f", times.OwnMS), fmt.Sprintf("%.1f", times.OverheadMS), busy}}, r, r, r, r, r, r, r)
}

// harnessCandidates are layers of some million multiply-adds, dense and half pruned, no two with the same
// code.
func harnessCandidates(o harnessFlags, d spec.DataType) ([]bench.Candidate, error) {
	one := [3]int{1, 1, 1}
	var list []bench.Candidate
	for i := range o.trials {
		w := spec.Workload{Channels: 16 * (1 + i%3), Filters: 32 * (1 + i/3%2), Groups: 1, Kernel: [3]int{3, 3, 3}, Stride: one, Dilation: one,
			PadBegin: one, PadEnd: one, Input: [3]int{2, 8 + i/6%8, 8 + i/48}, DataType: d}
		pruning := kernels.Pruning{}
		if i%2 == 1 {
			pruning = kernels.Pruning{Scheme: model.KGS, GM: 16, GN: 4, Density: 0.5}
		}
		g, err := kernels.SingleConv(w, uint64(i), pruning)
		if err != nil {
			return nil, err
		}
		list = append(list, bench.Candidate{Key: fmt.Sprintf("trial %d", i), Kind: results.KernelTrial, Program: kernels.Program{Graph: g, Threads: 1},
			Effort: bench.Effort{MinSamples: 10, MaxSamples: 200, MinBatch: 5 * time.Millisecond, MaxTime: o.measure}})
	}
	return list, nil
}

// timeHarness runs the trials and adds up where the time went. A fault of the device is an error; trials
// that ended otherwise than ok are counted.
func timeHarness(ctx context.Context, m *machine, candidates []bench.Candidate, p *progress) (*harnessTimes, error) {
	t := &harnessTimes{Device: m.config.Name, Target: m.target.String(), Simulated: m.config.Transport == "sim", Trials: len(candidates),
		Outcomes: map[results.Outcome]int{}, Seconds: map[bench.Activity]float64{}}
	began := time.Now()
	var own, fill time.Duration
	done := 0
	for r := range m.session.Evaluate(ctx, candidates) {
		var fault *remote.DeviceError
		if errors.As(r.Err, &fault) {
			return nil, r.Err
		}
		if done++; done == 1 {
			fill = m.session.Ledger()[bench.Idle]
		}
		t.Outcomes[r.Outcome]++
		own += r.Own
		elapsed := time.Since(began)
		p.show(tuner.Progress{Phase: "trials", Done: done, Total: len(candidates), Elapsed: elapsed,
			Left: elapsed / time.Duration(done) * time.Duration(len(candidates)-done)})
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	wall := time.Since(began)
	ledger := m.session.Ledger()
	for activity, spent := range ledger {
		t.Seconds[activity] = spent.Seconds()
	}
	trials := float64(len(candidates))
	t.WallSeconds, t.FillSeconds, t.TrialsPerMinute = wall.Seconds(), fill.Seconds(), trials/wall.Minutes()
	t.OwnMS = own.Seconds() * 1000 / trials
	if t.Simulated { // its own time passes on the phone's clock, and costs none here
		t.OverheadMS = (wall - ledger[bench.Idle]).Seconds() * 1000 / trials
		return t, nil
	}
	t.OverheadMS = (ledger[bench.Measuring] - own).Seconds() * 1000 / trials
	busy := ledger[bench.Measuring].Seconds() / (wall - fill).Seconds()
	t.DeviceBusyShare = &busy
	return t, nil
}
