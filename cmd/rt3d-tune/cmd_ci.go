package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/rt3d-tune/rt3d-tune/ci"
	"github.com/rt3d-tune/rt3d-tune/compare"
	"github.com/rt3d-tune/rt3d-tune/configs"
	"github.com/rt3d-tune/rt3d-tune/reports"
	"github.com/rt3d-tune/rt3d-tune/results"
	"github.com/rt3d-tune/rt3d-tune/tuner"
)

// gateError ends `ci` with the status of its verdict.
type gateError struct {
	verdict results.GateVerdict
	against string
}

func (e *gateError) Error() string {
	if e.verdict == results.Regression {
		return fmt.Sprintf("regression against %s", e.against)
	}
	return fmt.Sprintf("inconclusive against %s: the device is not steady enough, or ci.pairs.most is too low", e.against)
}

func (e *gateError) status() int {
	if e.verdict == results.Regression {
		return exitRegression
	}
	return exitUnanswered
}

// ciFlags of `ci`.
type ciFlags struct {
	db, baseline, save, junit, summary string
	json                               bool
}

func newCI() *cobra.Command {
	var o ciFlags
	c := &cobra.Command{
		Use:   "ci CONFIG",
		Short: "Compare this build with another one on the device, and fail when it is slower or worse",
		Long: `Builds the layers and networks of CONFIG, and times them against the same ones of a baseline, pair by pair in
random order. The baseline is

  a file       that ci --save wrote, or an ONNX model
  a study      the build that last passed under that name in the results file; of a study that was searched,
               the networks on its front, which this build then makes with its own model and generator
  a commit     (branch, tag, hash) of the repository that CONFIG is in, built in a worktree of its own

Without --baseline nothing is timed: the build is saved, to --save FILE or as the study's in the results file.
Comparisons without an answer after ci.pairs.first pairs go on, up to ci.pairs.most. Docs: docs/ci.md.`,
		Example: `  rt3d-tune ci configs/ci.yaml --baseline main
  rt3d-tune ci configs/ci.yaml --save baseline.build
  rt3d-tune ci configs/ci.yaml --baseline baseline.build --junit ci.xml --summary ci.md`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := o.check(c); err != nil {
				return err
			}
			config, err := loadGate(args[0])
			if err != nil {
				return err
			}
			return runCI(c, config, o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.db, "db", defaultDB, "results file")
	f.StringVar(&o.baseline, "baseline", "", "what to compare with: a file, a study, or a commit")
	f.StringVar(&o.save, "save", "", "write this build to a file, as a baseline for later")
	f.StringVar(&o.junit, "junit", "", "write JUnit XML to a file")
	f.StringVar(&o.summary, "summary", "", "write a Markdown summary to a file")
	f.BoolVar(&o.json, "json", false, "print JSON")
	return c
}

// check refuses a baseline that a variable should have named and did not, reports of nothing, and files that
// could not be written in the end.
func (o *ciFlags) check(c *cobra.Command) error {
	switch f := c.Flags(); {
	case f.Changed("baseline") && o.baseline == "":
		return usagef("--baseline is empty: want a file, a study, or a commit; without --baseline the build is only saved")
	case o.baseline == "" && (o.junit != "" || o.summary != ""):
		return usagef("--junit and --summary go with --baseline: without it nothing is compared")
	case o.junit != "" && o.junit == o.summary:
		return usagef("--junit and --summary are the same file, %s", o.junit)
	}
	for _, path := range []string{o.save, o.junit, o.summary} {
		if path == "" {
			continue
		}
		if err := checkOutput(path); err != nil {
			return err
		}
	}
	return nil
}

func runCI(c *cobra.Command, config *configs.Config, o ciFlags) (err error) {
	ctx := c.Context()
	study, err := openStudy(ctx, config)
	if err != nil {
		return err
	}
	defer closing(study, &err)
	p := newProgress(c.ErrOrStderr(), "ci "+config.Study)
	defer p.end()
	if o.baseline == "" {
		return o.keep(ctx, study, p)
	}
	store, err := results.Open(o.db)
	if err != nil {
		return err
	}
	defer closing(store, &err)
	dir, err := os.MkdirTemp("", "rt3d-tune-ci-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	p.note("building " + o.baseline)
	baseline, err := study.baseline(ctx, store, o.baseline, dir)
	if err != nil {
		return err
	}
	p.note("building this build")
	points, err := study.pointsOf(ctx, store, baseline)
	if err != nil {
		return err
	}
	candidate, err := study.build(ctx, labelOf(ctx, config.Path), points)
	if err != nil {
		return err
	}
	content, err := candidate.Encode()
	if err != nil {
		return err
	}
	if err := o.writeBuild(content); err != nil {
		return err
	}
	p.note("comparing")
	gate, err := study.compare(ctx, store, baseline, candidate, p)
	if err != nil {
		return err
	}
	if gate.Verdict == results.Pass {
		if err := store.SaveBuild(ctx, config.Study, candidate.Target, candidate.Label, content); err != nil {
			return err
		}
	}
	p.end()
	return o.write(c.OutOrStdout(), gate)
}

// keep saves the build of a study without comparing it: to the file that was asked for, or in the store.
func (o *ciFlags) keep(ctx context.Context, study *study, p *progress) (err error) {
	var store *results.Store
	if o.save == "" {
		if store, err = results.Open(o.db); err != nil {
			return err
		}
		defer closing(store, &err)
	}
	p.note("building this build")
	b, err := study.build(ctx, labelOf(ctx, study.config.Path), nil)
	if err != nil {
		return err
	}
	content, err := b.Encode()
	if err != nil {
		return err
	}
	if store == nil {
		return o.writeBuild(content)
	}
	return store.SaveBuild(ctx, study.config.Study, b.Target, b.Label, content)
}

// writeBuild writes an encoded build to the file that was asked for, if any.
func (o *ciFlags) writeBuild(content []byte) error {
	if o.save == "" {
		return nil
	}
	return writeFile(o.save, func(w io.Writer) error { _, err := w.Write(content); return err })
}

// compare runs the gate and stores it.
func (s *study) compare(ctx context.Context, store *results.Store, baseline, candidate *ci.Build, p *progress) (*results.Gate, error) {
	began := time.Now()
	report := func(now ci.Progress) { p.show(gateProgress(now, time.Since(began))) }
	gate, err := ci.Compare(ctx, s.machine.session, baseline, candidate,
		ci.Settings{Rule: gateRule(s.config), Seed: s.config.Search.Seed, Report: report})
	var mismatch *ci.MismatchError
	if errors.As(err, &mismatch) {
		return nil, usage(err)
	}
	if err != nil {
		return nil, err
	}
	return gate, s.keep(ctx, store, gate, s.config.Study)
}

// keep stores a gate under a name, with its device.
func (s *study) keep(ctx context.Context, store *results.Store, gate *results.Gate, name string) error {
	device, err := s.device()
	if err != nil {
		return err
	}
	gate.Study, gate.Device, gate.Suppressed = name, device.Fingerprint, inForce(s.config.Measure.Suppress, s.machine.facts)
	return errors.Join(store.SaveDevice(ctx, device), store.AppendGate(ctx, gate))
}

// gateProgress is the line while builds are compared. What is left is the time until each comparison is
// looked at again, at the pace so far: a comparison that has no answer then takes longer.
func gateProgress(now ci.Progress, elapsed time.Duration) tuner.Progress {
	left := elapsed / time.Duration(max(1, now.Pairs)) * time.Duration(now.Ahead)
	return tuner.Progress{Phase: "comparing", Done: now.Done, Total: now.Comparisons, Elapsed: elapsed, Left: left,
		Best: fmt.Sprintf("%d pairs, %d invalid", now.Pairs, now.Invalid)}
}

// loadGate reads a configuration and checks its section ci.
func loadGate(path string) (*configs.Config, error) {
	config, err := configs.Load(path)
	if err != nil {
		return nil, err
	}
	if config.Data != nil && config.Data.Metric != nil {
		return nil, config.Mistake(errors.New("ci compares accuracy or fidelity, whose chance it knows; leave the metric out of this file"), "data", "metric")
	}
	if config.CI.Pairs.First > config.CI.Pairs.Most {
		return nil, config.Mistake(fmt.Errorf("is less than pairs.first (%d)", config.CI.Pairs.First), "ci", "pairs", "most")
	}
	if config.CI.Tolerance >= config.CI.Margin {
		return nil, config.Mistake(fmt.Errorf("must be less than the margin (%g)", config.CI.Margin), "ci", "tolerance")
	}
	return config, nil
}

// gateRule is how a configuration wants comparisons decided.
func gateRule(config *configs.Config) compare.Rule {
	s := config.CI
	return compare.Rule{First: s.Pairs.First, Most: s.Pairs.Most, Tolerance: s.Tolerance, Margin: s.Margin, Alpha: s.Alpha}
}

// write prints the gate and its files; the error is its verdict's.
func (o *ciFlags) write(w io.Writer, gate *results.Gate) error {
	for path, format := range map[string]string{o.junit: "junit", o.summary: "md"} {
		if path == "" {
			continue
		}
		if err := writeFile(path, func(w io.Writer) error { return reports.WriteGate(w, gate, format) }); err != nil {
			return err
		}
	}
	format := "table"
	if o.json {
		format = "json"
	}
	if err := reports.WriteGate(w, gate, format); err != nil {
		return err
	}
	if gate.Verdict == results.Pass {
		return nil
	}
	return &gateError{gate.Verdict, gate.Baseline}
}
