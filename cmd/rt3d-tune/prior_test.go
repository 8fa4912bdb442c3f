package main

import (
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/internal/testtool"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/kernels/toolchain"
	"github.com/rt3d-tune/rt3d-tune/remote"
)

// TestPriorIsForCoresWithAModel: the fastest cluster's, or that of the cores that the study names.
func TestPriorIsForCoresWithAModel(t *testing.T) {
	testtool.Need(t, "llvm-mca-19")
	facts := &remote.Facts{
		Clusters: []remote.Cluster{{Name: "big", Part: "Cortex-A76"}, {Name: "little", Part: "Cortex-A55"}},
		Cores:    []remote.Core{{ID: 0, Name: "Cortex-A55"}, {ID: 4, Name: "Cortex-A76"}, {ID: 5, Name: "Cortex-A73"}},
	}
	neon := spec.Target{Arch: spec.ARM64, ISA: spec.NEON, DataType: spec.Float32}
	for _, c := range []struct {
		target spec.Target
		runner []string
		cores  []int
		want   string
		has    bool
	}{
		{neon, nil, nil, "neoverse-n1, standing for Cortex-A76", true},
		{neon, nil, []int{0}, "cortex-a55, standing for Cortex-A55", true},
		{neon, nil, []int{5}, "off, llvm-mca has no model that stands for Cortex-A73", false},
		{neon, []string{"qemu-aarch64-static"}, nil, "", false},
		{spec.Target{Arch: spec.AMD64, ISA: spec.AVX2, DataType: spec.Float32}, nil, nil, "", false},
	} {
		m := &machine{facts: facts, target: c.target, config: remote.Config{Runner: c.runner}, compiler: &toolchain.Toolchain{}, cores: c.cores}
		prior, said := m.prior()
		if (prior != nil) != c.has || !strings.Contains(said, c.want) || c.want == "" && said != "" {
			t.Errorf("%s under %v on cores %v: prior %v, %q: want %v, %q", c.target, c.runner, c.cores, prior != nil, said, c.has, c.want)
		}
	}
}
