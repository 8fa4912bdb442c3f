package network

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/internal/testtool"
	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/model/zoo"
)

// tolerance of a small network's output, relative to its scale, and the same in half precision.
const (
	tolerance     = 1e-4
	halfTolerance = 2e-2
)

func toleranceOf(info isa.Info) float64 {
	if info.DataType == spec.Float16 {
		return halfTolerance
	}
	return tolerance
}

// TestGraphs holds generated programs against the exact executor on every vector extension: random
// graphs, and a few that random ones hardly hit.
func TestGraphs(t *testing.T) {
	// Emulated extensions get fewer graphs: they take a hundred times as long.
	counts := map[spec.ISA]uint64{spec.AVX2: 16, spec.Scalar: 6, spec.AVX512: 6, spec.NEON: 6}
	for _, info := range isa.All() {
		name, count := info.Name, counts[info.Name]
		if info.DataType == spec.Float16 {
			count = 3 // emulated halves are slow
		}
		t.Run(fmt.Sprintf("%s/%s", name, info.DataType), func(t *testing.T) {
			optimise := "-O1"
			if testing.Short() {
				if name != spec.Scalar {
					t.Skip("compiles and runs dozens of programs")
				}
				count, optimise = 3, "-O0"
			}
			m := machineOf(t, info, optimise)
			b, plans := buildGraphs(t, m, 0, count)
			for _, p := range plans {
				b.verify(t, p, toleranceOf(info))
			}
		})
	}
}

// buildGraphs compiles count random graphs from a seed on, and the special ones, into one binary.
func buildGraphs(t *testing.T, m machine, seed, count uint64) (executable, []*Plan) {
	t.Helper()
	plans := []*Plan{}
	for i := range count {
		plans = append(plans, planFor(t, m.info, fmt.Sprintf("random_%d", seed+i), randomGraph(seed+i)))
	}
	for name, g := range specialGraphs() {
		plans = append(plans, planFor(t, m.info, name, g))
	}
	return m.build(t, plans...), plans
}

// TestClang: the other compiler takes the code without a warning and gets the same values.
func TestClang(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles a dozen programs")
	}
	m := machineFor(t, spec.Scalar)
	m.compiler = []string{testtool.Need(t, "clang-19"), "-O1"}
	b, plans := buildGraphs(t, m, 200, 6)
	for _, p := range plans {
		b.verify(t, p, tolerance)
	}
}

// TestSanitizers runs programs with an arena of exactly the planned size: nothing outside it may be
// touched, no undefined behaviour may occur, and threads may not write where others read or write.
func TestSanitizers(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes")
	}
	for _, c := range []struct {
		isa  spec.ISA
		kind string
	}{{spec.Scalar, "address,undefined"}, {spec.Scalar, "thread"}, {spec.AVX2, "address,undefined"}} {
		t.Run(string(c.isa)+" "+strings.ReplaceAll(c.kind, ",", "+"), func(t *testing.T) {
			m := machineFor(t, c.isa, "-O1", "-fsanitize="+c.kind, "-fno-sanitize-recover=all")
			b, plans := buildGraphs(t, m, 100, 6)
			for _, p := range plans {
				b.verify(t, p, tolerance)
			}
			if c.isa == spec.AVX2 { // published layers, in the forms that whole vectors give them
				m.verifyZoo(t, "c3d-small")
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
	for _, info := range isa.All() {
		networks := small
		if info.Name == spec.AVX2 {
			networks = append([]string{"s3d"}, small...)
		}
		t.Run(fmt.Sprintf("%s/%s", info.Name, info.DataType), func(t *testing.T) {
			m := machineOf(t, info, "-O2")
			for _, network := range networks {
				m.verifyZoo(t, network)
			}
		})
	}
}

// verifyZoo builds a published network and holds it against the exact executor.
func (m machine) verifyZoo(t *testing.T, network string) {
	t.Helper()
	g, err := zoo.Build(network, 1)
	if err != nil {
		t.Fatal(err)
	}
	p := planFor(t, m.info, strings.NewReplacer("-", "_").Replace(network), g)
	m.build(t, p).verify(t, p, toleranceOf(m.info))
}

// TestInceptionsNeedNoCopies: every concatenation of S3D is written in place by its branches.
func TestInceptionsNeedNoCopies(t *testing.T) {
	g, err := zoo.Build("s3d", 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, info := range isa.All() {
		for _, s := range planFor(t, info, "s3d", g).Steps {
			if len(s.copies) > 0 {
				t.Errorf("%s: %s copies %d inputs", info.Name, s.Name, len(s.copies))
			}
		}
	}
}

// TestDecodersNeedNoCopies: the phases of a transposed convolution write their positions of the
// concatenation with the skip, the input is put in order while it is loaded, and the outputs are stored
// from where they are.
func TestDecodersNeedNoCopies(t *testing.T) {
	for _, info := range isa.All() {
		p := planFor(t, info, "decoder", decoder())
		for _, s := range p.Steps {
			switch s.Op.(type) {
			case *model.Conv, *model.Pool, *model.GlobalAveragePool:
			default:
				t.Errorf("%s/%s: step %s is a %s", info.Name, info.DataType, s.Name, s.Op.Kind())
			}
		}
	}
}
