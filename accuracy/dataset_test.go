package accuracy

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/accuracy/motion"
	"github.com/rt3d-tune/rt3d-tune/internal/npy"
	"github.com/rt3d-tune/rt3d-tune/internal/testtool"
	"github.com/rt3d-tune/rt3d-tune/model"
)

// write makes a file below dir, and the folders it needs.
func write(t *testing.T, dir, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// frame is a PNG of one colour.
func frame(t *testing.T, w, h int, c color.Color) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// unpacked makes a folder with two clips: a has 20 frames of brightness 10, 20, ..., b has 3 red frames.
func unpacked(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for i := range 20 {
		// Unpadded numbers: text order would put frame10 before frame2.
		write(t, dir, fmt.Sprintf("kick/a/frame%d.png", i+1), frame(t, 12, 8, color.Gray{uint8(10 * (i + 1))}))
	}
	for i := range 3 {
		write(t, dir, fmt.Sprintf("wave/b/%03d.PNG", i), frame(t, 12, 8, color.RGBA{255, 0, 51, 255}))
	}
	write(t, dir, "wave/b/notes.txt", []byte("not a frame"))
	return dir
}

func mustOpen(t *testing.T, cfg Config) Dataset {
	t.Helper()
	ds, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

func clip(t *testing.T, ds Dataset, i int) ([]float32, int) {
	t.Helper()
	data, label, err := ds.Clip(i)
	if err != nil {
		t.Fatal(err)
	}
	if len(data) != ds.Shape().Count() {
		t.Fatalf("clip %d has %d values, shape %s", i, len(data), ds.Shape())
	}
	return data, label
}

func TestMiddles(t *testing.T) {
	for _, c := range []struct {
		total, count int
		want         []int
	}{
		{20, 4, []int{2, 7, 12, 17}},
		{16, 16, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}},
		{1, 3, []int{0, 0, 0}},
		{3, 4, []int{0, 1, 1, 2}},
		{5, 1, []int{2}},
	} {
		if got := middles(c.total, c.count); !slices.Equal(got, c.want) {
			t.Errorf("%d of %d frames: %v, want %v", c.count, c.total, got, c.want)
		}
	}
}

func TestFramesAreSampledOrderedAndNormalised(t *testing.T) {
	dir := unpacked(t)
	list := write(t, dir, "list.txt", []byte("# clips\nkick/a 1\n\nwave/b 0\n"))
	write(t, dir, "classes.txt", []byte("wave a hand\nkick\n"))
	ds := mustOpen(t, Config{
		Type: "frames", Path: dir, List: list, Frames: 4, Resize: 6, Crop: 4, Mean: []float64{.5, .25, 0}, Std: []float64{.5, .25, 2},
	})
	if want := (model.Shape{C: 3, D: 4, H: 4, W: 4}); ds.Shape() != want || ds.Len() != 2 || !slices.Equal(ds.Classes(), []string{"wave a hand", "kick"}) {
		t.Fatalf("%s, %d clips, classes %q", ds.Shape(), ds.Len(), ds.Classes())
	}
	data, label := clip(t, ds, 0)
	if label != 1 {
		t.Errorf("label %d, want 1", label)
	}
	for d, grey := range []float64{30, 80, 130, 180} { // frames 3, 8, 13 and 18
		for c, want := range []float64{(grey/255 - .5) / .5, (grey/255 - .25) / .25, grey / 255 / 2} {
			if got := data[(c*4+d)*16]; math.Abs(float64(got)-want) > 1e-6 {
				t.Errorf("channel %d, frame %d: %g, want %g", c, d, got, want)
			}
		}
	}
	if data, label = clip(t, ds, 1); label != 0 || math.Abs(float64(data[2*64])-.1) > 1e-6 {
		t.Errorf("second clip: label %d, blue %g", label, data[2*64])
	}
}

func TestOneChannelIsLuma(t *testing.T) {
	ds := mustOpen(t, Config{Type: "frames", Path: unpacked(t), Frames: 1, Mean: []float64{0}, Std: []float64{1}})
	data, label := clip(t, ds, 1)
	if want := math.Round(.299*255+.114*51) / 255; ds.Shape().C != 1 || label != -1 || math.Abs(float64(data[0])-want) > 1e-6 {
		t.Errorf("%d channels, label %d, luma %g, want %g", ds.Shape().C, label, data[0], want)
	}
}

func TestLabelsMayBeNames(t *testing.T) {
	dir := unpacked(t)
	list := write(t, dir, "list.txt", []byte("kick/a kick\nwave/b wave\n"))
	ds := mustOpen(t, Config{Type: "frames", Path: dir, List: list, Count: 2})
	if _, label := clip(t, ds, 1); label != 1 || !slices.Equal(ds.Classes(), []string{"kick", "wave"}) || ds.Shape().D != 16 {
		t.Errorf("label %d, classes %v, %s", label, ds.Classes(), ds.Shape())
	}
}

// TestResizingIsBilinearWithHalfPixelCentres holds it against values of torch.nn.functional.interpolate(mode="bilinear",
// align_corners=False), which OpenCV's INTER_LINEAR gives too.
func TestResizingIsBilinearWithHalfPixelCentres(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 5, 3))
	for i := range img.Pix {
		img.Pix[i] = uint8(i * i)
	}
	for _, c := range []struct {
		resize, crop int
		want         []float64
		h, w         int
	}{
		{2, 0, []float64{7.41667, 15.25, 29.0833, 87.4167, 120.25, 159.0833333}, 2, 3},
		{6, 0, []float64{0, 0.25, 0.75, 1.75, 3.25, 5.25, 7.75, 10.75, 14.25, 16, 6.25, 7.125, 8.875, 11.125, 13.875, 17.125, 20.875, 25.125, 29.875, 32.25, 18.75, 20.875, 25.125, 29.875, 35.125, 40.875, 47.125, 53.875, 61.125, 64.75, 43.75, 47.125, 53.875, 61.125, 68.875, 77.125, 85.875, 95.125, 104.875, 109.75, 81.25, 85.875, 95.125, 104.875, 115.125, 125.875, 137.125, 148.875, 161.125, 167.25, 100, 105.25, 115.75, 126.75, 138.25, 150.25, 162.75, 175.75, 189.25, 196}, 6, 10},
		{0, 3, []float64{1, 4, 9, 36, 49, 64, 121, 144, 169}, 3, 3},
	} {
		tr := newTransform(Config{Resize: c.resize, Crop: c.crop, Mean: []float64{0}, Std: []float64{1. / 255}})
		h, w, err := tr.size(img.Bounds())
		if err != nil || h != c.h || w != c.w {
			t.Fatalf("resize %d, crop %d: %dx%d, %v", c.resize, c.crop, h, w, err)
		}
		got := make([]float32, h*w)
		tr.apply(img, got, 0, model.Shape{C: 1, D: 1, H: h, W: w})
		for i, want := range c.want {
			if math.Abs(float64(got[i])-want) > 1e-3 {
				t.Errorf("resize %d, crop %d: value %d is %g, want %g", c.resize, c.crop, i, got[i], want)
			}
		}
	}
}

