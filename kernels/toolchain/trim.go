package toolchain

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"time"
)

// trimGrace protects what another process may be about to use.
const trimGrace = time.Hour

// Trim deletes what was not used for longest from a cache directory until at most the given number of
// bytes is left, and build directories that a killed process left behind. What was used within the
// last hour stays.
func Trim(cacheDir string, bytes int64) error {
	type entry struct {
		path string
		size int64
		used time.Time
	}
	var entries []entry
	var total int64
	for _, sub := range []string{"objects", "binaries"} {
		list, err := os.ReadDir(filepath.Join(cacheDir, sub))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("trim cache: %w", err)
		}
		for _, e := range list {
			if info, err := e.Info(); err == nil { // else another process deleted it
				entries = append(entries, entry{filepath.Join(cacheDir, sub, e.Name()), info.Size(), info.ModTime()})
				total += info.Size()
			}
		}
	}
	sort.Slice(entries, func(i, j int) bool { return entries[i].used.Before(entries[j].used) })
	now := time.Now()
	for _, e := range entries {
		if total <= bytes || now.Sub(e.used) < trimGrace {
			break
		}
		if err := os.Remove(e.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("trim cache: %w", err)
		}
		total -= e.size
	}
	left, err := os.ReadDir(filepath.Join(cacheDir, "work"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("trim cache: %w", err)
	}
	for _, e := range left {
		if info, err := e.Info(); err == nil && now.Sub(info.ModTime()) > 24*trimGrace {
			if err := os.RemoveAll(filepath.Join(cacheDir, "work", e.Name())); err != nil {
				return fmt.Errorf("trim cache: %w", err)
			}
		}
	}
	return nil
}
