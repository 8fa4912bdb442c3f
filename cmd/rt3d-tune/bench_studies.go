package main

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/olekukonko/tablewriter/tw"
	"github.com/spf13/cobra"

	"github.com/rt3d-tune/rt3d-tune/bench"
	"github.com/rt3d-tune/rt3d-tune/compare"
	"github.com/rt3d-tune/rt3d-tune/configs"
	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/reports"
	"github.com/rt3d-tune/rt3d-tune/results"
	"github.com/rt3d-tune/rt3d-tune/tuner"
)

// studyAgain is one study of `bench studies --json`.
type studyAgain struct {
	Seed      uint64  `json:"seed"`
	DB        string  `json:"db"`
	Trial     int     `json:"trial"` // the winner's number
	Quality   float64 `json:"quality"`
	Speedup   float64 `json:"speedup"`    // over the study's own dense network
	PrintedMS float64 `json:"printed_ms"` // by the study
	// AgainMS is the median of the rounds in which the winner was timed again; RoundsMS are all of them.
	AgainMS  float64   `json:"again_ms"`
	RoundsMS []float64 `json:"rounds_ms"`
	// Difference of again to printed, a share.
	Difference float64 `json:"difference"`
}

// studiesFlags are those of `bench studies`.
type studiesFlags struct {
	dir            string
	studies        int
	first          uint64
	rounds, trials int
	json           bool
}

func newBenchStudies() *cobra.Command {
	var o studiesFlags
	c := &cobra.Command{
		Use:   "studies CONFIG",
		Short: "Run a study with several seeds, and time the winners again to see whether what was printed holds",
		Long: `Each seed has a results file of its own, so that no study knows of another; finished studies are not run
again, so that a series can be run in pieces. When all are there, their winners (what report picks, else the
fastest of the front) are made again and timed round by round, all of them in each round, in processes of
their own.`,
		Example: `  rt3d-tune bench studies configs/demo.yaml --studies 10 --dir studies`,
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if o.studies < 1 || o.rounds < 1 || o.trials < 0 {
				return usagef("--studies %d --rounds %d --trials %d: want at least 1, 1 and 0", o.studies, o.rounds, o.trials)
			}
			config, err := configs.Load(args[0])
			if err != nil {
				return err
			}
			if config.Device.Transport == "sim" || len(config.Device.Runner) > 0 {
				return config.Mistake(errors.New("want a device whose times are real: winners are made again and timed on it"), "device", "transport")
			}
			return runBenchStudies(c, config, o)
		},
	}
	f := c.Flags()
	f.IntVar(&o.studies, "studies", 10, "studies to run")
	f.Uint64Var(&o.first, "seed", 1, "seed of the first; the others follow")
	f.StringVar(&o.dir, "dir", "studies", "folder of the results files")
	f.IntVar(&o.rounds, "rounds", 5, "times that each winner is timed again")
	f.IntVar(&o.trials, "trials", 0, "most trials of a study instead of the file's")
	f.BoolVar(&o.json, "json", false, "print JSON")
	return c
}

func runBenchStudies(c *cobra.Command, config *configs.Config, o studiesFlags) error {
	if err := os.MkdirAll(o.dir, 0o755); err != nil {
		return usagef("--dir %s: %w", o.dir, err)
	}
	if o.trials > 0 {
		config.Search.Trials = o.trials
	}
	var list []*studyAgain
	for i := range o.studies {
		config.Search.Seed = o.first + uint64(i)
		a := &studyAgain{Seed: config.Search.Seed, DB: filepath.Join(o.dir, fmt.Sprintf("%s-%d.db", config.Study, config.Search.Seed))}
		report, err := finishStudy(c, config, a.DB)
		if err != nil {
			return err
		}
		winner := report.Choice()
		if winner == nil && len(report.Front) > 0 {
			winner = report.Front[0]
		}
		if winner == nil || winner.Speedup == nil {
			return fmt.Errorf("study %s in %s: no network was measured beside the dense one", config.Study, a.DB)
		}
		a.Trial, a.Quality, a.Speedup, a.PrintedMS = winner.Trial, winner.Quality, *winner.Speedup, winner.MS
		list = append(list, a)
	}
	if err := timeAgain(c, config, list, o.rounds); err != nil {
		return err
	}
	if o.json {
		return writeJSON(c.OutOrStdout(), list)
	}
	return writeStudies(c, list)
}