func TestArrays(t *testing.T) {
	dir := t.TempDir()
	x := []float32{1, 2, 3, 4, 5, 6, 7, 8}
	clips := filepath.Join(dir, "X.npy")
	labels := filepath.Join(dir, "y.npy")
	if err := npy.WriteFile(clips, []int{2, 2, 1, 1, 2}, x); err != nil {
		t.Fatal(err)
	}
	if err := npy.WriteFile(labels, []int{2}, []int64{4, 0}); err != nil {
		t.Fatal(err)
	}
	ds := mustOpen(t, Config{Type: "npy", Path: clips, Labels: labels, Mean: []float64{1, 0}, Std: []float64{1, 2}})
	if data, label := clip(t, ds, 0); label != 4 || !slices.Equal(data, []float32{0, 1, 1.5, 2}) {
		t.Errorf("clip 0: %v, label %d", data, label)
	}
	plain := mustOpen(t, Config{Type: "npy", Path: clips})
	if data, label := clip(t, plain, 1); label != -1 || !slices.Equal(data, x[4:]) {
		t.Errorf("clip 1 as stored: %v, label %d", data, label)
	}
}

// Clips stored as bytes stand for what meta.json says, of all channels or of each.
func TestStoredValuesAreScaled(t *testing.T) {
	dir := t.TempDir()
	if err := npy.WriteFile(filepath.Join(dir, "clips.npy"), []int{1, 2, 1, 1, 1}, []float32{130, 140}); err != nil {
		t.Fatal(err)
	}
	for meta, want := range map[string][]float32{
		`{"offset": 120, "scale": 0.5}`:                                        {5, 10},
		`{"offset": [120, 100], "scale": [0.5, 2], "crop": 1, "flow": "flip"}`: {5, 80},
		`{"offset": [120, 100], "scale": [0.5]}`:                               {5, 20},
	} {
		write(t, dir, "meta.json", []byte(meta))
		if got, _ := clip(t, mustOpen(t, Config{Type: "npy", Path: dir}), 0); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", meta, got, want)
		}
	}
	for meta, want := range map[string]string{
		`{}`:                                "0 offsets, 0 scales: want one each, or one for each channel",
		`{"offset": 1}`:                     "1 offsets, 0 scales",
		`{"offset": [1, 2, 3], "scale": 1}`: "2, the channels",
		`{"offset": [1, 2], "scale": 0}`:    "scale is 0: want a positive number",
		`{"offset": "a", "scale": 1}`:       `"a": want a number or a list of numbers`,
	} {
		write(t, dir, "meta.json", []byte(meta))
		if _, err := Open(Config{Type: "npy", Path: dir}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", meta, err, want)
		}
	}
}

