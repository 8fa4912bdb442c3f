package prune

import (
	"math"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/model/zoo"
)

// The totals that RT3D (AAAI 2021) prints for its networks, in GMACs.
func TestProfilesGiveThePrintedTotals(t *testing.T) {
	if testing.Short() {
		t.Skip("builds full-size networks")
	}
	for _, test := range []struct {
		model, profile string
		gmacs          float64
	}{
		{"c3d", "c3d-2.5x", 15.24},
		{"c3d", "c3d-3.6x", 10.80},
		{"r2plus1d-18", "r2plus1d-2.6x", 15.78},
		{"r2plus1d-18", "r2plus1d-3.2x", 12.56},
		{"s3d-rt3d", "s3d-2.1x", 11.70},
	} {
		g, err := zoo.Build(test.model, 1)
		if err != nil {
			t.Fatal(err)
		}
		p, err := FindProfile(test.profile)
		if err != nil {
			t.Fatal(err)
		}
		for _, group := range [][2]int{{8, 4}, {4, 4}} {
			choices, err := p.Choices(g, model.KGS, group[0], group[1])
			if err != nil {
				t.Fatal(err)
			}
			pruned, err := Graph(g, choices)
			if err != nil {
				t.Fatal(err)
			}
			macs, err := pruned.MACs(true)
			if err != nil {
				t.Fatal(err)
			}
			if got := math.Round(float64(macs)/1e7) / 100; got != test.gmacs {
				t.Errorf("%s %v: %.4f GMACs left, printed %.2f", test.profile, group, float64(macs)/1e9, test.gmacs)
			}
		}
	}
}

func TestProfileForAnotherModelIsRefused(t *testing.T) {
	g := &model.Graph{Name: "net", Nodes: []*model.Node{{Name: "conv2", Op: randomConv(8, 8, [3]int{1, 1, 1})}}}
	p, err := FindProfile("c3d-3.6x")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Choices(g, model.KGS, 8, 4); err == nil {
		t.Error("no error although layers are missing")
	}
	if _, err := FindProfile("c3d-9x"); err == nil {
		t.Error("unknown profile: no error")
	}
}
