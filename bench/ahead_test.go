package bench

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/kernels/toolchain"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// isMeasurement tells the runs that time something from the greeting, which has no jobs.
func isMeasurement(c remote.Command) bool {
	reader, ok := c.Stdin.(*strings.Reader)
	return ok && reader.Len() > 0
}

// While a device that is another machine measures, the next batch is built and pushed: the measurement of
// the first batch here goes on only when the second batch has arrived.
func TestNextBatchArrivesDuringMeasurement(t *testing.T) {
	d := newDirect(t)
	binaries := func() (n int) {
		d.mu.Lock()
		defer d.mu.Unlock()
		for _, path := range d.pushes {
			if strings.HasSuffix(path, ".run") {
				n++
			}
		}
		return n
	}
	first := true
	d.onRun = func(c remote.Command) error {
		if !isMeasurement(c) || !first {
			return nil
		}
		first = false
		for deadline := time.Now().Add(2 * time.Minute); binaries() < 2; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				return errors.New("the second batch does not come before the first is measured")
			}
		}
		return nil
	}
	s := handmadeSession(t, d, Options{Batch: 1})
	for key, r := range evaluate(t, s, many(2)...) {
		if r.Outcome != results.OK {
			t.Errorf("%s: %s %s", key, r.Outcome, r.Detail)
		}
	}
}

// On this machine nothing is built or pushed while something is measured, and two calls never measure at
// the same time.
func TestOneMeasurementAtATime(t *testing.T) {
	for _, exclusive := range []bool{false, true} {
		d := newDirect(t)
		measuring := make(chan struct{}, 1)
		d.onRun = func(c remote.Command) error {
			select {
			case measuring <- struct{}{}:
			default:
				return errors.New("another measurement is running")
			}
			defer func() { <-measuring }()
			time.Sleep(30 * time.Millisecond) // room for the other to come in, if anything lets it
			return nil
		}
		d.onPush = func(string) error {
			if exclusive && len(measuring) > 0 {
				return fault(remote.Corrupted)
			}
			return nil
		}
		s := handmadeSession(t, d, Options{Batch: 1, Exclusive: exclusive})
		outs := []<-chan Result{s.Evaluate(t.Context(), many(3)), s.Evaluate(t.Context(), many(3))}
		for _, out := range outs {
			for r := range out {
				if r.Outcome != results.OK {
					t.Errorf("exclusive %v: %s: %s %s", exclusive, r.Key, r.Outcome, r.Detail)
				}
			}
		}
	}
}

// A new mask is a new blob and no work for the compiler: after one build, a compiler that only fails is
// enough for every density, scheme and group size, of a kernel and of a whole network.
func TestNewMasksNeedNoCompiler(t *testing.T) {
	target := fastest()
	g := &generator{target: target, toolchain: compilerFor(t, target), cacheDir: cacheDir}
	gone := filepath.Join(t.TempDir(), "gone")
	g.toolchain.Command = append([]string{"sh", "-c", `[ ! -e "$0" ] || exit 1; exec "$@"`, gone}, g.toolchain.Command...)
	w := workload(16, 32, 8)
	programs := func(p kernels.Pruning) []kernels.Program {
		single, err := kernels.SingleConv(w, 1, p)
		if err != nil {
			t.Fatal(err)
		}
		net := network(t)
		if p.Scheme != "" {
			conv := single.Nodes[0].Op.(*model.Conv)
			c := net.Nodes[2].Op.(*model.Conv) // of 16 channels and 16 filters
			mask, err := model.NewMask(conv.Mask.Scheme, conv.Mask.GM, conv.Mask.GN, c)
			if err != nil {
				t.Fatal(err)
			}
			for i := range mask.Kept {
				mask.Kept[i] = i%7 < 3
			}
			c.Mask = mask
			for i := range c.Weight {
				if !mask.Keeps(i/(mask.Positions*mask.Channels), i/mask.Positions%mask.Channels, i%mask.Positions) {
					c.Weight[i] = 0
				}
			}
		}
		return []kernels.Program{{Graph: single, Threads: 1}, {Graph: net, Threads: 1}}
	}
	first := programs(kernels.Pruning{})
	for i := range first { // what a search has chosen stays while masks change
		var err error
		if first[i].Schedules, err = kernels.DefaultSchedules(target, first[i].Graph, 1); err != nil {
			t.Fatal(err)
		}
	}
	dense := g.Build(t.Context(), first)
	for i, b := range dense {
		if b.Err != nil {
			t.Fatal(i, b.Err)
		}
	}
	if err := os.WriteFile(gone, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	blobs := [][]string{{dense[0].Artifact.BlobHash}, {dense[1].Artifact.BlobHash}}
	for _, p := range []kernels.Pruning{
		{Scheme: model.KGS, GM: 8, GN: 4, Density: 0.5},
		{Scheme: model.KGS, GM: 4, GN: 2, Density: 0.1},
		{Scheme: model.Vanilla, GM: 8, GN: 8, Density: 0.25},
		{Scheme: model.Filter, Density: 0.75},
	} {
		masked := programs(p)
		for i := range masked {
			masked[i].Schedules = first[i].Schedules
		}
		for i, b := range g.Build(t.Context(), masked) {
			if b.Err != nil {
				t.Fatalf("%+v, program %d: %v", p, i, b.Err)
			}
			if b.Artifact.Binary.SHA256 != dense[i].Artifact.Binary.SHA256 || b.Artifact.Binary.Compiled != 0 {
				t.Errorf("%+v, program %d: another binary, %d files compiled", p, i, b.Artifact.Binary.Compiled)
			}
			if slices.Contains(blobs[i], b.Artifact.BlobHash) {
				t.Errorf("%+v, program %d: the blob of another mask", p, i)
			}
			blobs[i] = append(blobs[i], b.Artifact.BlobHash)
		}
	}
	// The compiler that fails is asked as soon as the structure is another.
	other, err := kernels.SingleConv(workload(16, 24, 8), 1, kernels.Pruning{})
	if err != nil {
		t.Fatal(err)
	}
	b := g.Build(t.Context(), []kernels.Program{{Graph: other, Threads: 1}})[0]
	var compile *toolchain.CompileError
	if !errors.As(b.Err, &compile) {
		t.Errorf("another workload: %v, want a compile error", b.Err)
	}
}
