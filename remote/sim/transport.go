package sim

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/rt3d-tune/rt3d-tune/remote"
)

const (
	parent = "/data/local/tmp"
	// storage in bytes, and the link to the phone.
	storage       = 8 << 30
	roundTrip     = 2 * time.Millisecond
	linkBandwidth = 40e6 // bytes per second
)

// transport is one connection to a phone.
type transport struct {
	phone *Phone
	link  int
	name  string

	mu     sync.Mutex
	closed bool
	dirs   []string
}

// Name implements remote.Transport.
func (t *transport) Name() string { return t.name }

// Clock is the phone's (remote.ClockOf).
func (t *transport) Clock() remote.Clock { return t.phone.Clock() }

// enter checks the connection and takes the phone for one operation, which costs a round trip.
func (t *transport) enter(ctx context.Context) (leave func(), err error) {
	t.mu.Lock()
	closed := t.closed
	t.mu.Unlock()
	if closed {
		return nil, fmt.Errorf("use %s: %w", t.name, remote.ErrClosed)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p := t.phone
	p.mu.Lock()
	if p.link != t.link {
		p.mu.Unlock()
		return nil, t.lost()
	}
	if p.body.charge <= 0 {
		p.mu.Unlock()
		return nil, remote.Fault(t.name, remote.Offline, "give the simulated phone a higher charge (sim.battery)", errors.New("the battery is empty"))
	}
	p.body.idle(roundTrip)
	return func() {
		p.tell()
		p.mu.Unlock()
	}, nil
}

func (t *transport) lost() error {
	return remote.Fault(t.name, remote.ConnectionLost, "connect again", errors.New("the simulated link is broken"))
}

// Run implements remote.Transport: the phone knows its probe and simulated programs.
func (t *transport) Run(ctx context.Context, c remote.Command) (remote.Result, error) {
	if err := c.Check(); err != nil {
		return remote.Result{}, err
	}
	var input []byte
	if c.Stdin != nil {
		var err error
		if input, err = io.ReadAll(c.Stdin); err != nil {
			return remote.Result{}, fmt.Errorf("read the input of %s: %w", c.Args[0], err)
		}
	}
	leave, err := t.enter(ctx)
	if err != nil {
		return remote.Result{}, err
	}
	defer leave()
	for _, w := range []*io.Writer{&c.Stdout, &c.Stderr} {
		if *w == nil {
			*w = io.Discard
		}
	}
	if c.Args[0] == "sh" && len(c.Args) > 3 && c.Args[1] == "-c" && c.Args[3] == "probe" {
		_, err := io.WriteString(c.Stdout, t.phone.describe())
		return remote.Result{}, err
	}
	f, ok := t.phone.files[c.Args[0]]
	switch {
	case !ok:
		return remote.Result{}, &remote.StartError{Device: t.name, Args: c.Args, Err: fs.ErrNotExist}
	case !f.executable:
		return remote.Result{}, &remote.StartError{Device: t.name, Args: c.Args, Err: fs.ErrPermission}
	}
	r := &process{phone: t.phone, command: c, content: f.data, out: c.Stdout, began: t.phone.body.elapsed}
	result, err := r.run(ctx, input)
	if errors.Is(err, errLinkBroke) {
		err = t.lost()
	}
	return result, err
}

// Push implements remote.Transport.
func (t *transport) Push(ctx context.Context, r io.Reader, size int64, name string, perm uint32) error {
	if err := remote.CheckPath(name); err != nil {
		return fmt.Errorf("push to %s: %w", t.name, err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("push %s to %s: %w", name, t.name, err)
	}
	if int64(len(data)) != size {
		return fmt.Errorf("push %s to %s: %d bytes came, %d were announced", name, t.name, len(data), size)
	}
	leave, err := t.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	held := int64(0)
	for _, f := range t.phone.files {
		held += int64(len(f.data))
	}
	if held+size > storage {
		return remote.Fault(t.name, remote.NoSpace, "remove files", fmt.Errorf("push %s: %d bytes are held already", name, held))
	}
	t.phone.body.idle(time.Duration(float64(size) / linkBandwidth * float64(time.Second)))
	t.phone.files[path.Clean(name)] = file{data: data, executable: perm&0o100 != 0}
	return nil
}

// Pull implements remote.Transport.
func (t *transport) Pull(ctx context.Context, name string, w io.Writer) error {
	leave, err := t.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	f, ok := t.phone.files[path.Clean(name)]
	if !ok {
		return fmt.Errorf("pull %s from %s: %w", name, t.name, fs.ErrNotExist)
	}
	_, err = io.Copy(w, bytes.NewReader(f.data))
	return err
}

// WorkDir implements remote.Transport.
func (t *transport) WorkDir(ctx context.Context) (string, error) {
	leave, err := t.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	t.phone.dirs++
	dir := fmt.Sprintf("%s/rt3d-%d", parent, t.phone.dirs)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.dirs = append(t.dirs, dir)
	return dir, nil
}

// Remove implements remote.Transport.
func (t *transport) Remove(ctx context.Context, name string) error {
	if err := remote.CheckPath(name); err != nil {
		return fmt.Errorf("remove on %s: %w", t.name, err)
	}
	leave, err := t.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	t.phone.remove(strings.TrimSuffix(name, "/"))
	return nil
}

// Close implements remote.Transport.
func (t *transport) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil
	}
	t.closed = true
	t.phone.mu.Lock()
	defer t.phone.mu.Unlock()
	for _, dir := range t.dirs {
		t.phone.remove(dir)
	}
	return nil
}
