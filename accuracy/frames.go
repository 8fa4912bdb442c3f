package accuracy

import (
	"cmp"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // decoders that frames may need
	_ "image/png"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// folderOfFrames reads clips that are folders of JPEG or PNG files, one per frame, as video data sets
// are usually unpacked. Frames are in the order of the numbers in their names, so that frame9.jpg comes
// before frame10.jpg.
type folderOfFrames struct{}

func isImage(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".jpg", ".jpeg", ".png":
		return true
	}
	return false
}

func (folderOfFrames) find(root string) ([]string, error) {
	var clips []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !isImage(path) {
			return err
		}
		dir, err := filepath.Rel(root, filepath.Dir(path))
		if n := len(clips); n == 0 || clips[n-1] != dir {
			clips = append(clips, dir)
		}
		return err
	})
	slices.Sort(clips)
	return slices.Compact(clips), err
}

func (folderOfFrames) frames(path string, count int) ([]image.Image, error) {
	entries, err := os.ReadDir(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: want a folder of JPEG or PNG frames", err)
	}
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() && isImage(e.Name()) {
			names = append(names, e.Name())
		}
	}
	if len(names) == 0 {
		return nil, errors.New("the clip is empty: want a folder of .jpg, .jpeg or .png frames")
	}
	slices.SortFunc(names, compareNumbered)
	var images []image.Image
	for _, i := range middles(len(names), count) {
		img, err := decodeFile(filepath.Join(path, names[i]))
		if err != nil {
			return nil, err
		}
		if len(images) > 0 && img.Bounds().Size() != images[0].Bounds().Size() {
			return nil, fmt.Errorf("frame %s is %v, an earlier one %v: want frames of one size", names[i], img.Bounds().Size(), images[0].Bounds().Size())
		}
		images = append(images, img)
	}
	return images, nil
}

func decodeFile(path string) (image.Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	img, _, err := image.Decode(f)
	if err != nil {
		return nil, fmt.Errorf("decode %s: %w; want a JPEG or PNG image", path, err)
	}
	return img, nil
}

// compareNumbered orders names by their text and, where both have digits, by the number.
func compareNumbered(a, b string) int {
	for a != "" && b != "" {
		na, nb := digits(a), digits(b)
		if na > 0 && nb > 0 {
			x, y := strings.TrimLeft(a[:na], "0"), strings.TrimLeft(b[:nb], "0")
			if c := cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(x, y)); c != 0 {
				return c
			}
			a, b = a[na:], b[nb:]
			continue
		}
		if a[0] != b[0] {
			return cmp.Compare(a[0], b[0])
		}
		a, b = a[1:], b[1:]
	}
	return cmp.Compare(len(a), len(b))
}

// digits counts the digits that s begins with.
func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}
