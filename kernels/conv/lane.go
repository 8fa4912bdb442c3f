package conv

import (
	"fmt"
	"slices"
)

// laneLead is how many multiply-adds before its first use an operand is loaded: the latency of a load
// on cores that run instructions in order; others are not hindered by it. Multiply-adds by a lane of
// halves take it from one of 16 registers only, which compilers do not manage when it is long in use.
func (e *emitter) laneLead() int {
	if e.narrow() {
		return 1
	}
	return 6
}

// product is one multiply-add of a lane step.
type product struct{ position, filter, channel int }

// operand is a register that a lane step loads: a vector of filters or four activations.
type operand struct {
	load  string
	first int // index of the product that needs it
	free  int // index of the product from which on its register is free
}

// laneStep is four input channels that lie side by side: activations are loaded four at a time, and
// multiply-adds take them lane by lane.
//
// Loads stand where they should be executed: a few multiply-adds early, yet as late as the registers
// ask. Compilers are told to leave them there (kernels/toolchain): on their own they load all at once
// and then spill.
func (e *emitter) laneStep(b body, positions []int, j int) {
	w := e.w
	products, lead := laneProducts(b, positions), e.laneLead()
	operands := e.laneOperands(b, j, products)
	w.Open("{")
	for i, m := range products {
		for len(operands) > 0 && max(operands[0].first-lead, operands[0].free) <= i {
			w.Line("%s", operands[0].load)
			operands = operands[1:]
		}
		w.Line("a%d_%d = rt3d_fma_lane(w%d_%d, x%d, %d, a%d_%d);", m.position, m.filter, m.channel, m.filter, m.position, m.channel, m.position, m.filter)
	}
	w.Close()
}

// holdsPositions tells which operands a lane step holds: the activations of all positions while filters
// stream through, or the filters of all four channels while four positions at a time do: that where it
// leaves a quarter of the 32 registers free, else what needs fewer (spec.Vector.Live).
func holdsPositions(positions, filters int) bool {
	const roomy = 24
	return positions*filters+4*filters+4 > roomy && positions+filters <= 4*filters+min(positions, 4)
}

// laneProducts orders the multiply-adds. Those of one accumulator are as far apart as the operands that
// are held allow.
func laneProducts(b body, positions []int) []product {
	var order []product
	if holdsPositions(len(positions), b.filters) {
		for c := range 4 {
			for f := range b.filters {
				for _, p := range positions {
					order = append(order, product{p, f, c})
				}
			}
		}
		return order
	}
	for few := range slices.Chunk(positions, 4) {
		for c := range 4 {
			for _, p := range few {
				for f := range b.filters {
					order = append(order, product{p, f, c})
				}
			}
		}
	}
	return order
}

// laneOperands lists the loads in the order of their first use. The filters of a channel take over the
// registers of the channel before, and positions those of the four before, where they stream through.
func (e *emitter) laneOperands(b body, j int, products []product) []operand {
	var operands []operand
	holds := holdsPositions(len(products)/(4*b.filters), b.filters)
	loaded := map[string]bool{}
	free := map[string]int{} // by register: the index behind its last use
	use := func(i int, name, register, load string) {
		if !loaded[name] {
			loaded[name] = true
			operands = append(operands, operand{load, i, free[register]})
		}
		free[register] = i + 1
	}
	few := map[int]int{} // by position: its place among those that stream through
	for i, m := range products {
		if _, ok := few[m.position]; !ok {
			few[m.position] = len(few)
		}
		filters, activations := fmt.Sprintf("w%d_%d", m.channel, m.filter), fmt.Sprintf("x%d", m.position)
		filterRegister, activationRegister := filters, activations
		if holds {
			filterRegister = fmt.Sprintf("w%d", m.filter)
		} else {
			activationRegister = fmt.Sprintf("x%d", few[m.position]%4)
		}
		use(i, filters, filterRegister, fmt.Sprintf("const rt3d_data %s = rt3d_load_data(weights + %d * RT3D_LANES);", filters, (j+m.channel)*b.filters+m.filter))
		use(i, activations, activationRegister, fmt.Sprintf("const rt3d_quad %s = rt3d_load_quad(p + %d);", activations, e.inputAt(b, m.position, j)))
	}
	return operands
}
