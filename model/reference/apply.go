package reference

import (
	"fmt"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// Apply executes one operator on inputs of the given shapes (row-major C, D, H, W).
func Apply(op model.Op, shapes []model.Shape, in [][]float64) ([]float64, error) {
	outShape, err := op.Infer(shapes)
	if err != nil {
		return nil, fmt.Errorf("execute %s: %w", op.Kind(), err)
	}
	out := make([]float64, outShape.Count())
	if err := execute(op, shapes, in, outShape, out); err != nil {
		return nil, fmt.Errorf("execute %s: %w", op.Kind(), err)
	}
	return out, nil
}
