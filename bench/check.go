package bench

import (
	"fmt"
	"math"

	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/model/reference"
)

// Positions per check: of a single convolution each is computed by itself, of a network all outputs are
// there anyway.
const (
	convolutionPositions = 256
	networkPositions     = 4096
)

// Expectation is what a right program answers at some positions of its output, for the input of a
// seed.
type Expectation struct {
	Seed      uint64
	Positions []int
	Values    []float64
	// Scale is the largest magnitude that took part: of the values, and of a convolution's sums before
	// its activation.
	Scale float64
	// Allowed is the largest difference that rounding explains.
	Allowed float64
}

// WrongAnswerError says where an answer differs most from what is right.
type WrongAnswerError struct {
	Position     int
	Got, Want    float64
	Allowed      float64
	Wrong, Total int // positions that differ by more than is allowed, of all that were checked
}

// Error implements error.
func (e *WrongAnswerError) Error() string {
	return fmt.Sprintf("check output: position %d is %g, want %g within %.3g (%d of %d positions are wrong)",
		e.Position, e.Got, e.Want, e.Allowed, e.Wrong, e.Total)
}

// Compare gives the largest difference, and a *WrongAnswerError when it is not allowed. NaN is never
// allowed.
func (e *Expectation) Compare(got []float32) (maxError float64, err error) {
	if len(got) != len(e.Positions) {
		return 0, fmt.Errorf("check output: %d values, want %d", len(got), len(e.Positions))
	}
	worst, wrong := -1, 0
	for i, v := range got {
		d := math.Abs(float64(v) - e.Values[i])
		if math.IsNaN(d) {
			d = math.Inf(1)
		}
		if d > e.Allowed {
			wrong++
		}
		if worst < 0 || d > maxError {
			worst, maxError = i, d
		}
	}
	if wrong > 0 {
		return maxError, &WrongAnswerError{Position: e.Positions[worst], Got: float64(got[worst]), Want: e.Values[worst],
			Allowed: e.Allowed, Wrong: wrong, Total: len(got)}
	}
	return maxError, nil
}

// expect computes what a program answers to the input of a seed, and how far rounding in a data type may
// lead away from it. store keeps the outputs of whole networks.
func expect(program kernels.Program, d spec.DataType, seed uint64, store referenceStore) (*Expectation, error) {
	g, chain := program.Graph, kernels.LongestChain(program)
	shapes, err := g.Shapes()
	if err != nil {
		return nil, fmt.Errorf("expect the output of %s: %w", g.Name, err)
	}
	in, out := shapes[g.Input.Name], shapes[g.Output.Name]
	input := SeededInput(seed, in.Count())
	e := &Expectation{Seed: seed}
	if c, rest, ok := singleConvolution(g); ok {
		e.Positions = pickPositions(out, convolutionPositions, seed)
		if err := e.ofConvolution(c, rest, g.Input.Name, in, input); err != nil {
			return nil, fmt.Errorf("expect the output of %s: %w", g.Name, err)
		}
		e.Allowed = kernels.Tolerance(c.Channels/c.Groups*c.Positions(), d, chain) * e.Scale
		if a := program.Schedules[g.Nodes[0].Name].Algorithm; a.Winograd() {
			e.Allowed = kernels.WinogradTolerance(a, c.Channels*c.Positions()) * e.Scale
		}
		return e, nil
	}
	e.Positions = pickPositions(out, networkPositions, seed)
	all, err := store.run(g, seed, input)
	if err != nil {
		return nil, fmt.Errorf("expect the output of %s: %w", g.Name, err)
	}
	for _, v := range all {
		e.Scale = max(e.Scale, math.Abs(v))
	}
	for _, p := range e.Positions {
		e.Values = append(e.Values, all[p])
	}
	e.Allowed = kernels.NetworkTolerance(d, chain) * e.Scale
	return e, nil
}

// singleConvolution recognises a convolution of the graph's input, followed by nothing but what acts on
// each value by itself: adding the input, and activations.
func singleConvolution(g *model.Graph) (*model.Conv, []*model.Node, bool) {
	if len(g.Nodes) == 0 {
		return nil, nil, false
	}
	c, ok := g.Nodes[0].Op.(*model.Conv)
	if !ok || g.Nodes[0].Inputs[0] != g.Input.Name {
		return nil, nil, false
	}
	last := g.Nodes[0].Output
	for _, n := range g.Nodes[1:] {
		switch n.Op.(type) {
		case *model.Activation:
			ok = n.Inputs[0] == last
		case *model.Add:
			ok = len(n.Inputs) == 2 && n.Inputs[0] == last && n.Inputs[1] == g.Input.Name
		default:
			ok = false
		}
		if !ok {
			return nil, nil, false
		}
		last = n.Output
	}
	return c, g.Nodes[1:], last == g.Output.Name
}

func (e *Expectation) ofConvolution(c *model.Conv, rest []*model.Node, inputName string, in model.Shape, input []float32) error {
	e.Values = make([]float64, len(e.Positions))
	for i, p := range e.Positions {
		e.Values[i] = reference.At(c, in, input, p)
	}
	e.grow()
	for _, n := range rest {
		switch op := n.Op.(type) {
		case *model.Activation:
			if err := reference.Activate(op, e.Values); err != nil {
				return err
			}
		case *model.Add:
			for i, p := range e.Positions {
				e.Values[i] += float64(input[p])
			}
		}
		e.grow()
	}
	return nil
}

func (e *Expectation) grow() {
	for _, v := range e.Values {
		e.Scale = max(e.Scale, math.Abs(v))
	}
}

// pickPositions chooses at most n positions of an output: all of them if they are few, else the first,
// middle and last of every axis combined, since edges are where kernels err, and the rest at random.
func pickPositions(s model.Shape, n int, seed uint64) []int {
	count := s.Count()
	if count <= n {
		all := make([]int, count)
		for i := range all {
			all[i] = i
		}
		return all
	}
	var positions []int
	seen := map[int]bool{}
	add := func(p int) {
		if !seen[p] {
			seen[p] = true
			positions = append(positions, p)
		}
	}
	for _, c := range edges(s.C) {
		for _, d := range edges(s.D) {
			for _, h := range edges(s.H) {
				for _, w := range edges(s.W) {
					add(((c*s.D+d)*s.H+h)*s.W + w)
				}
			}
		}
	}
	for i := uint64(0); len(positions) < n; i++ {
		add(int(splitmix(^seed, i) % uint64(count)))
	}
	return positions
}

func edges(n int) []int { return []int{0, n / 2, n - 1} }
