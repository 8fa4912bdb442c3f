package export

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// CheckFolder refuses a folder that Write would refuse: cheap to ask before a network is made.
func CheckFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err == nil && len(entries) > 0:
		return fmt.Errorf("folder %s is not empty", dir)
	}
	return err
}

// Write puts the files into a folder, whole or not at all. The folder must not be there yet, or be empty.
func (t *Tree) Write(dir string) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("write library: %w", err)
		}
	}()
	dir = filepath.Clean(dir)
	if err := CheckFolder(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	made, err := os.MkdirTemp(filepath.Dir(dir), ".export-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(made) // finds nothing once renamed
	for path, content := range t.Files {
		file := filepath.Join(made, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, content, 0o644); err != nil {
			return err
		}
	}
	if err := os.Chmod(made, 0o755); err != nil {
		return err
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return os.Rename(made, dir)
}
