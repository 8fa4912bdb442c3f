package main

import (
	"cmp"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/rt3d-tune/rt3d-tune/bench"
	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/prune"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// modelTime is what `bench model --json` prints. Under an emulator the times have another name, so that
// nobody takes them for latencies.
type modelTime struct {
	Model        string      `json:"model"`
	Profile      string      `json:"profile,omitempty"`
	Device       string      `json:"device"`
	Target       string      `json:"target"`
	Compiler     string      `json:"compiler"`
	Threads      int         `json:"threads"`
	Linear       string      `json:"linear_weights"` // how weights of fully connected layers are stored
	LatencyMS    *float64    `json:"latency_ms,omitempty"`
	LatencyCI    *[2]float64 `json:"latency_ci_ms,omitempty"`
	FirstMS      *float64    `json:"first_ms,omitempty"` // the first execution after loading
	FirstFaults  int64       `json:"first_page_faults"`
	EmulatedMS   *float64    `json:"emulated_ms,omitempty"`
	Simulated    bool        `json:"simulated,omitempty"` // every time in it
	Suppressed   []string    `json:"suppressed,omitempty"`
	MACs         int64       `json:"macs"`
	GFLOPS       float64     `json:"gflops"` // executed
	PeakGFLOPS   float64     `json:"peak_gflops"`
	ShareOfPeak  float64     `json:"share_of_peak"`
	ArenaBytes   int64       `json:"arena_bytes"` // activations
	BlobBytes    int64       `json:"blob_bytes"`  // weights
	PeakRSS      int64       `json:"peak_rss_bytes"`
	MaxError     float64     `json:"max_error"` // of the output's scale
	ValidSamples int         `json:"valid_samples"`
	Steps        []stepTime  `json:"steps,omitempty"`
}

func newBenchModel() *cobra.Command {
	var (
		o       benchFlags
		profile string
		steps   bool
	)
	c := &cobra.Command{
		Use:   "model --model MODEL",
		Short: "Check and time a whole network on a device, dense or at a profile of rates",
		Long: `The network's output is checked against the float64 reference before anything is timed. A profile
prunes by norm without recovery: that fixes the time, not the accuracy. --steps tells where the time
goes; the clock is then read between steps, in executions that do not count for the latency.`,
		Example: `  rt3d-tune bench model --model zoo:c3d --json
  rt3d-tune bench model --model zoo:c3d --profile c3d-3.6x --gm 8 --gn 4 --threads 2
  rt3d-tune bench model --model zoo:s3d --steps`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runBenchModel(c, o, profile, steps) },
	}
	o.register(c)
	linearFlag(c, &o.linear)
	c.Flags().StringVar(&profile, "profile", "", "prune with these per-layer rates")
	c.Flags().BoolVar(&steps, "steps", false, "print the time of each step too")
	return c
}

// stepRounds executions are enough for a median of each step.
const stepRounds = 15

func runBenchModel(c *cobra.Command, o benchFlags, profile string, steps bool) (err error) {
	g, err := loadModel(o.model)
	if err != nil {
		return err
	}
	if err := checkGroup(g, o.gm, o.gn); err != nil {
		return usagef("--gm, --gn: %w", err)
	}
	m, err := o.open(c.Context())
	if err != nil {
		return err
	}
	defer closing(m, &err)
	if g, err = storeLinear(g, o.linear); err != nil {
		return err
	}
	if profile != "" {
		p, err := prune.FindProfile(profile)
		if err != nil {
			return usagef("--profile: %w", err)
		}
		choices, err := p.Choices(g, model.KGS, o.gm, o.gn)
		if err != nil {
			return usage(err)
		}
		if g, err = prune.Graph(g, choices); err != nil {
			return usage(err)
		}
	}
	schedules, err := kernels.DefaultSchedules(m.target, g, o.threads)
	if err != nil {
		return err
	}
	program := kernels.Program{Name: "network", Graph: g, Schedules: schedules, Threads: o.threads}
	effort := bench.Effort{MinSamples: 15, MaxSamples: 60, MinBatch: 5 * time.Millisecond, MaxTime: 20 * time.Second}
	if steps {
		effort.StepRounds = stepRounds
	}
	all, err := evaluate(c.Context(), m, []bench.Candidate{{Key: g.Name, Kind: results.ModelTrial, Program: program, Effort: effort}}, func(int) {})
	if err != nil {
		return err
	}
	r := all[g.Name]
	if r.Latency == nil {
		return fmt.Errorf("time %s: %s: %s", g.Name, r.Outcome, r.Detail)
	}
	macs, err := g.MACs(true)
	if err != nil {
		return err
	}
	summary, err := kernels.Describe(m.target, program)
	if err != nil {
		return err
	}
	t := modelTime{
		Model: g.Name, Profile: profile, Device: m.transport.Name(), Target: m.target.String(), Compiler: m.session.Compiler(), Threads: o.threads, Linear: cmp.Or(o.linear, "fp32"),
		Simulated: r.Provenance.Simulated, Suppressed: r.Provenance.Suppressed, FirstFaults: r.First.PageFaults,
		MACs: macs, ArenaBytes: summary.ArenaBytes, BlobBytes: summary.BlobBytes, PeakRSS: r.Provenance.PeakRSS, ValidSamples: r.Latency.Valid,
	}
	if r.Provenance.OutputScale > 0 {
		t.MaxError = r.Provenance.MaxError / r.Provenance.OutputScale
	}
	ms := r.Latency.MedianMS
	if r.Latency.Emulated {
		t.EmulatedMS = &ms
	} else {
		first := float64(r.First.Time.Nanoseconds()) / 1e6
		t.FirstMS = &first
		t.LatencyMS, t.LatencyCI = &ms, &[2]float64{r.Latency.LowMS, r.Latency.HighMS}
		t.GFLOPS = 2 * float64(macs) / ms / 1e6
		t.PeakGFLOPS = r.Provenance.PeakGFLOPS
		t.ShareOfPeak = t.GFLOPS / (t.PeakGFLOPS * float64(o.threads))
	}
	if t.Steps, err = stepTimes(summary, r.Steps); err != nil {
		return err
	}
	if o.json {
		return writeJSON(c.OutOrStdout(), t)
	}
	return writeModelTime(c.OutOrStdout(), t)
}

func writeModelTime(w io.Writer, t modelTime) error {
	const mebi = 1 << 20
	if t.EmulatedMS != nil {
		_, err := fmt.Fprintf(w, "%s on %s: answers right within %.1e of the output's scale; EMULATED, so that its time is no latency\n", t.Model, t.Device, t.MaxError)
		return err
	}
	if t.Simulated {
		fmt.Fprintln(w, simulatedWarning)
	}
	fmt.Fprint(w, suppressedWarning(t.Suppressed))
	_, err := fmt.Fprintf(w, "%s on %s (%s, %d threads): %.3f ms [%.3f, %.3f], %.3f GMACs, %.1f GFLOP/s, %.0f %% of the peak; resident %.1f MiB, of which weights %.1f and activations %.1f\n",
		t.Model, t.Device, t.Target, t.Threads, *t.LatencyMS, t.LatencyCI[0], t.LatencyCI[1], float64(t.MACs)/1e9, t.GFLOPS, 100*t.ShareOfPeak,
		float64(t.PeakRSS)/mebi, float64(t.BlobBytes)/mebi, float64(t.ArenaBytes)/mebi)
	if err != nil || len(t.Steps) == 0 {
		return err
	}
	return writeSteps(w, t.Steps)
}
