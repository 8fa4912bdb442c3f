package main

import (
	"fmt"

	"github.com/olekukonko/tablewriter/tw"
	"github.com/spf13/cobra"

	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/prune/reorder"
)

// reorderFor puts the filters of a network in an order that suits a target's default kernels.
func reorderFor(target spec.Target, g *model.Graph) (*model.Graph, []reorder.Layer, error) {
	schedules, err := kernels.DefaultSchedules(target, g, 1)
	if err != nil {
		return nil, nil, usage(err)
	}
	cuts, err := kernels.FilterCuts(target, kernels.Program{Name: "network", Graph: g, Schedules: schedules, Threads: 1})
	if err != nil {
		return nil, nil, err
	}
	return reorder.Graph(g, cuts)
}

// showReordered prints what another order of the filters did for each layer that runs unions of masks.
func showReordered(c *cobra.Command, target spec.Target, layers []reorder.Layer) error {
	mega := func(n int64) string { return fmt.Sprintf("%.1f", float64(n)/1e6) }
	rows := [][]string{}
	var kept, before, after int64
	for _, l := range layers {
		rows = append(rows, []string{l.Name, mega(l.Kept), mega(l.Before), mega(l.After)})
		kept, before, after = kept+l.Kept, before+l.Before, after+l.After
	}
	rows = append(rows, []string{"all", mega(kept), mega(before), mega(after)})
	fmt.Fprintf(c.OutOrStdout(), "\nM MACs of the pruned layers that %s runs, its blocks being unions of masks:\n", target)
	r := tw.AlignRight
	header := []string{"layer", "kept", "in the order before", "reordered"}
	return writeTable(c.OutOrStdout(), header, rows, tw.AlignLeft, r, r, r)
}
