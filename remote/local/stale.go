package local

import (
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// prefix of the names of work directories. No other package names its directories so: those of other
// transports are not locked.
const prefix = "rt3d-local-"

// staleAfter is how old a work directory must be before it may be taken for left behind: its owner locks
// it right after it has made it.
const staleAfter = time.Minute

// own locks a work directory for as long as this process lives. A directory that cannot be locked is
// merely never taken for left behind wrongly: its age and the lock of others protect it.
func own(dir string) (*os.File, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// sweep removes work directories whose owner was killed before it could. Those of other users stay: they
// cannot be opened or removed.
func sweep(parent string) {
	dirs, err := filepath.Glob(filepath.Join(parent, prefix+"*"))
	if err != nil {
		return // the pattern is ours; only a parent with odd characters fails, and then nothing is swept
	}
	for _, dir := range dirs {
		info, err := os.Lstat(dir)
		if err != nil || !info.IsDir() || time.Since(info.ModTime()) < staleAfter || !mine(info) {
			continue
		}
		lock, err := own(dir)
		if err != nil {
			continue // its owner lives
		}
		_ = os.RemoveAll(dir) // tried again the next time
		lock.Close()
	}
}

func mine(info os.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Getuid()
}
