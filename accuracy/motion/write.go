package motion

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/rt3d-tune/rt3d-tune/internal/npy"
)

// Meta is what meta.json says of a written set.
type Meta struct {
	Generator string `json:"generator"`
	Seed      uint64 `json:"seed"`
	Split     Split  `json:"split"`
	Count     int    `json:"count"`
	// Scale and Offset turn a stored byte into a network's input: (byte - Offset) · Scale.
	Offset float64 `json:"offset"`
	Scale  float64 `json:"scale"`
}

// Write writes clips 0 … count-1 to a folder, which it makes: clips.npy (uint8, [n 1 8 32 32]),
// labels.npy (int64, [n]), classes.txt (a name per line) and meta.json.
func (g Generator) Write(dir string, count int) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("write motion set: %w", err)
		}
	}()
	if count < 1 {
		return fmt.Errorf("count %d: want at least 1 clip", count)
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	labels, err := g.writeClips(filepath.Join(dir, "clips.npy"), count)
	if err != nil {
		return err
	}
	if err := npy.WriteFile(filepath.Join(dir, "labels.npy"), []int{count}, labels); err != nil {
		return err
	}
	names := strings.Join(Classes(), "\n") + "\n"
	if err := os.WriteFile(filepath.Join(dir, "classes.txt"), []byte(names), 0o666); err != nil {
		return err
	}
	meta, err := json.MarshalIndent(Meta{
		Generator: "motion", Seed: g.Seed, Split: g.Split, Count: count, Offset: 128, Scale: 1. / 64,
	}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "meta.json"), append(meta, '\n'), 0o666)
}

func (g Generator) writeClips(path string, count int) (labels []int64, err error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriterSize(f, 1<<20)
	if err := npy.WriteHeader[uint8](w, []int{count, Channels, Frames, Size, Size}); err != nil {
		return nil, err
	}
	clip := make([]byte, Bytes)
	for i := range count {
		labels = append(labels, int64(g.Clip(i, clip)))
		if _, err := w.Write(clip); err != nil {
			return nil, err
		}
	}
	return labels, w.Flush()
}
