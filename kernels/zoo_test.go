package kernels

import (
	"testing"

	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/network"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model/zoo"
)

// Every convolution of the zoo, at full size, has a schedule and C for every vector extension; what the
// programs compute is held against the exact executor where they are run.
func TestZooHasKernelsForEveryExtension(t *testing.T) {
	if testing.Short() {
		t.Skip("makes the weights of all networks")
	}
	for _, name := range zoo.Names() {
		t.Run(name, func(t *testing.T) {
			g, err := zoo.Build(name, 1)
			if err != nil {
				t.Fatal(err)
			}
			layers, err := Workloads(g, spec.Float32)
			if err != nil {
				t.Fatal(err)
			}
			for _, info := range isa.All() {
				for _, l := range layers {
					for _, density := range []float64{1, 0.28} {
						w := l.Workload.In(info.DataType)
						s := spec.DefaultSchedule(w, info.Vector(), density)
						if err := spec.Check(w, s, info.Vector()); err != nil {
							t.Errorf("%s: layer %s: %v", info.Name, l.Name, err)
						}
					}
				}
				plan, err := network.NewPlan(info, network.Request{Name: "net", Graph: g, Threads: 2})
				if err != nil {
					t.Errorf("%s: %v", info.Name, err)
					continue
				}
				if _, err := plan.Emit(); err != nil {
					t.Errorf("%s: %v", info.Name, err)
				}
			}
		})
	}
}
