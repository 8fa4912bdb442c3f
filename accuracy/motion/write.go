package motion

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
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
	// Scale and Offset turn a stored value into a network's input: (value - Offset) · Scale. What Write
	// stores is the input already: 0 and 1.
	Offset float64 `json:"offset"`
	Scale  float64 `json:"scale"`
}

// Write writes clips 0 … count-1 to a folder, which it makes: clips.npy (float32, [n 1 8 32 32],
// values as a network takes them), labels.npy (int64, [n]), classes.txt (a name per line) and meta.json.
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
		Generator: "motion", Seed: g.Seed, Split: g.Split, Count: count, Offset: 0, Scale: 1,
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
	if err := npy.WriteHeader[float32](w, []int{count, Channels, Frames, Size, Size}); err != nil {
		return nil, err
	}
	clip, values := make([]byte, Bytes), make([]byte, 0, 4*Bytes)
	for i := range count {
		labels = append(labels, int64(g.Clip(i, clip)))
		values = values[:0]
		for _, b := range clip {
			values = binary.LittleEndian.AppendUint32(values, math.Float32bits(Value(b)))
		}
		if _, err := w.Write(values); err != nil {
			return nil, err
		}
	}
	return labels, w.Flush()
}
