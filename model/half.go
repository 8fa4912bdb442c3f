package model

import (
	"fmt"

	"github.com/rt3d-tune/rt3d-tune/internal/half"
)

// HalveLinear gives the graph with the weights of its fully connected layers rounded to half precision,
// in which they are then stored: such layers do nothing but read their weights, and take half the time
// with half the bytes. It changes the answer; the graph that it is given stays as it is. The error names
// the node with a weight that half precision cannot hold.
func HalveLinear(g *Graph) (*Graph, error) {
	halved := g.Clone()
	for _, n := range halved.Convs() {
		c := n.Op.(*Conv)
		if !c.FullyConnected {
			continue
		}
		c.HalfWeights = true
		for i, w := range c.Weight {
			if w < -half.Largest || w > half.Largest {
				return nil, fmt.Errorf("store the weights of node %q in half precision: weight %d is %g, beyond ±%d", n.Name, i, w, half.Largest)
			}
			c.Weight[i] = half.Float32(half.FromFloat32(w))
		}
	}
	return halved, nil
}
