package accuracy_test

import (
	"math"
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/rt3d-tune/rt3d-tune/accuracy"
	"github.com/rt3d-tune/rt3d-tune/internal/npy"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/model/reference"
	"github.com/rt3d-tune/rt3d-tune/model/zoo"
)

// These tests hold the shipped network to the clips it was trained on, by the exact executor.

func shipped(t *testing.T, count int) (*model.Graph, accuracy.Dataset) {
	t.Helper()
	g, err := zoo.Build("motion-c3d", 0)
	if err != nil {
		t.Fatal(err)
	}
	ds, err := accuracy.Open(accuracy.Config{Type: "motion", Seed: 1, Split: "test", Count: count})
	if err != nil {
		t.Fatal(err)
	}
	return g, ds
}

// TestShippedNetworkComputesWhatPyTorchDid compares logits with those that the checkpoint gave before
// its export (testdata/motion-c3d-logits.npy; training/README.md has the command).
func TestShippedNetworkComputesWhatPyTorchDid(t *testing.T) {
	shape, want, err := npy.ReadFile("testdata/motion-c3d-logits.npy")
	if err != nil {
		t.Fatal(err)
	}
	g, ds := shipped(t, shape[0])
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

// TestShuffledFramesLeaveChance shows that the network goes by motion: with the frames of each clip in random order
// it must be lost.
func TestShuffledFramesLeaveChance(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the exact executor on hundreds of clips")
	}
	const clips = 252
	g, ds := shipped(t, clips)
	inOrder := right(t, g, ds, func(frames []int) {})
	random := rand.New(rand.NewPCG(1, 2))
	shuffled := right(t, g, ds, func(frames []int) {
		random.Shuffle(len(frames), func(i, j int) { frames[i], frames[j] = frames[j], frames[i] })
	})
	t.Logf("%.3f in order, %.3f shuffled, chance %.3f", inOrder, shuffled, 1/float64(len(ds.Classes())))
	if inOrder < 0.88 {
		t.Errorf("accuracy %.3f: want at least 0.88", inOrder)
	}
	// Order leaves no trace in single frames, but some in the set of them: a blob that was in eight places is not one
	// that stood still. Hence a little above chance.
	if shuffled > 0.15 {
		t.Errorf("accuracy on shuffled frames %.3f: want at most 0.15", shuffled)
	}
}

// right gives the share of clips that the network gets right after their frames were put in order by arrange.
func right(t *testing.T, g *model.Graph, ds accuracy.Dataset, arrange func(frames []int)) float64 {
	t.Helper()
	var hits atomic.Int64
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
			best := 0
			for j, v := range logits {
				if v > logits[best] {
					best = j
				}
			}
			if best == label {
				hits.Add(1)
			}
			return nil
		})
	}
	if err := work.Wait(); err != nil {
		t.Fatal(err)
	}
	return float64(hits.Load()) / float64(ds.Len())
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
