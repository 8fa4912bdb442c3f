package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/kernels/export"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
)

// exportOptions are the flags of export.
type exportOptions struct {
	db, config, model, target, name, out string
	linearWeights                        string
	threads                              int
}

func newExport() *cobra.Command {
	var o exportOptions
	c := &cobra.Command{
		Use:   "export {POINT | --model MODEL} -o DIR",
		Short: "Write a network as a C library for an app: sources, header, weights, CMakeLists.txt, example",
		Long: `POINT is a network that a study has measured: its number in report's column "trial", or STUDY/NUMBER where the
file holds several studies. It is pruned and recovered again exactly as it was measured, on this machine, and refused
when its weights or code come out otherwise. Docs: docs/export.md.

With --model a network without a study is written with schedules chosen by hand for its masks (see prune).`,
		Example: `  rt3d-tune export demo/40 --db demo/results.db -o motion
  rt3d-tune export 57 --db phone.db --config configs/c3d-phone.yaml --name action -o app/src/main/cpp/action
  rt3d-tune export --model half.onnx --target arm64/neon/fp32 --threads 4 -o half`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 == (o.model != "") {
				return usagef("export: give either a POINT or --model")
			}
			if err := export.CheckFolder(o.out); err != nil {
				return usagef("export: %w", err)
			}
			l, err := o.library(c, args)
			if err != nil {
				return err
			}
			return o.write(c, l)
		},
	}
	f := c.Flags()
	f.StringVarP(&o.out, "output", "o", "", "folder to write; it must not be there yet, or be empty")
	f.StringVar(&o.name, "name", "", "name of the library, in its files and symbols (default made from the network's)")
	f.StringVar(&o.db, "db", defaultDB, "results file")
	f.StringVar(&o.config, "config", "", "the study's file, where it names its model or data by relative paths")
	f.StringVar(&o.model, "model", "", "a file or zoo:NAME instead of a point")
	f.StringVar(&o.target, "target", "arm64/neon/fp32", "with --model: architecture/extension/type")
	f.IntVar(&o.threads, "threads", 4, "with --model: most threads that the app may ask for")
	linearFlag(c, &o.linearWeights)
	_ = c.MarkFlagRequired("output") // fails only for a flag that does not exist
	for _, point := range []string{"db", "config"} {
		c.MarkFlagsMutuallyExclusive("model", point)
	}
	return c
}

// library finds what is to be written.
func (o exportOptions) library(c *cobra.Command, args []string) (export.Library, error) {
	if o.name != "" {
		if err := export.CheckName(o.name); err != nil {
			return export.Library{}, usagef("--name: %w", err)
		}
	}
	if o.model != "" {
		return o.fromModel()
	}
	for _, flag := range []string{"target", "threads", "linear-weights"} {
		if c.Flags().Changed(flag) {
			return export.Library{}, usagef("--%s: a point is written as it was measured; the flag goes with --model", flag)
		}
	}
	return o.fromPoint(c, args[0])
}

// fromModel takes a network without a study.
func (o exportOptions) fromModel() (export.Library, error) {
	g, err := loadModel(o.model)
	if err != nil {
		return export.Library{}, err
	}
	if g, err = storeLinear(g, o.linearWeights); err != nil {
		return export.Library{}, err
	}
	target, err := spec.ParseTarget(o.target)
	if err != nil {
		return export.Library{}, usagef("--target: %w", err)
	}
	if o.threads < 1 {
		return export.Library{}, usagef("--threads %d: want 1 or more", o.threads)
	}
	schedules, err := kernels.DefaultSchedules(target, g, o.threads)
	if err != nil {
		return export.Library{}, usage(err)
	}
	program := kernels.Program{Graph: g, Schedules: schedules, Threads: o.threads}
	return export.Library{Target: target, Program: program, Origin: o.model}, nil
}

// write makes the library and says what it came to.
func (o exportOptions) write(c *cobra.Command, l export.Library) error {
	l.Tool = toolText()
	if l.Name = o.name; l.Name == "" {
		l.Name = export.NameFor(l.Program.Graph.Name)
	}
	tree, err := export.Generate(l)
	if err != nil {
		return err
	}
	if err := tree.Write(o.out); err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.OutOrStdout(), "%s\nin %s: library %s, weights %.1f MiB, memory beside them %.1f MiB, up to %d threads\nbuild: cmake -S %s -B build && cmake --build build (README.md there says more)\n",
		tree.Identity, o.out, l.Name, mebi(tree.WeightsBytes), mebi(tree.MemoryBytes), l.Program.Threads, o.out)
	return err
}

func mebi(bytes int64) float64 { return float64(bytes) / (1 << 20) }
