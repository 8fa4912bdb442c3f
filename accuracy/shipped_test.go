package accuracy_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/rt3d-tune/rt3d-tune/accuracy"
	"github.com/rt3d-tune/rt3d-tune/internal/npy"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/model/reference"
	"github.com/rt3d-tune/rt3d-tune/model/zoo"
)

// These tests hold the shipped networks to the clips it was trained on, by the exact executor.

func shipped(t *testing.T, name string, count int) (*model.Graph, accuracy.Dataset) {
	t.Helper()
	g, err := zoo.Build(name, 0)
	if err != nil {
		t.Fatal(err)
	}
	ds, err := accuracy.Open(accuracy.Config{Type: "motion", Seed: 1, Split: "test", Count: count})
	if err != nil {
		t.Fatal(err)
	}
	return g, ds
}

// TestShippedNetworksComputeWhatPyTorchDid compares logits with those that the checkpoint gave before
// its export (testdata/NAME-logits.npy; training/README.md has the commands).
func TestShippedNetworksComputeWhatPyTorchDid(t *testing.T) {
	for _, name := range []string{"motion-c3d", "motion-c3d-reweighted"} {
		t.Run(name, func(t *testing.T) { computesWhatPyTorchDid(t, name) })
	}
}

func computesWhatPyTorchDid(t *testing.T, name string) {
	shape, want, err := npy.ReadFile("testdata/" + name + "-logits.npy")
	if err != nil {
		t.Fatal(err)
	}
	g, ds := shipped(t, name, shape[0])
	for i := range ds.Len() {
		clip, _, err := ds.Clip(i)
		if err != nil {
			t.Fatal(err)
		}
		got, err := reference.Run(g, clip)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != shape[1] || len(got) != len(ds.Classes()) {
			t.Fatalf("%d logits for %d classes", len(got), len(ds.Classes()))
		}
		scale := 0.0
		for _, v := range got {
			scale = max(scale, math.Abs(v))
		}
		for j, v := range got {
			if w := float64(want[i*len(got)+j]); math.Abs(v-w) > 1e-4*scale {
				t.Errorf("clip %d, logit %d: %g, PyTorch gave %g", i, j, v, w)
			}
		}
	}
}

// opposites are classes that are each other's clips played backwards.
var opposites = [][2]string{
	{"right", "left"}, {"down", "up"}, {"down-right", "up-left"}, {"down-left", "up-right"}, {"fast-right", "fast-left"}, {"fast-down", "fast-up"},
	{"rotate-clockwise", "rotate-counterclockwise"}, {"grow", "shrink"}, {"brighten", "fade"},
}

// TestShuffledFramesLeaveChance shows that the network goes by motion: with the frames of each clip in random order
// it must be lost. Between a class and its opposite, whose clips are the same played backwards, nothing but chance
// may be left. Among all classes a little more is: the set of frames, in any order, still shows whether it is the
// place, the angle, the size or the contrast of the blob that changes.
func TestShuffledFramesLeaveChance(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the exact executor on hundreds of clips")
	}
	const clips = 252
	g, ds := shipped(t, "motion-c3d-reweighted", clips)
	inOrder := score(t, g, ds, func([]int) {})
	random := rand.New(rand.NewPCG(1, 2))
	shuffled := score(t, g, ds, func(frames []int) {
		random.Shuffle(len(frames), func(i, j int) { frames[i], frames[j] = frames[j], frames[i] })
	})
	t.Logf("all classes: %.3f in order, %.3f shuffled, chance %.3f; opposites: %.3f in order, %.3f shuffled, chance 0.5",
		inOrder.all, shuffled.all, 1/float64(len(ds.Classes())), inOrder.opposite, shuffled.opposite)
	if inOrder.all < 0.9 || inOrder.opposite < 0.95 {
		t.Errorf("in order: accuracy %.3f, against opposites %.3f: want at least 0.9 and 0.95", inOrder.all, inOrder.opposite)
	}
	if shuffled.all > 0.2 {
		t.Errorf("shuffled: accuracy %.3f: want at most 0.2", shuffled.all)
	}
	// Four standard errors of a guess.
	if off := math.Abs(shuffled.opposite - 0.5); off > 4*math.Sqrt(0.25/clips) {
		t.Errorf("shuffled: %.3f against opposites: want 0.5 within %.3f", shuffled.opposite, 4*math.Sqrt(0.25/clips))
	}
}

// scores are shares of clips: all, that the network puts into the right class; opposite, that it finds likelier to be
// in the right class than in the opposite one.
type scores struct{ all, opposite float64 }

// score runs the network on the data set's clips after arrange put their frames in order.
func score(t *testing.T, g *model.Graph, ds accuracy.Dataset, arrange func(frames []int)) scores {
	t.Helper()
	reverse := make([]int, len(ds.Classes()))
	for _, pair := range opposites {
		a, b := slices.Index(ds.Classes(), pair[0]), slices.Index(ds.Classes(), pair[1])
		if a < 0 || b < 0 {
			t.Fatalf("classes are %v: want %v among them", ds.Classes(), pair)
		}
		reverse[a], reverse[b] = b, a
	}
	var hits, beats atomic.Int64
	var work errgroup.Group
	work.SetLimit(2)
	s := ds.Shape()
	for i := range ds.Len() {
		order := make([]int, s.D)
		for d := range order {
			order[d] = d
		}
		arrange(order)
		work.Go(func() error {
			clip, label, err := ds.Clip(i)
			if err != nil {
				return err
			}
			logits, err := reference.Run(g, rearranged(clip, s, order))
			if err != nil {
				return err
			}
			if logits[label] == slices.Max(logits) {
				hits.Add(1)
			}
			if logits[label] > logits[reverse[label]] {
				beats.Add(1)
			}
			return nil
		})
	}
	if err := work.Wait(); err != nil {
		t.Fatal(err)
	}
	n := float64(ds.Len())
	return scores{float64(hits.Load()) / n, float64(beats.Load()) / n}
}

// rearranged puts frame order[d] of a clip at place d.
func rearranged(clip []float32, s model.Shape, order []int) []float32 {
	out := make([]float32, 0, len(clip))
	for c := range s.C {
		for _, d := range order {
			begin := (c*s.D + d) * s.H * s.W
			out = append(out, clip[begin:begin+s.H*s.W]...)
		}
	}
	return out
}
