package pack

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/rt3d-tune/rt3d-tune/internal/half"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
)

// putValues writes values in a data type.
func putValues(out []byte, values []float32, d spec.DataType) {
	switch d {
	case spec.Float32:
		putFloats(out, values)
	case spec.Float16:
		for i, v := range values {
			binary.LittleEndian.PutUint16(out[2*i:], half.FromFloat32(v))
		}
	default:
		panic(fmt.Sprintf("no encoding for data type %q", d)) // isa.Of refuses it
	}
}

// readValues reads n values of a data type.
func readValues(data []byte, n int, d spec.DataType) []float32 {
	switch d {
	case spec.Float32:
		return readFloats(data, n)
	case spec.Float16:
		values := make([]float32, n)
		for i := range values {
			values[i] = half.Float32(binary.LittleEndian.Uint16(data[2*i:]))
		}
		return values
	}
	panic(fmt.Sprintf("no encoding for data type %q", d))
}

func putFloats(out []byte, values []float32) {
	for i, v := range values {
		binary.LittleEndian.PutUint32(out[4*i:], math.Float32bits(v))
	}
}

func readFloats(data []byte, n int) []float32 {
	values := make([]float32, n)
	for i := range values {
		values[i] = math.Float32frombits(word(data[4*i:]))
	}
	return values
}
