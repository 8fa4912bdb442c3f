package bench

import (
	"testing"

	"github.com/rt3d-tune/rt3d-tune/internal/half"
	"github.com/rt3d-tune/rt3d-tune/internal/testtool"
	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// TestHalfPrecisionErrorComesWithTheResult: kernels in half precision are right within what their chains
// explain, and the record says how far off they are: longer chains more.
func TestHalfPrecisionErrorComesWithTheResult(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles for another processor")
	}
	info, err := isa.Of(spec.NEON, spec.Float16)
	if err != nil {
		t.Fatal(err)
	}
	target := spec.Target{Arch: spec.ARM64, ISA: info.Name, DataType: info.DataType}
	config := remote.Config{Name: "emulated", Transport: "local", Runner: []string{testtool.Need(t, info.Emulator)}}
	s := openSession(t, here(t, config), config, target, Options{})
	w := workload(64, 32, 7).In(info.DataType)
	schedule := spec.DefaultSchedule(w, info.Vector(), 1)
	schedule.ChannelBlock = 0 // the sums of blocks are rounded, too
	short, long := kernelCandidate(t, w, kernels.Pruning{}), kernelCandidate(t, w, kernels.Pruning{})
	short.Key, long.Key = "short", "long"
	short.Program.Schedules = map[string]spec.Schedule{"conv": schedule}
	schedule.Chain = 0
	long.Program.Schedules = map[string]spec.Schedule{"conv": schedule}
	got := evaluate(t, s, short, long)
	errors := map[string]float64{}
	for key, r := range got {
		if r.Outcome != results.OK {
			t.Fatalf("%s: %s %s", key, r.Outcome, r.Detail)
		}
		errors[key] = r.Provenance.MaxError / r.Provenance.OutputScale
	}
	if !(errors["short"] > half.Roundoff/8 && errors["short"] < errors["long"]) {
		t.Errorf("errors as shares of the output's scale: %.2g with chains of %d, %.2g with one chain", errors["short"], spec.DefaultChain, errors["long"])
	}
}
