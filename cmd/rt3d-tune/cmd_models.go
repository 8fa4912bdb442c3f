package main

import (
	"fmt"

	"github.com/olekukonko/tablewriter/tw"
	"github.com/spf13/cobra"

	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/model/onnx"
	"github.com/rt3d-tune/rt3d-tune/model/zoo"
)

func newModels() *cobra.Command {
	c := &cobra.Command{
		Use:   "models",
		Short: "List the networks that come with rt3d-tune, show one, or write one as ONNX",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newModelsList(), newModelsShow(), newModelsWrite())
	return c
}

func newModelsList() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "list",
		Short:   "List the networks of the zoo",
		Example: "  rt3d-tune models list\n  rt3d-tune models list --json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			var infos []zoo.Info
			for _, name := range zoo.Names() {
				info, err := zoo.Describe(name)
				if err != nil {
					return err
				}
				infos = append(infos, info)
			}
			if asJSON {
				return writeJSON(c.OutOrStdout(), infos)
			}
			rows := [][]string{}
			for _, i := range infos {
				weights := "random, seeded"
				if i.Trained {
					weights = "trained"
				}
				rows = append(rows, []string{"zoo:" + i.Name, fmt.Sprint(i.Input), fmt.Sprintf("%.3f", float64(i.MACs)/1e9),
					fmt.Sprintf("%.3f", float64(i.Params)/1e6), weights, i.Description})
			}
			return writeTable(c.OutOrStdout(), []string{"model", "input", "GMACs", "M params", "weights", "what"}, rows,
				tw.AlignLeft, tw.AlignLeft, tw.AlignRight, tw.AlignRight)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func newModelsShow() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "show MODEL",
		Short:   "Show the layers of a network: shapes, weights, MACs, masks",
		Example: "  rt3d-tune models show zoo:c3d\n  rt3d-tune models show pruned.onnx --json",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			g, err := loadModel(args[0])
			if err != nil {
				return err
			}
			layers, err := model.Summary(g)
			if err != nil {
				return usage(err)
			}
			return showLayers(c, g, layers, asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// shownLayer is one row of `models show --json`.
type shownLayer struct {
	Name   string       `json:"name"`
	Kind   string       `json:"kind"`
	In     [4]int       `json:"in"`
	Out    [4]int       `json:"out"`
	Kernel [3]int       `json:"kernel"`
	Stride [3]int       `json:"stride"`
	Scheme model.Scheme `json:"scheme"`
	GM     int          `json:"gm"`
	GN     int          `json:"gn"`
	Rate   float64      `json:"rate"`
	MACs   int64        `json:"macs"` // kept
	Dense  int64        `json:"macs_dense"`
}

func showLayers(c *cobra.Command, g *model.Graph, layers []model.Layer, asJSON bool) error {
	var shown []shownLayer
	rows := [][]string{}
	var kept, dense int64
	for _, l := range layers {
		s := shownLayer{
			Name: l.Name, Kind: l.Kind, In: [4]int{l.In.C, l.In.D, l.In.H, l.In.W}, Out: [4]int{l.Out.C, l.Out.D, l.Out.H, l.Out.W},
			Kernel: l.Conv.Kernel, Stride: l.Conv.Stride, Scheme: model.Dense, MACs: l.KeptMACs, Dense: l.MACs,
		}
		group := ""
		if m := l.Conv.Mask; m != nil {
			s.Scheme, s.GM, s.GN = m.Scheme, m.GM, m.GN
			s.Rate = 1 - float64(l.KeptWeights)/float64(l.Weights)
			group = fmt.Sprintf("%dx%d", m.GM, m.GN)
		}
		kept += l.KeptMACs
		dense += l.MACs
		shown = append(shown, s)
		k, st := l.Conv.Kernel, l.Conv.Stride
		rows = append(rows, []string{l.Name, l.In.String(), l.Out.String(), fmt.Sprintf("%dx%dx%d", k[0], k[1], k[2]), fmt.Sprintf("%dx%dx%d", st[0], st[1], st[2]),
			string(s.Scheme), group, fmt.Sprintf("%.3f", s.Rate), fmt.Sprintf("%.1f", float64(l.KeptMACs)/1e6), fmt.Sprintf("%.1f", float64(l.MACs)/1e6)})
	}
	if asJSON {
		outputs := map[string][]int{}
		for _, v := range g.Parts() {
			outputs[v.Name] = v.Dims
		}
		return writeJSON(c.OutOrStdout(), map[string]any{"model": g.Name, "input": g.Input.Dims, "output": g.Output.Dims, "outputs": outputs,
			"macs": kept, "macs_dense": dense, "params": g.Params(), "layers": shown})
	}
	err := writeTable(c.OutOrStdout(), []string{"layer", "in", "out", "kernel", "stride", "scheme", "group", "rate", "M MACs kept", "M MACs dense"}, rows,
		tw.AlignLeft, tw.AlignRight, tw.AlignRight, tw.AlignRight, tw.AlignRight, tw.AlignLeft, tw.AlignRight, tw.AlignRight, tw.AlignRight, tw.AlignRight)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.OutOrStdout(), "%s: %.3f of %.3f GMACs kept, %.3f M parameters (BatchNormalization folded)\n", g.Name, float64(kept)/1e9, float64(dense)/1e9, float64(g.Params())/1e6)
	return err
}

func newModelsWrite() *cobra.Command {
	var seed uint64
	c := &cobra.Command{
		Use:     "write NAME FILE.onnx",
		Short:   "Write a network of the zoo as ONNX",
		Example: "  rt3d-tune models write motion-c3d motion-c3d.onnx\n  rt3d-tune models write c3d c3d.onnx --seed 7",
		Args:    cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			if err := checkOutput(args[1]); err != nil {
				return err
			}
			g, err := zoo.Build(args[0], seed)
			if err != nil {
				return usage(err)
			}
			return onnx.WriteFile(args[1], g)
		},
	}
	c.Flags().Uint64Var(&seed, "seed", zooSeed, "seed of random weights")
	return c
}
