package posix

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"syscall"
)

// A claim is a file on this machine for a directory on a device. It holds the directory's name and is
// locked as long as the process that made the directory lives; the kernel unlocks it however the process
// ends. So the next one that works on the device knows what a killed one has left there.
type claim struct {
	name string
	file *os.File
}

// claimsOf is how the names of a device's claims begin. They lie apart from other users' and outlive a
// restart of this machine.
func claimsOf(device string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	folder := filepath.Join(cache, "rt3d-tune", "claims")
	sum := sha256.Sum256([]byte(device))
	return filepath.Join(folder, hex.EncodeToString(sum[:8])), os.MkdirAll(folder, 0o700)
}

// newClaim claims a directory. Where this machine takes no files there is no claim: what is lost is only
// the cleaning up after a process that is killed.
func newClaim(device, dir string) *claim {
	prefix, err := claimsOf(device)
	if err != nil {
		return nil
	}
	// Locked before it has a name that others look for.
	file, err := os.CreateTemp(filepath.Dir(prefix), "new-")
	if err != nil {
		return nil
	}
	c := &claim{prefix + "-" + path.Base(dir), file}
	_, err = file.WriteString(dir)
	if err == nil {
		err = lock(file)
	}
	if err == nil {
		err = os.Rename(file.Name(), c.name)
	}
	if err != nil {
		_ = os.Remove(file.Name()) // nobody looks for it
		file.Close()
		return nil
	}
	return c
}

func lock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }

// drop gives up a claim because its directory is gone.
func (c *claim) drop() {
	if c == nil {
		return
	}
	_ = os.Remove(c.name) // if it stays, a directory that is gone is removed once more
	c.file.Close()
}

// ours is what a directory of this package looks like: nothing else is removed, whatever a claim says.
var ours = regexp.MustCompile(`^/.*/rt3d-[0-9a-f]{16}$`)

// sweep removes directories that were claimed by processes that are no more. It is tried again with the
// next directory if the device does not answer.
func (h *Host) sweep(ctx context.Context) error {
	prefix, err := claimsOf(h.opts.Name)
	if err != nil {
		return nil // no claims, nothing to remove
	}
	names, err := filepath.Glob(prefix + "-*")
	if err != nil {
		return nil // a cache directory with odd characters
	}
	var stale []*claim
	var dirs []string
	for _, name := range names {
		file, err := os.Open(name)
		if err != nil {
			continue // its owner has just given it up
		}
		text, err := os.ReadFile(name)
		if err != nil || lock(file) != nil || !ours.Match(text) {
			file.Close() // its owner lives
			continue
		}
		stale = append(stale, &claim{name, file})
		dirs = append(dirs, string(text))
	}
	if len(dirs) == 0 {
		return nil
	}
	_, err = h.script(ctx, `rm -rf "$@"`, nil, dirs...)
	var failed *scriptError
	for _, c := range stale {
		if err == nil || errors.As(err, &failed) { // what another user took over cannot be removed by us
			c.drop()
		} else {
			c.file.Close()
		}
	}
	return err
}
