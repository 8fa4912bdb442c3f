package npy

import (
	"fmt"
	"io"
	"os"
)

// Array reads rows of an .npy file, so that a data set larger than memory can be used. It may be used
// from several goroutines at once.
type Array struct {
	file   *os.File
	header header
	start  int64 // of the elements in the file
}

// Open reads the header of an .npy file and checks that the file is as long as it says.
func Open(path string) (*Array, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open array: %w", err)
	}
	a, err := newArray(f)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("open array %s: %w", path, err)
	}
	return a, nil
}

func newArray(f *os.File) (*Array, error) {
	h, err := readHeader(f)
	if err != nil {
		return nil, err
	}
	start, err := f.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if want := int64(h.count) * int64(elements[h.kind()].size); info.Size()-start != want {
		return nil, fmt.Errorf("%d bytes of data: shape %v of %s wants %d", info.Size()-start, h.shape, h.descr, want)
	}
	return &Array{f, h, start}, nil
}

// Shape is the shape of the whole array.
func (a *Array) Shape() []int { return a.header.shape }

// Row reads the elements at index i of the first axis as float32.
func (a *Array) Row(i int) ([]float32, error) {
	if len(a.header.shape) == 0 || i < 0 || i >= a.header.shape[0] {
		return nil, fmt.Errorf("read row %d of an array of shape %v: there is no such row", i, a.header.shape)
	}
	row := a.header
	row.shape = row.shape[1:]
	row.count /= a.header.shape[0]
	size := int64(row.count) * int64(elements[row.kind()].size)
	data, err := readElements[float32](io.NewSectionReader(a.file, a.start+int64(i)*size, size), row)
	if err != nil {
		return nil, fmt.Errorf("read row %d of %s: %w", i, a.file.Name(), err)
	}
	return data, nil
}

// Close closes the file.
func (a *Array) Close() error { return a.file.Close() }
