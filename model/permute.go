package model

import "fmt"

// Permute puts the axes (channels, depth, height, width) in another order: axis i of the output is axis
// Order[i] of the input. A network that is fed channels last begins with one.
type Permute struct{ Order [4]int }

// Kind implements Op.
func (*Permute) Kind() string { return "Transpose" }

// Infer implements Op.
func (p *Permute) Infer(in []Shape) (Shape, error) {
	s, err := same(in)
	if err != nil {
		return Shape{}, err
	}
	var seen [4]bool
	var out [4]int
	for i, axis := range p.Order {
		if axis < 0 || axis > 3 || seen[axis] {
			return Shape{}, fmt.Errorf("order %v: want each of 0 (channels) to 3 (width) once", p.Order)
		}
		seen[axis] = true
		out[i] = s.sizes()[axis]
	}
	return Shape{out[0], out[1], out[2], out[3]}, nil
}

// MACs implements Op.
func (*Permute) MACs([]Shape, Shape) int64 { return 0 }

// sizes of the axes in their order.
func (s Shape) sizes() [4]int { return [4]int{s.C, s.D, s.H, s.W} }

// InputStrides are the distances, in values of a row-major input of the given shape, between neighbours
// along each axis of the output.
func (p *Permute) InputStrides(in Shape) [4]int {
	strides := [4]int{in.D * in.H * in.W, in.H * in.W, in.W, 1}
	var out [4]int
	for i, axis := range p.Order {
		out[i] = strides[axis]
	}
	return out
}
