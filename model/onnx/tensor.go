package onnx

import (
	"encoding/binary"
	"fmt"
	"math"

	pb "github.com/rt3d-tune/rt3d-tune/model/onnx/onnxpb"
)

// tensor is a constant: float32 values, or integers (INT64, INT32, BOOL).
type tensor struct {
	name   string
	dims   []int
	floats []float32
	ints   []int64
	// owned tells that a layer already holds floats, so that the next one must copy them.
	owned bool
}

// maxRank bounds the dimensions of a tensor; the operators know at most five.
const maxRank = 16

// decode reads a TensorProto. What it allocates is bounded by the data that the file really holds.
func decode(t *pb.TensorProto) (*tensor, error) {
	if t == nil {
		return nil, fmt.Errorf("tensor is missing")
	}
	if t.GetDataLocation() == pb.TensorProto_EXTERNAL || len(t.GetExternalData()) > 0 {
		return nil, fmt.Errorf("tensor %q lies in an external file: read the model from its folder, or save it with its data inside", t.GetName())
	}
	if t.GetSegment() != nil {
		return nil, fmt.Errorf("tensor %q is stored in segments, which is not supported", t.GetName())
	}
	out := &tensor{name: t.GetName()}
	if len(t.GetDims()) > maxRank {
		return nil, fmt.Errorf("tensor %q has %d dimensions, at most %d are supported", t.GetName(), len(t.GetDims()), maxRank)
	}
	count := 1
	for _, d := range t.GetDims() {
		if d < 0 || d > math.MaxInt32 {
			return nil, fmt.Errorf("tensor %q has dimensions %v", t.GetName(), t.GetDims())
		}
		out.dims = append(out.dims, int(d))
		count *= int(d)
		if count > math.MaxInt32 {
			return nil, fmt.Errorf("tensor %q is too large: dimensions %v", t.GetName(), t.GetDims())
		}
	}
	if err := out.read(t); err != nil {
		return nil, err
	}
	if have := len(out.floats) + len(out.ints); have != count {
		return nil, fmt.Errorf("tensor %q holds %d values, its dimensions %v want %d", t.GetName(), have, t.GetDims(), count)
	}
	return out, nil
}

// read takes the values from raw data or from the typed field.
func (out *tensor) read(t *pb.TensorProto) error {
	raw := t.GetRawData()
	kind := pb.TensorProto_DataType(t.GetDataType())
	size := map[pb.TensorProto_DataType]int{
		pb.TensorProto_FLOAT: 4, pb.TensorProto_INT64: 8, pb.TensorProto_INT32: 4, pb.TensorProto_BOOL: 1,
	}[kind]
	if size == 0 {
		return fmt.Errorf("tensor %q has type %s: want FLOAT weights (export the model in float32)", t.GetName(), kind)
	}
	if len(raw)%size != 0 {
		return fmt.Errorf("tensor %q has %d bytes of %s", t.GetName(), len(raw), kind)
	}
	n := len(raw) / size
	switch kind {
	case pb.TensorProto_FLOAT:
		if raw == nil {
			out.floats = t.GetFloatData()
			return nil
		}
		out.floats = make([]float32, n)
		for i := range out.floats {
			out.floats[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
		}
	case pb.TensorProto_INT64:
		if raw == nil {
			out.ints = t.GetInt64Data()
			return nil
		}
		out.ints = make([]int64, n)
		for i := range out.ints {
			out.ints[i] = int64(binary.LittleEndian.Uint64(raw[8*i:]))
		}
	case pb.TensorProto_INT32:
		out.ints = make([]int64, n)
		for i := range out.ints {
			out.ints[i] = int64(int32(binary.LittleEndian.Uint32(raw[4*i:])))
		}
	case pb.TensorProto_BOOL:
		out.ints = make([]int64, n)
		for i := range out.ints {
			out.ints[i] = int64(raw[i])
		}
	}
	if raw == nil {
		for _, v := range t.GetInt32Data() {
			out.ints = append(out.ints, int64(v))
		}
	}
	return nil
}

// take hands the values to a layer, which may change them later.
func (out *tensor) take() []float32 {
	if out.owned {
		return append([]float32(nil), out.floats...)
	}
	out.owned = true
	return out.floats
}

// transpose is the tensor with its dimensions in another order.
func (out *tensor) transpose(perm []int) *tensor {
	to := &tensor{name: out.name, dims: make([]int, len(perm))}
	if out.floats != nil {
		to.floats = make([]float32, len(out.floats))
	}
	if out.ints != nil {
		to.ints = make([]int64, len(out.ints))
	}
	strides := make([]int, len(perm)) // in the source, per destination dimension
	for i, p := range perm {
		to.dims[i] = out.dims[p]
		strides[i] = 1
		for _, d := range out.dims[p+1:] {
			strides[i] *= d
		}
	}
	index := make([]int, len(perm))
	from := 0
	for i := range len(to.floats) + len(to.ints) {
		if to.floats != nil {
			to.floats[i] = out.floats[from]
		} else {
			to.ints[i] = out.ints[from]
		}
		for a := len(perm) - 1; a >= 0; a-- {
			index[a]++
			from += strides[a]
			if index[a] < to.dims[a] {
				break
			}
			from -= strides[a] * to.dims[a]
			index[a] = 0
		}
	}
	return to
}

// count is the product of dimensions that were already bounded.
func count(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}
