package npy

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"github.com/rt3d-tune/rt3d-tune/internal/half"
)

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
	"f2": {size: 2, real: func(b []byte) float64 { return float64(half.Float32(le.Uint16(b))) }},
	"f4": {size: 4, real: func(b []byte) float64 { return float64(math.Float32frombits(le.Uint32(b))) }},
	"f8": {size: 8, real: func(b []byte) float64 { return math.Float64frombits(le.Uint64(b)) }},
}

func readElements[T float32 | int64](r io.Reader, h header) ([]T, error) {
	e := elements[h.kind()]
	const chunk = 1 << 14
	// The array grows as data arrives: a shape that the file does not live up to costs no memory.
	data := make([]T, 0, min(h.count, 1<<20))
	buffer := make([]byte, chunk*e.size)
	for len(data) < h.count {
		n := min(chunk, h.count-len(data))
		if got, err := io.ReadFull(r, buffer[:n*e.size]); err != nil {
			return nil, fmt.Errorf("data ends after %d of the %d elements of shape %v", len(data)+got/e.size, h.count, h.shape)
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
