package onnx

import (
	"github.com/rt3d-tune/rt3d-tune/model"
)

// foldAffines moves each Affine into the convolution before it, where that has no other consumer.
func (im *importer) foldAffines() {
	uses := map[string]int{im.g.Output.Name: 1}
	for _, n := range im.g.Nodes {
		for _, in := range n.Inputs {
			uses[in]++
		}
	}
	makers := map[string]*model.Node{}
	var kept []*model.Node
	for _, n := range im.g.Nodes {
		if a, ok := n.Op.(*model.Affine); ok && uses[n.Inputs[0]] == 1 {
			if maker := makers[n.Inputs[0]]; maker != nil {
				fold(maker.Op.(*model.Conv), im.exact[a])
				delete(makers, maker.Output)
				maker.Output = n.Output
				makers[n.Output] = maker
				continue
			}
		}
		if _, ok := n.Op.(*model.Conv); ok {
			makers[n.Output] = n
		}
		kept = append(kept, n)
	}
	im.g.Nodes = kept
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
