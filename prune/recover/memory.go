package recover

import (
	"fmt"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// thatFit gives as many of the clips as half of the memory holds activations of, in two networks at once.
func thatFit(g *model.Graph, clips [][]float32, memory int64) ([][]float32, error) {
	shapes, err := g.Shapes()
	if err != nil {
		return nil, fmt.Errorf("calibrate %s: %w", g.Name, err)
	}
	each := 2 * 4 * mostLive(g, shapes)
	n := memory / 2 / each
	if n < int64(min(len(clips), 2)) {
		return nil, inputErrorf("calibrate %s: the activations of a clip take %d MiB, half of the %d MiB of memory hold no 2 of them; allow %d MiB or more",
			g.Name, each>>20, memory>>20, (4*each)>>20+1)
	}
	return clips[:min(int64(len(clips)), n)], nil
}

// mostLive is the largest number of activation values that are alive at once.
func mostLive(g *model.Graph, shapes map[string]model.Shape) int64 {
	uses := countUses(g)
	live := int64(shapes[g.Input.Name].Count())
	most := live
	for _, n := range g.Nodes {
		live += int64(shapes[n.Output].Count())
		most = max(most, live)
		for _, in := range n.Inputs {
			if uses[in]--; uses[in] == 0 {
				live -= int64(shapes[in].Count())
			}
		}
	}
	return most
}

// columns of a convolution that are fitted together at most: a quarter of the memory holds the Gram matrices
// of all its blocks, on each part of the clips.
func (s *Statistics) columns(c *model.Conv) int {
	all := int64(c.Channels * c.Positions())
	parts := int64(2)
	if len(s.clips) < fewClips {
		parts = turns
	}
	return int(min(interactingInputs, s.options.Memory/4/(parts*4*all)))
}