// finishStudy reads a finished study, or runs it first.
func finishStudy(c *cobra.Command, config *configs.Config, db string) (*reports.Report, error) {
	if _, err := os.Stat(db); err == nil {
		store, err := results.OpenReadOnly(db)
		if err != nil {
			return nil, usage(err)
		}
		report, err := reports.Build(c.Context(), store, config.Study)
		if err = errors.Join(err, store.Close()); err != nil && !errors.Is(err, results.ErrNotFound) {
			return nil, err
		}
		if err == nil && report.State == results.Finished {
			return report, nil
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return searchStudy(c, config, searchFlags{db: db})
}

// timeAgain makes the winners again and times them round by round. Every time is measured now.
func timeAgain(c *cobra.Command, config *configs.Config, list []*studyAgain, rounds int) (err error) {
	ctx := c.Context()
	study, err := openStudy(ctx, config)
	if err != nil {
		return err
	}
	defer closing(study, &err)
	p := newProgress(c.ErrOrStderr(), "bench studies")
	defer p.end()
	var candidates []bench.Candidate
	for _, a := range list {
		program, err := study.winner(c, config.Study, a)
		if err != nil {
			return err
		}
		candidates = append(candidates, bench.Candidate{Key: a.DB, Kind: results.ModelTrial, Program: program, Effort: study.options.ModelEffort, Fresh: true})
		p.note("made the winner of " + a.DB + " again")
	}
	for range rounds {
		for i, a := range list {
			// One by one: equal winners are candidates of their own.
			all, err := evaluate(ctx, study.machine, candidates[i:i+1], func(int) {})
			if err != nil {
				return err
			}
			a.RoundsMS = append(a.RoundsMS, all[a.DB].Latency.MedianMS)
		}
	}
	for _, a := range list {
		a.AgainMS = compare.Median(a.RoundsMS)
		a.Difference = a.AgainMS/a.PrintedMS - 1
	}
	return nil
}

// winner makes the program of a study's winner again.
func (s *study) winner(c *cobra.Command, study string, a *studyAgain) (kernels.Program, error) {
	_, trial, refined, err := findPoint(c, a.DB, fmt.Sprintf("%s/%d", study, a.Trial))
	if err != nil {
		return kernels.Program{}, err
	}
	program, err := tuner.Rebuild(c.Context(), tuner.Origin{Dense: s.graph, Pruner: s.pruner, Refined: refined}, s.machine.target, trial)
	if err != nil {
		return program, fmt.Errorf("winner of %s: %w", a.DB, err)
	}
	return program, nil
}

func writeStudies(c *cobra.Command, list []*studyAgain) error {
	const near = 0.05
	within, worst := 0, 0.0
	var rows [][]string
	for _, a := range list {
		if math.Abs(a.Difference) <= near {
			within++
		}
		worst = max(worst, math.Abs(a.Difference))
		spread := slices.Max(a.RoundsMS)/slices.Min(a.RoundsMS) - 1
		rows = append(rows, []string{fmt.Sprint(a.Seed), fmt.Sprint(a.Trial), fmt.Sprintf("%.4f", a.Quality), fmt.Sprintf("%.2f×", a.Speedup), fmt.Sprintf("%.4f", a.PrintedMS),
			fmt.Sprintf("%.4f", a.AgainMS), fmt.Sprintf("%+.1f %%", 100*a.Difference), fmt.Sprintf("%.1f %%", 100*spread)})
	}
	r := tw.AlignRight
	if err := writeTable(c.OutOrStdout(), []string{"seed", "winner", "quality", "speed-up", "printed ms", "again ms", "difference", "spread of rounds"}, rows, r, r, r, r, r, r, r, r); err != nil {
		return err
	}
	_, err := fmt.Fprintf(c.OutOrStdout(), "%d of %d winners take again what was printed within %.0f %%; the largest difference is %.1f %%\n", within, len(list), 100*near, 100*worst)
	return err
}
