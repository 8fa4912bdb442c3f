package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rt3d-tune/rt3d-tune/internal/npy"
	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/model"
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
		Long: `Compile a network for a device, run it there on inputs and fetch the outputs.

A network with several outputs writes each into a file of its own: Y.NAME.npy, where --output is Y.npy.`,
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
			for _, o := range parts(g, output) {
				shape, err := o.write(outputs)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(c.OutOrStdout(), "%s on %s (%s, %s): output of shape %v in %s\n", g.Name, m.transport.Name(), m.target, m.session.Compiler(), shape, o.path)
				if err != nil {
					return err
				}
			}
			return nil
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

// part is one output of a network and the file that it goes into.
type part struct {
	path     string
	dims     []int
	at, size int // in the values of one run
}

// parts are the outputs of a network: the only one in the file that the user named, several in files that
// their names are part of.
func parts(g *model.Graph, path string) []part {
	var list []part
	at := 0
	for _, v := range g.Parts() {
		p := part{path: path, dims: v.Dims, at: at, size: 1}
		for _, d := range v.Dims {
			p.size *= d
		}
		if g.Outputs != nil {
			p.path = strings.TrimSuffix(path, ".npy") + "." + strings.ReplaceAll(v.Name, "/", "_") + ".npy"
		}
		at += p.size
		list = append(list, p)
	}
	return list
}

// write stacks the output of all runs, and gives the shape of what it wrote.
func (p part) write(outputs [][]float32) ([]int, error) {
	shape := append([]int{len(outputs)}, p.dims[1:]...)
	var values []float32
	for _, o := range outputs {
		values = append(values, o[p.at:p.at+p.size]...)
	}
	return shape, npy.WriteFile(p.path, shape, values)
}

// closing closes c and keeps its error if there is no other.
func closing(c interface{ Close() error }, err *error) {
	if closeErr := c.Close(); *err == nil {
		*err = closeErr
	}
}
