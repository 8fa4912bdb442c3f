package kernels

import (
	"testing"

	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model/zoo"
)

// TestDefaultsLeaveLargeNetworksTheirSize: C3D with transformed weights still fits a phone's memory, and
// the layers that gain most have them.
func TestDefaultsLeaveLargeNetworksTheirSize(t *testing.T) {
	g, err := zoo.Build("c3d", 1)
	if err != nil {
		t.Fatal(err)
	}
	target := spec.Target{Arch: spec.AMD64, ISA: spec.AVX2, DataType: spec.Float32}
	schedules, err := DefaultSchedules(target, g, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, layer := range []string{"conv2", "conv3b"} {
		if a := schedules[layer].Algorithm; a != spec.Winograd4x4 {
			t.Errorf("%s: got %s, want %s", layer, a, spec.Winograd4x4)
		}
	}
	plain, err := Describe(target, Program{Name: "plain", Graph: g, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	chosen, err := Describe(target, Program{Name: "chosen", Graph: g, Schedules: schedules, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	if grown := chosen.BlobBytes - plain.BlobBytes; grown <= 0 || grown > winogradRoom(g) {
		t.Errorf("weights grow by %d bytes from %d: there is room for %d", grown, plain.BlobBytes, winogradRoom(g))
	}
}
