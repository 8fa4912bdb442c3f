package posix

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/rt3d-tune/rt3d-tune/remote"
)

// script runs a piece of shell with arguments and returns its standard output. A non-zero exit is a
// *scriptError.
func (h *Host) script(ctx context.Context, text string, stdin io.Reader, args ...string) (string, error) {
	var out bytes.Buffer
	err := h.scriptTo(ctx, &out, text, stdin, args...)
	var failed *scriptError
	if h.opts.Merged && errors.As(err, &failed) {
		failed.says = strings.TrimSpace(out.String())
	}
	return out.String(), err
}

// scriptTo is script with its standard output passed on.
func (h *Host) scriptTo(ctx context.Context, out io.Writer, text string, stdin io.Reader, args ...string) error {
	nonce := newNonce()
	line, err := scriptLine(text, nonce, args...)
	if err != nil {
		return err
	}
	var diag bytes.Buffer
	result, err := h.execute(ctx, remote.Command{Args: []string{"sh"}, Stdin: stdin, Stdout: out, Stderr: &diag}, nonce, line)
	if err != nil {
		return err
	}
	if result.ExitCode != 0 {
		return &scriptError{exit: result.ExitCode, signal: result.Signal, says: strings.TrimSpace(diag.String())}
	}
	return nil
}

// scriptError is how a piece of shell of ours failed.
type scriptError struct {
	exit, signal int
	says         string
}

func (e *scriptError) Error() string {
	if e.signal != 0 {
		return fmt.Sprintf("killed by signal %d: %s", e.signal, e.says)
	}
	if e.says == "" {
		return fmt.Sprintf("exit status %d", e.exit)
	}
	return e.says
}

// Explain turns what a device said about a failed file operation into an error whose type says whose
// fault it is. It returns nil when it does not know the message.
func Explain(device, says string, err error) error {
	switch {
	case strings.Contains(says, "No space left"), strings.Contains(says, "quota exceeded"):
		return remote.Fault(device, remote.NoSpace, "free some space there or set work_dir to another file system", err)
	case strings.Contains(says, "Read-only file system"), strings.Contains(says, "Permission denied"), strings.Contains(says, "Operation not permitted"):
		return remote.Fault(device, remote.NotWritable, "use a directory that this user may write to", err)
	case strings.Contains(says, "No such file"), strings.Contains(says, "nonexistent"), strings.Contains(says, "does not exist"):
		return fmt.Errorf("%w: %w", err, fs.ErrNotExist)
	}
	return nil
}

func (h *Host) explain(err error) error {
	var failed *scriptError
	if errors.As(err, &failed) {
		if known := Explain(h.opts.Name, failed.says, err); known != nil {
			return known
		}
	}
	return err
}

// place is run when a file's content lies in a temporary file ($1): it compares the hash ($2), sets
// the permission bits ($3) and gives the file its name ($4). Exit 9: no hash program; 8: the hash
// differs. $2 is empty when the hash was compared elsewhere.
const place = `
if [ -n "$2" ]; then
  command -v sha256sum >/dev/null 2>&1 || exit 9
  got=$(sha256sum <"$1") || exit 7
  got=${got%% *}
  [ "$got" = "$2" ] || { echo "$got" >&2; exit 8; }
fi
[ ! -d "$4" ] || { echo "$4 is a directory" >&2; exit 6; }
chmod "$3" "$1" && mv -f "$1" "$4"
`

// Push implements remote.Transport: the content goes to a temporary file beside path, is verified
// there and only then takes its name.
func (h *Host) Push(ctx context.Context, r io.Reader, size int64, to string, perm uint32) (err error) {
	if err := remote.CheckPath(to); err != nil {
		return fmt.Errorf("push: %w", err)
	}
	ctx, leave, err := h.enter(ctx, "push "+to)
	if err != nil {
		return err
	}
	defer leave()
	temp := path.Join(path.Dir(to), ".rt3d-"+newNonce())
	defer func() {
		if err != nil {
			h.forget(ctx, temp)
			err = fmt.Errorf("push %s to %s: %w", to, h.opts.Name, err)
		}
	}()
	hash, err := h.upload(ctx, r, size, temp)
	if err != nil {
		return err
	}
	return h.place(ctx, temp, to, hash, perm)
}

