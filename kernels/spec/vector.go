package spec

import "github.com/rt3d-tune/rt3d-tune/model"

// Vector is what a schedule must fit: the facts of a vector extension (kernels/isa) without its name,
// so that this package need not know any.
type Vector struct {
	// Lanes is the number of values in a vector, Registers the number of vector registers.
	Lanes, Registers int
	// ByLane: multiply-adds take the activation from a lane of a register that holds four of them.
	ByLane bool
	// FoldsOperands: multiply-adds take one operand from memory, without a register.
	FoldsOperands bool
	// NearWeights is how many bytes of weights are near enough to stream into each register tile anew.
	NearWeights int
}

// Live is the number of vector registers that the inner loop of a register tile needs: accumulators,
// filters and activations.
func (v Vector) Live(positions, filters, unrollChannels int) int {
	if v.ByLane && unrollChannels%4 == 0 {
		return positions*filters + min(positions+filters, 4*filters+min(positions, 4))
	}
	live := positions*filters + min(positions, filters) + 1
	if v.Folds(positions, filters) {
		live--
	}
	return live
}

// Folds tells that the inner loop of a register tile holds all but one of the filters or activations, what is
// fewer, and reads the last one from memory for each multiply-add: there is no register for it.
func (v Vector) Folds(positions, filters int) bool {
	return v.FoldsOperands && positions*filters+min(positions, filters)+1 > v.Registers
}

// Sparsity is what a schedule may know of a mask: a schedule fits a density, not the places.
type Sparsity struct {
	// Density is the share of the weights that is kept, 0 … 1.
	Density float64
	// GM filters × GN channels are removed together; 1 × 1 when the mask has no such groups.
	GM, GN int
}

// DenseSparsity keeps all weights.
var DenseSparsity = Sparsity{Density: 1, GM: 1, GN: 1}

// SparsityOf describes the mask of a layer.
func SparsityOf(c *model.Conv) Sparsity {
	if c.Mask == nil {
		return DenseSparsity
	}
	return Sparsity{Density: c.Mask.Density(), GM: c.Mask.GM, GN: c.Mask.GN}
}
