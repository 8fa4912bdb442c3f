package posix

import (
	"context"
	"errors"
	"fmt"
	"path"

	"github.com/rt3d-tune/rt3d-tune/remote"
)

// placeAll is place for each group of four arguments.
const placeAll = "place() {" + place + `}
while [ $# -gt 0 ]; do
  place "$1" "$2" "$3" "$4" || exit
  shift 4
done
`

var _ remote.BatchPusher = (*Host)(nil)

// PushAll implements remote.BatchPusher: a single script verifies all files and gives them their names,
// since starting one takes longer than a small file.
func (h *Host) PushAll(ctx context.Context, files []remote.File) (err error) {
	for _, f := range files {
		if err := remote.CheckPath(f.Path); err != nil {
			return fmt.Errorf("push: %w", err)
		}
	}
	h.mu.Lock()
	noHash := h.noHash
	h.mu.Unlock()
	if noHash || len(files) < 2 { // each is read back, which no script does for many
		return h.pushEach(ctx, files)
	}
	ctx, leave, err := h.enter(ctx, fmt.Sprintf("push %d files", len(files)))
	if err != nil {
		return err
	}
	defer leave()
	var args, temps, hashes []string
	defer func() {
		if err != nil {
			h.forget(ctx, temps...)
			err = fmt.Errorf("push %d files to %s: %w", len(files), h.opts.Name, err)
		}
	}()
	for _, f := range files {
		temp := path.Join(path.Dir(f.Path), ".rt3d-"+newNonce())
		temps = append(temps, temp)
		hash, err := h.upload(ctx, f.Content, f.Size, temp)
		if err != nil {
			return fmt.Errorf("%s: %w", f.Path, err)
		}
		hashes = append(hashes, hash)
		args = append(args, temp, hash, modeBits(f.Perm), f.Path)
	}
	_, err = h.script(ctx, placeAll, nil, args...)
	var failed *scriptError
	switch {
	case !errors.As(err, &failed):
		return err
	case failed.exit == 9: // no hash program there: nothing was placed
		for i, f := range files {
			if err := h.place(ctx, temps[i], f.Path, hashes[i], f.Perm); err != nil {
				return fmt.Errorf("%s: %w", f.Path, err)
			}
		}
		return nil
	case failed.exit == 8:
		return h.corrupted("that of what was sent", failed.says)
	}
	return h.explain(err)
}

func (h *Host) pushEach(ctx context.Context, files []remote.File) error {
	for _, f := range files {
		if err := h.Push(ctx, f.Content, f.Size, f.Path, f.Perm); err != nil {
			return err
		}
	}
	return nil
}