// upload writes a file on the device and returns the SHA-256 that it should have there.
func (h *Host) upload(ctx context.Context, r io.Reader, size int64, temp string) (hash string, err error) {
	sum := sha256.New()
	content := &source{from: io.TeeReader(&exactly{from: r, left: size, size: size, ctx: ctx}, sum)}
	err = ErrNoMover
	if h.opts.Mover != nil {
		err = h.opts.Mover.Upload(ctx, content, size, temp)
	}
	if errors.Is(err, ErrNoMover) {
		_, err = h.script(ctx, `cat >"$1"`, content, temp)
	}
	if bad := content.failure(); bad != nil {
		return "", bad
	}
	var vague *VagueError
	if errors.As(err, &vague) {
		// What the protocol does not tell, a shell that meets the same trouble says in words.
		if _, said := h.script(ctx, `dd if=/dev/zero bs=1024 count=64 >>"$1"`, nil, temp); said != nil {
			err = fmt.Errorf("%w: %w", vague, h.explain(said))
		}
	}
	if err != nil {
		return "", h.explain(err)
	}
	// The link may have stopped reading early without saying so.
	if n, _ := io.Copy(io.Discard, content); n > 0 {
		return "", remote.Fault(h.opts.Name, remote.Protocol, "", fmt.Errorf("%d bytes were not taken", n))
	}
	if bad := content.failure(); bad != nil {
		return "", bad
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

func (h *Host) place(ctx context.Context, temp, to, want string, perm uint32) error {
	h.mu.Lock()
	noHash := h.noHash
	h.mu.Unlock()
	bits := modeBits(perm)
	if !noHash {
		_, err := h.script(ctx, place, nil, temp, want, bits, to)
		var failed *scriptError
		switch {
		case !errors.As(err, &failed):
			return err
		case failed.exit == 8:
			return h.corrupted(want, failed.says)
		case failed.exit != 9:
			return h.explain(err)
		}
		h.mu.Lock()
		h.noHash = true
		h.mu.Unlock()
	}
	sum := sha256.New()
	if err := h.pull(ctx, temp, sum); err != nil {
		return fmt.Errorf("read back for want of sha256sum: %w", err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != want {
		return h.corrupted(want, got)
	}
	_, err := h.script(ctx, place, nil, temp, "", bits, to)
	return h.explain(err)
}

func (h *Host) corrupted(want, got string) error {
	return remote.Fault(h.opts.Name, remote.Corrupted, "check the cable, the network and the device's storage",
		fmt.Errorf("SHA-256 there is %s, should be %s", got, want))
}

// modeBits are permission bits as chmod reads them.
func modeBits(perm uint32) string { return fmt.Sprintf("%04o", perm&0o7777) }

// forget removes temporary files even when ctx has ended.
func (h *Host) forget(ctx context.Context, temps ...string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), h.opts.Grace)
	defer cancel()
	h.script(ctx, `rm -f "$@"`, nil, temps...)
}

// Pull implements remote.Transport.
func (h *Host) Pull(ctx context.Context, from string, w io.Writer) error {
	if err := remote.CheckPath(from); err != nil {
		return fmt.Errorf("pull: %w", err)
	}
	ctx, leave, err := h.enter(ctx, "pull "+from)
	if err != nil {
		return err
	}
	defer leave()
	if err := h.pull(ctx, from, w); err != nil {
		return fmt.Errorf("pull %s from %s: %w", from, h.opts.Name, err)
	}
	return nil
}

func (h *Host) pull(ctx context.Context, from string, w io.Writer) error {
	if h.opts.Mover != nil {
		if err := h.opts.Mover.Download(ctx, from, w); !errors.Is(err, ErrNoMover) {
			return err
		}
	}
	err := h.scriptTo(ctx, w, `cat "$1"`, nil, from)
	return h.explain(err)
}

// makeDir makes a directory ($1) in the first parent ($2...) where that works and proves that a file in
// it can be executed; it prints the directory. Variables are expanded here and not by the login shell.
// The shell is named in full after "#!": the kernel wants that, and Android keeps it elsewhere.
const makeDirText = `
umask 077
name=$1
shift
shell=$(command -v sh)
case $shell in /*) ;; *) shell=/bin/sh ;; esac
for parent; do
  case $parent in
  '$TMPDIR') parent=$TMPDIR ;;
  '$HOME/'*) parent=${HOME:+$HOME/${parent#*/}} ;;
  esac
  [ -n "$parent" ] || continue
  dir=$parent/$name
  if ! mkdir "$dir"; then continue; fi
  printf '#!%s\nexit 42\n' "$shell" >"$dir/x" && chmod 700 "$dir/x" && "$dir/x"
  rc=$?
  rm -f "$dir/x"
  if [ "$rc" -eq 42 ]; then
    cd "$dir" && pwd -P && exit 0
  fi
  echo "$parent: a file written there cannot be executed (status $rc)" >&2
  rmdir "$dir"
done
exit 5
`

// WorkDir implements remote.Transport.
func (h *Host) WorkDir(ctx context.Context) (string, error) {
	ctx, leave, err := h.enter(ctx, "make a work directory")
	if err != nil {
		return "", err
	}
	defer leave()
	return h.makeDir(ctx)
}

// makeDir makes a directory that Close removes.
func (h *Host) makeDir(ctx context.Context) (string, error) {
	h.mu.Lock()
	parents := h.opts.Parents
	if h.parent != "" {
		parents = []string{h.parent}
	}
	h.mu.Unlock()
	_ = h.sweep(ctx) // what it could not remove stays claimed
	name := "rt3d-" + newNonce()[:16]
	out, err := h.script(ctx, makeDirText, nil, append([]string{name}, parents...)...)
	var failed *scriptError
	if errors.As(err, &failed) {
		if strings.Contains(failed.says, "No space left") {
			return "", h.explain(fmt.Errorf("make a work directory: %w", err))
		}
		return "", remote.Fault(h.opts.Name, remote.NotWritable,
			"set work_dir to an absolute path where this user may write and execute files",
			fmt.Errorf("make a work directory in %s: %w", strings.Join(parents, ", "), err))
	}
	if err != nil {
		return "", fmt.Errorf("make a work directory: %w", err)
	}
	dir := strings.TrimSuffix(out, "\n")
	if h.opts.Merged {
		dir = dir[strings.LastIndexByte(dir, '\n')+1:]
	}
	if !strings.HasPrefix(dir, "/") || !strings.HasSuffix(dir, "/"+name) {
		return "", remote.Fault(h.opts.Name, remote.Protocol, "", fmt.Errorf("make a work directory: the device answered %q", out))
	}
	c := newClaim(h.opts.Name, dir)
	h.mu.Lock()
	h.parent = path.Dir(dir)
	h.dirs[dir] = c
	h.mu.Unlock()
	return dir, nil
}

// Remove implements remote.Transport.
func (h *Host) Remove(ctx context.Context, target string) error {
	if err := remote.CheckPath(target); err != nil {
		return fmt.Errorf("remove: %w", err)
	}
	if path.Clean(target) == "/" {
		return errors.New("remove /: refused")
	}
	ctx, leave, err := h.enter(ctx, "remove "+target)
	if err != nil {
		return err
	}
	defer leave()
	if _, err := h.script(ctx, `rm -rf "$1"`, nil, target); err != nil {
		return fmt.Errorf("remove %s on %s: %w", target, h.opts.Name, h.explain(err))
	}
	h.mu.Lock()
	h.dirs[path.Clean(target)].drop()
	delete(h.dirs, path.Clean(target))
	h.mu.Unlock()
	return nil
}

// exactly yields size bytes, and an error when there are fewer or more.
type exactly struct {
	from       io.Reader
	left, size int64
	ctx        context.Context
}

// Read implements io.Reader.
func (e *exactly) Read(p []byte) (int, error) {
	if err := e.ctx.Err(); err != nil {
		return 0, err
	}
	if e.left == 0 {
		var one [1]byte
		n, err := io.ReadFull(e.from, one[:])
		if n > 0 {
			return 0, fmt.Errorf("content is longer than the %d bytes announced", e.size)
		}
		if err != nil && err != io.EOF {
			return 0, err
		}
		return 0, io.EOF
	}
	n, err := e.from.Read(p[:min(int64(len(p)), e.left)])
	e.left -= int64(n)
	if err == io.EOF {
		if e.left > 0 {
			return n, fmt.Errorf("content is %d bytes long, %d were announced", e.size-e.left, e.size)
		}
		err = nil
	}
	return n, err
}

// streams gives the directory of the files that stand in for streams. What a cancelled command leaves
// there, or makes there late, goes with it when the Host is closed.
func (h *Host) streams(ctx context.Context) (string, error) {
	h.streamsMu.Lock()
	defer h.streamsMu.Unlock()
	if h.streamsDir != "" {
		return h.streamsDir, nil
	}
	// Made whatever becomes of the command: a script that was cut short could make it unknown to us.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), h.opts.Grace+time.Minute)
	defer cancel()
	var err error
	h.streamsDir, err = h.makeDir(ctx)
	return h.streamsDir, err
}

// runMerged runs c over a link without standard input and standard error of its own: files on the
// device stand in for them.
func (h *Host) runMerged(ctx context.Context, c remote.Command) (remote.Result, error) {
	dir, err := h.streams(ctx)
	if err != nil {
		return remote.Result{}, fmt.Errorf("run %q: %w", c.Args[0], err)
	}
	base := dir + "/" + newNonce()
	files := standIns{stderr: base + ".err", stdin: "/dev/null"}
	defer h.forget(ctx, files.stderr)
	if c.Stdin != nil {
		files.stdin = base + ".in"
		defer h.forget(ctx, files.stdin)
		data, err := io.ReadAll(c.Stdin)
		if err != nil {
			return remote.Result{}, fmt.Errorf("run %q: read standard input: %w", c.Args[0], err)
		}
		if err := h.opts.Mover.Upload(ctx, bytes.NewReader(data), int64(len(data)), files.stdin); err != nil {
			return remote.Result{}, fmt.Errorf("run %q: bring standard input to the device: %w", c.Args[0], err)
		}
	}
	stderr := c.Stderr
	c.Stdin, c.Stderr = nil, nil
	result, err := h.run(ctx, c, files)
	var start *remote.StartError
	if stderr == nil || err != nil && (result == remote.Result{}) || errors.As(err, &start) {
		return result, err
	}
	fetch, cancel := context.WithTimeout(context.WithoutCancel(ctx), h.opts.Grace+time.Minute)
	defer cancel()
	return result, errors.Join(err, h.pull(fetch, files.stderr, stderr))
}
