package ci

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/bench"
	"github.com/rt3d-tune/rt3d-tune/compare"
	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/remote/sim"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// session opens a session on a simulated phone.
func session(t *testing.T, c remote.SimConfig) *bench.Session {
	t.Helper()
	phone := sim.New(&c)
	s, err := bench.Open(t.Context(), phone.Connect(), remote.Config{Name: "phone", Transport: "sim", Sim: &c},
		spec.Target{Arch: spec.ARM64, ISA: spec.NEON, DataType: spec.Float32},
		bench.Options{CacheDir: t.TempDir(), Dial: func(context.Context) (remote.Transport, error) { return phone.Connect(), nil }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(context.Background()) }) // the link may be broken by order
	return s
}

// subjects are layers of several sizes.
func subjects(t *testing.T, n int) []Subject {
	t.Helper()
	var all []Subject
	one := [3]int{1, 1, 1}
	for i := range n {
		g, err := kernels.SingleConv(spec.Workload{Channels: 16, Filters: 16 * (i + 1), Groups: 1, Kernel: [3]int{3, 3, 3}, Stride: one, Dilation: one,
			PadBegin: one, PadEnd: one, Input: [3]int{4, 16, 16}, DataType: spec.Float32}, 1, kernels.Pruning{})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, Subject{Name: fmt.Sprintf("layer %d", i), Kind: results.KernelTrial, Program: kernels.Program{Graph: g, Threads: 1}})
	}
	return all
}

