package remotetest

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/rt3d-tune/rt3d-tune/remote"
)

// oddNames are file names that a wrong quote or a wrong separator breaks.
var oddNames = []string{
	"a b", " lead", "trail ", "it's", `say "hi"`, `back\slash`, "new\nline", "tab\t", "-rf", "--", "$HOME", "`id`", "$(id)", "*", "?x", "[a]", "~",
	"#c", "a;b", "a&b", "a|b", "a>b", "(x)", "{a,b}", "a=b", "%s", "a,b,0777", "ünïcode 日本 \U0001F4F1", "!x", "^", "\\n",
}

func random(n int) []byte {
	data := make([]byte, n)
	source := rand.NewChaCha8([32]byte{byte(n), 7})
	source.Read(data)
	return data
}

func (s *suite) files(t *testing.T) {
	tr := s.connect(t)
	dir := workDir(t, tr)

	t.Run("Sizes", func(t *testing.T) {
		sizes := []int{0, 1, 4095, 65536, 1<<20 + 3}
		if !testing.Short() {
			sizes = append(sizes, 64<<20)
		}
		for _, n := range sizes {
			data := random(n)
			path := dir + "/sized"
			push(t, tr, path, data, 0o600)
			onDevice, err := os.ReadFile(path)
			if err != nil || !bytes.Equal(onDevice, data) {
				t.Errorf("%d bytes pushed: the device has %d others (%v)", n, len(onDevice), err)
			}
			var back bytes.Buffer
			if err := tr.Pull(t.Context(), path, &back); err != nil || !bytes.Equal(back.Bytes(), data) {
				t.Errorf("%d bytes pulled: got %d others (%v)", n, back.Len(), err)
			}
		}
	})
	t.Run("Many", func(t *testing.T) {
		batch, ok := tr.(remote.BatchPusher)
		if !ok {
			t.Skip("files are pushed one by one")
		}
		var files []remote.File
		contents := map[string][]byte{}
		for i, name := range append([]string{"empty"}, oddNames...) {
			path := dir + "/many " + name
			contents[path] = random(1000 * i)
			files = append(files, remote.File{Content: bytes.NewReader(contents[path]), Size: int64(len(contents[path])), Path: path, Perm: 0o640})
		}
		if err := batch.PushAll(t.Context(), files); err != nil {
			t.Fatal(err)
		}
		for path, data := range contents {
			onDevice, err := os.ReadFile(path)
			info, statErr := os.Stat(path)
			if err != nil || statErr != nil || !bytes.Equal(onDevice, data) || info.Mode().Perm() != 0o640 {
				t.Errorf("%q: the device has %d others of %d bytes (%v, %v)", path, len(onDevice), len(data), err, statErr)
			}
		}
		// One that is shorter than it says spoils none of what is there, and leaves nothing behind.
		short := []remote.File{{Content: strings.NewReader("new"), Size: 3, Path: dir + "/many empty", Perm: 0o600},
			{Content: strings.NewReader("x"), Size: 2, Path: dir + "/many short", Perm: 0o600}}
		if err := batch.PushAll(t.Context(), short); err == nil || !strings.Contains(err.Error(), "many short") {
			t.Errorf("a file shorter than announced: %v", err)
		}
		if _, err := os.Stat(dir + "/many short"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a partial file is left: %v", err)
		}
		left, err := filepath.Glob(dir + "/.rt3d-*")
		if err != nil || len(left) > 0 {
			t.Errorf("left behind: %v (%v)", left, err)
		}
	})
	t.Run("Permissions", func(t *testing.T) {
		program := dir + "/program"
		for _, perm := range []uint32{0o640, 0o755, 0o400} {
			push(t, tr, program, []byte("#!/bin/sh\necho ran \"$1\"\n"), perm)
			info, err := os.Stat(program)
			if err != nil || uint32(info.Mode().Perm()) != perm {
				t.Errorf("pushed with %04o: %v, %v", perm, info.Mode(), err)
			}
		}
		push(t, tr, program, []byte("#!/bin/sh\necho ran \"$1\"\n"), 0o755)
		if got := output(t, tr, remote.Command{Args: []string{program, "x y"}}); got != "ran x y\n" {
			t.Errorf("pushed program printed %q", got)
		}
	})
	t.Run("OddNames", func(t *testing.T) {
		names := oddNames
		if testing.Short() {
			names = []string{`it's a b\s "q" $HOME` + "`id`", "new\nline", "-rf", "ü日本\U0001F4F1,0777"}
		}
		for _, name := range names {
			sub := dir + "/d" + name
			if err := os.Mkdir(sub, 0o777); err != nil {
				t.Fatal(err)
			}
			path := sub + "/" + name
			push(t, tr, path, []byte(name), 0o700)
			if data, err := os.ReadFile(path); err != nil || string(data) != name {
				t.Errorf("push to %q: the device has %q, %v", path, data, err)
			}
			var back bytes.Buffer
			if err := tr.Pull(t.Context(), path, &back); err != nil || back.String() != name {
				t.Errorf("pull of %q: %q, %v", path, back.String(), err)
			}
			if got := output(t, tr, remote.Command{Args: []string{"cat", "./" + name}, Dir: sub}); got != name {
				t.Errorf("working directory %q: cat printed %q", sub, got)
			}
			if err := tr.Remove(t.Context(), sub); err != nil {
				t.Errorf("remove %q: %v", sub, err)
			}
			if _, err := os.Lstat(sub); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%q is still there after Remove (%v)", sub, err)
			}
		}
	})
	t.Run("Replace", func(t *testing.T) {
		push(t, tr, dir+"/same", []byte("long first content"), 0o600)
		push(t, tr, dir+"/same", []byte("short"), 0o600)
		if data, _ := os.ReadFile(dir + "/same"); string(data) != "short" {
			t.Errorf("replaced file holds %q", data)
		}
	})
	t.Run("Failures", func(t *testing.T) { s.fileFailures(t, tr, dir) })
	t.Run("NothingElse", func(t *testing.T) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), ".") {
				t.Errorf("a temporary file was left: %s", e.Name())
			}
		}
	})
}

