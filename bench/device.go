package bench

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rt3d-tune/rt3d-tune/remote"
)

// device is the far end of a session: one directory of files named by their content, and programs run
// in it one at a time.
type device struct {
	config remote.Config
	limit  int64 // bytes that may lie on the device

	mu        sync.Mutex
	transport remote.Transport
	dir       string
	files     map[string]*deviceFile
	order     []string // least recently used first
	held      int64
}

// deviceFile is a file on the device. Its mutex is held while it is pushed, so that two who need it push
// it once.
type deviceFile struct {
	mu    sync.Mutex
	there bool
	size  int64
	users int
}

// connect makes a fresh directory on the device.
func (d *device) connect(ctx context.Context, t remote.Transport) error {
	dir, err := t.WorkDir(ctx)
	if err != nil {
		return fmt.Errorf("make a directory on %s: %w", t.Name(), err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.transport, d.dir = t, dir
	d.files, d.order, d.held = map[string]*deviceFile{}, nil, 0
	return nil
}

// simulated tells that the device is software, whose times are a model's.
func (d *device) simulated() bool { return d.config.Transport == "sim" }

func (d *device) current() (remote.Transport, string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.transport, d.dir
}

// payload is a file to push: its name on the device and where its content comes from.
type payload struct {
	name string
	perm uint32
	size int64
	open func() (io.ReadCloser, error)
}

func blobPayload(a *Artifact) payload {
	return payload{blobName(a), 0o600, int64(len(a.Blob)), func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(a.Blob)), nil
	}}
}

func binaryPayload(a *Artifact) (payload, error) {
	info, err := os.Stat(a.Binary.Path)
	if err != nil {
		return payload{}, fmt.Errorf("push binary: %w", err)
	}
	return payload{binaryName(a), 0o700, info.Size(), func() (io.ReadCloser, error) { return os.Open(a.Binary.Path) }}, nil
}

func blobName(a *Artifact) string   { return a.BlobHash + ".blob" }
func binaryName(a *Artifact) string { return a.Binary.SHA256 + ".run" }

// push puts a file on the device unless it is there, and keeps it there until it is released as often
// as it was pushed.
func (d *device) push(ctx context.Context, p payload) error {
	d.mu.Lock()
	f := d.files[p.name]
	if f == nil {
		f = &deviceFile{size: p.size}
		d.files[p.name] = f
	}
	f.users++
	t, dir := d.transport, d.dir
	d.mu.Unlock()

	f.mu.Lock()
	defer f.mu.Unlock()
	if f.there {
		return nil
	}
	d.makeRoom(ctx, t, dir, d.limit-p.size)
	err := send(ctx, t, dir, p)
	if remote.IsFault(err, remote.NoSpace) { // give back all that nobody needs and try once more
		d.makeRoom(ctx, t, dir, 0)
		err = send(ctx, t, dir, p)
	}
	if err != nil {
		d.release(p.name)
		return err
	}
	f.there = true
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.transport == t { // else the file lies in a directory that is gone
		d.order = append(d.order, p.name)
		d.held += p.size
	}
	return nil
}

// pushTogether pushes those of the files that are not there yet in one go, where the transport can. What
// it leaves undone, and what it does not say of single files, is left to push.
func (d *device) pushTogether(ctx context.Context, all []payload) error {
	t, dir := d.current()
	batch, ok := t.(remote.BatchPusher)
	if !ok {
		return nil
	}
	var missing []payload
	var size int64
	d.mu.Lock()
	for _, p := range all {
		known := slices.ContainsFunc(missing, func(m payload) bool { return m.name == p.name })
		if d.files[p.name] == nil && !known {
			missing, size = append(missing, p), size+p.size
		}
	}
	d.mu.Unlock()
	if len(missing) < 2 {
		return nil
	}
	d.makeRoom(ctx, t, dir, d.limit-size)
	var files []remote.File
	for _, p := range missing {
		r, err := p.open()
		if err != nil {
			return fmt.Errorf("push %s: %w", p.name, err)
		}
		defer r.Close()
		files = append(files, remote.File{Content: r, Size: p.size, Path: path.Join(dir, p.name), Perm: p.perm})
	}
	if err := batch.PushAll(ctx, files); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, p := range missing {
		if d.transport == t && d.files[p.name] == nil { // else another has pushed it meanwhile
			d.files[p.name] = &deviceFile{size: p.size, there: true}
			d.order = append(d.order, p.name)
			d.held += p.size
		}
	}
	return nil
}

func send(ctx context.Context, t remote.Transport, dir string, p payload) error {
	r, err := p.open()
	if err != nil {
		return fmt.Errorf("push %s: %w", p.name, err)
	}
	defer r.Close()
	if err := t.Push(ctx, r, p.size, path.Join(dir, p.name), p.perm); err != nil {
		return fmt.Errorf("push %s (%d bytes): %w", p.name, p.size, err)
	}
	return nil
}

// release says that one user of a file is done with it. It stays on the device while there is room.
func (d *device) release(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if f := d.files[name]; f != nil && f.users > 0 {
		f.users--
	}
}

// makeRoom removes unused files until at most the given number of bytes is held.
func (d *device) makeRoom(ctx context.Context, t remote.Transport, dir string, bytes int64) {
	d.mu.Lock()
	var gone []string
	for _, name := range slices.Clone(d.order) {
		f := d.files[name]
		if d.held <= bytes {
			break
		}
		if f.users == 0 {
			gone = append(gone, name)
			delete(d.files, name)
			d.order = slices.DeleteFunc(d.order, func(n string) bool { return n == name })
			d.held -= f.size
		}
	}
	d.mu.Unlock()
	for _, name := range gone {
		// Should it fail, the file is no longer counted on, and the directory goes at the end anyway.
		_ = t.Remove(ctx, path.Join(dir, name))
	}
}

// command is the line that runs a pushed binary, with the configured prefix before it.
func (d *device) command(dir, binary string, args ...string) []string {
	return slices.Concat(d.config.Runner, []string{path.Join(dir, binary)}, args)
}

// exit is how a runner process ended.
type exit struct {
	result remote.Result
	stderr string
	nonce  string
}

// measure runs one runner process in mode measure, gives it the jobs and hands on what it says. The
// error is the link's, or the runner's when it speaks nonsense.
func (d *device) measure(ctx context.Context, binary string, jobs []job, limit time.Duration, visit func(event)) (exit, error) {
	t, dir := d.current()
	var lines strings.Builder
	for _, j := range jobs {
		lines.WriteString(j.line())
	}
	e := exit{nonce: newNonce()}
	read, write := io.Pipe()
	said := make(chan error, 1)
	go func() {
		err := readEvents(read, visit)
		read.CloseWithError(err) // a runner that speaks nonsense is not listened to further
		said <- err
	}()
	var stderr tail
	result, err := t.Run(ctx, remote.Command{
		Args: d.command(dir, binary, "measure", "--nonce", e.nonce), Dir: dir,
		Stdin: strings.NewReader(lines.String()), Stdout: write, Stderr: &stderr, Timeout: limit,
	})
	write.Close()
	err = errors.Join(err, <-said)
	e.result, e.stderr = result, stderr.String()
	return e, err
}

func newNonce() string {
	var b [16]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	return hex.EncodeToString(b[:])
}

// tail keeps the end of what is written to it.
type tail struct{ text []byte }

func (t *tail) Write(p []byte) (int, error) {
	const most = 2000
	t.text = append(t.text, p...)
	if len(t.text) > most {
		t.text = t.text[len(t.text)-most:]
	}
	return len(p), nil
}

func (t *tail) String() string { return strings.TrimSpace(string(t.text)) }
