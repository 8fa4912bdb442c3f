package recover

import (
	"context"

	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/model/reference"
)

// Executor runs a graph on several inputs (row-major C, D, H, W each) and returns its outputs in the
// same order. Compiled code on this host implements it where speed matters; Reference is exact and
// slow.
type Executor interface {
	Execute(ctx context.Context, g *model.Graph, inputs [][]float32) ([][]float32, error)
}

// Preparer is an Executor that gains from knowing beforehand what it will be given: one that compiles.
type Preparer interface {
	Prepare(ctx context.Context, graphs []*model.Graph) error
}

// Reference executes in float64 and rounds the results.
type Reference struct{}

// Execute implements Executor.
func (Reference) Execute(ctx context.Context, g *model.Graph, inputs [][]float32) ([][]float32, error) {
	outputs := make([][]float32, len(inputs))
	for i, in := range inputs {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		out, err := reference.Run(g, in)
		if err != nil {
			return nil, err
		}
		outputs[i] = narrow(out)
	}
	return outputs, nil
}

func narrow(x []float64) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = float32(v)
	}
	return y
}

func widen(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}
