package model_test

import (
	"fmt"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// Units and kept weights with partial groups at the edges: 5 filters by 2 channels by 27 positions.
func TestMaskUnits(t *testing.T) {
	cases := []struct {
		scheme            model.Scheme
		gm, gn            int
		units, firstKept  int // kept weights if only unit 0 is kept
		lastKept          int // kept weights if only the last unit is kept
		wantGM, wantGN, p int
	}{
		{model.Filter, 0, 0, 5, 54, 54, 1, 2, 5},
		{model.Vanilla, 2, 1, 6, 54, 27, 2, 1, 3},
		{model.KGS, 2, 1, 162, 2, 1, 2, 1, 3},
		{model.KGS, 5, 2, 27, 10, 10, 5, 2, 1},
	}
	for _, c := range cases {
		t.Run(fmt.Sprintf("%s-%dx%d", c.scheme, c.gm, c.gn), func(t *testing.T) {
			m, err := model.NewMask(c.scheme, c.gm, c.gn, small().Nodes[0].Op.(*model.Conv))
			if err != nil {
				t.Fatal(err)
			}
			if m.Units() != c.units || len(m.Kept) != c.units || m.GM != c.wantGM || m.GN != c.wantGN || m.P() != c.p {
				t.Fatalf("%+v", m)
			}
			if m.Density() != 1 {
				t.Errorf("a new mask keeps %v", m.Density())
			}
			only := func(unit int) int {
				n := m.Clone()
				for i := range n.Kept {
					n.Kept[i] = i == unit
				}
				return n.KeptWeights()
			}
			if first, last := only(0), only(c.units-1); first != c.firstKept || last != c.lastKept {
				t.Errorf("unit 0 has %d weights, the last %d; want %d and %d", first, last, c.firstKept, c.lastKept)
			}
		})
	}
}

func TestMaskRefusals(t *testing.T) {
	conv := small().Nodes[0].Op.(*model.Conv)
	for _, c := range []struct {
		scheme model.Scheme
		gm, gn int
	}{{model.KGS, 0, 1}, {model.KGS, 6, 1}, {model.Vanilla, 1, 3}, {model.Dense, 1, 1}, {"2:4", 1, 1}} {
		if _, err := model.NewMask(c.scheme, c.gm, c.gn, conv); err == nil {
			t.Errorf("%s %dx%d was accepted", c.scheme, c.gm, c.gn)
		}
	}
	if _, err := model.ParseScheme("kgs2"); err == nil {
		t.Error("scheme kgs2 was accepted")
	}
	if s, err := model.ParseScheme("KGS"); err != nil || s != model.KGS {
		t.Errorf("scheme KGS: %q, %v", s, err)
	}
}
