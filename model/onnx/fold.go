package onnx

import (
	"slices"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// foldAffines moves each Affine into what makes its input, where that has no other consumer: a
// convolution, all phases of a transposed one, or another Affine. One that changes nothing is dropped.
func (im *importer) foldAffines() {
	f := folder{im: im, uses: map[string]int{im.g.Output.Name: 1}, makers: map[string]*model.Node{}, same: map[string]string{}}
	for _, n := range im.g.Nodes {
		for _, in := range n.Inputs {
			f.uses[in]++
		}
	}
	var kept []*model.Node
	for _, n := range im.g.Nodes {
		for i, in := range n.Inputs {
			if same, ok := f.same[in]; ok {
				n.Inputs[i] = same
			}
		}
		if a, ok := n.Op.(*model.Affine); ok && f.uses[n.Inputs[0]] == 1 && f.into(n.Inputs[0], im.exact[a]) {
			maker := f.makers[n.Inputs[0]]
			delete(f.makers, maker.Output)
			maker.Output = n.Output
			n = maker
		} else {
			kept = append(kept, n)
		}
		f.makers[n.Output] = n
		if a, ok := n.Op.(*model.Affine); ok && im.exact[a].identity() && !im.named[n.Output] {
			f.same[n.Output] = n.Inputs[0]
			f.uses[n.Inputs[0]] += f.uses[n.Output] - 1
			kept = slices.DeleteFunc(kept, func(other *model.Node) bool { return other == n })
		}
	}
	im.g.Nodes = kept
}

// folder knows who makes and who uses the values of the graph while Affines are folded.
type folder struct {
	im     *importer
	uses   map[string]int
	makers map[string]*model.Node
	// same maps a value to one that it equals.
	same map[string]string
}

// into scales and shifts a value where it is made, if that can be done.
func (f *folder) into(value string, by factors) bool {
	maker := f.makers[value]
	if maker == nil {
		return false
	}
	switch op := maker.Op.(type) {
	case *model.Conv:
		fold(op, by)
		return true
	case *model.Affine:
		exact := f.im.exact[op]
		for c := range exact.scale {
			exact.scale[c], exact.shift[c] = exact.scale[c]*by.scale[c], exact.shift[c]*by.scale[c]+by.shift[c]
		}
		*op = *exact.round()
		return true
	case *model.Interleave:
		for _, in := range maker.Inputs {
			made := f.makers[in]
			if made == nil || f.uses[in] != 1 || len(maker.Inputs) != op.Phases() {
				return false
			}
			if _, ok := made.Op.(*model.Conv); !ok {
				return false
			}
		}
		for _, in := range maker.Inputs {
			fold(f.makers[in].Op.(*model.Conv), by)
		}
		return true
	}
	return false
}

// identity tells whether factors change nothing but for rounding.
func (f factors) identity() bool {
	for c := range f.scale {
		if !near(f.scale[c], 1) || f.shift[c] != 0 {
			return false
		}
	}
	return true
}

// fold scales each filter and moves its bias.
func fold(c *model.Conv, f factors) {
	perFilter := len(c.Weight) / c.Filters
	bias := make([]float32, c.Filters)
	for m := range c.Filters {
		row := c.Weight[m*perFilter : (m+1)*perFilter]
		for i, w := range row {
			row[i] = float32(float64(w) * f.scale[m])
		}
		b := 0.0
		if c.Bias != nil {
			b = float64(c.Bias[m])
		}
		bias[m] = float32(b*f.scale[m] + f.shift[m])
	}
	c.Bias = bias
}

// dropDead removes nodes that the output does not depend on.
func (im *importer) dropDead() {
	live := map[string]bool{im.g.Output.Name: true}
	nodes := im.g.Nodes
	at := len(nodes)
	for i := len(nodes) - 1; i >= 0; i-- {
		if !live[nodes[i].Output] {
			continue
		}
		for _, in := range nodes[i].Inputs {
			live[in] = true
		}
		at--
		nodes[at] = nodes[i]
	}
	im.g.Nodes = nodes[at:]
}
