package network

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model/zoo"
)

// tolerance of a small network's output, relative to its scale.
const tolerance = 1e-4

// TestRandomGraphs holds generated programs against the exact executor on every vector extension.
func TestRandomGraphs(t *testing.T) {
	// Emulated extensions get fewer graphs: they take a hundred times as long.
	graphs := map[spec.ISA]uint64{spec.AVX2: 40, spec.Scalar: 12, spec.AVX512: 12, spec.NEON: 12}
	if testing.Short() {
		graphs = map[spec.ISA]uint64{spec.Scalar: 4}
	}
	for name, graphs := range graphs {
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

// TestSanitizers runs programs with an arena of exactly the planned size: nothing outside it may be
// touched, no undefined behaviour may occur, and threads may not write where others read or write.
func TestSanitizers(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	for _, kind := range []string{"address,undefined", "thread"} {
		t.Run(strings.ReplaceAll(kind, ",", "+"), func(t *testing.T) {
			m := machineFor(t, spec.Scalar, "-O1", "-fsanitize="+kind, "-fno-sanitize-recover=all")
			var plans []*Plan
			for seed := range uint64(8) {
				plans = append(plans, planFor(t, m.info, fmt.Sprintf("sanitized_%d", seed), randomGraph(100+seed)))
			}
			b := m.build(t, plans...)
			for _, p := range plans {
				b.verify(t, p, tolerance)
			}
		})
	}
}

// TestZoo runs published networks: the small ones on every vector extension, one of full size on this
// host.
func TestZoo(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes")
	}
	small := []string{"c3d-small", "r2plus1d-small"}
	for name, networks := range map[spec.ISA][]string{
		spec.Scalar: small, spec.NEON: small, spec.AVX512: small,
		spec.AVX2: append([]string{"s3d"}, small...),
	} {
		t.Run(string(name), func(t *testing.T) {
			m := machineFor(t, name, "-O2")
			for _, network := range networks {
				g, err := zoo.Build(network, 1)
				if err != nil {
					t.Fatal(err)
				}
				p := planFor(t, m.info, strings.NewReplacer("-", "_").Replace(network), g)
				m.build(t, p).verify(t, p, tolerance)
			}
		})
	}
}
