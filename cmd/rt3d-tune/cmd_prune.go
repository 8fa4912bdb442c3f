package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/model/onnx"
	"github.com/rt3d-tune/rt3d-tune/prune"
	"github.com/rt3d-tune/rt3d-tune/prune/recover"
	"github.com/rt3d-tune/rt3d-tune/prune/reorder"
)

// pruneOptions are the flags of prune.
type pruneOptions struct {
	scheme, profile, recover, calib, out string
	reorder                              string // a target
	gm, gn, memory                       int
	rate                                 float64
	keep                                 []string
	keepFirst, keepLast                  bool
}

func newPrune() *cobra.Command {
	var o pruneOptions
	c := &cobra.Command{
		Use:   "prune MODEL",
		Short: "Prune a network in a structured pattern and write it as ONNX with its masks",
		Long: `Prune removes the units with the smallest norm (filters, kernel groups, or positions of kernel groups)
at one rate for every convolution, or by a profile of per-layer rates. Fully connected layers stay dense.

--recover wins accuracy back without training, from calibration inputs (some hundred are best; with 8, batchnorm does most of what can be done):
  none         leaves the weights as they are
  bias         restores the mean of each channel
  batchnorm    restores mean and deviation, as re-estimated BatchNorm would; the model's may be folded away
  reconstruct  gives the kept weights the values that make the best of them in least squares, layer after layer
               on what the pruned network computes; what does not prove right on inputs held back is not done
  obs          also chooses which units to keep by what it costs to reconstruct the layer without them
docs/accuracy.md says what each is worth. Reconstructed networks are cached by content.

--reorder TARGET puts filters in an order in which like masks meet in a block of the target's kernels, which then
run less; the network computes the same. Alone it takes a network that is pruned already.`,
		Example: `  rt3d-tune prune zoo:motion-c3d --scheme kgs --gm 8 --gn 4 --rate 0.5 --recover batchnorm --calib clips.npy -o half.onnx
  rt3d-tune prune zoo:c3d --scheme kgs --gm 8 --gn 4 --profile c3d-3.6x --recover none -o c3d.onnx
  rt3d-tune prune model.onnx --rate 0.6 --keep-first --keep 'head.*' --recover obs --calib clips.npy -o small.onnx
  rt3d-tune prune small.onnx --reorder arm64/neon/fp32 -o ordered.onnx`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return runPrune(c, args[0], o) },
	}
	f := c.Flags()
	f.StringVar(&o.scheme, "scheme", "kgs", "filter, vanilla or kgs")
	f.IntVar(&o.gm, "gm", 8, "filters of a group")
	f.IntVar(&o.gn, "gn", 4, "input channels of a group")
	f.Float64Var(&o.rate, "rate", 0, "share of each layer's weights to remove, 0 to 1")
	f.StringVar(&o.profile, "profile", "", "per-layer rates by name instead of --rate")
	f.StringVar(&o.recover, "recover", "none", "none, bias, batchnorm, reconstruct or obs")
	f.StringVar(&o.calib, "calib", "", "calibration inputs, an .npy file stacked along the first axis, such as the clips.npy of a data set")
	f.StringSliceVar(&o.keep, "keep", nil, "layers that stay dense (* matches any part of a name)")
	f.BoolVar(&o.keepFirst, "keep-first", false, "the first convolution stays dense")
	f.BoolVar(&o.keepLast, "keep-last", false, "the last convolution or fully connected layer stays dense")
	f.IntVar(&o.memory, "memory", 2048, "MiB for activations and Gram matrices; where they do not suffice, fewer inputs are used and wide layers fitted in parts")
	f.StringVar(&o.reorder, "reorder", "", "put filters of like masks together for the kernels of this target: architecture/extension/type")
	f.StringVarP(&o.out, "output", "o", "", "the ONNX file to write")
	c.MarkFlagsMutuallyExclusive("rate", "profile")
	c.MarkFlagsOneRequired("rate", "profile", "reorder")
	_ = c.MarkFlagRequired("output") // fails only for a flag that does not exist
	return c
}

func runPrune(c *cobra.Command, arg string, o pruneOptions) error {
	if err := checkOutput(o.out); err != nil {
		return err
	}
	g, err := loadModel(arg)
	if err != nil {
		return err
	}
	if f := c.Flags(); f.Changed("gm") || f.Changed("gn") {
		if err := checkGroup(g, o.gm, o.gn); err != nil {
			return usagef("--gm, --gn: %w", err)
		}
	}
	var choices map[string]prune.Choice
	if f := c.Flags(); f.Changed("rate") || f.Changed("profile") {
		if choices, err = pruneChoices(g, o); err != nil {
			return usage(err)
		}
	}
	mode, err := recover.ParseMode(o.recover)
	if err != nil {
		return usagef("--recover: %w", err)
	}
	if o.memory < 1 {
		return usagef("--memory %d: want at least 1 MiB", o.memory)
	}
	var target spec.Target
	if o.reorder != "" {
		if target, err = spec.ParseTarget(o.reorder); err != nil {
			return usagef("--reorder: %w", err)
		}
	}
	pruned, err := prune.Graph(g, choices)
	if err != nil {
		return usage(err)
	}
	if mode != recover.None {
		if o.calib == "" {
			return usagef("--recover %s needs calibration inputs: give --calib FILE.npy of shape %s", mode, stacked(g.Input.Dims))
		}
		clips, err := loadInputs(o.calib, g)
		if err != nil {
			return err
		}
		if pruned, err = restore(c, g, pruned, clips, mode, int64(o.memory)<<20); err != nil {
			return err
		}
	}
	var reordered []reorder.Layer
	if o.reorder != "" {
		if pruned, reordered, err = reorderFor(target, pruned); err != nil {
			return err
		}
	}
	if err := onnx.WriteFile(o.out, pruned); err != nil {
		return err
	}
	layers, err := model.Summary(pruned)
	if err != nil {
		return err
	}
	if err := showLayers(c, pruned, layers, false); err != nil || o.reorder == "" {
		return err
	}
	return showReordered(c, target, reordered)
}

// pruneChoices turns the flags into a choice per layer.
func pruneChoices(g *model.Graph, o pruneOptions) (map[string]prune.Choice, error) {
	scheme, err := model.ParseScheme(o.scheme)
	if err != nil || scheme == model.Dense {
		return nil, fmt.Errorf("--scheme %q: want filter, vanilla or kgs", o.scheme)
	}
	if o.gm < 1 || o.gn < 1 {
		return nil, fmt.Errorf("--gm %d --gn %d: a group has at least one filter and one channel", o.gm, o.gn)
	}
	keep, err := matchLayers(g, o.keep)
	if err != nil {
		return nil, fmt.Errorf("--keep: %w", err)
	}
	var choices map[string]prune.Choice
	if o.profile != "" {
		profile, err := prune.FindProfile(o.profile)
		if err != nil {
			return nil, fmt.Errorf("--profile: %w", err)
		}
		if choices, err = profile.Choices(g, scheme, o.gm, o.gn); err != nil {
			return nil, err
		}
	} else {
		choices = prune.Uniform(g, prune.Choice{Scheme: scheme, GM: o.gm, GN: o.gn, Rate: o.rate}, nil)
	}
	layers := g.Convs()
	if o.keepFirst {
		keep = append(keep, layers[0].Name)
	}
	if o.keepLast {
		keep = append(keep, layers[len(layers)-1].Name)
	}
	for _, name := range keep {
		delete(choices, name)
	}
	if len(choices) == 0 {
		return nil, fmt.Errorf("--keep: every layer of %s stays dense; leave some to prune", g.Name)
	}
	return choices, nil
}
