package motion

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/internal/npy"
)

// TestClipsAreTheSameEverywhere pins the bytes of the first clips: trained networks and accuracies that
// were published depend on them. It must hold on every processor.
func TestClipsAreTheSameEverywhere(t *testing.T) {
	for split, want := range map[Split]string{
		Train:      "dd1c02d916ff16e082e2f7207b8598843e7f329d1486ac50b310bb81e7940b8c",
		Validation: "381db3da78e3df5855edfc2e40ed577c0aa89f9b999ed781f20c5f7f5476e668",
		Test:       "b9cadfa0a3bc3aa1d0992faa13f0886ecaec9e7c76dff34c4524ce71720c1980",
	} {
		h := sha256.New()
		clip := make([]byte, Bytes)
		for i := range 2 * len(classes) {
			Generator{Seed: 1, Split: split}.Clip(i, clip)
			h.Write(clip)
		}
		if got := hex.EncodeToString(h.Sum(nil)); got != want {
			t.Errorf("%s: the first clips hash to %s, want %s", split, got, want)
		}
	}
}

func TestSeedSplitAndIndexEachChangeTheClip(t *testing.T) {
	n := len(classes) // the same class again
	clips := map[string]string{}
	for name, c := range map[string]struct {
		g Generator
		i int
	}{
		"base":  {Generator{1, Train}, 0},
		"seed":  {Generator{2, Train}, 0},
		"split": {Generator{1, Test}, 0},
		"index": {Generator{1, Train}, n},
	} {
		clip := make([]byte, Bytes)
		if label := c.g.Clip(c.i, clip); label != 0 {
			t.Errorf("%s: label %d, want 0", name, label)
		}
		for other, bytes := range clips {
			if bytes == string(clip) {
				t.Errorf("%s and %s give the same clip", name, other)
			}
		}
		clips[name] = string(clip)
	}
	again := make([]byte, Bytes)
	Generator{1, Train}.Clip(0, again)
	if clips["base"] != string(again) {
		t.Error("the same seed, split and index give two clips")
	}
}

func TestPrefixesAreBalanced(t *testing.T) {
	count := make([]int, len(classes))
	for i := range 5 * len(classes) {
		count[Label(i)]++
	}
	for label, n := range count {
		if n != 5 {
			t.Errorf("class %d has %d of 5 clips", label, n)
		}
	}
}

func TestSineTable(t *testing.T) {
	for i, got := range quarterSine {
		if want := int32(math.Round(math.Sin(float64(i)*math.Pi/128) * 32768)); got != want {
			t.Errorf("entry %d is %d, want %d", i, got, want)
		}
	}
	for a := int32(-70000); a < 140000; a += 7 {
		want := math.Sin(float64(a) * 2 * math.Pi / 65536)
		if got := float64(sine(a)) / 32768; math.Abs(got-want) > 1.5e-4 {
			t.Fatalf("sine of %d/65536 turns is %g, want %g", a, got, want)
		}
	}
}

// TestMotionIsWhatTheNameSays reads the scene, not the pixels.
func TestMotionIsWhatTheNameSays(t *testing.T) {
	for label, c := range classes {
		r := newSource(3, Test, label)
		s := newScene(r, c)
		before := *s
		s.step(r)
		dx, dy := s.subject.x-before.subject.x, s.subject.y-before.subject.y
		got := map[string]bool{
			"right": dx > 60 && dx > 2*abs(dy), "left": dx < -60 && -dx > 2*abs(dy),
			"down": dy > 60 && dy > 2*abs(dx), "up": dy < -60 && -dy > 2*abs(dx),
			"down-right": dx > 110 && dy > 110, "down-left": dx < -110 && dy > 110,
			"up-right": dx > 110 && dy < -110, "up-left": dx < -110 && dy < -110,
			"rotate-clockwise": s.subject.angle > before.subject.angle, "rotate-counterclockwise": s.subject.angle < before.subject.angle,
			"grow": s.zoom > before.zoom, "shrink": s.zoom < before.zoom,
			"brighten": s.fade > before.fade, "fade": s.fade < before.fade,
		}
		name, isFast := strings.CutPrefix(c.name, "fast-")
		for motion, present := range got {
			if present != (motion == name) {
				t.Errorf("class %s: %s is %v (moved by %d, %d)", c.name, motion, present, dx, dy)
			}
		}
		if far := max(abs(dx), abs(dy)) > 2*one; isFast != far {
			t.Errorf("class %s moved by %d, %d", c.name, dx, dy)
		}
	}
}

func abs(v int32) int32 { return max(v, -v) }

func TestWrittenSetIsTheGeneratedOne(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "set")
	g := Generator{Seed: 9, Split: Validation}
	if err := g.Write(dir, 20); err != nil {
		t.Fatal(err)
	}
	dims, values, err := npy.ReadFile(filepath.Join(dir, "clips.npy"))
	if err != nil || len(dims) != 5 || dims[0] != 20 {
		t.Fatalf("shape %v, %v", dims, err)
	}
	clip := make([]byte, Bytes)
	label := g.Clip(19, clip)
	for i, b := range clip {
		if got := values[19*Bytes+i]; got != Value(b) {
			t.Fatalf("value %d of the last clip is %g, want %g: a network must be able to take the file as it is", i, got, Value(b))
		}
	}
	shape, labels, err := npy.ReadFileInt64(filepath.Join(dir, "labels.npy"))
	if err != nil || len(shape) != 1 || shape[0] != 20 || labels[19] != int64(label) {
		t.Errorf("labels: shape %v, %v, %v", shape, labels, err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "meta.json"))
	if err != nil {
		t.Fatal(err)
	}
	var meta Meta
	if err := json.Unmarshal(text, &meta); err != nil {
		t.Fatal(err)
	}
	if meta.Offset != 0 || meta.Scale != 1 || meta.Count != 20 || meta.Seed != 9 {
		t.Errorf("meta.json says %+v", meta)
	}
	if err := g.Write(dir, 0); err == nil || !strings.Contains(err.Error(), "at least 1") {
		t.Errorf("an empty set was written: %v", err)
	}
}

func TestParseSplit(t *testing.T) {
	if s, err := ParseSplit("validation"); err != nil || s != Validation {
		t.Error(s, err)
	}
	if _, err := ParseSplit("eval"); err == nil {
		t.Error("split eval was accepted")
	}
}

func BenchmarkClip(b *testing.B) {
	g := Generator{Seed: 1, Split: Train}
	dst := make([]byte, Bytes)
	for i := 0; b.Loop(); i++ {
		g.Clip(i, dst)
	}
}
