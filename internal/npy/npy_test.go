package npy

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/internal/testtool"
)

func TestWrittenArraysReadBack(t *testing.T) {
	for _, shape := range [][]int{{}, {0}, {6}, {2, 3}, {1, 2, 3, 1, 1}, {3, 0, 2}} {
		count := 1
		for _, n := range shape {
			count *= n
		}
		want := make([]float32, count)
		for i := range want {
			want[i] = float32(i) - 1.5
		}
		path := filepath.Join(t.TempDir(), "x.npy")
		if err := WriteFile(path, shape, want); err != nil {
			t.Fatal(err)
		}
		gotShape, got, err := ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(gotShape, shape) || !slices.Equal(got, want) {
			t.Errorf("shape %v: read %v %v, wrote %v", shape, gotShape, got, want)
		}
	}
}

func TestRowsAreSlicesOfTheFirstAxis(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.npy")
	if err := WriteFile(path, []int{3, 2}, []uint8{1, 2, 3, 4, 5, 250}); err != nil {
		t.Fatal(err)
	}
	a, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	row, err := a.Row(2)
	if err != nil || !slices.Equal(row, []float32{5, 250}) {
		t.Errorf("row 2 is %v, %v", row, err)
	}
	if _, err := a.Row(3); err == nil {
		t.Error("row 3 of 3 was read")
	}
}

// TestNumPyAgrees has numpy itself write what is read here, and read what is written here.
func TestNumPyAgrees(t *testing.T) {
	python := numpy(t)
	dir := t.TempDir()
	run(t, python, dir, `
import numpy as np
x = np.arange(24).reshape(2, 3, 4) - 5
for name in "float16 float32 float64 int8 int16 int32 int64".split():
    np.save(name, x.astype(name))
np.save("uint8", np.arange(24, dtype="u1").reshape(2, 3, 4))
np.save("bool", np.array([True, False]))
np.save("fortran", np.asfortranarray(x))
np.save("big", x.astype(">f4"))
np.save("complex", x.astype("complex64"))
np.save("object", np.array([None, "a"]), allow_pickle=True)
np.save("struct", np.zeros(2, dtype=[("a", "f4"), ("b", "i4")]))
np.save("transposed_vector", np.asfortranarray(np.arange(3, dtype="f4")))
np.savez("both", X=x.astype("f4"), labels=np.array([7, 8]))
np.savez_compressed("compressed", X=x.astype("f4"))
`)
	for _, name := range []string{"float16", "float32", "float64", "int8", "int16", "int32", "int64"} {
		shape, data, err := ReadFile(filepath.Join(dir, name+".npy"))
		if err != nil {
			t.Error(err)
			continue
		}
		if !slices.Equal(shape, []int{2, 3, 4}) || data[0] != -5 || data[23] != 18 {
			t.Errorf("%s: shape %v, first %g, last %g", name, shape, data[0], data[23])
		}
	}
	if _, labels, err := ReadArchiveInt64(filepath.Join(dir, "both.npz"), "labels"); err != nil || !slices.Equal(labels, []int64{7, 8}) {
		t.Errorf("labels of the archive: %v, %v", labels, err)
	}
	if _, data, err := ReadArchive(filepath.Join(dir, "compressed.npz"), "X"); err != nil || len(data) != 24 {
		t.Errorf("compressed archive: %d elements, %v", len(data), err)
	}
	if _, _, err := ReadArchive(filepath.Join(dir, "both.npz"), "Y"); !errors.Is(err, ErrNoArray) || !strings.Contains(err.Error(), "X, labels") {
		t.Errorf("missing array: %v", err)
	}
	if _, data, err := ReadFile(filepath.Join(dir, "transposed_vector.npy")); err != nil || data[2] != 2 {
		t.Errorf("a vector in both orders: %v, %v", data, err)
	}
	for name, want := range map[string]string{
		"fortran": "ascontiguousarray", "big": "big-endian", "complex": "<c8", "object": "|O", "struct": "structures",
	} {
		if _, _, err := ReadFile(filepath.Join(dir, name+".npy")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", name, err, want)
		}
	}
	if _, _, err := ReadFileInt64(filepath.Join(dir, "float32.npy")); err == nil || !strings.Contains(err.Error(), "want integers") {
		t.Errorf("floats read as integers: %v", err)
	}

	if err := WriteFile(filepath.Join(dir, "ours.npy"), []int{2, 1, 2}, []float32{1, 2, 3, 4.5}); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(filepath.Join(dir, "vector.npy"), []int{2}, []int64{-1, 1 << 40}); err != nil {
		t.Fatal(err)
	}
	run(t, python, dir, `
import numpy as np
x = np.load("ours.npy")
assert x.dtype == np.float32 and x.shape == (2, 1, 2) and x[1, 0, 1] == 4.5, x
y = np.load("vector.npy")
assert y.dtype == np.int64 and y.shape == (2,) and y[1] == 1 << 40, y
`)
}

func TestDamagedFilesAreRefused(t *testing.T) {
	dir := t.TempDir()
	good := filepath.Join(dir, "good.npy")
	if err := WriteFile(good, []int{4}, []float32{1, 2, 3, 4}); err != nil {
		t.Fatal(err)
	}
	bytes, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	replaced := func(old, new string) []byte { return []byte(strings.Replace(string(bytes), old, new, 1)) }
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"empty":        {nil, "not an .npy file"},
		"text":         {[]byte("1,2,3,4 and more"), "not an .npy file"},
		"short header": {bytes[:20], "read header"},
		"short data":   {bytes[:len(bytes)-1], "data ends after 3 of the 4 elements"},
		"long data":    {append(slices.Clone(bytes), 0), "data goes on"},
		"version":      {append([]byte("\x93NUMPY\x09\x00"), bytes[8:]...), "format version 9.0"},
		"no shape":     {replaced("'shape'", "'shake'"), "want descr, fortran_order and shape"},
		"bad shape":    {replaced("(4,)", "(x,)"), "non-negative integers"},
		"huge shape":   {replaced("(4,), }       ", "(99999999,999),}"), "at most"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, "bad.npy")
			if err := os.WriteFile(path, c.data, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, _, err := ReadFile(path); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("error %v: want %q and the path", err, c.want)
			}
		})
	}
	if err := WriteFile(good, []int{2, 3}, []float32{1}); err == nil {
		t.Error("1 element was written as 2x3")
	}
}

func numpy(t *testing.T) string {
	for _, python := range []string{"/usr/bin/python3", "python3"} {
		if exec.Command(python, "-c", "import numpy").Run() == nil {
			return python
		}
	}
	testtool.Missing(t, "no python3 with numpy is installed (run `make setup-test`)")
	return ""
}

func run(t *testing.T, python, dir, script string) {
	t.Helper()
	cmd := exec.Command(python, "-c", script)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}
