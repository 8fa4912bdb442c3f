package main

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"github.com/olekukonko/tablewriter/tw"
	"github.com/spf13/cobra"

	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/kernels/conv"
	"github.com/rt3d-tune/rt3d-tune/kernels/inspect"
	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
)

// layerLoop is one row of `bench asm --json`.
type layerLoop struct {
	Layers       []string `json:"layers"` // those with this tile
	Schedule     string   `json:"schedule"`
	FMAs         int      `json:"fmas"`
	Instructions int      `json:"instructions"`
	// StackAccesses of the inner loops of all tiles of the kernel: what is spilled.
	StackAccesses int `json:"stack_accesses"`
	// Prior is the share of the limit of multiply-adds by core model: a model's word, not a time.
	Prior map[string]float64 `json:"prior"`
}

func newBenchAsm() *cobra.Command {
	var modelName, targetName, compiler string
	var asJSON bool
	c := &cobra.Command{
		Use:   "asm --model MODEL",
		Short: "Check the inner loops of a network's kernels instruction by instruction, without a device",
		Long: `Compiles the default kernel of each layer, finds the innermost loop of its register tiles, and counts
multiply-adds, instructions, and accesses to the stack (spills). For each core type that llvm-mca has a
model of, it prints the share of the core's limit of multiply-adds that the loop would reach with all data
in the first-level cache. That is a model and no time: a search tries what it favours first, and nothing more.`,
		Example: `  rt3d-tune bench asm --model zoo:c3d
  rt3d-tune bench asm --model zoo:r2plus1d-18 --target arm64/neon/fp16 --json
  rt3d-tune bench asm --model zoo:c3d --target amd64/avx2/fp32`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return runBenchAsm(c, modelName, targetName, compiler, asJSON)
		},
	}
	f := c.Flags()
	f.StringVar(&modelName, "model", "", "an ONNX file or zoo:NAME")
	f.StringVar(&targetName, "target", "arm64/neon/fp32", "what to compile for: architecture/extension/type")
	f.StringVar(&compiler, "compiler", "auto", "gcc, clang, ndk or zig; auto takes the first that fits")
	f.BoolVar(&asJSON, "json", false, "print JSON")
	_ = c.MarkFlagRequired("model") // fails only for a flag that does not exist
	return c
}

func runBenchAsm(c *cobra.Command, modelName, targetName, kind string, asJSON bool) error {
	target, err := spec.ParseTarget(targetName)
	if err != nil {
		return usagef("--target: %w", err)
	}
	info, err := isa.Of(target.ISA, target.DataType)
	if err != nil {
		return usagef("--target: %w", err)
	}
	g, err := loadModel(modelName)
	if err != nil {
		return err
	}
	layers, err := kernels.Workloads(g, target.DataType)
	if err != nil {
		return usage(err)
	}
	options := sessionOptions{target: anyTarget}
	options.target.Compiler = kind
	compiler, err := chooseCompiler(c.Context(), target, options)
	if err != nil {
		return err
	}
	var list []conv.Kernel
	var rows []layerLoop
	known := map[spec.Workload]int{}
	for _, l := range layers {
		if at, ok := known[l.Workload]; ok {
			rows[at].Layers = append(rows[at].Layers, l.Name)
			continue
		}
		known[l.Workload] = len(rows)
		s := spec.DefaultSchedule(l.Workload, info.Vector(), 1)
		list = append(list, conv.Plain(l.Workload, s, info.Vector()))
		rows = append(rows, layerLoop{Layers: []string{l.Name}, Schedule: s.Name(), Prior: map[string]float64{}})
	}
	found, err := inspect.Kernels(c.Context(), *compiler, list)
	if err != nil {
		return err
	}
	main := inspect.Busiest(found)
	for i, loops := range found {
		for _, l := range loops {
			rows[i].StackAccesses += l.StackAccesses
		}
		rows[i].FMAs, rows[i].Instructions = main[i].FMAs, len(main[i].Text)
	}
	cores := inspect.Cores(target.Arch)
	analyser, err := inspect.FindAnalyser(exec.LookPath)
	if errors.Is(err, inspect.ErrNoAnalyser) {
		fmt.Fprintf(c.ErrOrStderr(), "no shares of core types: %v\n", err)
		cores = nil
	}
	for _, core := range cores {
		shares, err := analyser.Shares(c.Context(), main, core)
		if err != nil {
			return err
		}
		for i, s := range shares {
			rows[i].Prior[core.Model] = s
		}
	}
	if asJSON {
		return writeJSON(c.OutOrStdout(), rows)
	}
	return writeLoops(c, compiler.String(), rows, cores)
}

func writeLoops(c *cobra.Command, compiler string, rows []layerLoop, cores []inspect.Core) error {
	header := []string{"layer", "schedule", "FMAs", "instructions", "spills"}
	align := []tw.Align{tw.AlignLeft, tw.AlignLeft, tw.AlignRight, tw.AlignRight, tw.AlignRight}
	for _, core := range cores {
		header = append(header, core.Model)
		align = append(align, tw.AlignRight)
	}
	var table [][]string
	for _, r := range rows {
		name := r.Layers[0]
		if len(r.Layers) > 1 {
			name = fmt.Sprintf("%s (%d)", name, len(r.Layers))
		}
		row := []string{name, r.Schedule, fmt.Sprint(r.FMAs), fmt.Sprint(r.Instructions), fmt.Sprint(r.StackAccesses)}
		for _, core := range cores {
			row = append(row, fmt.Sprintf("%.2f", r.Prior[core.Model]))
		}
		table = append(table, row)
	}
	if err := writeTable(c.OutOrStdout(), header, table, align...); err != nil {
		return err
	}
	var stands []string
	for _, core := range cores {
		if len(core.Stands) > 0 {
			stands = append(stands, core.Model+" for "+strings.Join(core.Stands, ", "))
		}
	}
	said := fmt.Sprintf("Compiled by %s.", compiler)
	if len(cores) > 0 {
		said += " The shares are a model's (prior), of the core's limit of multiply-adds."
	}
	if len(stands) > 0 {
		said += " Models: " + strings.Join(stands, "; ") + "."
	}
	_, err := fmt.Fprintln(c.OutOrStdout(), said)
	return err
}
