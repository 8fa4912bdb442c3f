package accuracy

import (
	"bufio"
	"errors"
	"fmt"
	"image"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// defaultFrames is the clip length of the published action recognition networks.
const defaultFrames = 16

// frameReader reads chosen frames of one clip on disk: a folder of images or a video.
type frameReader interface {
	// find lists the clips below a folder, as paths relative to it, in a fixed order.
	find(root string) ([]string, error)
	// frames reads count frames of a clip, each from the middle of one of count equal segments.
	frames(path string, count int) ([]image.Image, error)
}

// middles gives the indices of the frames in the middle of count equal segments of total frames. A clip
// with fewer frames than segments repeats some.
func middles(total, count int) []int {
	indices := make([]int, count)
	for i := range indices {
		indices[i] = (2*i + 1) * total / (2 * count)
	}
	return indices
}

// imageSet is a list of clips made of images.
type imageSet struct {
	reader  frameReader
	items   []item
	classes []string
	frames  int
	pixels  transform
	shape   model.Shape
}

type item struct {
	path  string
	label int
}

func openImages(cfg Config, reader frameReader) (Dataset, error) {
	info, err := os.Stat(cfg.Path)
	if err != nil {
		return nil, fmt.Errorf("path: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("path: %s is a file: want the folder that clips are listed relative to", cfg.Path)
	}
	s := &imageSet{reader: reader, frames: cfg.Frames, pixels: newTransform(cfg)}
	if s.frames == 0 {
		s.frames = defaultFrames
	}
	if cfg.List != "" {
		if s.classes, err = readClasses(cfg); err == nil {
			s.items, s.classes, err = readList(cfg, s.classes)
		}
	} else {
		s.items, err = unlabelled(reader, cfg.Path)
	}
	if err != nil {
		return nil, err
	}
	count, err := cfg.take(len(s.items))
	if err != nil {
		return nil, err
	}
	s.items = s.items[:count]
	first, err := s.images(0)
	if err != nil {
		return nil, err
	}
	h, w, err := s.pixels.size(first[0].Bounds())
	if err != nil {
		return nil, fmt.Errorf("clip %s: %w", s.items[0].path, err)
	}
	s.shape = model.Shape{C: s.pixels.channels(), D: s.frames, H: h, W: w}
	return s, nil
}

func unlabelled(reader frameReader, root string) ([]item, error) {
	paths, err := reader.find(root)
	if err != nil {
		return nil, fmt.Errorf("path: %w", err)
	}
	var items []item
	for _, p := range paths {
		items = append(items, item{filepath.Join(root, p), -1})
	}
	return items, nil
}

// readClasses reads classes.txt, a name per line, from beside the list or from Path, if there is one.
func readClasses(cfg Config) ([]string, error) {
	for _, dir := range []string{filepath.Dir(cfg.List), cfg.Path} {
		text, err := os.ReadFile(filepath.Join(dir, "classes.txt"))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read classes: %w", err)
		}
		return classNames(text), nil
	}
	return nil, nil
}

// classNames are the lines of a classes.txt, which may hold spaces; empty ones do not count.
func classNames(text []byte) []string {
	var names []string
	for line := range strings.Lines(string(text)) {
		if name := strings.TrimSpace(line); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// readList reads `path label` lines; a label is a class's number from 0 or, where all labels are names, its name.
// Without classes.txt, names are numbered in alphabetical order and numbers have no names.
func readList(cfg Config, classes []string) ([]item, []string, error) {
	f, err := os.Open(cfg.List)
	if err != nil {
		return nil, nil, fmt.Errorf("list: %w", err)
	}
	defer f.Close()
	type entry struct {
		line        int
		path, label string
	}
	var entries []entry
	names := false
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimSpace(lines.Text())
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		cut := strings.LastIndexAny(text, " \t,")
		if cut < 0 {
			return nil, nil, fmt.Errorf("list: %s:%d: %q has %w: want `path label`, for example `Archery/v_Archery_g01_c01 2`",
				cfg.List, n, text, errUnlabelled)
		}
		e := entry{n, strings.TrimRight(text[:cut], " \t,"), text[cut+1:]}
		if _, err := strconv.Atoi(e.label); err != nil {
			names = true
		}
		entries = append(entries, e)
	}
	if err := lines.Err(); err != nil {
		return nil, nil, fmt.Errorf("list: read %s: %w", cfg.List, err)
	}
	if names && classes == nil {
		for _, e := range entries {
			classes = append(classes, e.label)
		}
		slices.Sort(classes)
		classes = slices.Compact(classes)
	}
	var items []item
	for _, e := range entries {
		label, err := labelOf(e.label, names, classes)
		if err != nil {
			return nil, nil, fmt.Errorf("list: %s:%d: %w", cfg.List, e.line, err)
		}
		items = append(items, item{filepath.Join(cfg.Path, filepath.FromSlash(e.path)), label})
	}
	if len(items) == 0 {
		return nil, nil, fmt.Errorf("list: %s has no clips: want lines `path label`", cfg.List)
	}
	return items, classes, nil
}

func labelOf(text string, names bool, classes []string) (int, error) {
	if names {
		if i := slices.Index(classes, text); i >= 0 {
			return i, nil
		}
		return 0, fmt.Errorf("class %q: classes.txt has no such name", text)
	}
	label, err := strconv.Atoi(text)
	if err != nil || label < 0 || classes != nil && label >= len(classes) {
		if classes == nil {
			return 0, fmt.Errorf("class %s: want 0 or more", text)
		}
		return 0, fmt.Errorf("class %s: want 0 to %d, as classes.txt has %d names", text, len(classes)-1, len(classes))
	}
	return label, nil
}

func (s *imageSet) Len() int           { return len(s.items) }
func (s *imageSet) Shape() model.Shape { return s.shape }
func (s *imageSet) Classes() []string  { return s.classes }

func (s *imageSet) Clip(i int) ([]float32, int, error) {
	if i < 0 || i >= len(s.items) {
		return nil, 0, fmt.Errorf("clip %d: the data set has clips 0 to %d", i, len(s.items)-1)
	}
	images, err := s.images(i)
	if err != nil {
		return nil, 0, err
	}
	clip := make([]float32, s.shape.Count())
	for d, img := range images {
		h, w, err := s.pixels.size(img.Bounds())
		if err != nil {
			return nil, 0, fmt.Errorf("read clip %s: %w", s.items[i].path, err)
		}
		if h != s.shape.H || w != s.shape.W {
			return nil, 0, fmt.Errorf("read clip %s: its frames become %dx%d (width x height), those of %s %dx%d: want equal sizes; set resize and crop",
				s.items[i].path, w, h, s.items[0].path, s.shape.W, s.shape.H)
		}
		s.pixels.apply(img, clip, d, s.shape)
	}
	return clip, s.items[i].label, nil
}

func (s *imageSet) images(i int) ([]image.Image, error) {
	images, err := s.reader.frames(s.items[i].path, s.frames)
	if err != nil {
		return nil, fmt.Errorf("read clip %s: %w", s.items[i].path, err)
	}
	return images, nil
}
