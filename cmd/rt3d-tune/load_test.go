package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/internal/npy"
	"github.com/rt3d-tune/rt3d-tune/model"
)

// Clips stored as bytes beside a meta.json are scaled to what a network takes; other arrays are taken as they are.
func TestStoredClipsAreScaledToInputs(t *testing.T) {
	g := &model.Graph{Name: "m", Input: model.Value{Name: "x", Dims: []int{1, 1, 1, 1, 2}}}
	dir := t.TempDir()
	write := func(name string, shape ...int) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := npy.WriteFile(path, shape, []float32{128, 192, 64, 0}); err != nil {
			t.Fatal(err)
		}
		return path
	}
	if err := os.WriteFile(filepath.Join(dir, "meta.json"), []byte(`{"offset": [128], "scale": [0.25]}`), 0o644); err != nil {
		t.Fatal(err)
	}
	stored, err := loadInputs(write("clips.npy", 2, 1, 1, 1, 2), g)
	if err != nil {
		t.Fatal(err)
	}
	if len(stored) != 2 || stored[0][0] != 0 || stored[0][1] != 16 || stored[1][1] != -32 {
		t.Errorf("stored clips gave %v", stored)
	}
	plain, err := loadInputs(write("inputs.npy", 2, 1, 1, 1, 2), g)
	if err != nil {
		t.Fatal(err)
	}
	if len(plain) != 2 || plain[0][1] != 192 {
		t.Errorf("other inputs gave %v", plain)
	}
	if _, err := loadInputs(write("clips.npy", 1, 1, 1, 1, 4), g); err == nil || !strings.Contains(err.Error(), "clips of 1x1x1x4; model m wants 1x1x1x2") {
		t.Errorf("error %v, want one with both shapes", err)
	}
}
