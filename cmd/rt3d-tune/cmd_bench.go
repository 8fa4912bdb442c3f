package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/rt3d-tune/rt3d-tune/bench"
	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/results"
)

func newBench() *cobra.Command {
	c := &cobra.Command{
		Use:   "bench",
		Short: "Time layers and networks on a device; look into kernels; judge the harness and the rule of ci",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newBenchLayers(), newBenchModel(), newBenchAsm(), newBenchGate(), newBenchHarness(), newBenchStudies())
	return c
}

// benchFlags are common to both.
type benchFlags struct {
	device  deviceFlags
	model   string
	gm, gn  int
	threads int
	// linear is how weights of fully connected layers are stored; only a whole network asks for it.
	linear string
	json   bool
}

func (o *benchFlags) register(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&o.model, "model", "", "an ONNX file or zoo:NAME")
	f.IntVar(&o.gm, "gm", 0, "filters of a group (default: two vectors of the target)")
	f.IntVar(&o.gn, "gn", 0, "input channels of a group (default 4)")
	f.IntVar(&o.threads, "threads", 1, "threads of the program")
	f.BoolVar(&o.json, "json", false, "print JSON")
	o.device.register(c)
	_ = c.MarkFlagRequired("model") // fails only for a flag that does not exist
}

// open checks the flags, and opens the device.
func (o *benchFlags) open(ctx context.Context) (*machine, error) {
	if o.threads < 1 {
		return nil, usagef("--threads %d: want 1 or more", o.threads)
	}
	if o.gm < 0 || o.gn < 0 {
		return nil, usagef("--gm %d --gn %d: want 1 or more", o.gm, o.gn)
	}
	config, options, err := o.device.resolve()
	if err != nil {
		return nil, err
	}
	if o.linear == "" {
		o.linear = options.target.LinearWeights
	}
	options.frank, options.target.Threads = true, o.threads
	m, err := openMachine(ctx, config, options)
	if err != nil {
		return nil, err
	}
	info, err := isa.Of(m.target.ISA, m.target.DataType)
	if err != nil {
		return nil, errors.Join(err, m.Close())
	}
	// Two vectors of filters share a kept list in the widest tiles; four channels hide the load of an
	// offset.
	if o.gm == 0 {
		o.gm = 2 * info.Lanes
	}
	if o.gn == 0 {
		o.gn = 4
	}
	return m, nil
}

// evaluate times candidates and returns their results in order. Anything but a time is an error, which
// names the candidate.
func evaluate(ctx context.Context, m *machine, candidates []bench.Candidate, each func(done int)) (map[string]bench.Result, error) {
	all := map[string]bench.Result{}
	for r := range m.session.Evaluate(ctx, candidates) {
		all[r.Key] = r
		each(len(all))
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for _, c := range candidates {
		r := all[c.Key]
		var fault *remote.DeviceError
		if errors.As(r.Err, &fault) {
			return nil, r.Err
		}
		if r.Outcome != results.OK && r.Outcome != results.Dropped {
			return nil, &bench.OutcomeError{Key: c.Key, Outcome: r.Outcome, Detail: r.Detail}
		}
	}
	return all, nil
}

// suppressedWarning stands above times that were taken although the device was found unfit; it is empty
// when it was not.
func suppressedWarning(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf("SUPPRESSED: timed although the device was found unfit: %s (`rt3d-tune devices doctor` says what to do).\n", join(names))
}
