package network

import (
	"fmt"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/internal/testtool"
	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
)

// TestPortableHeaderStandsIn: a row of the table is enough to begin a vector extension with. Programs for
// each one's lanes and registers run on the portable header, without one macro of its own.
func TestPortableHeaderStandsIn(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles programs for each vector extension")
	}
	scalar := scalarInfo(t)
	for _, info := range isa.All() {
		if info.Name == spec.Scalar {
			continue // its own tests
		}
		t.Run(fmt.Sprintf("%s/%s", info.Name, info.DataType), func(t *testing.T) {
			m := machine{name: string(info.Name) + " without macros", info: info,
				compiler: []string{testtool.Need(t, "gcc"), "-O0", fmt.Sprintf("-DRT3D_LANES=%d", info.Lanes)}}
			m.info.Name, m.info.Header, m.info.Flags = scalar.Name, scalar.Header, nil
			m.info.DataType = scalar.DataType
			m.info.ByLane = false // what only macros of its own can do
			plans := []*Plan{planFor(t, m.info, "first", randomGraph(300)), planFor(t, m.info, "second", randomGraph(301))}
			b := m.build(t, plans...)
			for _, p := range plans {
				b.verify(t, p, tolerance)
			}
		})
	}
}
