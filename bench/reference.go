package bench

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"

	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/model/reference"
)

// referenceStore keeps float64 outputs of whole networks by the content of graph and input, because
// they take far longer to compute than to read. The directory may be shared by processes.
type referenceStore struct{ dir string }

func referencesIn(cacheDir string) referenceStore {
	return referenceStore{filepath.Join(cacheDir, "references")}
}

// run gives the output of the graph for the input of a seed.
func (s referenceStore) run(g *model.Graph, seed uint64, input []float32) ([]float64, error) {
	path := filepath.Join(s.dir, fmt.Sprintf("%s-%d", graphHash(g), seed))
	content, err := os.ReadFile(path)
	if err == nil && len(content) > 0 && len(content)%8 == 0 {
		values := make([]float64, len(content)/8)
		for i := range values {
			values[i] = math.Float64frombits(binary.LittleEndian.Uint64(content[8*i:]))
		}
		return values, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read a kept reference: %w", err)
	}
	values, err := reference.Run(g, input)
	if err != nil {
		return nil, err
	}
	content, _ = binary.Append(nil, binary.LittleEndian, values) // floats always encode
	return values, s.keep(path, content)
}

// keep writes a file in one step, so that no other process reads half of it.
func (s referenceStore) keep(path string, content []byte) error {
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return fmt.Errorf("keep a reference: %w", err)
	}
	f, err := os.CreateTemp(s.dir, "new-")
	if err != nil {
		return fmt.Errorf("keep a reference: %w", err)
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("keep a reference: %w", err)
	}
	return nil
}
