package model

import (
	"fmt"
	"math"
)

// Coordinates says which place of the input an output position of a Resize stands for, as ONNX spells it.
type Coordinates string

// The coordinate modes; scale is output per input.
const (
	HalfPixel        Coordinates = "half_pixel"         // (x + 0.5) / scale − 0.5
	PytorchHalfPixel Coordinates = "pytorch_half_pixel" // the same, but 0 where the output has one position
	AlignCorners     Coordinates = "align_corners"      // x · (in − 1) / (out − 1)
	Asymmetric       Coordinates = "asymmetric"         // x / scale
)

// Rounding says which neighbour a Resize without interpolation takes, as ONNX spells it.
type Rounding string

// The roundings of a place between two positions.
const (
	PreferFloor Rounding = "round_prefer_floor"
	PreferCeil  Rounding = "round_prefer_ceil"
	Floor       Rounding = "floor"
	Ceil        Rounding = "ceil"
)

// Resize resamples depth, height and width: to the nearest position, or by interpolation between two along
// each axis (linear, bilinear, trilinear). Places outside the input take its border.
type Resize struct {
	Linear      bool
	Coordinates Coordinates
	// Rounding of the nearest position; empty with Linear.
	Rounding Rounding
	// Scale of (depth, height, width), output per input; the output has ⌊in · Scale⌋ positions.
	Scale [3]float64
}

// Kind implements Op.
func (*Resize) Kind() string { return "Resize" }

// Infer implements Op.
func (r *Resize) Infer(in []Shape) (Shape, error) {
	s, err := same(in)
	if err != nil {
		return Shape{}, err
	}
	out := s
	for i, size := range []*int{&out.D, &out.H, &out.W} {
		scaled := math.Floor(float64(*size)*r.Scale[i] + scaleSlack)
		if !(scaled >= 1 && scaled <= math.MaxInt32) {
			return Shape{}, fmt.Errorf("%s: scale %g of %d gives no size", axes[i], r.Scale[i], *size)
		}
		*size = int(scaled)
	}
	switch r.Coordinates {
	case HalfPixel, PytorchHalfPixel, AlignCorners, Asymmetric:
	default:
		return Shape{}, fmt.Errorf("coordinates %q are unknown", r.Coordinates)
	}
	switch r.Rounding {
	case PreferFloor, PreferCeil, Floor, Ceil:
		if !r.Linear {
			return out, nil
		}
	case "":
		if r.Linear {
			return out, nil
		}
	}
	return Shape{}, fmt.Errorf("rounding %q (linear: %t) is unknown", r.Rounding, r.Linear)
}

// scaleSlack keeps a scale that was computed as out/in from losing its last position to rounding.
const scaleSlack = 1e-6

// MACs implements Op.
func (*Resize) MACs([]Shape, Shape) int64 { return 0 }

// Sample is one output position along one axis: Low weighted by 1 − Weight, plus High weighted by Weight.
// Without interpolation both are the nearest position, and Weight is 0.
type Sample struct {
	Low, High int
	Weight    float64
}

// Samples lists the output positions along an axis (0 depth, 1 height, 2 width) for input and output
// sizes.
func (r *Resize) Samples(axis, in, out int) []Sample {
	samples := make([]Sample, out)
	for i := range samples {
		at := r.place(axis, i, in, out)
		if !r.Linear {
			nearest := min(max(r.round(at), 0), in-1)
			samples[i] = Sample{nearest, nearest, 0}
			continue
		}
		at = min(max(at, 0), float64(in-1))
		low := int(at)
		high := min(low+1, in-1)
		samples[i] = Sample{low, high, at - float64(low)}
		if high == low {
			samples[i].Weight = 0
		}
	}
	return samples
}

func (r *Resize) place(axis, i, in, out int) float64 {
	x, scale := float64(i), r.Scale[axis]
	switch r.Coordinates {
	case AlignCorners:
		if out == 1 {
			return 0
		}
		return x * float64(in-1) / float64(out-1)
	case Asymmetric:
		return x / scale
	case PytorchHalfPixel:
		if out == 1 {
			return 0
		}
	}
	return (x+0.5)/scale - 0.5
}

func (r *Resize) round(at float64) int {
	switch r.Rounding {
	case PreferFloor:
		return int(math.Ceil(at - 0.5))
	case PreferCeil:
		return int(math.Floor(at + 0.5))
	case Floor:
		return int(math.Floor(at))
	}
	return int(math.Ceil(at))
}
