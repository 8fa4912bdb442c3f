package tuner

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/rt3d-tune/rt3d-tune/space"
)

// modelSpace is what level 2 searches: for each layer that may be pruned a rate (0 is dense) and, where
// there is more than one way, a group. A dense layer's group means nothing, so several points may be the
// same choice; choices are told apart by their key.
type modelSpace struct {
	*space.Space
	layers []layer // those that may be pruned
}

func newModelSpace(layers []layer, rates []float64) (*modelSpace, error) {
	s := &modelSpace{}
	var ps []space.Parameter
	for _, l := range layers {
		if len(l.groups) == 0 {
			continue
		}
		s.layers = append(s.layers, l)
		ps = append(ps, space.Numbers(l.name+".rate", append([]float64{0}, rates...)...))
		if len(l.groups) > 1 {
			var names []string
			for _, g := range l.groups {
				names = append(names, g.String())
			}
			ps = append(ps, space.Category(l.name+".group", names...))
		}
	}
	var err error
	if s.Space, err = space.New(ps); err != nil {
		return nil, fmt.Errorf("space of networks: %w", err)
	}
	return s, nil
}

// choice decodes a point; layers with rate 0 are left out.
func (s *modelSpace) choice(p space.Point) []LayerChoice {
	v := s.Values(p)
	var choice []LayerChoice
	for _, l := range s.layers {
		rate := v.Float(l.name + ".rate")
		if rate == 0 {
			continue
		}
		g := l.groups[0]
		if len(l.groups) > 1 {
			for _, candidate := range l.groups {
				if candidate.String() == v.Text(l.name+".group") {
					g = candidate
				}
			}
		}
		choice = append(choice, LayerChoice{Layer: l.name, Group: g, Rate: rate})
	}
	return choice
}

// point encodes a choice; ok is false when this space does not have it (an earlier configuration may
// have allowed other rates).
func (s *modelSpace) point(choice []LayerChoice) (p space.Point, ok bool) {
	values := map[string]any{}
	for _, l := range s.layers {
		values[l.name+".rate"] = 0.0
		if len(l.groups) > 1 {
			values[l.name+".group"] = l.groups[0].String()
		}
	}
	for _, c := range choice {
		if _, has := values[c.Layer+".rate"]; !has {
			return nil, false
		}
		values[c.Layer+".rate"] = c.Rate
		group := c.Layer + ".group"
		if _, has := values[group]; has {
			values[group] = c.Group.String()
		} else if !s.only(c.Layer, c.Group) {
			return nil, false
		}
	}
	p, err := s.PointOf(values)
	return p, err == nil
}

func (s *modelSpace) only(name string, g Group) bool {
	for _, l := range s.layers {
		if l.name == name {
			return l.groups[0] == g
		}
	}
	return false
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
