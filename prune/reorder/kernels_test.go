package reorder

import (
	"testing"

	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/model/zoo"
	"github.com/rt3d-tune/rt3d-tune/prune"
)

// What is counted as run is what packed kernels run, in either order; and a pruned network gains.
func TestCountsAreThoseOfTheKernels(t *testing.T) {
	dense, err := zoo.Build("motion-c3d", 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, target := range []spec.Target{
		{Arch: spec.AMD64, ISA: spec.AVX512, DataType: spec.Float32},
		{Arch: spec.AMD64, ISA: spec.AVX2, DataType: spec.Float32},
		{Arch: spec.ARM64, ISA: spec.NEON, DataType: spec.Float32},
	} {
		choice := prune.Choice{Scheme: model.Vanilla, GM: 4, GN: 4, Rate: .75}
		g, err := prune.Graph(dense, prune.Uniform(dense, choice, map[string]bool{"conv1": true}))
		if err != nil {
			t.Fatal(err)
		}
		p := kernels.Program{Name: "network", Graph: g, Schedules: map[string]spec.Schedule{}, Threads: 1}
		for _, n := range g.Convs() {
			// Two vectors of filters, in blocks of which groups of four must meet.
			s := spec.Schedule{Algorithm: spec.Direct, TileWidth: 4, TileRows: 1, TileFilters: 2,
				Order: spec.FilterOuter, UnrollChannels: 4, Threads: 1}
			if c := n.Op.(*model.Conv); c.Mask != nil {
				p.Schedules[n.Name] = s
			}
		}
		cuts, err := kernels.FilterCuts(target, p)
		if err != nil {
			t.Fatal(err)
		}
		is, layers, err := Graph(g, cuts)
		if err != nil {
			t.Fatal(err)
		}
		executed := func(g *model.Graph) map[string]int64 {
			q := p
			q.Graph = g
			d, err := kernels.Describe(target, q)
			if err != nil {
				t.Fatal(err)
			}
			macs := map[string]int64{}
			for _, step := range d.Steps {
				macs[step.Name] = step.ExecutedMACs
			}
			return macs
		}
		before, after := executed(g), executed(is)
		gained := 0
		for _, l := range layers {
			if l.Before != before[l.Name] || l.After != after[l.Name] {
				t.Errorf("%s: layer %s runs %d, then %d; the kernels %d and %d", target, l.Name, l.Before, l.After, before[l.Name], after[l.Name])
			}
			if float64(l.After) < .95*float64(l.Before) {
				gained++
			}
		}
		if len(layers) != 5 || gained < 3 {
			t.Errorf("%s: %d of %d layers gain a twentieth", target, gained, len(layers))
		}
	}
}
