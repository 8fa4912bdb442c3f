package bench

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// graphHash covers everything that fixes a graph's answers: structure, attributes, weights. Masks are
// left out, because what they remove is zero in the weights.
func graphHash(g *model.Graph) string {
	h := sha256.New()
	fmt.Fprintf(h, "graph %v %q %q\n", g.Input.Dims, g.Input.Name, g.Output.Name)
	for _, n := range g.Nodes {
		fmt.Fprintf(h, "node %T %q %q\n", n.Op, n.Inputs, n.Output)
		switch op := n.Op.(type) {
		case *model.Conv:
			plain := *op
			plain.Weight, plain.Bias, plain.Mask = nil, nil, nil
			fmt.Fprintf(h, "%+v\n", plain)
			addFloats(h, op.Weight)
			addFloats(h, op.Bias)
		case *model.Affine:
			addFloats(h, op.Scale)
			addFloats(h, op.Shift)
		default:
			fmt.Fprintf(h, "%+v\n", op) // the other operators have scalar attributes only
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

func addFloats(h hash.Hash, values []float32) {
	fmt.Fprintf(h, "%d floats\n", len(values))
	buffer := make([]byte, 0, 4*4096)
	for len(values) > 0 {
		n := min(len(values), 4096)
		buffer, _ = binary.Append(buffer[:0], binary.LittleEndian, values[:n]) // floats always encode
		h.Write(buffer)
		values = values[n:]
	}
}

// maskHash covers the masks of a graph's layers; empty when every layer is dense.
func maskHash(g *model.Graph) string {
	h := sha256.New()
	masked := false
	for _, n := range g.Convs() {
		m := n.Op.(*model.Conv).Mask
		if m == nil {
			continue
		}
		masked = true
		fmt.Fprintf(h, "%q %s %d %d %d %d %d\n", n.Name, m.Scheme, m.GM, m.GN, m.Filters, m.Channels, m.Positions)
		bits := make([]byte, len(m.Kept))
		for i, kept := range m.Kept {
			if kept {
				bits[i] = 1
			}
		}
		h.Write(bits)
	}
	if !masked {
		return ""
	}
	return hex.EncodeToString(h.Sum(nil))
}

func sha256Hex(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

func weightCount(n *model.Node) int {
	if c, ok := n.Op.(*model.Conv); ok {
		return c.WeightCount()
	}
	return 0
}
