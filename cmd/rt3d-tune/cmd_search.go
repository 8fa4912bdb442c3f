package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/rt3d-tune/rt3d-tune/bench"
	"github.com/rt3d-tune/rt3d-tune/configs"
	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/reports"
	"github.com/rt3d-tune/rt3d-tune/results"
	"github.com/rt3d-tune/rt3d-tune/tuner"
)

// searchFlags override a study's file.
type searchFlags struct {
	db      string
	seed    uint64
	trials  int
	wall    time.Duration
	verbose bool
	fresh   bool
}

func newSearch() *cobra.Command {
	var o searchFlags
	c := &cobra.Command{
		Use:   "search CONFIG",
		Short: "Search pruning rates and kernels of a network by measuring on its device",
		Long: `Reads a study, measures on its device, and stores every trial as soon as it ends. Ctrl-C stops cleanly; the
same command goes on where the study stands, also after kill -9. Docs: docs/configuration.md.

Both bounds are kept. --trials counts every trial of the study, of earlier runs too, also those that met a
fault of the device; a number that the dense layers, the dense network and a playoff do not fit in is refused.
--wall ends whatever runs; when the dense network was not measured by then, that is an error (status 1), and
the same command goes on.`,
		Example: `  rt3d-tune search configs/demo.yaml
  rt3d-tune search configs/c3d-phone.yaml --db phone.db --wall 2h --seed 3`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			config, err := configs.Load(args[0])
			if err != nil {
				return err
			}
			f := c.Flags()
			if f.Changed("seed") {
				config.Search.Seed = o.seed
			}
			if f.Changed("trials") {
				config.Search.Trials = o.trials
			}
			if f.Changed("wall") {
				config.Search.Wall = o.wall
			}
			if o.trials < 0 || o.wall < 0 {
				return usagef("--trials and --wall must not be negative")
			}
			return runSearch(c, config, o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.db, "db", defaultDB, "results file")
	f.Uint64Var(&o.seed, "seed", 0, "seed of the search instead of the study's")
	f.IntVar(&o.trials, "trials", 0, "most trials of the study, of kernels and networks together, instead of the file's; too few are refused with the least number")
	f.BoolVar(&o.fresh, "fresh", false, "measure everything, also what a study in the results file has measured with the same code, compiler, device, cores and settings, and what pruning each layer costs")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "print a line for each trial, from which it can be run again")
	f.DurationVar(&o.wall, "wall", 0, "wall time of this run, calibration included, instead of the file's, for example 3m")
	return c
}

// trainingLog is where the output of the command that trains networks on goes.
func trainingLog(w io.Writer, verbose bool) io.Writer {
	if verbose {
		return w
	}
	return nil
}

func runSearch(c *cobra.Command, config *configs.Config, o searchFlags) error {
	report, err := searchStudy(c, config, o)
	if err != nil {
		return err
	}
	if err := reports.Table(c.OutOrStdout(), report, terminalColumns(c.OutOrStdout())); err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.OutOrStdout(), "\nstored in %s; again: rt3d-tune report %s --db %s (--format html for a page)\n", o.db, config.Study, o.db)
	return err
}

// searchStudy runs a study, or goes on with it, and reads what it found.
func searchStudy(c *cobra.Command, config *configs.Config, o searchFlags) (found *reports.Report, err error) {
	ctx := c.Context()
	study, err := openStudy(ctx, config)
	if err != nil {
		return nil, err
	}
	defer closing(study, &err)
	if err := tuner.CheckTrials(study.graph, study.machine.target, study.options); err != nil {
		return nil, tooFew(c, config, err)
	}
	store, err := results.Open(o.db)
	if err != nil {
		return nil, err
	}
	defer closing(store, &err)
	if !o.fresh {
		study.machine.session.Remember(memory{store})
	}
	record, err := study.record(ctx, store)
	if err != nil {
		return nil, err
	}
	basis := record.Basis
	if o.fresh {
		basis = "" // nothing is taken over
	}
	prior, said := study.machine.prior()
	if said != "" {
		fmt.Fprintln(c.ErrOrStderr(), said)
	}
	progress := newProgress(c.ErrOrStderr(), config.Study)
	options := study.options
	options.Progress = progress.show
	options.Now = remote.ClockOf(study.machine.transport).Now
	options.Log = progress.log(o.verbose)
	summary, err := tuner.Run(ctx, tuner.Study{
		ID: record.ID, Basis: basis, Store: store, Graph: study.graph, Target: study.machine.target,
		Evaluator: study.machine.session, Pruner: study.pruner, Accuracy: study.accuracy, Prior: prior, Options: options,
		Refiner: study.refiner(trainingLog(c.ErrOrStderr(), o.verbose)),
	})
	progress.end()
	if err == nil || summary != nil && ctx.Err() != nil {
		// The tuner has booked what it saw of the session; these it cannot see.
		spent := study.machine.session.Ledger()
		for _, activity := range []bench.Activity{bench.Checking, bench.Waiting, bench.Cooling, bench.Idle} {
			if spent[activity] > 0 {
				err = errors.Join(err, store.AddLedger(context.WithoutCancel(ctx), record.ID, string(activity), spent[activity].Seconds()))
			}
		}
	}
	if err != nil {
		return nil, err
	}
	if err := study.keepFront(ctx, store, record); err != nil {
		return nil, err
	}
	return reports.Build(ctx, store, config.Study)
}

// tooFew points at a bound of trials that cannot be kept, wherever it was given.
func tooFew(c *cobra.Command, config *configs.Config, err error) error {
	var few *tuner.TooFewTrialsError
	switch {
	case !errors.As(err, &few):
		return err
	case c.Flags().Changed("trials"):
		return usagef("--trials %w", few)
	}
	return config.Mistake(few, "search", "trials")
}
