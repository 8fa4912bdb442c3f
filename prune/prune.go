package prune

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// Choice says how one layer is pruned: scheme, group size and the share of its weights to remove.
// Rate 0 or scheme dense leaves the layer alone.
type Choice struct {
	Scheme model.Scheme `json:"scheme"`
	GM     int          `json:"gm"`
	GN     int          `json:"gn"`
	Rate   float64      `json:"rate"`
}

// Mask chooses the units of c to keep so that a share of rate of its weights goes, lowest score first.
// Units go whole: the share removed is the nearest that whole units allow. At least one unit stays.
// Equal scores fall in order of the unit's index, so that the mask is reproducible.
func Mask(c *model.Conv, choice Choice) (*model.Mask, error) {
	if math.IsNaN(choice.Rate) || choice.Rate < 0 || choice.Rate >= 1 {
		return nil, fmt.Errorf("rate %v: want 0 or more and less than 1", choice.Rate)
	}
	m, err := model.NewMask(choice.Scheme, choice.GM, choice.GN, c)
	if err != nil {
		return nil, err
	}
	scores, weights := Scores(c, m)
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(scores[a], scores[b]), a-b) })
	goal := choice.Rate * float64(c.WeightCount())
	removed := 0.0
	for _, u := range order[:len(order)-1] {
		// Stop where taking one more unit would end farther from the goal than leaving it.
		if removed+float64(weights[u])/2 > goal {
			break
		}
		m.Kept[u] = false
		removed += float64(weights[u])
	}
	return m, nil
}

// Apply sets the mask on the layer and zeroes the weights that are not kept.
func Apply(c *model.Conv, m *model.Mask) error {
	if m.Filters != c.Filters || m.Channels != c.Channels/c.Groups || m.Positions != c.Positions() {
		return fmt.Errorf("mask of %d filters, %d channels, %d positions does not fit a layer of %d, %d, %d",
			m.Filters, m.Channels, m.Positions, c.Filters, c.Channels/c.Groups, c.Positions())
	}
	c.Mask = m
	i := 0
	for f := 0; f < m.Filters; f++ {
		for n := 0; n < m.Channels; n++ {
			for k := 0; k < m.Positions; k++ {
				if !m.Keeps(f, n, k) {
					c.Weight[i] = 0
				}
				i++
			}
		}
	}
	return nil
}

// Graph prunes a copy of g: each named layer by its choice. The error names a layer that is not there
// or cannot be cut so.
func Graph(g *model.Graph, choices map[string]Choice) (*model.Graph, error) {
	pruned := g.Clone()
	for _, name := range sortedKeys(choices) {
		choice := choices[name]
		node := pruned.Node(name)
		if node == nil {
			return nil, fmt.Errorf("prune %s: model %q has no such layer (it has %s)", name, g.Name, layerNames(g))
		}
		c, ok := node.Op.(*model.Conv)
		if !ok {
			return nil, fmt.Errorf("prune %s: a %s has no weights to remove", name, node.Op.Kind())
		}
		if choice.Scheme == model.Dense || choice.Rate == 0 {
			continue
		}
		m, err := Mask(c, choice)
		if err != nil {
			return nil, fmt.Errorf("prune %s: %w", name, err)
		}
		if err := Apply(c, m); err != nil {
			return nil, fmt.Errorf("prune %s: %w", name, err)
		}
	}
	return pruned, nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func layerNames(g *model.Graph) string {
	const most = 8
	s := ""
	for i, n := range g.Convs() {
		if i == most {
			return s + ", ..."
		}
		if i > 0 {
			s += ", "
		}
		s += n.Name
	}
	return s
}
