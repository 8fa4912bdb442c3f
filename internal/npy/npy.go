// Package npy reads and writes NumPy's .npy files (format versions 1.0 to 3.0, NEP 1) and the .npz
// archives of them: arrays of any rank of the element types that clips, outputs and labels have.
//
// It stands beside github.com/sbinet/npyio because that library writes arrays of rank 1 and 2 only,
// and clips have rank 5. It refuses Fortran order, big-endian data, structures and pickled objects,
// by name.
package npy

import (
	"archive/zip"
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// ReadFile reads an array of any numeric type as float32, in C order. Shape is empty for a scalar.
func ReadFile(path string) (shape []int, data []float32, err error) {
	return readFile[float32](path)
}

// ReadFileInt64 reads an array of an integer type.
func ReadFileInt64(path string) (shape []int, data []int64, err error) {
	return readFile[int64](path)
}

func readFile[T float32 | int64](path string) ([]int, []T, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("read array: %w", err)
	}
	defer f.Close()
	shape, data, err := read[T](f)
	if err != nil {
		return nil, nil, fmt.Errorf("read array %s: %w", path, err)
	}
	return shape, data, nil
}

// ReadArchive reads the named array of an .npz file (numpy.savez) as float32.
func ReadArchive(path, name string) (shape []int, data []float32, err error) {
	return readArchive[float32](path, name)
}

// ReadArchiveInt64 reads the named array of an .npz file as integers.
func ReadArchiveInt64(path, name string) (shape []int, data []int64, err error) {
	return readArchive[int64](path, name)
}

// ErrNoArray says that an archive is readable but does not hold the array asked for.
var ErrNoArray = errors.New("no such array")

func readArchive[T float32 | int64](path, name string) ([]int, []T, error) {
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil, nil, fmt.Errorf("read archive %s: %w (want an .npz file as numpy.savez writes it)", path, err)
	}
	defer z.Close()
	var names []string
	for _, entry := range z.File {
		names = append(names, strings.TrimSuffix(entry.Name, ".npy"))
		if entry.Name != name+".npy" {
			continue
		}
		f, err := entry.Open()
		if err != nil {
			return nil, nil, fmt.Errorf("read array %q of %s: %w", name, path, err)
		}
		defer f.Close()
		shape, data, err := read[T](f)
		if err != nil {
			return nil, nil, fmt.Errorf("read array %q of %s: %w", name, path, err)
		}
		return shape, data, nil
	}
	return nil, nil, fmt.Errorf("read array %q of %s: %w; the archive holds %s", name, path, ErrNoArray, strings.Join(names, ", "))
}

func read[T float32 | int64](r io.Reader) ([]int, []T, error) {
	r = bufio.NewReaderSize(r, 1<<16)
	h, err := readHeader(r)
	if err != nil {
		return nil, nil, err
	}
	var zero T
	if _, wantInt := any(zero).(int64); wantInt && !strings.ContainsAny(h.descr[1:2], "iub") {
		return nil, nil, fmt.Errorf("elements are %s: want integers, for example int64", h.descr)
	}
	data, err := readElements[T](r, h)
	if err != nil {
		return nil, nil, err
	}
	if n, _ := r.Read(make([]byte, 1)); n > 0 {
		return nil, nil, fmt.Errorf("data goes on after the %d elements of shape %v", len(data), h.shape)
	}
	return h.shape, data, nil
}
