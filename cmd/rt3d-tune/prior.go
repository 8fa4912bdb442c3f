package main

import (
	"fmt"
	"os/exec"

	"github.com/rt3d-tune/rt3d-tune/kernels/inspect"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/tuner"
)

// prior is what a search may expect of kernels on this device before it measures any, and a line that says
// where it comes from or why there is none. Only cores of ARM devices that run their code themselves have
// one, and both are zero for others.
func (m *machine) prior() (tuner.Prior, string) {
	if m.target.ISA != spec.NEON || len(m.config.Runner) > 0 || m.compiler == nil {
		return nil, ""
	}
	name := "unknown cores"
	if len(m.facts.Clusters) > 0 {
		name = m.facts.Clusters[0].Part // the fastest, on which programs run unless told otherwise
	}
	for _, c := range m.facts.Cores {
		if len(m.cores) > 0 && c.ID == m.cores[0] && c.Name != "" {
			name = c.Name
		}
	}
	core, ok := inspect.CoreOf(name)
	if !ok {
		return nil, fmt.Sprintf("prior: off, llvm-mca has no model that stands for %s", name)
	}
	analyser, err := inspect.FindAnalyser(exec.LookPath)
	if err != nil {
		return nil, fmt.Sprintf("prior: off: %v", err)
	}
	said := fmt.Sprintf("prior: llvm-mca's %s, standing for %s, says which kernels are tried first; it is no result", core.Model, name)
	return &inspect.Prior{Toolchain: *m.compiler, Analyser: analyser, Core: core}, said
}
