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
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
)

const magic = "\x93NUMPY"

// maxHeader bounds the header that is read; numpy's own limit for safe parsing is 10,000 bytes.
const maxHeader = 1 << 16

// maxElements bounds an array, so that a corrupt shape cannot ask for all memory: 16 GiB of float32.
const maxElements = 1 << 32

// Number is an element type that can be written.
type Number interface {
	~uint8 | ~int64 | ~float32 | ~float64
}

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

type header struct {
	descr string
	shape []int
	count int
}

var (
	descrField   = regexp.MustCompile(`'descr'\s*:\s*('[^']*'|\[)`)
	fortranField = regexp.MustCompile(`'fortran_order'\s*:\s*(True|False)`)
	shapeField   = regexp.MustCompile(`'shape'\s*:\s*\(([^)]*)\)`)
)

func readHeader(r io.Reader) (header, error) {
	var start [8]byte
	if _, err := io.ReadFull(r, start[:]); err != nil || string(start[:6]) != magic {
		return header{}, errors.New("not an .npy file: it does not begin with \\x93NUMPY")
	}
	var size uint32
	switch start[6] {
	case 1:
		var n uint16
		if err := binary.Read(r, binary.LittleEndian, &n); err != nil {
			return header{}, fmt.Errorf("read header: %w", err)
		}
		size = uint32(n)
	case 2, 3:
		if err := binary.Read(r, binary.LittleEndian, &size); err != nil {
			return header{}, fmt.Errorf("read header: %w", err)
		}
	default:
		return header{}, fmt.Errorf("format version %d.%d: want 1.0, 2.0 or 3.0", start[6], start[7])
	}
	if size > maxHeader {
		return header{}, fmt.Errorf("header of %d bytes: want at most %d", size, maxHeader)
	}
	text := make([]byte, size)
	if _, err := io.ReadFull(r, text); err != nil {
		return header{}, fmt.Errorf("read header: %w", err)
	}
	return parseHeader(string(text))
}

func parseHeader(text string) (header, error) {
	descr, fortran, shape := descrField.FindStringSubmatch(text), fortranField.FindStringSubmatch(text), shapeField.FindStringSubmatch(text)
	if descr == nil || fortran == nil || shape == nil {
		return header{}, fmt.Errorf("header %q: want descr, fortran_order and shape", strings.TrimSpace(text))
	}
	if descr[1] == "[" {
		return header{}, errors.New("elements are structures: want plain numbers")
	}
	h := header{descr: strings.Trim(descr[1], "'"), count: 1}
	for _, field := range strings.Split(shape[1], ",") {
		if field = strings.TrimSpace(field); field == "" {
			continue
		}
		n, err := strconv.Atoi(field)
		if err != nil || n < 0 {
			return header{}, fmt.Errorf("shape (%s): want non-negative integers", shape[1])
		}
		if n > 0 && h.count > maxElements/n {
			return header{}, fmt.Errorf("shape (%s): want at most %d elements", shape[1], int64(maxElements))
		}
		h.shape = append(h.shape, n)
		h.count *= n
	}
	if fortran[1] == "True" && len(h.shape) > 1 {
		return header{}, errors.New("array is in Fortran order: save numpy.ascontiguousarray(x)")
	}
	if _, ok := elements[h.kind()]; !ok {
		return header{}, fmt.Errorf("elements are %q: want float16, float32, float64, bool, or an integer of 1 to 8 bytes", h.descr)
	}
	if h.descr[0] == '>' {
		return header{}, fmt.Errorf("elements %q are big-endian: save x.astype(x.dtype.newbyteorder('<'))", h.descr)
	}
	return h, nil
}

// kind is the element type without its byte order.
func (h header) kind() string {
	if len(h.descr) < 3 {
		return ""
	}
	return h.descr[1:]
}

// element is how a stored number is decoded: its size in bytes and its value, by way of the type
// that holds it without loss.
type element struct {
	size    int
	integer func(b []byte) int64
	real    func(b []byte) float64
}

var le = binary.LittleEndian

var elements = map[string]element{
	"b1": {size: 1, integer: func(b []byte) int64 { return int64(b[0]) }},
	"u1": {size: 1, integer: func(b []byte) int64 { return int64(b[0]) }},
	"i1": {size: 1, integer: func(b []byte) int64 { return int64(int8(b[0])) }},
	"u2": {size: 2, integer: func(b []byte) int64 { return int64(le.Uint16(b)) }},
	"i2": {size: 2, integer: func(b []byte) int64 { return int64(int16(le.Uint16(b))) }},
	"u4": {size: 4, integer: func(b []byte) int64 { return int64(le.Uint32(b)) }},
	"i4": {size: 4, integer: func(b []byte) int64 { return int64(int32(le.Uint32(b))) }},
	"u8": {size: 8, integer: func(b []byte) int64 { return int64(le.Uint64(b)) }},
	"i8": {size: 8, integer: func(b []byte) int64 { return int64(le.Uint64(b)) }},
	"f2": {size: 2, real: func(b []byte) float64 { return halfValue(le.Uint16(b)) }},
	"f4": {size: 4, real: func(b []byte) float64 { return float64(math.Float32frombits(le.Uint32(b))) }},
	"f8": {size: 8, real: func(b []byte) float64 { return math.Float64frombits(le.Uint64(b)) }},
}

// halfValue decodes IEEE 754 binary16.
func halfValue(h uint16) float64 {
	sign, exponent, fraction := 1.0, int(h>>10&31), float64(h&1023)
	if h&0x8000 != 0 {
		sign = -1
	}
	switch {
	case exponent == 31 && fraction != 0:
		return math.NaN()
	case exponent == 31:
		return sign * math.Inf(1)
	case exponent == 0:
		return sign * math.Ldexp(fraction, -24)
	}
	return sign * math.Ldexp(1024+fraction, exponent-25)
}

func readElements[T float32 | int64](r io.Reader, h header) ([]T, error) {
	e := elements[h.kind()]
	const chunk = 1 << 14
	// The array grows as data arrives: a shape that the file does not live up to costs no memory.
	data := make([]T, 0, min(h.count, 1<<20))
	buffer := make([]byte, chunk*e.size)
	for len(data) < h.count {
		n := min(chunk, h.count-len(data))
		if _, err := io.ReadFull(r, buffer[:n*e.size]); err != nil {
			return nil, fmt.Errorf("data ends after %d of the %d elements of shape %v", len(data), h.count, h.shape)
		}
		for i := range n {
			b := buffer[i*e.size:]
			if e.integer != nil {
				data = append(data, T(e.integer(b)))
			} else {
				data = append(data, T(e.real(b)))
			}
		}
	}
	return data, nil
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
