package kernels

import (
	"fmt"

	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/network"
	"github.com/rt3d-tune/rt3d-tune/kernels/runner"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
)

// Generate gives all the C of one binary: a file per program, the table of programs, the header of
// the vector extension, and the runner. Equal structures and schedules give equal bytes, whatever
// the weights and masks are: those are in the blob that Pack makes.
func Generate(t spec.Target, programs []Program) (*Source, error) {
	info, err := check(t)
	if err != nil {
		return nil, fmt.Errorf("generate for %s: %w", t, err)
	}
	if len(programs) == 0 {
		return nil, fmt.Errorf("generate for %s: no programs", t)
	}
	source := &Source{Target: t, Files: runner.Files(), ProgramFiles: map[string]string{}}
	source.Files[info.Header] = isa.Header(info)
	if source.Files[isa.PeakFile], err = isa.PeakSource(info); err != nil {
		return nil, fmt.Errorf("generate for %s: %w", t, err)
	}
	for _, p := range programs {
		plan, err := network.NewPlan(info, request(p))
		if err != nil {
			return nil, fmt.Errorf("generate for %s: %w", t, err)
		}
		text, err := plan.Emit()
		if err != nil {
			return nil, fmt.Errorf("generate for %s: %w", t, err)
		}
		// The prefix keeps programs apart from the runner's files.
		file := "program_" + p.Name + ".c"
		if _, dup := source.Files[file]; dup {
			return nil, fmt.Errorf("generate for %s: two programs are named %q", t, p.Name)
		}
		source.Files[file] = text
		source.ProgramFiles[file] = p.Name
		source.Programs = append(source.Programs, p.Name)
	}
	source.Files[runner.TableFile] = runner.Table(source.Programs)
	return source, nil
}

// Pack gives the blob of a program's weights and masks, for the C that Generate makes of the same
// structure and schedules.
func Pack(t spec.Target, p Program) ([]byte, error) {
	plan, err := PlanOf(t, p)
	if err != nil {
		return nil, err
	}
	return plan.Pack()
}

// PlanOf lays a program out for a target without writing it: memory, fusion and kernels can be looked
// at.
func PlanOf(t spec.Target, p Program) (*network.Plan, error) {
	info, err := check(t)
	if err != nil {
		return nil, fmt.Errorf("plan for %s: %w", t, err)
	}
	return network.NewPlan(info, request(p))
}

// Describe says what a program runs and needs on a target: steps, layouts, memory, MACs.
func Describe(t spec.Target, p Program) (network.Summary, error) {
	plan, err := PlanOf(t, p)
	if err != nil {
		return network.Summary{}, err
	}
	return plan.Summary()
}

func request(p Program) network.Request {
	return network.Request{Name: p.Name, Graph: p.Graph, Schedules: p.Schedules, Threads: p.Threads, Drag: p.Drag}
}

// check refuses targets for which there are no kernels.
func check(t spec.Target) (isa.Info, error) {
	info, err := isa.Of(t.ISA, t.DataType)
	if err != nil {
		return isa.Info{}, err
	}
	if info.Arch != "" && info.Arch != t.Arch {
		return isa.Info{}, fmt.Errorf("architecture %q has no %s: want %s", t.Arch, t.ISA, info.Arch)
	}
	return info, nil
}
