package conv

import (
	"fmt"

	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
)

// Kernel is one function to write: what it computes, how, and where its operands lie. Two equal
// kernels have equal code. It is comparable and may be a map key.
type Kernel struct {
	Workload spec.Workload
	Schedule spec.Schedule
	// Input, Output and Residual are the layouts of the buffers, or channel slices of them, that x, y
	// and residual point to. Residual matters only with Workload.Epilogue.Residual.
	Input, Output, Residual spec.Layout
}

// Plain gives a kernel layouts of its own: input and output blocked by the vector, halo as its
// windows ask on the input and none on the output, and a residual laid out as the output.
func Plain(w spec.Workload, s spec.Schedule, v spec.Vector) Kernel {
	out := w.Output()
	k := Kernel{Workload: w, Schedule: s}
	k.Input = spec.Layout{Shape: shape(w.Channels, w.Input), Block: v.Lanes}
	k.Input.HaloBegin, k.Input.HaloEnd = w.Halo()
	k.Output = spec.Layout{Shape: shape(w.Filters, out), Block: v.Lanes}
	if w.Epilogue.Residual {
		k.Residual = k.Output
	}
	return k
}

func shape(channels int, size [3]int) model.Shape {
	return model.Shape{C: channels, D: size[0], H: size[1], W: size[2]}
}

// Check tells whether a kernel can be written for a vector extension. The error wraps a *spec.Refusal.
func Check(info isa.Info, k Kernel) error {
	if err := spec.Check(k.Workload, k.Schedule, info.Vector()); err != nil {
		return err
	}
	if r := checkLayouts(info, k); r != nil {
		return fmt.Errorf("check layouts of kernel %s for workload %s: %w", k.Schedule.Name(), k.Workload.Name(), r)
	}
	return nil
}

func checkLayouts(info isa.Info, k Kernel) *spec.Refusal {
	w, in, lanes := k.Workload, k.Input, info.Lanes
	if w.DataType != info.DataType {
		return spec.Refuse(spec.BadDataType, "%s on %s: want %s", w.DataType, info.Name, info.DataType)
	}
	out := w.Output()
	if want := shape(w.Channels, w.Input); in.Shape != want || in.Gap != [3]int{} {
		return spec.Refuse(spec.InputLayout, "input of shape %s with gaps %v: want %s without gaps", in.Shape, in.Gap, want)
	}
	planar := k.Schedule.Algorithm != spec.Depthwise && !k.Schedule.Algorithm.Winograd()
	if in.Block != lanes && !(in.Block == 1 && planar) {
		return spec.Refuse(spec.InputBlock, "input in blocks of %d channels: want %d, or 1 but for depthwise and winograd", in.Block, lanes)
	}
	begin, end := w.Halo()
	for i, axis := range []string{"depth", "height", "width"} {
		if in.HaloBegin[i] < begin[i] || in.HaloEnd[i] < end[i] {
			return spec.Refuse(spec.InputHalo, "%s: halo %d+%d: want at least %d+%d", axis, in.HaloBegin[i], in.HaloEnd[i], begin[i], end[i])
		}
	}
	if in.Block == 1 && w.Channels%k.Schedule.UnrollChannels != 0 {
		return spec.Refuse(spec.PartialPlanarGroup, "%d channels an entry of a planar input: want a divisor of %d", k.Schedule.UnrollChannels, w.Channels)
	}
	if want := shape(w.Filters, out); k.Output.Shape != want || k.Output.Block != lanes || negative(k.Output) {
		return spec.Refuse(spec.OutputLayout, "output of shape %s in blocks of %d: want %s in blocks of %d, halo and gaps not negative", k.Output.Shape, k.Output.Block, want, lanes)
	}
	if k.Output.Kept != [3]int{} && (k.Schedule.Algorithm == spec.MatVec || k.Schedule.Algorithm.Winograd()) {
		return spec.Refuse(spec.OutputLayout, "%s cannot keep a part of its output: want all", k.Schedule.Algorithm)
	}
	if r := k.Residual; w.Epilogue.Residual && (r.Shape != k.Output.Shape || r.Block != lanes || negative(r)) {
		return spec.Refuse(spec.ResidualLayout, "residual of shape %s in blocks of %d: want %s in blocks of %d, halo and gaps not negative", r.Shape, r.Block, k.Output.Shape, lanes)
	}
	return nil
}

func negative(l spec.Layout) bool {
	for i := range l.HaloBegin {
		if l.HaloBegin[i] < 0 || l.HaloEnd[i] < 0 || l.Gap[i] < 0 {
			return true
		}
	}
	return false
}
