package npy

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// Number is an element type that can be written.
type Number interface {
	~uint8 | ~int64 | ~float32 | ~float64
}

// WriteFile writes an array in C order. An empty shape writes a scalar.
func WriteFile[T Number](path string, shape []int, data []T) error {
	count := 1
	for _, n := range shape {
		count *= n
	}
	if count != len(data) {
		return fmt.Errorf("write array %s: %d elements for shape %v", path, len(data), shape)
	}
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("write array: %w", err)
	}
	w := bufio.NewWriterSize(f, 1<<16)
	err = errors.Join(WriteHeader[T](w, shape), binary.Write(w, le, data), w.Flush(), f.Close())
	if err != nil {
		return fmt.Errorf("write array %s: %w", path, err)
	}
	return nil
}

// WriteHeader writes what comes before the elements, for callers that stream them; the elements of an
// array of this shape must follow, little-endian and in C order.
func WriteHeader[T Number](w io.Writer, shape []int) error {
	var zero T
	descr := ""
	switch any(zero).(type) {
	case uint8:
		descr = "|u1"
	case int64:
		descr = "<i8"
	case float32:
		descr = "<f4"
	case float64:
		descr = "<f8"
	default:
		return fmt.Errorf("element type %T has no NumPy name here", zero)
	}
	var dims strings.Builder
	for _, n := range shape {
		fmt.Fprintf(&dims, "%d, ", n)
	}
	list := strings.TrimSuffix(dims.String(), " ")
	if len(shape) > 1 {
		list = strings.TrimSuffix(list, ",")
	}
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, list)
	// The header ends on a multiple of 64 bytes, as numpy aligns it.
	pad := 63 - (len(magic)+4+len(text))%64
	text += strings.Repeat(" ", pad) + "\n"
	var b bytes.Buffer
	b.WriteString(magic + "\x01\x00")
	b.Write(le.AppendUint16(nil, uint16(len(text))))
	b.WriteString(text)
	_, err := w.Write(b.Bytes())
	return err
}
