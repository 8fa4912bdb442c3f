package export

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/internal/testtool"
	"github.com/rt3d-tune/rt3d-tune/kernels/runner"
)

func TestNames(t *testing.T) {
	for text, want := range map[string]string{"motion-c3d": "motion_c3d", "R(2+1)D-18": "r_2_1_d_18", "3D": "net_3d", "": "net", "rt3d net": "net_rt3d_net"} {
		if got := NameFor(text); got != want || CheckName(got) != nil {
			t.Errorf("name for %q is %q, want %q", text, got, want)
		}
	}
	for _, name := range []string{"", "C3D", "c3d-small", "_c3d", "3d", "rt3d_pool", "c3d.c", "../c3d"} {
		if _, err := Generate(Library{Name: name}); err == nil || !strings.Contains(err.Error(), "library name") {
			t.Errorf("name %q: error %v", name, err)
		}
	}
}

// What the caller says ends up in C, CMake and Markdown as text and nothing else.
func TestTextsAreHarmless(t *testing.T) {
	l := library(tiny(t, 16), neon)
	l.Origin = "point a*/ \"x\\\n$(y)`é"
	tree, err := Generate(l)
	if err != nil {
		t.Fatal(err)
	}
	const want = "tiny, point a_/ _x___(y)__, arm64/neon/fp32, "
	for _, path := range []string{"CMakeLists.txt", "README.md", "src/net.c", "src/rt3d_pool.c", "include/net_facts.h"} {
		if !strings.Contains(string(tree.Files[path]), want) {
			t.Errorf("%s does not say %q", path, want)
		}
	}
}

// The normalisation that a study's data has is the library's, in pixel units; the weights' hash is told.
func TestNormalisation(t *testing.T) {
	l := library(tiny(t, 16), neon)
	l.Normalisation = &Normalisation{Mean: []float64{0, 0.5, 1}, Std: []float64{1, 0.5, 2}}
	tree, err := Generate(l)
	if err != nil {
		t.Fatal(err)
	}
	facts := string(tree.Files["include/net_facts.h"])
	sum := sha256.Sum256(tree.Files["net.weights"])
	for _, want := range []string{"NET_WEIGHTS_SHA256 \"" + hex.EncodeToString(sum[:]) + "\"\n", "NET_PIXEL_MEAN {0.0f, 127.5f, 255.0f}\n", "NET_PIXEL_SCALE {0.003921569f, 0.007843138f, 0.0019607844f}\n"} {
		if !strings.Contains(facts, want) {
			t.Errorf("the facts do not hold %q:\n%s", want, facts)
		}
	}
	l.Normalisation.Std = []float64{1}
	if _, err := Generate(l); err == nil || !strings.Contains(err.Error(), "3 channels") {
		t.Errorf("a normalisation of one channel: error %v", err)
	}
}

// Shared files are the runner's own, under their own license line.
func TestSharedFilesAreTheRunners(t *testing.T) {
	tree, err := Generate(library(tiny(t, 16), neon))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(sharedSources[:len(sharedSources):len(sharedSources)], sharedHeaders...) {
		text := string(tree.Files["src/"+name])
		if original := string(runner.Files()[name]); original == "" || !strings.HasSuffix(text, original) {
			t.Errorf("%s is not the runner's", name)
		}
		if !strings.Contains(text, "SPDX-License-Identifier: Apache-2.0") {
			t.Errorf("%s has no license line", name)
		}
	}
}

func TestWriteKeepsWhatIsThere(t *testing.T) {
	tree := &Tree{Files: map[string][]byte{"src/a.c": []byte("int a;")}}
	root := t.TempDir()
	empty, full := filepath.Join(root, "empty"), filepath.Join(root, "full")
	if err := os.MkdirAll(filepath.Join(full, "mine"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(empty, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{empty, filepath.Join(root, "deep", "new")} {
		if err := tree.Write(dir); err != nil {
			t.Error(err)
		}
		if got := read(t, filepath.Join(dir, "src", "a.c")); got != "int a;" {
			t.Errorf("%s holds %q", dir, got)
		}
	}
	if err := tree.Write(full); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("a folder with something in it: error %v", err)
	}
	if entries, err := os.ReadDir(root); err != nil || len(entries) != 3 {
		t.Errorf("the folder around holds %v, %v: want empty, full and deep", entries, err)
	}
}

// Gradle builds all of Android's ABIs unless it is told otherwise.
func TestCMakeRefusesOtherProcessors(t *testing.T) {
	foreign := neon
	if host(t).Arch == foreign.Arch {
		t.Skip("needs a target of another architecture")
	}
	dir := exported(t, library(tiny(t, 16), foreign))
	out, err := exec.Command(testtool.Need(t, "cmake"), "-S", dir, "-B", filepath.Join(t.TempDir(), "build")).CombinedOutput()
	if err == nil || !strings.Contains(string(out), `abiFilters "arm64-v8a"`) {
		t.Errorf("error %v, output:\n%s", err, out)
	}
}
