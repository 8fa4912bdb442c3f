package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/rt3d-tune/rt3d-tune/internal/npy"
	"github.com/rt3d-tune/rt3d-tune/kernels"
)

func newRun() *cobra.Command {
	var (
		device        deviceFlags
		input, output string
		threads       int
		linear        string
	)
	c := &cobra.Command{
		Use:   "run MODEL --input X.npy --output Y.npy",
		Short: "Compile a network for a device, run it there on inputs and fetch the outputs",
		Example: `  rt3d-tune run zoo:c3d --input x.npy --output y.npy
  rt3d-tune run model.onnx --input x.npy --output y.npy --device adb --threads 4
  rt3d-tune run model.onnx --input x.npy --output y.npy --device ssh://pi@board.local`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) (err error) {
			g, err := loadModel(args[0])
			if err != nil {
				return err
			}
			inputs, err := loadInputs(input, g)
			if err != nil {
				return err
			}
			if threads < 1 {
				return usagef("--threads %d: want 1 or more", threads)
			}
			if err := checkOutput(output); err != nil {
				return err
			}
			config, options, err := device.resolve()
			if err != nil {
				return err
			}
			if linear == "" {
				linear = options.target.LinearWeights
			}
			if g, err = storeLinear(g, linear); err != nil {
				return err
			}
			m, err := openMachine(c.Context(), config, options)
			if err != nil {
				return err
			}
			defer closing(m, &err)
			outputs, err := m.session.Run(c.Context(), kernels.Program{Name: "network", Graph: g, Threads: threads}, inputs)
			if err != nil {
				return err
			}
			shape := append([]int{len(outputs)}, g.Output.Dims[1:]...)
			var values []float32
			for _, o := range outputs {
				values = append(values, o...)
			}
			if err := npy.WriteFile(output, shape, values); err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "%s on %s (%s, %s): output of shape %v in %s\n", g.Name, m.transport.Name(), m.target, m.session.Compiler(), shape, output)
			return err
		},
	}
	f := c.Flags()
	f.StringVar(&input, "input", "", "inputs: an .npy file of float32, one or more stacked along the first axis")
	f.StringVar(&output, "output", "", ".npy file to write")
	f.IntVar(&threads, "threads", 1, "threads of the program")
	linearFlag(c, &linear)
	device.register(c)
	for _, name := range []string{"input", "output"} {
		_ = c.MarkFlagRequired(name) // fails only for a flag that does not exist
	}
	return c
}

// closing closes c and keeps its error if there is no other.
func closing(c interface{ Close() error }, err *error) {
	if closeErr := c.Close(); *err == nil {
		*err = closeErr
	}
}
