package recover

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/model/onnx"
)

// Cache keeps restored networks in a folder, by the content of what they were made from: the dense and the
// pruned network, the clips, the mode and the memory. Several processes may share it.
type Cache struct {
	Dir string
	// Most bytes that it holds; the networks used longest ago go first.
	Most int64
}

// method changes whenever the same input gives another result.
const method = "2"

// Key identifies a restoration.
func (Cache) Key(dense, pruned *model.Graph, clips [][]float32, mode Mode, o Options) (string, error) {
	h := sha256.New()
	fmt.Fprintf(h, "%s %s %d %v %d\n", method, mode, o.Memory, o.Apart, len(clips))
	for _, g := range []*model.Graph{dense, pruned} {
		if err := onnx.Write(h, g); err != nil {
			return "", fmt.Errorf("identify a recovery: %w", err)
		}
	}
	for _, clip := range clips {
		if err := binary.Write(h, binary.LittleEndian, clip); err != nil {
			return "", fmt.Errorf("identify a recovery: %w", err)
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func (c Cache) network(key string) string { return filepath.Join(c.Dir, key+".onnx") }
func (c Cache) outcome(key string) string { return filepath.Join(c.Dir, key+".json") }

// Load finds a restored network and what its recovery came to; ok is false when it is not there.
func (c Cache) Load(key string) (g *model.Graph, o Outcome, ok bool, err error) {
	text, err := os.ReadFile(c.outcome(key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, o, false, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &o)
	}
	if err == nil {
		g, err = onnx.ReadFile(c.network(key))
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, o, false, nil // another process has made room
	}
	if err != nil {
		return nil, o, false, fmt.Errorf("read the cache of recovered networks: %w", err)
	}
	now := time.Now()
	err = errors.Join(os.Chtimes(c.network(key), now, now), os.Chtimes(c.outcome(key), now, now))
	return g, o, true, err
}

// Save keeps a restored network, and makes room for it.
func (c Cache) Save(key string, g *model.Graph, o Outcome) error {
	text, err := json.Marshal(o)
	if err == nil {
		err = os.MkdirAll(c.Dir, 0o755)
	}
	if err == nil {
		err = onnx.WriteFile(c.network(key), g)
	}
	if err == nil { // last, since Load begins with it
		partial := c.outcome(key) + ".part"
		err = errors.Join(os.WriteFile(partial, text, 0o644), os.Rename(partial, c.outcome(key)))
	}
	if err == nil {
		err = c.trim()
	}
	if err != nil {
		return fmt.Errorf("keep in the cache of recovered networks: %w", err)
	}
	return nil
}

// trim removes the networks that were used longest ago until the others fit.
func (c Cache) trim() error {
	entries, err := os.ReadDir(c.Dir)
	if err != nil {
		return err
	}
	var infos []fs.FileInfo
	total := int64(0)
	for _, e := range entries {
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		infos = append(infos, info)
		total += info.Size()
	}
	slices.SortFunc(infos, func(a, b fs.FileInfo) int { return a.ModTime().Compare(b.ModTime()) })
	for _, info := range infos {
		if total <= c.Most {
			break
		}
		if err := os.Remove(filepath.Join(c.Dir, info.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		total -= info.Size()
	}
	return nil
}
