package prune

import (
	"fmt"
	"math"
	"path"
	"strings"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// Profile is a named set of per-layer rates. A layer takes the rate of the first rule whose pattern
// (path.Match syntax on the layer's name) fits; layers without a rule stay dense.
type Profile struct {
	Name  string
	Rules []Rule
}

// Rule gives the layers that match Pattern the rate Rate.
type Rule struct {
	Pattern string
	Rate    float64
}

// profiles are the rates that reproduce the totals printed by RT3D (AAAI 2021, table 2; it prints MACs
// under the name FLOPs).
var profiles = []Profile{
	{"c3d-2.5x", []Rule{{"conv2", .85}, {"conv3a", .80}, {"conv3b", .85}}},
	{"c3d-3.6x", []Rule{{"conv2", .85}, {"conv3a", .80}, {"conv3b", .85}, {"conv4b", .80}}},
	{"r2plus1d-2.6x", []Rule{{"layer1.*.conv*", .80}, {"layer2.*.conv*", .70}}},
	{"r2plus1d-3.2x", []Rule{{"layer1.*.conv*", .90}, {"layer2.*.conv*", .80}}},
	{"s3d-2.1x", []Rule{
		{"conv1.conv", .2}, {"conv3.conv*", .8},
		{"inception3a.branch2.1.*", .5}, {"inception3b.branch2.1.*", .7},
		{"inception4c.branch2.1.*", .5}, {"inception4d.branch2.1.*", .5}, {"inception4e.branch2.1.*", .7},
	}},
}

// ProfileNames lists the known profiles.
func ProfileNames() []string {
	var names []string
	for _, p := range profiles {
		names = append(names, p.Name)
	}
	return names
}

// FindProfile finds a profile by name.
func FindProfile(name string) (Profile, error) {
	for _, p := range profiles {
		if p.Name == name {
			return p, nil
		}
	}
	return Profile{}, fmt.Errorf("profile %q: want one of %s", name, strings.Join(ProfileNames(), ", "))
}

// Choices gives the choice for each layer of g that the profile prunes. Groups larger than a layer are
// cut down to it. Rates are moved to whole units, and what rounding leaves over goes to the next layer, so
// that the network's MACs are the profile's although layers of equal shape round alike. A rule that fits
// no layer is an error: the profile is then not for this model.
func (p Profile) Choices(g *model.Graph, scheme model.Scheme, gm, gn int) (map[string]Choice, error) {
	rates, err := p.rates(g)
	if err != nil {
		return nil, err
	}
	layers, err := model.Summary(g)
	if err != nil {
		return nil, fmt.Errorf("profile %s: %w", p.Name, err)
	}
	choices := map[string]Choice{}
	left := 0.0 // MACs that rounding has left over
	for _, l := range layers {
		rate, ok := rates[l.Name]
		if !ok {
			continue
		}
		c := l.Conv
		choice := Choice{Scheme: scheme, GM: min(gm, c.Filters), GN: min(gn, c.Channels/c.Groups)}
		m, err := model.NewMask(scheme, choice.GM, choice.GN, c)
		if err != nil {
			return nil, fmt.Errorf("profile %s: layer %s: %w", p.Name, l.Name, err)
		}
		unit := float64(m.GM * m.GN)
		if scheme != model.KGS {
			unit *= float64(m.Positions)
		}
		perWeight := float64(l.MACs) / float64(l.Weights)
		goal := rate*float64(l.Weights) + left/perWeight
		removed := math.Round(goal/unit) * unit
		left = (goal - removed) * perWeight
		choice.Rate = removed / float64(l.Weights)
		choices[l.Name] = choice
	}
	return choices, nil
}

// rates finds each layer's rate.
func (p Profile) rates(g *model.Graph) (map[string]float64, error) {
	rates := map[string]float64{}
	for _, rule := range p.Rules {
		found := false
		for _, n := range g.Convs() {
			fits, err := path.Match(rule.Pattern, n.Name)
			if err != nil {
				return nil, fmt.Errorf("profile %s: pattern %q: %w", p.Name, rule.Pattern, err)
			}
			if !fits {
				continue
			}
			found = true
			if _, taken := rates[n.Name]; !taken {
				rates[n.Name] = rule.Rate
			}
		}
		if !found {
			return nil, fmt.Errorf("profile %s: model %q has no layer %s", p.Name, g.Name, rule.Pattern)
		}
	}
	return rates, nil
}

// Uniform gives every layer of g the same choice, except fully connected ones and those in skip.
func Uniform(g *model.Graph, choice Choice, skip map[string]bool) map[string]Choice {
	choices := map[string]Choice{}
	for _, n := range g.Convs() {
		c := n.Op.(*model.Conv)
		if skip[n.Name] || c.FullyConnected {
			continue
		}
		own := choice
		own.GM, own.GN = min(own.GM, c.Filters), min(own.GN, c.Channels/c.Groups)
		choices[n.Name] = own
	}
	return choices
}
