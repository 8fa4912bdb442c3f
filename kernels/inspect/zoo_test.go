package inspect

import (
	"fmt"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/kernels/conv"
	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/kernels/toolchain"
	"github.com/rt3d-tune/rt3d-tune/model/zoo"
)

// TestZooReachesTheLimit: the default kernels of published networks keep big cores busy with
// multiply-adds, in both data types. Fully connected layers wait for memory and are left out.
func TestZooReachesTheLimit(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles all layers of two networks")
	}
	a := analyser(t)
	for _, d := range spec.DataTypes {
		compiler := compilerFor(t, d, toolchain.Clang)
		info, err := isa.Of(spec.NEON, d)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"c3d", "r2plus1d-18"} {
			t.Run(fmt.Sprintf("%s/%s", d, name), func(t *testing.T) {
				g, err := zoo.Build(name, 1)
				if err != nil {
					t.Fatal(err)
				}
				layers, err := kernels.Workloads(g, d)
				if err != nil {
					t.Fatal(err)
				}
				var list []conv.Kernel
				seen := map[spec.Workload]bool{}
				for _, l := range layers {
					if !seen[l.Workload] && !l.Workload.FullyConnected() {
						seen[l.Workload] = true
						list = append(list, conv.Plain(l.Workload, spec.DefaultSchedule(l.Workload, info.Vector(), 1), info.Vector()))
					}
				}
				found, err := Kernels(t.Context(), compiler, list)
				if err != nil {
					t.Fatal(err)
				}
				for i, loops := range found {
					for _, l := range loops {
						if l.StackAccesses > 0 {
							t.Errorf("%s of %s: the loop of tile %s uses the stack in %d of %d instructions", list[i].Schedule.Name(), list[i].Workload.Name(), l.Function, l.StackAccesses, len(l.Text))
						}
					}
				}
				for _, model := range []string{"neoverse-n1", "neoverse-n2", "neoverse-v2"} {
					shares, err := a.Shares(t.Context(), Busiest(found), Core{Model: model, Arch: spec.ARM64})
					if err != nil {
						t.Fatal(err)
					}
					for i, s := range shares {
						if s < 0.97 {
							t.Errorf("%s: %s of %s reaches %.3f of the limit, want 0.97", model, list[i].Schedule.Name(), list[i].Workload.Name(), s)
						}
					}
				}
			})
		}
	}
}
