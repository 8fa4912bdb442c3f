package network

import (
	"fmt"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
)

// tolerance of a small network's output, relative to its scale.
const tolerance = 1e-4

// TestRandomGraphs holds generated programs against the exact executor on every vector extension.
func TestRandomGraphs(t *testing.T) {
	graphs, machines := uint64(40), []spec.ISA{spec.Scalar, spec.AVX2, spec.AVX512, spec.NEON}
	if testing.Short() {
		graphs, machines = 6, []spec.ISA{spec.Scalar}
	}
	for _, name := range machines {
		t.Run(string(name), func(t *testing.T) {
			m := machineFor(t, name, "-O1")
			var plans []*Plan
			for seed := range graphs {
				plans = append(plans, planFor(t, m.info, fmt.Sprintf("random_%d", seed), randomGraph(seed)))
			}
			b := m.build(t, plans...)
			for _, p := range plans {
				b.verify(t, p, tolerance)
			}
		})
	}
}