func TestWrittenMotionSetReadsAsArrays(t *testing.T) {
	dir := t.TempDir()
	if err := WriteMotion(dir, motion.Validation, 5, 19); err != nil {
		t.Fatal(err)
	}
	written := mustOpen(t, Config{Type: "npy", Path: dir})
	made := mustOpen(t, Config{Type: "motion", Seed: 5, Split: "validation", Count: 19})
	if written.Shape() != made.Shape() || written.Len() != made.Len() || !slices.Equal(written.Classes(), made.Classes()) {
		t.Fatalf("written %s × %d, made %s × %d", written.Shape(), written.Len(), made.Shape(), made.Len())
	}
	for i := range 19 {
		a, la := clip(t, written, i)
		b, lb := clip(t, made, i)
		if la != lb || !slices.Equal(a, b) {
			t.Errorf("clip %d differs", i)
		}
	}
}

// TestVideo makes a video whose frame n has brightness 8n, and reads it back.
func TestVideo(t *testing.T) {
	ffmpeg := testtool.Need(t, "ffmpeg")
	testtool.Need(t, "ffprobe")
	dir := t.TempDir()
	for i := range 30 {
		write(t, dir, fmt.Sprintf("%02d.png", i), frame(t, 32, 16, color.Gray{uint8(8 * i)}))
	}
	video := filepath.Join(dir, "rising: 1.avi") // a colon must not be taken for a protocol
	if out, err := exec.Command(ffmpeg, "-v", "error", "-framerate", "24", "-i", filepath.Join(dir, "%02d.png"), "-c:v", "ffv1",
		"-pix_fmt", "bgr0", "file:"+video).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	list := write(t, dir, "list.txt", []byte("rising: 1.avi 0\n"))
	for _, frames := range []int{1, 7, 30, 40} {
		ds := mustOpen(t, Config{Type: "video", Path: dir, List: list, Frames: frames})
		data, label := clip(t, ds, 0)
		if want := (model.Shape{C: 3, D: frames, H: 16, W: 32}); ds.Shape() != want || label != 0 {
			t.Fatalf("%s, label %d", ds.Shape(), label)
		}
		for d, n := range middles(30, frames) {
			if got, want := float64(data[d*16*32])*255, float64(8*n); math.Abs(got-want) > 1 {
				t.Errorf("%d frames: frame %d has brightness %.1f, want %.0f", frames, d, got, want)
			}
		}
	}
	if unlisted := mustOpen(t, Config{Type: "video", Path: dir}); unlisted.Len() != 1 {
		t.Errorf("%d videos found, want 1", unlisted.Len())
	}

	write(t, dir, "broken.avi", []byte("no video at all"))
	sound := filepath.Join(dir, "sound.wav")
	if out, err := exec.Command(ffmpeg, "-v", "error", "-f", "lavfi", "-i", "sine=duration=0.1", sound).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for name, want := range map[string]string{
		"broken.avi": "want a video that ffprobe reads", "missing.avi": "no such file", "sound.wav": "no video stream",
	} {
		list := write(t, dir, "bad.txt", []byte(name+" 0\n"))
		if _, err := Open(Config{Type: "video", Path: dir, List: list}); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
}

func TestJPEGFrames(t *testing.T) {
	dir := t.TempDir()
	img := image.NewRGBA(image.Rect(0, 0, 16, 16))
	for i := range img.Pix {
		img.Pix[i] = 200
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "clip/1.jpeg", b.Bytes())
	data, _ := clip(t, mustOpen(t, Config{Type: "frames", Path: dir}), 0)
	if math.Abs(float64(data[0])*255-200) > 2 {
		t.Errorf("brightness %g, want 200", data[0]*255)
	}
}

// TestBadInput gives each mistake a user can make and what the error must name.
func TestBadInput(t *testing.T) {
	dir := unpacked(t)
	missing := filepath.Join(dir, "nowhere")
	list := func(text string) string { return write(t, t.TempDir(), "list.txt", []byte(text)) }
	good := list("kick/a 0\n")
	write(t, dir, "empty/c/readme.txt", nil)
	torn := frame(t, 12, 8, color.White)
	write(t, dir, "torn/d/1.png", torn[:len(torn)/2])
	write(t, dir, "mixed/e/1.png", frame(t, 12, 8, color.White))
	write(t, dir, "mixed/e/2.png", frame(t, 8, 12, color.White))
	named := list("kick/a 2\n")
	write(t, filepath.Dir(named), "classes.txt", []byte("one\ntwo\n"))
	misnamed := list("kick/a three\n")
	write(t, filepath.Dir(misnamed), "classes.txt", []byte("one\ntwo\n"))
	flat := filepath.Join(dir, "flat.npy")
	clips := filepath.Join(dir, "clips.npy")
	negative := filepath.Join(dir, "negative.npy")
	for path, shape := range map[string][]int{flat: {4}, clips: {2, 1, 1, 1, 2}} {
		if err := npy.WriteFile(path, shape, make([]float32, 4)); err != nil {
			t.Fatal(err)
		}
	}
	if err := npy.WriteFile(negative, []int{2}, []int64{0, -3}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		cfg  Config
		want []string
	}{
		"type":             {Config{Type: "movie"}, []string{`"movie"`, "motion, frames, video or npy"}},
		"stray key":        {Config{Type: "motion", Path: dir}, []string{"path", "motion", "no such key"}},
		"no path":          {Config{Type: "frames"}, []string{"path", "needs one"}},
		"split":            {Config{Type: "motion", Split: "dev"}, []string{`"dev"`, "train, validation or test"}},
		"negative crop":    {Config{Type: "frames", Path: dir, Crop: -1}, []string{"crop", "-1"}},
		"mean without std": {Config{Type: "frames", Path: dir, Mean: []float64{0}}, []string{"mean has 1", "std 0"}},
		"zero std":         {Config{Type: "frames", Path: dir, Mean: []float64{0}, Std: []float64{0}}, []string{"std", "positive"}},
		"two channels":     {Config{Type: "frames", Path: dir, Mean: []float64{0, 0}, Std: []float64{1, 1}}, []string{"2 values", "3 (R, G, B)"}},
		"missing folder":   {Config{Type: "frames", Path: missing}, []string{missing, "no such file"}},
		"folder is a file": {Config{Type: "frames", Path: good}, []string{good, "want the folder"}},
		"missing list":     {Config{Type: "frames", Path: dir, List: missing}, []string{"list", missing}},
		"empty list":       {Config{Type: "frames", Path: dir, List: list("# nothing\n")}, []string{"no clips"}},
		"no clips":         {Config{Type: "frames", Path: filepath.Join(dir, "empty")}, []string{"no clips", "empty"}},
		"no label":         {Config{Type: "frames", Path: dir, List: list("kick/a 0\nwave/b\n")}, []string{"list.txt:2", "no label", "path label"}},
		"negative class":   {Config{Type: "frames", Path: dir, List: list("kick/a -1\n")}, []string{"list.txt:1", "-1", "0 or more"}},
		"class too large":  {Config{Type: "frames", Path: dir, List: named}, []string{"list.txt:1", "class 2", "0 to 1", "classes.txt"}},
		"unknown class":    {Config{Type: "frames", Path: dir, List: misnamed}, []string{"list.txt:1", "three", "classes.txt"}},
		"missing clip":     {Config{Type: "frames", Path: dir, List: list("kick/z 0\n")}, []string{filepath.Join("kick", "z"), "want a folder"}},
		"empty clip":       {Config{Type: "frames", Path: dir, List: list("empty/c 0\n")}, []string{filepath.Join("empty", "c"), "the clip is empty"}},
		"torn image":       {Config{Type: "frames", Path: dir, List: list("torn/d 0\n")}, []string{filepath.Join("torn", "d", "1.png"), "want a JPEG or PNG"}},
		"mixed sizes":      {Config{Type: "frames", Path: dir, List: list("mixed/e 0\n")}, []string{"2.png", "one size"}},
		"crop too large":   {Config{Type: "frames", Path: dir, List: good, Crop: 9}, []string{"crop: 9", "12x8"}},
		"count":            {Config{Type: "frames", Path: dir, List: good, Count: 2}, []string{"count: 2", "only 1"}},
		"missing array":    {Config{Type: "npy", Path: missing + ".npy"}, []string{missing, "no such file"}},
		"no array":         {Config{Type: "npy", Path: good}, []string{good, "not an .npy file"}},
		"flat array":       {Config{Type: "npy", Path: flat}, []string{flat, "[4]", "[n, channels, frames, height, width]"}},
		"float labels":     {Config{Type: "npy", Path: clips, Labels: flat}, []string{flat, "want integers"}},
		"negative label":   {Config{Type: "npy", Path: clips, Labels: negative}, []string{"class -3 of clip 1"}},
		"channel count":    {Config{Type: "npy", Path: clips, Mean: []float64{0, 0}, Std: []float64{1, 1}}, []string{"2 values", "want 1"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Open(c.cfg)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range append(c.want, "open data set: ") {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not say %q", err, want)
				}
			}
		})
	}
}

func TestClipsOutOfRange(t *testing.T) {
	for name, ds := range map[string]Dataset{
		"motion": mustOpen(t, Config{Type: "motion", Count: 3}),
		"frames": mustOpen(t, Config{Type: "frames", Path: unpacked(t)}),
	} {
		for _, i := range []int{-1, ds.Len()} {
			if _, _, err := ds.Clip(i); err == nil {
				t.Errorf("%s: clip %d of %d was read", name, i, ds.Len())
			}
		}
	}
}

// TestClipsOfOtherSizesAreRefused: the first clip decides, and no later one is stretched to fit.
func TestClipsOfOtherSizesAreRefused(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a/1.png", frame(t, 12, 8, color.White))
	write(t, dir, "b/1.png", frame(t, 9, 8, color.White))
	ds := mustOpen(t, Config{Type: "frames", Path: dir})
	if _, _, err := ds.Clip(1); err == nil || !strings.Contains(err.Error(), "9x8") || !strings.Contains(err.Error(), "set resize and crop") {
		t.Errorf("error %v", err)
	}
}
