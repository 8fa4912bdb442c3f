package main

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"

	"golang.org/x/sys/cpu"

	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/kernels/toolchain"
)

//go:embed engines
var engines embed.FS

// workshop builds and starts engines.
type workshop struct {
	target   spec.Target
	vector   spec.Vector
	compiler toolchain.Toolchain
	cacheDir string
	dir      string // of this run: inputs, weights, models, drivers
	oneDNN   string // the driver, built on first use
}

func openWorkshop(ctx context.Context) (*workshop, error) {
	w := &workshop{}
	var err error
	if w.target, err = chooseTarget(); err != nil {
		return nil, err
	}
	info, err := isa.Of(w.target.ISA, w.target.DataType)
	if err != nil {
		return nil, err
	}
	w.vector = info.Vector()
	found, err := toolchain.Find(ctx, w.target)
	if err != nil {
		return nil, err
	}
	w.compiler = found[0]
	if w.cacheDir, err = toolchain.DefaultCacheDir(); err != nil {
		return nil, err
	}
	if w.dir, err = os.MkdirTemp("", "rt3d-benchmarks-"); err != nil {
		return nil, fmt.Errorf("make a directory: %w", err)
	}
	entries, err := engines.ReadDir("engines")
	for _, e := range entries {
		err = errors.Join(err, os.WriteFile(w.path(e.Name()), engineFile(e.Name()), 0o644))
	}
	if err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

func (w *workshop) close() error { return os.RemoveAll(w.dir) }

func (w *workshop) path(name string) string { return filepath.Join(w.dir, name) }

func engineFile(name string) []byte {
	content, err := engines.ReadFile("engines/" + name)
	if err != nil {
		panic(err) // embedded at compile time
	}
	return content
}

// chooseTarget takes the widest vector extension of this machine.
func chooseTarget() (spec.Target, error) {
	t := spec.Target{Arch: spec.Arch(runtime.GOARCH), DataType: spec.Float32}
	switch {
	case cpu.X86.HasAVX512F && cpu.X86.HasAVX2 && cpu.X86.HasFMA:
		t.ISA = spec.AVX512
	case cpu.X86.HasAVX2 && cpu.X86.HasFMA:
		t.ISA = spec.AVX2
	case t.Arch == spec.ARM64:
		t.ISA = spec.NEON
	default:
		return t, fmt.Errorf("choose a target: there are no kernels for vectors of this %s processor", t.Arch)
	}
	return t, nil
}

// timed is what counts of a program of ours.
type timed string

const (
	kernelAlone  timed = "layer"   // the kernel
	wholeNetwork timed = "network" // load and store too
)

// startOurs builds a program with the serving main in the runner's place and starts it on as many of the
// cores as it has threads.
func (w *workshop) startOurs(ctx context.Context, name string, p kernels.Program, what timed, input string, cores []int) (*side, error) {
	source, err := kernels.Generate(w.target, []kernels.Program{p})
	if err != nil {
		return nil, err
	}
	blob, err := kernels.Pack(w.target, p)
	if err != nil {
		return nil, err
	}
	delete(source.Files, "rt3d_main.c")
	for _, file := range []string{"serve.h", "serve.c", "rt3d.c"} {
		source.Files[file] = engineFile(file)
	}
	binary, err := w.compiler.Build(ctx, toolchain.Request{
		Files: source.Files, Programs: source.Programs, ProgramFiles: source.ProgramFiles, CacheDir: w.cacheDir})
	if err != nil {
		return nil, err
	}
	path := w.path("blob")
	if err := os.WriteFile(path, blob, 0o644); err != nil {
		return nil, err
	}
	s, err := startSide(ctx, name, cores[:p.Threads], nil, binary.Path, p.Name, path, input, strconv.Itoa(p.Threads), string(what))
	return s, errors.Join(err, os.Remove(path)) // it is in memory now
}

// startOneDNN starts a convolution, whose weights and biases are in a file.
func (w *workshop) startOneDNN(ctx context.Context, l spec.Workload, input, weights string, cores []int) (*side, error) {
	args, err := oneDNNArguments(l)
	if err != nil {
		return nil, err
	}
	if w.oneDNN == "" {
		path := w.path("onednn")
		c := exec.CommandContext(ctx, "gcc", "-O2", "-o", path, w.path("onednn.c"), w.path("serve.c"), "-ldnnl")
		if out, err := c.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("compile the driver of oneDNN (scripts/setup bench installs what it needs): %w: %s", err, out)
		}
		w.oneDNN = path
	}
	threads := fmt.Sprintf("OMP_NUM_THREADS=%d", len(cores))
	return startSide(ctx, "oneDNN", cores, []string{threads}, append([]string{w.oneDNN, input, weights}, args...)...)
}

// environment is where scripts/setup installs the engines that are Python packages.
const environment = "benchmarks/.venv"

// peerPython gives the Python that has the engines, of the project in a folder. scripts/setup puts the list of
// what it has installed beside it last, so that an environment that it did not finish is known.
func peerPython(project string) (string, error) {
	want, err := os.ReadFile(filepath.Join(project, "benchmarks", "requirements.txt"))
	if err != nil {
		return "", fmt.Errorf("%w (run this in the project's folder)", err)
	}
	has, err := os.ReadFile(filepath.Join(project, environment, "requirements.txt"))
	if err != nil {
		return "", fmt.Errorf("the engines are not installed: %w (run scripts/setup bench)", err)
	}
	if !bytes.Equal(has, want) {
		return "", fmt.Errorf("the engines of %s are not those of benchmarks/requirements.txt (run scripts/setup bench)", environment)
	}
	return filepath.Join(project, environment, "bin", "python"), nil
}

// startPeer starts an engine of engines/peer.py.
func (w *workshop) startPeer(ctx context.Context, engine, model, input string, cores []int) (*side, error) {
	python, err := peerPython(".")
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", engine, err)
	}
	return startSide(ctx, engine, cores, nil, python, w.path("peer.py"), engine, model, input, strconv.Itoa(len(cores)))
}
