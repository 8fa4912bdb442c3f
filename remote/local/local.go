package local

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/rt3d-tune/rt3d-tune/remote"
)

// Validate refuses settings that this transport does not have.
func Validate(c remote.Config) error {
	switch {
	case c.SSH != nil:
		return &remote.ConfigError{Key: "ssh", Problem: `has no meaning with transport "local"; remove it or set transport to "ssh"`}
	case c.ADB != nil:
		return &remote.ConfigError{Key: "adb", Problem: `has no meaning with transport "local"; remove it or set transport to "adb"`}
	case c.WorkDir != "" && !filepath.IsAbs(c.WorkDir):
		return &remote.ConfigError{Key: "work_dir", Problem: fmt.Sprintf("%q is not absolute", c.WorkDir)}
	}
	return nil
}

// Open returns the transport to this machine.
func Open(_ context.Context, c remote.Config) (remote.Transport, error) {
	if err := Validate(c); err != nil {
		return nil, err
	}
	life, end := context.WithCancel(context.Background())
	return &transport{parent: c.WorkDir, life: life, end: end, dirs: map[string]*os.File{}}, nil
}

const name = "local"

type transport struct {
	parent string // of work directories; empty: the system's temporary directories
	life   context.Context
	end    context.CancelFunc
	busy   sync.WaitGroup

	mu     sync.Mutex
	closed bool
	dirs   map[string]*os.File // work directories, each locked by this process (see own)
}

func (*transport) Name() string { return name }

func (t *transport) enter(ctx context.Context, what string) (context.Context, func(), error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil, nil, fmt.Errorf("%s: %w", what, remote.ErrClosed)
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", what, err)
	}
	t.busy.Add(1)
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(t.life, func() { cancel(remote.ErrClosed) })
	return ctx, func() { stop(); cancel(nil); t.busy.Done() }, nil
}

// Close implements remote.Transport. Commands that still run are killed.
func (t *transport) Close() error {
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return nil
	}
	t.closed = true
	t.mu.Unlock()
	t.end()
	t.busy.Wait()
	var errs []error
	for dir, lock := range t.dirs {
		lock.Close()
		if err := os.RemoveAll(dir); err != nil {
			errs = append(errs, fmt.Errorf("remove work directory: %w", err))
		}
	}
	return errors.Join(errs...)
}

func (t *transport) Push(ctx context.Context, r io.Reader, size int64, path string, perm uint32) (err error) {
	if err := remote.CheckPath(path); err != nil {
		return fmt.Errorf("push: %w", err)
	}
	ctx, leave, err := t.enter(ctx, "push "+path)
	if err != nil {
		return err
	}
	defer leave()
	defer func() {
		if err != nil {
			err = fmt.Errorf("push %s: %w", path, explain(err))
		}
	}()
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return errors.New("is a directory")
	}
	temp, err := os.OpenFile(filepath.Join(filepath.Dir(path), ".rt3d-"+nonce()), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		temp.Close()
		if err != nil {
			os.Remove(temp.Name())
		}
	}()
	want := sha256.New()
	n, err := io.Copy(io.MultiWriter(temp, want), io.LimitReader(untilDone{ctx, r}, size+1))
	if err != nil {
		return err
	}
	if n != size {
		return fmt.Errorf("content is not the %d bytes long that were announced", size)
	}
	if err := verify(temp, want.Sum(nil)); err != nil {
		return err
	}
	if err := temp.Chmod(mode(perm)); err != nil {
		return err
	}
	// Closed before it is renamed: a file open for writing cannot be executed.
	if err := temp.Close(); err != nil {
		return err
	}
	return os.Rename(temp.Name(), path)
}

// mode translates permission bits, of which os.FileMode keeps the upper ones elsewhere.
func mode(perm uint32) os.FileMode {
	m := os.FileMode(perm & 0o777)
	for bit, flag := range map[uint32]os.FileMode{0o4000: os.ModeSetuid, 0o2000: os.ModeSetgid, 0o1000: os.ModeSticky} {
		if perm&bit != 0 {
			m |= flag
		}
	}
	return m
}