func (s *suite) fileFailures(t *testing.T, tr remote.Transport, dir string) {
	broken := errors.New("disk on fire")
	for _, c := range []struct {
		name string
		size int64
		data []byte
		fail bool
	}{
		{"fewer bytes than announced", 10, []byte("short"), false},
		{"more bytes than announced", 3, []byte("longer"), false},
		{"source fails", 1 << 20, random(70_000), true},
	} {
		path := dir + "/failed"
		r := iotest.OneByteReader(bytes.NewReader(c.data))
		if c.fail {
			r = &failing{data: c.data, err: broken}
		}
		err := tr.Push(t.Context(), r, c.size, path, 0o600)
		var fault *remote.DeviceError
		if err == nil || errors.As(err, &fault) {
			t.Errorf("%s: error %v, want one that is not the device's", c.name, err)
		}
		if c.fail && !errors.Is(err, broken) {
			t.Errorf("%s: error %v does not wrap the source's", c.name, err)
		}
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: a partial file is there (%v)", c.name, err)
		}
	}
	if err := tr.Push(t.Context(), strings.NewReader("x"), 1, dir+"/no/such/dir", 0o600); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("push into a missing directory: %v, want fs.ErrNotExist", err)
	}
	if err := tr.Push(t.Context(), strings.NewReader("x"), 1, dir, 0o600); err == nil {
		t.Error("push onto a directory: no error")
	}
	if err := tr.Push(t.Context(), strings.NewReader("x"), 1, "relative", 0o600); err == nil {
		t.Error("push to a relative path: no error")
	}
	if err := tr.Push(ended(), strings.NewReader("x"), 1, dir+"/failed", 0o600); err == nil {
		t.Error("push with an ended context: no error")
	}
	if err := tr.Pull(t.Context(), dir+"/missing", &bytes.Buffer{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("pull of a missing file: %v, want fs.ErrNotExist", err)
	}
	if err := tr.Remove(t.Context(), dir+"/missing"); err != nil {
		t.Errorf("remove of a missing path: %v", err)
	}
	if err := tr.Remove(t.Context(), "/"); err == nil {
		t.Error("remove of /: no error")
	}
	if matches, _ := filepath.Glob(dir + "/.*"); len(matches) > 0 {
		t.Errorf("left after failures: %q", matches)
	}
}

// failing yields data and then an error.
type failing struct {
	data []byte
	err  error
}

// Read implements io.Reader.
func (f *failing) Read(p []byte) (int, error) {
	if len(f.data) == 0 {
		return 0, f.err
	}
	n := copy(p, f.data)
	f.data = f.data[n:]
	return n, nil
}
