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

func newBenchGate() *cobra.Command {
	var (
		nights, comparisons int
		seed                uint64
		json                bool
	)
	c := &cobra.Command{
		Use:   "gate",
		Short: "Ask how often the rule of `ci` errs, on a simulated phone",
		Long: `Each night one gate of many comparisons runs on a SIMULATED phone that is hot, throttles, drifts and has
outliers; a side of a pair is a single sample. First nothing has changed, then one comparison is slower.
The rule looks after the first pairs, where it can only say "same", and again after the most.`,
		Example: `  rt3d-tune bench gate --nights 1000`,
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if nights < 1 || comparisons < 2 {
				return usagef("--nights %d --comparisons %d: want at least 1 and 2", nights, comparisons)
			}
			return runBenchGate(c, nights, comparisons, seed, json)
		},
	}
	f := c.Flags()
	f.IntVar(&nights, "nights", 200, "nights behind each row")
	f.IntVar(&comparisons, "comparisons", 30, "comparisons in a gate")
	f.Uint64Var(&seed, "seed", 1, "seed of the phones")
	f.BoolVar(&json, "json", false, "print JSON")
	return c
}

func runBenchGate(c *cobra.Command, nights, comparisons int, seed uint64, json bool) error {
	var rows []gateRow
	p := newProgress(c.ErrOrStderr(), "bench gate")
	for _, variation := range []float64{0.01, 0.02, 0.05} {
		for _, effect := range []float64{0, 0.03, 0.05} {
			for _, most := range []int{25, 50, 100} {
				if variation == 0.01 && most > 25 {
					continue // more than enough
				}
				rule := compare.DefaultRule
				rule.Most = most
				n := ci.Nights{Rule: rule, Comparisons: comparisons, Effect: effect, Variation: variation}
				record, err := n.Run(c.Context(), nights, seed)
				if err != nil {
					return err
				}
				rows = append(rows, gateRow{Variation: variation, Effect: effect, First: rule.First, Most: most, Record: record})
				p.note(fmt.Sprintf("noise %.0f %%, effect %.0f %%, at most %d pairs", 100*variation, 100*effect, most))
			}
		}
	}
	p.end()
	if json {
		return writeJSON(c.OutOrStdout(), rows)
	}
	fmt.Fprintln(c.OutOrStdout(), simulatedWarning)
	text := [][]string{}
	for _, r := range rows {
		found := ""
		if r.Effect > 0 {
			found = fmt.Sprintf("%.1f %%", 100*float64(r.Found)/float64(r.Nights))
		}
		text = append(text, []string{fmt.Sprintf("%.0f %%", 100*r.Variation), fmt.Sprintf("%.0f %%", 100*r.Effect), fmt.Sprintf("%d … %d", r.First, r.Most),
			fmt.Sprintf("%.2f %%", 100*float64(r.FalseAlarms)/float64(r.Nights)), found, fmt.Sprintf("%.1f %%", 100*r.Unanswered),
			fmt.Sprintf("%.1f", r.UnchangedPairs), fmt.Sprintf("%.1f %%", 100*r.InvalidPairs)})
	}
	a := tw.AlignRight
	return writeTable(c.OutOrStdout(), []string{"noise", "slower by", "pairs", "nights with a false alarm", "found", "unanswered", "pairs if unchanged", "invalid pairs"},
		text, a, a, a, a, a, a, a, a)
}