// verify reads a file back and compares its SHA-256.
func verify(f *os.File, want []byte) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	got := sha256.New()
	if _, err := io.Copy(got, f); err != nil {
		return err
	}
	if sum := got.Sum(nil); string(sum) != string(want) {
		return remote.Fault(name, remote.Corrupted, "check the disk", fmt.Errorf("SHA-256 there is %x, should be %x", sum, want))
	}
	return nil
}

func (t *transport) Pull(ctx context.Context, path string, w io.Writer) error {
	if err := remote.CheckPath(path); err != nil {
		return fmt.Errorf("pull: %w", err)
	}
	ctx, leave, err := t.enter(ctx, "pull "+path)
	if err != nil {
		return err
	}
	defer leave()
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("pull: %w", explain(err))
	}
	defer f.Close()
	if _, err := io.Copy(w, untilDone{ctx, f}); err != nil {
		return fmt.Errorf("pull %s: %w", path, err)
	}
	return nil
}

// WorkDir tries the configured parent, or else the temporary directories, and takes the first in which
// a file can be executed.
func (t *transport) WorkDir(ctx context.Context) (string, error) {
	ctx, leave, err := t.enter(ctx, "make a work directory")
	if err != nil {
		return "", err
	}
	defer leave()
	parents := []string{os.TempDir(), "/var/tmp", "/dev/shm"}
	if t.parent != "" {
		parents = []string{t.parent}
	}
	var errs []error
	for _, parent := range parents {
		sweep(parent)
		dir, err := os.MkdirTemp(parent, prefix)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		lock, err := own(dir)
		if err != nil {
			errs = append(errs, err, os.Remove(dir))
			continue
		}
		if err := t.proveExecutable(ctx, dir); err != nil {
			lock.Close()
			errs = append(errs, err, os.Remove(dir))
			continue
		}
		t.mu.Lock()
		t.dirs[dir] = lock
		t.mu.Unlock()
		return dir, nil
	}
	err = fmt.Errorf("make a work directory: %w", errors.Join(errs...))
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return "", explain(err)
	}
	return "", remote.Fault(name, remote.NotWritable, "set work_dir to an absolute path where files may be written and executed", err)
}

func (t *transport) proveExecutable(ctx context.Context, dir string) error {
	file := filepath.Join(dir, "x")
	defer os.Remove(file)
	if err := os.WriteFile(file, []byte("#!/bin/sh\nexit 42\n"), 0o700); err != nil {
		return err
	}
	result, err := t.run(ctx, remote.Command{Args: []string{file}})
	if err == nil && result.ExitCode != 42 {
		err = fmt.Errorf("ended with %+v instead of status 42", result)
	}
	if err != nil {
		return fmt.Errorf("execute a file there: %w", err)
	}
	return nil
}

func (t *transport) Remove(ctx context.Context, path string) error {
	if err := remote.CheckPath(path); err != nil {
		return fmt.Errorf("remove: %w", err)
	}
	path = filepath.Clean(path)
	if path == "/" {
		return errors.New("remove /: refused")
	}
	_, leave, err := t.enter(ctx, "remove "+path)
	if err != nil {
		return err
	}
	defer leave()
	if err := os.RemoveAll(path); err != nil {
		return fmt.Errorf("remove: %w", explain(err))
	}
	t.mu.Lock()
	if lock := t.dirs[path]; lock != nil {
		lock.Close()
	}
	delete(t.dirs, path)
	t.mu.Unlock()
	return nil
}

// explain says whose fault a failed file operation is.
func explain(err error) error {
	var fault *remote.DeviceError
	switch {
	case errors.As(err, &fault):
		return err
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return remote.Fault(name, remote.NoSpace, "free some space or set work_dir to another file system", err)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return remote.Fault(name, remote.NotWritable, "use a directory that this user may write to", err)
	}
	return err
}

func nonce() string {
	var raw [16]byte
	rand.Read(raw[:])
	return hex.EncodeToString(raw[:])
}

// untilDone stops a copy when the context ends.
type untilDone struct {
	ctx context.Context
	r   io.Reader
}

// Read implements io.Reader.
func (u untilDone) Read(p []byte) (int, error) {
	if u.ctx.Err() != nil {
		return 0, context.Cause(u.ctx)
	}
	return u.r.Read(p)
}
