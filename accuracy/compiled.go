package accuracy

import (
	"context"

	"github.com/rt3d-tune/rt3d-tune/bench"
	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
)

// Compiled is a Network that compiles graphs and runs them in a session: on this host, or on the device
// that the session belongs to. Equal structures are compiled once, whatever their weights and masks.
// It also serves as the executor of package prune/recover.
type Compiled struct {
	Session *bench.Session
	// Tuned runs networks with the schedules that they come with, which must be for the session's target.
	// Otherwise the defaults run, so that networks of one structure are compiled once.
	Tuned bool
	// Workers is how many parts of the inputs run side by side in Execute; 1 or more.
	Workers int
}

// Outputs implements Network with one thread.
func (c Compiled) Outputs(ctx context.Context, g *model.Graph, schedules map[string]spec.Schedule, inputs [][]float32) ([][]float32, error) {
	if !c.Tuned {
		schedules = nil
	}
	return c.Session.Run(ctx, program(g, schedules), inputs)
}

// Execute runs a graph with default schedules on all inputs.
func (c Compiled) Execute(ctx context.Context, g *model.Graph, inputs [][]float32) ([][]float32, error) {
	return runParts(ctx, c, g, nil, inputs, max(1, c.Workers))
}

// Prepare compiles graphs side by side, so that Execute finds them ready.
func (c Compiled) Prepare(ctx context.Context, graphs []*model.Graph) error {
	programs := make([]kernels.Program, len(graphs))
	for i, g := range graphs {
		programs[i] = program(g, nil)
	}
	return c.Session.Prepare(ctx, programs)
}

// program is the one that Outputs runs.
func program(g *model.Graph, schedules map[string]spec.Schedule) kernels.Program {
	return kernels.Program{Name: "network", Graph: g, Schedules: schedules, Threads: 1}
}