func build(t *testing.T, s *bench.Session, label string, subjects []Subject) *Build {
	t.Helper()
	b, err := Make(t.Context(), s, "arm64/neon/fp32", label, subjects)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// slower makes one item of a build more work, as a loop too much would.
func slower(t *testing.T, b *Build, item int, factor float64) {
	t.Helper()
	var blob map[string]any
	a := *b.Items[item].prepared.Artifact
	if err := json.Unmarshal(a.Blob, &blob); err != nil {
		t.Fatal(err)
	}
	for _, w := range blob["work"].([]any) {
		w.(map[string]any)["macs"] = int64(w.(map[string]any)["macs"].(float64) * factor)
	}
	content, err := json.Marshal(blob)
	if err != nil {
		t.Fatal(err)
	}
	a.Blob, a.BlobHash = content, hashOf(content)
	b.Items[item].prepared.Artifact = &a
}

func verdicts(g *results.Gate) string {
	var list []string
	for _, c := range g.Comparisons {
		word := c.Verdict
		if c.Worse {
			word = "worse"
		}
		list = append(list, c.Name+" "+word)
	}
	return strings.Join(list, ", ")
}

func TestCompare(t *testing.T) {
	quality := func(lost int) *Quality {
		q := &Quality{Objective: "accuracy", Clips: 400, Right: make([]bool, 400)}
		for i := range q.Right {
			q.Right[i] = i >= 20+lost
		}
		q.Value = 1 - float64(20+lost)/400
		return q
	}
	for name, c := range map[string]struct {
		phone  remote.SimConfig
		change func(*Build)
		want   results.GateVerdict
		says   string
	}{
		"A against A":        {want: results.Pass, says: "layer 0 same, layer 1 same, layer 2 same, layer 0 same"},
		"5 % slower":         {change: func(b *Build) { slower(t, b, 1, 1.05) }, want: results.Regression, says: "layer 1 worse"},
		"5 % faster":         {change: func(b *Build) { slower(t, b, 1, 0.95) }, want: results.Pass, says: "layer 1 different"},
		"too noisy a phone":  {phone: remote.SimConfig{Noise: 0.2}, want: results.Inconclusive, says: "layer 1 need more data"},
		"accuracy lost":      {change: func(b *Build) { b.Items[0].Quality = quality(20) }, want: results.Regression, says: "layer 0 worse"},
		"two clips fall":     {change: func(b *Build) { b.Items[0].Quality = quality(2) }, want: results.Pass},
		"wrong values":       {change: func(b *Build) { b.Items[2].prepared.Expect = wrong(b.Items[2].prepared.Expect) }, want: results.Regression, says: "layer 2 worse"},
		"compiles no more":   {change: func(b *Build) { b.Items[2].Failure, b.Items[2].Detail = results.CompileError, "no" }, want: results.Regression, says: "layer 2 worse"},
		"a layer is gone":    {change: func(b *Build) { b.Items = b.Items[:2] }, want: results.Regression, says: "layer 2 worse"},
		"a link that breaks": {phone: remote.SimConfig{Script: []remote.SimFault{{Job: 5, Fault: "lost"}, {Job: 9, Fault: "reboot"}}}, want: results.Pass},
	} {
		t.Run(name, func(t *testing.T) {
			s := session(t, c.phone)
			all := subjects(t, 3)
			all[0].Quality = quality(0)
			a, b := build(t, s, "a", all), build(t, s, "b", all)
			if c.change != nil {
				c.change(b)
			}
			g, err := Compare(t.Context(), s, a, b, Settings{Rule: compare.DefaultRule, Seed: 1})
			if err != nil {
				t.Fatal(err)
			}
			if g.Verdict != c.want || !strings.Contains(verdicts(g), c.says) || !g.Simulated {
				t.Errorf("%s (%s), simulated %v; want %s (%s)", g.Verdict, verdicts(g), g.Simulated, c.want, c.says)
			}
		})
	}
}

// wrong moves what is expected, so that the program's answers are wrong.
func wrong(e *bench.Expectation) *bench.Expectation {
	w := *e
	w.Values = make([]float64, len(e.Values))
	for i, v := range e.Values {
		w.Values[i] = v + 1
	}
	return &w
}

// A device that goes away for good is an error, never a verdict.
func TestDeviceLost(t *testing.T) {
	c := remote.SimConfig{Rates: map[string]float64{"lost": 1}}
	s := session(t, c)
	b := build(t, s, "a", subjects(t, 1))
	g, err := Compare(t.Context(), s, b, b, Settings{Rule: compare.DefaultRule, Seed: 1})
	if !remote.IsFault(err, remote.ConnectionLost) {
		t.Errorf("%+v, %v: want the fault", g, err)
	}
}

// A saved build is the same build, and one that was changed since is refused.
func TestSavedBuild(t *testing.T) {
	s := session(t, remote.SimConfig{})
	b := build(t, s, "a", subjects(t, 2))
	content, err := b.Encode()
	if err != nil || !IsBuild(content) {
		t.Fatalf("%v", err)
	}
	again, err := Decode("a.build", content, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	g, err := Compare(t.Context(), s, again, b, Settings{Rule: compare.DefaultRule, Seed: 1})
	if err != nil || g.Verdict != results.Pass || g.Baseline != "a" {
		t.Errorf("%+v, %v", g, err)
	}
	twice, err := again.Encode()
	if err != nil || len(twice) != len(content) {
		t.Errorf("%d bytes, then %d (%v)", len(content), len(twice), err)
	}
	for what, broken := range map[string][]byte{
		"cut off":        content[:len(content)/2],
		"another format": archive(t, `{"format": "rt3d-tune build 9"}`),
	} {
		if _, err := Decode("a.build", broken, t.TempDir()); err == nil || !strings.Contains(err.Error(), "a.build") {
			t.Errorf("%s: %v", what, err)
		}
	}
	other := *b
	other.Target = "amd64/avx2/fp32"
	var mismatch *MismatchError
	if _, err := Compare(t.Context(), s, &other, b, Settings{Rule: compare.DefaultRule, Seed: 1}); !errors.As(err, &mismatch) {
		t.Errorf("builds for two targets: %v", err)
	}
}

// archive is a ZIP file with a manifest of the given text.
func archive(t *testing.T, manifest string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	w, err := z.Create("manifest.json")
	if err == nil {
		_, err = w.Write([]byte(manifest))
	}
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
