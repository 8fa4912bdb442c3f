package zoo

import (
	"bufio"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/model/reference"
)

// Totals as published: multiply-accumulates in thousand millions, parameters in millions.
func TestTotals(t *testing.T) {
	cases := []struct {
		name, macs, params string
		classes            int
	}{
		{"c3d", "38.547", "78.410", 101},
		{"r2plus1d-18", "40.519", "31.352", 101},
		{"r3d-18", "40.696", "33.218", 101},
		{"s3d-rt3d", "24.529", "8.007", 101},
		{"s3d", "17.979", "8.320", 400},
	}
	for _, c := range cases {
		info, err := Describe(c.name)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%.3f", float64(info.MACs)/1e9); got != c.macs {
			t.Errorf("%s: %s GMACs, want %s", c.name, got, c.macs)
		}
		if got := fmt.Sprintf("%.3f", float64(info.Params)/1e6); got != c.params {
			t.Errorf("%s: %s M parameters, want %s", c.name, got, c.params)
		}
		if info.Classes != c.classes || info.Trained {
			t.Errorf("%s: %+v", c.name, info)
		}
	}
}

// Every layer against the published tables, from the graph itself.
func TestLayers(t *testing.T) {
	published := map[string][]string{}
	f, err := os.Open("testdata/layers.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if network, layer, ok := strings.Cut(lines.Text(), " "); ok && network != "#" {
			published[network] = append(published[network], layer)
		}
	}
	for network, want := range published {
		t.Run(network, func(t *testing.T) {
			g, err := Build(network, 1)
			if err != nil {
				t.Fatal(err)
			}
			layers, err := model.Summary(g)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, l := range layers {
				got = append(got, line(l))
			}
			slices.Sort(got) // the published tables list a block's shortcut last
			slices.Sort(want)
			if len(got) != len(want) {
				t.Errorf("%d layers, want %d", len(got), len(want))
			}
			for i := range min(len(got), len(want)) {
				if got[i] != want[i] {
					t.Errorf("have %s\nwant %s", got[i], want[i])
				}
			}
			info, err := Describe(network)
			if err != nil {
				t.Fatal(err)
			}
			if macs, err := g.MACs(false); err != nil || macs != info.MACs {
				t.Errorf("graph has %d MACs (%v), described as %d", macs, err, info.MACs)
			}
		})
	}
}

func line(l model.Layer) string {
	triple := func(v [3]int) string { return fmt.Sprintf("%dx%dx%d", v[0], v[1], v[2]) }
	c := l.Conv
	kernel, stride, pad, in := triple(c.Kernel), triple(c.Stride), triple(c.PadBegin), triple([3]int{l.In.D, l.In.H, l.In.W})
	if c.FullyConnected {
		kernel, stride, pad, in = "fc", "-", "-", "-"
	}
	return fmt.Sprintf("%s %d %d %s %s %s %s %s %d %.1f", l.Name, c.Channels, c.Filters, kernel, stride, pad, in,
		triple([3]int{l.Out.D, l.Out.H, l.Out.W}), l.Weights, float64(l.MACs)/1e6)
}

// The shipped networks are there, are small, and keep the weights that they were trained to.
func TestTrained(t *testing.T) {
	for _, name := range []string{"motion-c3d", "motion-c3d-reweighted"} {
		info, err := Describe(name)
		if err != nil {
			t.Fatal(err)
		}
		if !info.Trained || info.Params > 1e6 || info.Description == "" {
			t.Errorf("%+v", info)
		}
		weights := func(seed uint64) []float32 {
			g, err := Build(name, seed)
			if err != nil {
				t.Fatal(err)
			}
			if g.Name != name {
				t.Errorf("graph of %s is called %q", name, g.Name)
			}
			return g.Convs()[0].Op.(*model.Conv).Weight
		}
		if !slices.Equal(weights(1), weights(2)) {
			t.Errorf("a seed changed the trained weights of %s", name)
		}
	}
}

// activations runs a network on normal noise and checks that every value keeps to order one.
func activations(t *testing.T, name string) {
	t.Helper()
	g, err := Build(name, 7)
	if err != nil {
		t.Fatal(err)
	}
	err = reference.Walk(g, Noise(g, 3), func(n *model.Node, value []float64) error {
		mean, square := 0.0, 0.0
		for _, v := range value {
			mean += v / float64(len(value))
			square += v * v / float64(len(value))
		}
		rms := math.Sqrt(square)
		t.Logf("%-28s mean %7.3f rms %7.3f", n.Name, mean, rms)
		if !(rms > .1 && rms < 10) {
			t.Errorf("%s: root mean square %g is not of order one", n.Name, rms)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSmallActivationsAreOfOrderOne(t *testing.T) {
	for _, name := range []string{"c3d-small", "r2plus1d-small"} {
		t.Run(name, func(t *testing.T) { activations(t, name) })
	}
}

func TestPublishedActivationsAreOfOrderOne(t *testing.T) {
	if testing.Short() {
		t.Skip("executes tens of GMACs per network")
	}
	for _, name := range []string{"c3d", "r2plus1d-18", "r3d-18", "s3d", "s3d-rt3d"} {
		t.Run(name, func(t *testing.T) { activations(t, name) })
	}
}

func TestSeeds(t *testing.T) {
	build := func(seed uint64) []float32 {
		g, err := Build("c3d-small", seed)
		if err != nil {
			t.Fatal(err)
		}
		return g.Convs()[3].Op.(*model.Conv).Weight
	}
	if !slices.Equal(build(5), build(5)) {
		t.Error("equal seeds gave different weights")
	}
	if slices.Equal(build(5), build(6)) {
		t.Error("different seeds gave equal weights")
	}
}

func TestUnknownNetwork(t *testing.T) {
	for _, name := range []string{"c4d", "../zoo", ""} {
		if _, err := Build(name, 1); err == nil || !strings.Contains(err.Error(), "r2plus1d-18") {
			t.Errorf("%q: error %v does not list the networks", name, err)
		}
		if _, err := Describe(name); err == nil {
			t.Errorf("%q was described", name)
		}
	}
}

// Every name can be described, and what is trained can be built.
func TestNames(t *testing.T) {
	for _, name := range Names() {
		info, err := Describe(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Description == "" || info.MACs == 0 || info.Params == 0 || info.Classes == 0 || len(info.Input) != 5 {
			t.Errorf("%s is described as %+v", name, info)
		}
	}
}
