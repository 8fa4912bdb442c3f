package bench

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// deviceLock keeps measurements of several processes on one device apart. The kernel releases it when
// the process dies.
type deviceLock struct{ path string }

// newDeviceLock names the lock of a device; all processes of this machine see the same one.
func newDeviceLock(device string) deviceLock {
	sum := sha256.Sum256([]byte(device))
	return deviceLock{filepath.Join(os.TempDir(), fmt.Sprintf("rt3d-tune-device-%x.lock", sum[:6]))}
}

// lockPoll is how often a lock that another process holds is tried again.
const lockPoll = 20 * time.Millisecond

// acquire waits until this process holds the lock.
func (l deviceLock) acquire(ctx context.Context) (release func(), err error) {
	fd, err := syscall.Open(l.path, syscall.O_RDWR|syscall.O_CREAT|syscall.O_CLOEXEC|syscall.O_NOFOLLOW, 0o666)
	if errors.Is(err, syscall.EACCES) { // made by another user: a lock needs no more than reading
		fd, err = syscall.Open(l.path, syscall.O_RDONLY|syscall.O_CLOEXEC|syscall.O_NOFOLLOW, 0)
	}
	if err != nil {
		return nil, fmt.Errorf("open device lock %s: %w", l.path, err)
	}
	for {
		err := syscall.Flock(fd, syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { syscall.Close(fd) }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			syscall.Close(fd)
			return nil, fmt.Errorf("lock %s: %w", l.path, err)
		}
		select {
		case <-time.After(lockPoll):
		case <-ctx.Done():
			syscall.Close(fd)
			return nil, fmt.Errorf("wait for another process to end its measurement (%s): %w", l.path, ctx.Err())
		}
	}
}
