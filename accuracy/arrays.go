package accuracy

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/rt3d-tune/rt3d-tune/internal/npy"
	"github.com/rt3d-tune/rt3d-tune/model"
)

// arraySet serves clips from an array of shape [n, C, D, H, W], or [n, C, H, W] for images.
type arraySet struct {
	row       func(i int) ([]float32, error)
	count     int
	labels    []int64 // nil: none
	classes   []string
	shape     model.Shape
	mean, std []float64
}

// openArrays opens one of three layouts: a folder with clips.npy, labels.npy, classes.txt and meta.json as `rt3d-tune
// data` writes it (the last three may be missing); an .npy file with its labels beside it in a second file; an .npz
// archive with X or clips and, perhaps, y or labels.
func openArrays(cfg Config) (Dataset, error) {
	info, err := os.Stat(cfg.Path)
	if err != nil {
		return nil, fmt.Errorf("path: %w", err)
	}
	clips, labels, dir := cfg.Path, cfg.Labels, ""
	if info.IsDir() {
		dir = cfg.Path
		clips = filepath.Join(dir, "clips.npy")
		if beside := filepath.Join(dir, "labels.npy"); labels == "" && exists(beside) {
			labels = beside
		}
	}
	s := &arraySet{mean: cfg.Mean, std: cfg.Std}
	var dims, labelDims []int
	if strings.HasSuffix(clips, ".npz") {
		dims, labelDims, err = s.openArchive(clips)
	} else {
		dims, err = s.openFile(clips)
	}
	if err != nil {
		return nil, fmt.Errorf("path: %w", err)
	}
	if labels != "" {
		if labelDims, s.labels, err = npy.ReadFileInt64(labels); err != nil {
			return nil, fmt.Errorf("labels: %w", err)
		}
	}
	if dir != "" {
		if err := s.describe(dir); err != nil {
			return nil, err
		}
	}
	if err := s.check(cfg, dims, labelDims); err != nil {
		return nil, err
	}
	return s, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func (s *arraySet) openFile(path string) (dims []int, err error) {
	array, err := npy.Open(path)
	if err != nil {
		return nil, err
	}
	s.row = array.Row
	return array.Shape(), nil
}

// openArchive reads the clips into memory: an archive may be compressed, and then has no rows to seek to.
func (s *arraySet) openArchive(path string) (dims, labelDims []int, err error) {
	var data []float32
	for _, name := range []string{"X", "x", "clips"} {
		if dims, data, err = npy.ReadArchive(path, name); !errors.Is(err, npy.ErrNoArray) {
			break
		}
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%w (want the clips under X, x or clips)", err)
	}
	if len(dims) > 0 && dims[0] > 0 {
		size := len(data) / dims[0]
		s.row = func(i int) ([]float32, error) { return append([]float32(nil), data[i*size:(i+1)*size]...), nil }
	}
	for _, name := range []string{"y", "labels"} {
		labelDims, s.labels, err = npy.ReadArchiveInt64(path, name)
		if !errors.Is(err, npy.ErrNoArray) {
			return dims, labelDims, err
		}
	}
	return dims, nil, nil // labels are optional
}

// describe reads what lies beside the clips: the names of the classes, and what stored values stand for unless the
// configuration says it.
func (s *arraySet) describe(dir string) error {
	names, err := os.ReadFile(filepath.Join(dir, "classes.txt"))
	if err == nil {
		s.classes = classNames(names)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read classes: %w", err)
	}
	path := filepath.Join(dir, "meta.json")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || s.mean != nil {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read scaling: %w", err)
	}
	var meta struct{ Offset, Scale perChannel }
	if err := json.Unmarshal(text, &meta); err != nil {
		return fmt.Errorf("read scaling: %s: %w", path, err)
	}
	n := max(len(meta.Offset), len(meta.Scale))
	for _, values := range []perChannel{meta.Offset, meta.Scale} {
		if len(values) == 0 || (len(values) != 1 && len(values) != n) {
			return fmt.Errorf("read scaling: %s: %d offsets, %d scales: want one each, or one for each channel", path, len(meta.Offset), len(meta.Scale))
		}
	}
	for c := range n {
		scale := meta.Scale[c%len(meta.Scale)]
		if scale <= 0 {
			return fmt.Errorf("read scaling: %s: scale is %g: want a positive number", path, scale)
		}
		s.mean, s.std = append(s.mean, meta.Offset[c%len(meta.Offset)]), append(s.std, 1/scale)
	}
	return nil
}

// perChannel is a number, or a list of one for each channel.
type perChannel []float64

// UnmarshalJSON implements json.Unmarshaler.
func (p *perChannel) UnmarshalJSON(text []byte) error {
	var one float64
	if json.Unmarshal(text, &one) == nil {
		*p = perChannel{one}
		return nil
	}
	var list []float64
	if err := json.Unmarshal(text, &list); err != nil {
		return fmt.Errorf("%s: want a number or a list of numbers", text)
	}
	*p = list
	return nil
}

// check finds out whether clips, labels, classes and normalisation fit each other.
func (s *arraySet) check(cfg Config, dims, labelDims []int) error {
	switch len(dims) {
	case 5:
		s.shape = model.Shape{C: dims[1], D: dims[2], H: dims[3], W: dims[4]}
	case 4:
		s.shape = model.Shape{C: dims[1], D: 1, H: dims[2], W: dims[3]}
	default:
		return fmt.Errorf("path: %s has shape %v: want [n, channels, frames, height, width], or [n, channels, height, width]", cfg.Path, dims)
	}
	if s.shape.Count() == 0 {
		return fmt.Errorf("path: %s has shape %v: the clips are empty", cfg.Path, dims)
	}
	if s.labels != nil && (len(labelDims) != 1 || labelDims[0] != dims[0]) {
		return fmt.Errorf("labels: shape %v for %d clips: want [%d]", labelDims, dims[0], dims[0])
	}
	for i, label := range s.labels {
		if label < 0 || s.classes != nil && label >= int64(len(s.classes)) {
			return fmt.Errorf("labels: class %d of clip %d: want 0 to %s", label, i, last(s.classes))
		}
	}
	if n := len(s.mean); n > 1 && n != s.shape.C {
		return fmt.Errorf("mean has %d values: want 1, or %d, the channels of %s", n, s.shape.C, cfg.Path)
	}
	var err error
	s.count, err = cfg.take(dims[0])
	return err
}

func last(classes []string) string {
	if classes == nil {
		return "the number of classes less 1"
	}
	return fmt.Sprintf("%d, as classes.txt has %d names", len(classes)-1, len(classes))
}

func (s *arraySet) Len() int           { return s.count }
func (s *arraySet) Shape() model.Shape { return s.shape }
func (s *arraySet) Classes() []string  { return s.classes }

func (s *arraySet) Clip(i int) ([]float32, int, error) {
	if i < 0 || i >= s.count {
		return nil, 0, fmt.Errorf("clip %d: the data set has clips 0 to %d", i, s.count-1)
	}
	clip, err := s.row(i)
	if err != nil {
		return nil, 0, fmt.Errorf("read clip %d: %w", i, err)
	}
	plane := len(clip) / s.shape.C
	for j := range clip {
		if s.mean != nil {
			c := j / plane % len(s.mean)
			clip[j] = float32((float64(clip[j]) - s.mean[c]) / s.std[c])
		}
	}
	label := -1
	if s.labels != nil {
		label = int(s.labels[i])
	}
	return clip, label, nil
}
