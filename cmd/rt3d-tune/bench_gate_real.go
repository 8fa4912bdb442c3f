package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/olekukonko/tablewriter/tw"
	"github.com/spf13/cobra"

	"github.com/rt3d-tune/rt3d-tune/ci"
	"github.com/rt3d-tune/rt3d-tune/compare"
	"github.com/rt3d-tune/rt3d-tune/configs"
	"github.com/rt3d-tune/rt3d-tune/results"
	"github.com/rt3d-tune/rt3d-tune/tuner"
)

// realGateOptions of `bench gate --real`.
type realGateOptions struct {
	config, db, label string
	gates             int
}

func (o *realGateOptions) register(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&o.config, "real", "", "run real gates with this configuration")
	f.IntVar(&o.gates, "gates", 10, "with --real: gates to run")
	f.StringVar(&o.db, "db", defaultDB, "with --real: results file")
	f.StringVar(&o.label, "label", "", "with --real: a word for the conditions, which gets rows of its own")
	for _, flag := range []string{"nights", "comparisons", "cv", "most"} {
		c.MarkFlagsMutuallyExclusive("real", flag)
	}
}

// proofName is the name under which gates of a build against itself are kept, apart from those of builds.
func proofName(study, label string) string {
	return strings.TrimSpace(study + " proof " + label)
}

// The labels of the two kinds of candidates.
const (
	sameBuild   = "the same build"
	slowerLabel = "%s slower by %g %%"
)

// runRealGates runs gates whose right answer is known, and counts what they said.
func runRealGates(c *cobra.Command, o realGateOptions, g gateOptions) (err error) {
	ctx := c.Context()
	share, err := slowerShare(c, g)
	if err != nil {
		return err
	}
	if o.gates < 0 {
		return usagef("--gates %d: want at least 0, which only counts", o.gates)
	}
	config, err := loadGate(o.config)
	if err != nil {
		return err
	}
	if config.Device.Transport == "sim" || len(config.Device.Runner) > 0 {
		return usagef("--real %s: device.transport: %s: want a device whose times are real; leave --real out to ask simulated phones", o.config, config.Device.Transport)
	}
	store, err := results.Open(o.db)
	if err != nil {
		return err
	}
	defer closing(store, &err)
	name := proofName(config.Study, o.label)
	if o.gates > 0 {
		if err := proveGates(c, config, store, name, o.gates, share, g.seed); err != nil {
			return err
		}
	}
	rows, err := countGates(ctx, store, proofName(config.Study, ""))
	if err != nil {
		return err
	}
	if g.json {
		return writeJSON(c.OutOrStdout(), rows)
	}
	return writeGateCounts(c, rows)
}

// slowerShare is the one slowdown that was asked for; 0 without one.
func slowerShare(c *cobra.Command, g gateOptions) (float64, error) {
	if !c.Flags().Changed("slower") {
		return 0, nil
	}
	if len(g.slower) != 1 || !(g.slower[0] >= 0 && g.slower[0] <= 100) {
		return 0, usagef("--slower with --real: want one percentage from 0 to 100")
	}
	return g.slower[0] / 100, nil
}

// proveGates runs gates of a build against itself, or against itself with one program slower, each in turn.
func proveGates(c *cobra.Command, config *configs.Config, store *results.Store, name string, gates int, share float64, seed uint64) (err error) {
	ctx := c.Context()
	study, err := openStudy(ctx, config)
	if err != nil {
		return err
	}
	defer closing(study, &err)
	p := newProgress(c.ErrOrStderr(), name)
	defer p.end()
	p.note("building")
	subjects, err := study.subjects(ctx, study.graph)
	if err != nil {
		return err
	}
	target := study.machine.target.String()
	build, err := ci.Make(ctx, study.machine.session, target, "a build", subjects)
	if err != nil {
		return err
	}
	var slower *ci.Build
	if share > 0 {
		p.note("building it slower")
		if slower, err = ci.MakeSlower(ctx, study.machine.session, build, subjects, share); err != nil {
			return err
		}
	}
	done, err := store.Gates(ctx, name)
	if err != nil {
		return err
	}
	began := time.Now()
	for i := range gates {
		number := len(done) + i // pieces of a series go on where the last one ended
		candidate, err := build.With(build.Items[0].Name, build, sameBuild)
		if err != nil {
			return err
		}
		if slower != nil {
			item := slower.Items[number%len(slower.Items)].Name
			if candidate, err = build.With(item, slower, fmt.Sprintf(slowerLabel, item, 100*share)); err != nil {
				return err
			}
		}
		gate, err := ci.Compare(ctx, study.machine.session, build, candidate, ci.Settings{Rule: gateRule(config), Seed: seed + uint64(number)})
		if err != nil {
			return err
		}
		if err := study.keep(ctx, store, gate, name); err != nil {
			return err
		}
		elapsed := time.Since(began)
		p.show(tuner.Progress{Phase: "gates", Done: i + 1, Total: gates, Elapsed: elapsed,
			Left: elapsed / time.Duration(i+1) * time.Duration(gates-i-1), Best: string(gate.Verdict)})
	}
	return nil
}

