package npy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

const magic = "\x93NUMPY"

// maxHeader bounds the header that is read; numpy's own limit for safe parsing is 10,000 bytes.
const maxHeader = 1 << 16

// maxElements bounds an array, so that a corrupt shape cannot ask for all memory: 16 GiB of float32.
const maxElements = 1 << 32

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
