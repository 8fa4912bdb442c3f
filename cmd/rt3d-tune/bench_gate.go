package main

import (
	"fmt"

	"github.com/olekukonko/tablewriter/tw"
	"github.com/spf13/cobra"

	"github.com/rt3d-tune/rt3d-tune/ci"
	"github.com/rt3d-tune/rt3d-tune/compare"
)

// gateRow is one row of `bench gate --json`.
type gateRow struct {
	Variation float64 `json:"variation"` // of a sample
	Effect    float64 `json:"effect"`    // slowdown of one comparison
	First     int     `json:"first"`     // pairs
	Most      int     `json:"most"`
	ci.Record
}

// gateOptions of `bench gate` on simulated phones.
type gateOptions struct {
	nights, comparisons int
	cv, slower          []float64 // percent
	most                []int
	seed                uint64
	json                bool
}

func newBenchGate() *cobra.Command {
	var (
		o    gateOptions
		real realGateOptions
	)
	c := &cobra.Command{
		Use:   "gate",
		Short: "Ask how often the rule of `ci` errs, on a simulated phone or with real kernels",
		Long: `Each night one gate of many comparisons runs on a SIMULATED phone that is hot, throttles, drifts and has
outliers; a side of a pair is a single sample. First nothing has changed, then one comparison is slower. A row
is printed for each noise, slowdown and number of pairs.

With --real CONFIG gates run on CONFIG's device with its real layers and networks: a build against itself, and
with --slower against the same build in which one program after the other has a loop at its end that takes so
many percent of its time. Gates are kept in the results file, and the table counts all that are there, so that
a long series can be run in pieces.`,
		Example: `  rt3d-tune bench gate --nights 1000
  rt3d-tune bench gate --cv 2 --slower 3 --most 25,50,100
  rt3d-tune bench gate --real configs/ci.yaml --gates 50 --db proof.db
  rt3d-tune bench gate --real configs/ci.yaml --gates 20 --slower 5 --db proof.db`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if real.config != "" {
				return runRealGates(c, real, o)
			}
			for _, flag := range []string{"gates", "db", "label"} {
				if c.Flags().Changed(flag) {
					return usagef("--%s goes with --real: gates on simulated phones are not kept", flag)
				}
			}
			if o.nights < 1 || o.comparisons < 2 {
				return usagef("--nights %d --comparisons %d: want at least 1 and 2", o.nights, o.comparisons)
			}
			return runBenchGate(c, o)
		},
	}
	f := c.Flags()
	f.IntVar(&o.nights, "nights", 200, "nights behind each row")
	f.IntVar(&o.comparisons, "comparisons", 30, "comparisons in a gate")
	f.Float64SliceVar(&o.cv, "cv", []float64{1, 2, 5}, "noise of a sample: coefficients of variation in percent")
	f.Float64SliceVar(&o.slower, "slower", []float64{0, 3, 5}, "slowdowns of one comparison in percent; 0 is none")
	f.IntSliceVar(&o.most, "most", []int{25, 50, 100, 200}, "most pairs of a comparison (ci.pairs.most)")
	f.Uint64Var(&o.seed, "seed", 1, "seed of the phones, or of the order of real pairs")
	f.BoolVar(&o.json, "json", false, "print JSON")
	real.register(c)
	return c
}

// check names the flag that cannot be meant.
func (o gateOptions) check() error {
	for _, v := range o.cv {
		if !(v > 0 && v <= 50) {
			return usagef("--cv %g: want a percentage above 0 and at most 50", v)
		}
	}
	for _, v := range o.slower {
		if !(v >= 0 && v <= 100) {
			return usagef("--slower %g: want a percentage from 0 to 100", v)
		}
	}
	for _, n := range o.most {
		if n < compare.DefaultRule.First {
			return usagef("--most %d: want at least %d, the pairs of the first look", n, compare.DefaultRule.First)
		}
	}
	return nil
}

func runBenchGate(c *cobra.Command, o gateOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	var rows []gateRow
	p := newProgress(c.ErrOrStderr(), "bench gate")
	defer p.end()
	for _, cv := range o.cv {
		for _, slower := range o.slower {
			for _, most := range o.most {
				rule := compare.DefaultRule
				rule.Most = most
				n := ci.Nights{Rule: rule, Comparisons: o.comparisons, Effect: slower / 100, Variation: cv / 100}
				record, err := n.Run(c.Context(), o.nights, o.seed)
				if err != nil {
					return err
				}
				rows = append(rows, gateRow{Variation: n.Variation, Effect: n.Effect, First: rule.First, Most: most, Record: record})
				p.note(fmt.Sprintf("noise %g %%, %g %% slower, at most %d pairs", cv, slower, most))
			}
		}
	}
	p.end()
	if o.json {
		return writeJSON(c.OutOrStdout(), rows)
	}
	fmt.Fprintln(c.OutOrStdout(), simulatedWarning)
	text := [][]string{}
	for _, r := range rows {
		found, foundPairs := "", ""
		if r.Effect > 0 {
			found = fmt.Sprintf("%.1f %%", 100*float64(r.Found)/float64(r.Nights))
			foundPairs = fmt.Sprintf("%.1f", r.SlowerPairs)
		}
		text = append(text, []string{fmt.Sprintf("%g %%", 100*r.Variation), fmt.Sprintf("%g %%", 100*r.Effect), fmt.Sprint(r.Most), found, foundPairs,
			fmt.Sprintf("%.2f %%", 100*float64(r.FalseAlarms)/float64(r.Nights)), fmt.Sprintf("%.1f %%", 100*r.Unanswered),
			fmt.Sprintf("%.1f", r.UnchangedPairs), fmt.Sprintf("%.1f %%", 100*r.InvalidPairs)})
	}
	a := tw.AlignRight
	return writeTable(c.OutOrStdout(), []string{"noise", "slower by", "most pairs", "found", "pairs of it", "nights with a false alarm", "others unanswered", "pairs of them", "invalid pairs"},
		text, a, a, a, a, a, a, a, a, a)
}