// gateCount is one row of `bench gate --real --json`.
type gateCount struct {
	Name      string  `json:"name"`
	Candidate string  `json:"candidate"`      // "the same build", or by how much one of its programs is slower
	SlowerBy  float64 `json:"slower_percent"` // 0 for the same build
	Gates     int     `json:"gates"`
	// Found are gates that called the slower program worse; FalseAlarms those that called another one so.
	Found       int `json:"found"`
	FalseAlarms int `json:"false_alarms"`
	Pass        int `json:"pass"`
	// Inconclusive gates found nothing worse and left something without an answer.
	Inconclusive int `json:"inconclusive"`
	// PairsPerComparison is a mean, of valid pairs; InvalidPairs a share; Seconds the median of a gate.
	PairsPerComparison float64 `json:"pairs_per_comparison"`
	InvalidPairs       float64 `json:"invalid_pairs"`
	Seconds            float64 `json:"seconds"`
}

// countGates sums up all gates kept under a name and under it with a label.
func countGates(ctx context.Context, store *results.Store, name string) ([]gateCount, error) {
	names, err := store.GatedStudies(ctx)
	if err != nil {
		return nil, err
	}
	counts := []gateCount{}
	for _, n := range names {
		if n != name && !strings.HasPrefix(n, name+" ") {
			continue
		}
		gates, err := store.Gates(ctx, n)
		if err != nil {
			return nil, err
		}
		kinds := map[float64][]*results.Gate{}
		for _, g := range gates {
			_, by := slowedItem(g)
			kinds[by] = append(kinds[by], g)
		}
		var all []float64
		for by := range kinds {
			all = append(all, by)
		}
		slices.Sort(all)
		for _, by := range all {
			counts = append(counts, countOf(n, by, kinds[by]))
		}
	}
	return counts, nil
}

// slowedItem reads from a gate's label which program was made slower and by how many percent.
func slowedItem(g *results.Gate) (name string, percent float64) {
	at := strings.LastIndex(g.Candidate, " slower by ")
	if at < 0 {
		return "", 0
	}
	if _, err := fmt.Sscanf(g.Candidate[at:], " slower by %g %%", &percent); err != nil {
		return "", 0
	}
	return g.Candidate[:at], percent
}

func countOf(name string, by float64, gates []*results.Gate) gateCount {
	row := gateCount{Name: name, Candidate: sameBuild, SlowerBy: by, Gates: len(gates)}
	if by > 0 {
		row.Candidate = fmt.Sprintf(slowerLabel, "one program", by)
	}
	var seconds []float64
	var pairs, invalid, comparisons float64
	for _, g := range gates {
		seconds = append(seconds, g.Seconds)
		slowed, _ := slowedItem(g)
		found, alarm := false, false
		for _, c := range g.Comparisons {
			if c.Kind == results.TimeComparison {
				pairs, invalid, comparisons = pairs+float64(c.Pairs), invalid+float64(c.Invalid), comparisons+1
			}
			found = found || c.Worse && c.Name == slowed
			alarm = alarm || c.Worse && c.Name != slowed
		}
		if found {
			row.Found++
		}
		if alarm {
			row.FalseAlarms++
		}
		switch g.Verdict {
		case results.Pass:
			row.Pass++
		case results.Inconclusive:
			row.Inconclusive++
		}
	}
	row.PairsPerComparison, row.InvalidPairs, row.Seconds = pairs/max(1, comparisons), invalid/max(1, pairs+invalid), compare.Median(seconds)
	return row
}

func writeGateCounts(c *cobra.Command, rows []gateCount) error {
	text := [][]string{}
	for _, r := range rows {
		found := ""
		if r.SlowerBy > 0 {
			found = fmt.Sprint(r.Found)
		}
		text = append(text, []string{r.Name, r.Candidate, fmt.Sprint(r.Gates), found, fmt.Sprint(r.FalseAlarms), fmt.Sprint(r.Pass), fmt.Sprint(r.Inconclusive),
			fmt.Sprintf("%.1f", r.PairsPerComparison), fmt.Sprintf("%.1f %%", 100*r.InvalidPairs), fmt.Sprintf("%.1f", r.Seconds)})
	}
	l, a := tw.AlignLeft, tw.AlignRight
	return writeTable(c.OutOrStdout(), []string{"gates of", "candidate", "gates", "found", "with a false alarm", "pass", "inconclusive", "pairs each", "invalid pairs", "seconds"},
		text, l, l, a, a, a, a, a, a, a, a)
}
