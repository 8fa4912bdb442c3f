package spec

import (
	"fmt"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// Workload is one convolution as the kernels see it. Two layers with equal workloads have equal
// kernels. It is comparable and may be a map key.
type Workload struct {
	Channels, Filters, Groups int
	// (depth, height, width)
	Kernel, Stride, Dilation, PadBegin, PadEnd [3]int
	// Input is the size of the input activation (depth, height, width), without padding.
	Input    [3]int
	DataType DataType
	// Weights is the data type in which weights are stored, where it is not DataType: Float16 for fully
	// connected layers, which do nothing but read them.
	Weights  DataType
	Epilogue Epilogue
}

// DataType of activations and weights.
type DataType string

// The data types; the formats leave room for int8.
const (
	Float32 DataType = "fp32"
	// Float16 stores and multiplies IEEE 754 binary16. Bias, residual, activation and all operators that
	// are no convolution calculate in float32.
	Float16 DataType = "fp16"
)

// DataTypes lists every known value.
var DataTypes = []DataType{Float32, Float16}

// Bytes of one value in memory.
func (d DataType) Bytes() int {
	switch d {
	case Float32:
		return 4
	case Float16:
		return 2
	}
	panic(fmt.Sprintf("data type %q has no size", d)) // isa.Of refuses it
}

// Epilogue is what a convolution does to an accumulated value before it stores it: add the bias, add a
// residual, apply an activation, in this order.
type Epilogue struct {
	// Residual adds the value at the same place of a second activation with the output's shape.
	Residual bool
	// Activation with an empty Function means none.
	Activation model.Activation
}

// WorkloadOf describes a layer as a workload in float32. in is the shape of its input.
func WorkloadOf(c *model.Conv, in model.Shape, e Epilogue) Workload {
	w := Workload{
		Channels: c.Channels, Filters: c.Filters, Groups: c.Groups,
		Kernel: c.Kernel, Stride: c.Stride, Dilation: c.Dilation, PadBegin: c.PadBegin, PadEnd: c.PadEnd,
		Input: [3]int{in.D, in.H, in.W}, DataType: Float32, Epilogue: e,
	}
	if c.HalfWeights {
		w.Weights = Float16
	}
	return w
}

// In is the same workload in a data type.
func (w Workload) In(d DataType) Workload {
	w.DataType = d
	if w.Weights == d {
		w.Weights = ""
	}
	return w
}

// WeightType is the data type in which weights are stored.
func (w Workload) WeightType() DataType {
	if w.Weights != "" {
		return w.Weights
	}
	return w.DataType
}

// Output is the size of the output activation (depth, height, width).
func (w Workload) Output() [3]int {
	var out [3]int
	for i := range out {
		out[i] = (w.Input[i]+w.PadBegin[i]+w.PadEnd[i]-w.Dilation[i]*(w.Kernel[i]-1)-1)/w.Stride[i] + 1
	}
	return out
}

// Halo is the zeros that kernels read around the input: rows and columns. Depths outside the input are
// skipped, and padding that no window reaches is not there.
func (w Workload) Halo() (begin, end [3]int) {
	out := w.Output()
	for i := 1; i < 3; i++ {
		reach := (out[i]-1)*w.Stride[i] + w.Dilation[i]*(w.Kernel[i]-1) - w.PadBegin[i] - (w.Input[i] - 1)
		begin[i], end[i] = w.PadBegin[i], max(0, reach)
	}
	return begin, end
}

// OnInput tells whether kernel position k of output o of an axis lies on the input and not on padding.
func (w Workload) OnInput(axis, o, k int) bool {
	at := w.inputOf(axis, o, k)
	return at >= 0 && at < w.Input[axis]
}

func (w Workload) inputOf(axis, o, k int) int {
	return o*w.Stride[axis] - w.PadBegin[axis] + k*w.Dilation[axis]
}

// ColumnPadding is how many output columns at the begin and at the end of a row have padding at kernel
// column k.
func (w Workload) ColumnPadding(k int) (first, last int) {
	out := w.Output()[2]
	for first < out && w.inputOf(2, first, k) < 0 {
		first++
	}
	for last < out-first && w.inputOf(2, out-1-last, k) >= w.Input[2] {
		last++
	}
	return first, last
}

// leastColumnPadding is the share of products with padding along a row from which columns are clipped.
const leastColumnPadding = 1.0 / 32

// ClipsColumns tells whether the ends of rows leave out products with padding: where rows are so short
// that it pays for the code of each kernel column and for shorter runs of the kept list.
func (w Workload) ClipsColumns() bool {
	padding := 0
	for k := range w.Kernel[2] {
		first, last := w.ColumnPadding(k)
		padding += first + last
	}
	return padding > 0 && float64(padding) >= leastColumnPadding*float64(w.Output()[2]*w.Kernel[2])
}

// Positions is Kd·Kh·Kw.
func (w Workload) Positions() int { return w.Kernel[0] * w.Kernel[1] * w.Kernel[2] }

// MACs of a dense execution, products with padding counted.
func (w Workload) MACs() int64 {
	o := w.Output()
	return int64(o[0]) * int64(o[1]) * int64(o[2]) * int64(w.Filters) * int64(w.Channels/w.Groups) * int64(w.Positions())
}

// FullyConnected tells a matrix-vector product: 1x1x1 on a 1x1x1 activation.
func (w Workload) FullyConnected() bool {
	return w.Input == [3]int{1, 1, 1} && w.Kernel == [3]int{1, 1, 1}
}

// Depthwise tells a convolution with one input channel and one filter per group.
func (w Workload) Depthwise() bool {
	return w.Groups > 1 && w.Groups == w.Channels && w.Filters == w.Channels
}
