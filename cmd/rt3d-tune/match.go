package main

import (
	"fmt"
	"path"
	"strings"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// matchLayers lists the layers of g that fit any of the patterns; a pattern that fits none is an error,
// since it is most likely misspelt.
func matchLayers(g *model.Graph, patterns []string) ([]string, error) {
	var names []string
	for _, p := range patterns {
		found := false
		for _, n := range g.Convs() {
			ok, err := path.Match(p, n.Name)
			if err != nil {
				return nil, fmt.Errorf("pattern %q: %w", p, err)
			}
			if ok {
				names = append(names, n.Name)
				found = true
			}
		}
		if !found {
			var all []string
			for _, n := range g.Convs() {
				all = append(all, n.Name)
			}
			return nil, fmt.Errorf("no layer %q in model %s; its layers: %s", p, g.Name, strings.Join(all, ", "))
		}
	}
	return names, nil
}

// checkGroup refuses a group size that fits no layer.
func checkGroup(g *model.Graph, gm, gn int) error {
	for _, n := range g.Convs() {
		if c := n.Op.(*model.Conv); gm <= c.Filters && gn <= c.Channels/c.Groups {
			return nil
		}
	}
	return fmt.Errorf("%dx%d fits no layer of %s; want at most its filters by its input channels", gm, gn, g.Name)
}
