package tuner

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/space"
)

// modelSpace is what level 2 searches: for each layer that may be pruned one variable, whose values are
// dense and every group at every rate, ordered by rate. Each network is exactly one point.
type modelSpace struct {
	*space.Space
	layers []layer // those that may be pruned
	// values[layer's name] in the order of the variable.
	values map[string][]LayerChoice
}

func newModelSpace(layers []layer, rates []float64) (*modelSpace, error) {
	s := &modelSpace{values: map[string][]LayerChoice{}}
	var ps []space.Parameter
	for _, l := range layers {
		if len(l.groups) == 0 {
			continue
		}
		s.layers = append(s.layers, l)
		words := []string{string(model.Dense)}
		values := []LayerChoice{{Layer: l.name, Group: dense}}
		for _, rate := range rates {
			for _, g := range l.groups {
				words = append(words, fmt.Sprintf("%s-%g", g, rate))
				values = append(values, LayerChoice{Layer: l.name, Group: g, Rate: rate})
			}
		}
		s.values[l.name] = values
		ps = append(ps, space.Rank(l.name, words...))
	}
	var err error
	if s.Space, err = space.New(ps); err != nil {
		return nil, fmt.Errorf("space of networks: %w", err)
	}
	return s, nil
}

// choice decodes a point; dense layers are left out.
func (s *modelSpace) choice(p space.Point) []LayerChoice {
	var choice []LayerChoice
	for i, l := range s.layers {
		if c := s.values[l.name][int(p[i])]; c.Rate > 0 {
			choice = append(choice, c)
		}
	}
	return choice
}

// point encodes a choice; ok is false when this space does not have it (an earlier configuration may
// have allowed other rates).
func (s *modelSpace) point(choice []LayerChoice) (p space.Point, ok bool) {
	p = make(space.Point, len(s.layers))
	found := 0
	for i, l := range s.layers {
		for _, c := range choice {
			if at := slices.Index(s.values[l.name], c); at >= 0 {
				p[i] = float64(at)
				found++
			}
		}
	}
	return p, found == len(choice)
}

// choiceKey identifies a network: equal choices have equal keys.
func choiceKey(choice []LayerChoice) (string, error) {
	if len(choice) == 0 {
		return "dense", nil
	}
	text, err := json.Marshal(choice)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return "model-" + hex.EncodeToString(sum[:8]), nil
}
