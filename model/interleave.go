package model

import "fmt"

// Interleave weaves activations into one of a finer grid. Input (d·Step[1] + h)·Step[2] + w of
// Step[0]·Step[1]·Step[2] inputs holds the positions (i·Step[0] + d, j·Step[1] + h, k·Step[2] + w) of the
// output; all have the output's channels. A single input holds them as slices of its channels instead
// (DepthToSpace). The phases of a transposed convolution meet here (Transposed).
type Interleave struct{ Step [3]int }

// Phases is the number of grids that are woven together.
func (v *Interleave) Phases() int { return v.Step[0] * v.Step[1] * v.Step[2] }

// Phase is where the positions of input p begin: (depth, height, width), each less than Step.
func (v *Interleave) Phase(p int) [3]int {
	return [3]int{p / (v.Step[1] * v.Step[2]), p / v.Step[2] % v.Step[1], p % v.Step[2]}
}

// Kind implements Op.
func (*Interleave) Kind() string { return "DepthToSpace" }

// Infer implements Op.
func (v *Interleave) Infer(in []Shape) (Shape, error) {
	for i, axis := range axes {
		if v.Step[i] < 1 {
			return Shape{}, fmt.Errorf("%s: step %d must be positive", axis, v.Step[i])
		}
	}
	phases := v.Phases()
	if len(in) == 1 && phases > 1 {
		s := in[0]
		if s.C%phases != 0 {
			return Shape{}, fmt.Errorf("%d channels are no multiple of %d phases", s.C, phases)
		}
		return Shape{s.C / phases, s.D * v.Step[0], s.H * v.Step[1], s.W * v.Step[2]}, nil
	}
	if err := arity(in, phases); err != nil {
		return Shape{}, err
	}
	out := Shape{C: in[0].C}
	for p, s := range in {
		at := v.Phase(p)
		if at[1] == 0 && at[2] == 0 {
			out.D += s.D
		}
		if at[0] == 0 && at[2] == 0 {
			out.H += s.H
		}
		if at[0] == 0 && at[1] == 0 {
			out.W += s.W
		}
	}
	for p, s := range in {
		if want := v.phaseShape(out, p); s != want {
			return Shape{}, fmt.Errorf("input %d has shape %s, phase %v of %s wants %s", p, s, v.Phase(p), out, want)
		}
	}
	return out, nil
}

// phaseShape is the shape of the positions of an output that belong to a phase.
func (v *Interleave) phaseShape(out Shape, p int) Shape {
	at := v.Phase(p)
	return Shape{out.C, positionsFrom(out.D, at[0], v.Step[0]), positionsFrom(out.H, at[1], v.Step[1]), positionsFrom(out.W, at[2], v.Step[2])}
}

// positionsFrom counts every step-th position of size from one on.
func positionsFrom(size, from, step int) int { return (size - from + step - 1) / step }

// MACs implements Op.
func (*Interleave) MACs([]Shape, Shape) int64 { return 0 }
