package accuracy

import (
	"errors"
	"fmt"
	"slices"

	"github.com/rt3d-tune/rt3d-tune/accuracy/motion"
	"github.com/rt3d-tune/rt3d-tune/model"
)

// Dataset is a fixed list of clips of one shape. Implementations may be used from several goroutines at
// once, and give the same clip for the same index every time.
type Dataset interface {
	// Len is the number of clips, at least 1.
	Len() int
	// Clip reads clip i as a network's input: C, D, H, W, row-major, normalised. Label is an index into
	// the network's outputs, or -1 where the clip has none.
	Clip(i int) (clip []float32, label int, err error)
	// Shape is the shape of every clip.
	Shape() model.Shape
	// Classes names the labels, in order; nil where there are none or where they have no names.
	Classes() []string
}

// Config says which data set to open and how clips become inputs. Zero values stand for the defaults
// that the fields' comments give.
type Config struct {
	// Type is motion, frames, video or npy.
	Type string `yaml:"type"`
	// Path is the folder below which clips lie (frames, video), the array or archive of clips, or the
	// folder that `rt3d-tune data` wrote (npy).
	Path string `yaml:"path"`
	// List is a file with a clip per line, `path label` (frames, video). Without it all clips below Path
	// are taken, without labels.
	List string `yaml:"list"`
	// Labels is an array of integers, one per clip (npy).
	Labels string `yaml:"labels"`
	// Frames is the number of frames per clip (16), one from the middle of each of as many equal segments of
	// the whole video.
	Frames int `yaml:"frames"`
	// Resize is the shorter side in pixels after resizing; 0 keeps the size.
	Resize int `yaml:"resize"`
	// Crop is the side in pixels of the square cut from the centre; 0 keeps everything.
	Crop int `yaml:"crop"`
	// Mean and Std normalise each channel: (value − mean) / std, values being 0 … 1 for images and as stored
	// for npy. For images their number also chooses between 3 channels (R, G, B) and 1 (luma); none means 3.
	Mean []float64 `yaml:"mean"`
	Std  []float64 `yaml:"std"`
	// Count takes only so many clips, the first ones; 0 takes all, and for motion, which has no end, 2,000.
	Count int `yaml:"count"`
	// Seed and Split choose the clips of a motion set.
	Seed  uint64 `yaml:"seed"`
	Split string `yaml:"split"`
}

// defaultMotionCount makes a point of accuracy worth about two standard errors.
const defaultMotionCount = 2000

// Open checks a configuration and opens its data set. It reads one clip, so that a wrong path or an
// impossible crop shows now rather than in the middle of a search.
func Open(cfg Config) (Dataset, error) {
	ds, err := open(cfg)
	if err != nil {
		return nil, fmt.Errorf("open data set: %w", err)
	}
	return ds, nil
}

func open(cfg Config) (Dataset, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	switch cfg.Type {
	case "motion":
		return openMotion(cfg)
	case "npy":
		return openArrays(cfg)
	case "frames":
		return openImages(cfg, folderOfFrames{})
	default:
		reader, err := newVideoReader()
		if err != nil {
			return nil, err
		}
		return openImages(cfg, reader)
	}
}

// applies lists the keys, beside type and count, that each type of data set reads.
var applies = map[string][]string{
	"motion": {"seed", "split"},
	"frames": {"path", "list", "frames", "resize", "crop", "mean", "std"},
	"video":  {"path", "list", "frames", "resize", "crop", "mean", "std"},
	"npy":    {"path", "labels", "mean", "std"},
}

// check refuses values that cannot be right, and keys that the type would silently ignore.
func (cfg Config) check() error {
	allowed, known := applies[cfg.Type]
	if !known {
		return fmt.Errorf("type %q: want motion, frames, video or npy", cfg.Type)
	}
	given := []struct {
		key string
		set bool
	}{
		{"path", cfg.Path != ""}, {"list", cfg.List != ""}, {"labels", cfg.Labels != ""}, {"frames", cfg.Frames != 0},
		{"resize", cfg.Resize != 0}, {"crop", cfg.Crop != 0}, {"mean", cfg.Mean != nil}, {"std", cfg.Std != nil},
		{"split", cfg.Split != ""},
	}
	for _, g := range given {
		if g.set && !slices.Contains(allowed, g.key) {
			return fmt.Errorf("%s: a data set of type %s has no such key", g.key, cfg.Type)
		}
	}
	if slices.Contains(allowed, "path") && cfg.Path == "" {
		return fmt.Errorf("path: a data set of type %s needs one", cfg.Type)
	}
	for _, n := range []struct {
		key   string
		value int
	}{{"frames", cfg.Frames}, {"resize", cfg.Resize}, {"crop", cfg.Crop}, {"count", cfg.Count}} {
		if n.value < 0 {
			return fmt.Errorf("%s: %d: want a positive number", n.key, n.value)
		}
	}
	return cfg.checkNormalisation()
}

func (cfg Config) checkNormalisation() error {
	if len(cfg.Mean) != len(cfg.Std) {
		return fmt.Errorf("mean has %d values and std %d: want as many of each, one per channel", len(cfg.Mean), len(cfg.Std))
	}
	for _, s := range cfg.Std {
		if s <= 0 {
			return fmt.Errorf("std: %g: want a positive number", s)
		}
	}
	if n := len(cfg.Mean); cfg.Type != "npy" && n != 0 && n != 1 && n != 3 {
		return fmt.Errorf("mean has %d values: want 3 (R, G, B) or 1 (luma)", n)
	}
	return nil
}

// take is how many of n clips the configuration asks for.
func (cfg Config) take(n int) (int, error) {
	if n == 0 {
		return 0, fmt.Errorf("%s: no clips", cfg.Path)
	}
	if cfg.Count > n {
		return 0, fmt.Errorf("count: %d: there are only %d clips in %s", cfg.Count, n, cfg.Path)
	}
	if cfg.Count == 0 {
		return n, nil
	}
	return cfg.Count, nil
}

// motionSet adapts package motion.
type motionSet struct {
	generator motion.Generator
	count     int
}

func openMotion(cfg Config) (Dataset, error) {
	split := motion.Test
	if cfg.Split != "" {
		var err error
		if split, err = motion.ParseSplit(cfg.Split); err != nil {
			return nil, err
		}
	}
	count := cfg.Count
	if count == 0 {
		count = defaultMotionCount
	}
	return &motionSet{motion.Generator{Seed: cfg.Seed, Split: split}, count}, nil
}

func (m *motionSet) Len() int          { return m.count }
func (m *motionSet) Classes() []string { return motion.Classes() }
func (m *motionSet) Shape() model.Shape {
	return model.Shape{C: motion.Channels, D: motion.Frames, H: motion.Size, W: motion.Size}
}

func (m *motionSet) Clip(i int) ([]float32, int, error) {
	if i < 0 || i >= m.count {
		return nil, 0, fmt.Errorf("clip %d: the data set has clips 0 to %d", i, m.count-1)
	}
	stored := make([]byte, motion.Bytes)
	label := m.generator.Clip(i, stored)
	clip := make([]float32, len(stored))
	for j, b := range stored {
		clip[j] = motion.Value(b)
	}
	return clip, label, nil
}

// WriteMotion writes clips 0 … count-1 of a motion set to a folder: clips.npy, labels.npy, classes.txt and
// meta.json, which data sets of type npy and the training scripts read.
func WriteMotion(dir string, split motion.Split, seed uint64, count int) error {
	return motion.Generator{Seed: seed, Split: split}.Write(dir, count)
}

var errUnlabelled = errors.New("no label")
