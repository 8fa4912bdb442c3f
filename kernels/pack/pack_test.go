package pack

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/kernels/conv"
	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
)

// layerOf makes a layer with seeded weights and biases, none of them zero.
func layerOf(r *rand.Rand, w spec.Workload) *model.Conv {
	c := &model.Conv{Filters: w.Filters, Channels: w.Channels, Groups: w.Groups, Kernel: w.Kernel, Stride: w.Stride,
		Dilation: w.Dilation, PadBegin: w.PadBegin, PadEnd: w.PadEnd}
	c.Weight, c.Bias = make([]float32, c.WeightCount()), make([]float32, c.Filters)
	for _, values := range [][]float32{c.Weight, c.Bias} {
		for i := range values {
			values[i] = r.Float32() + 0.5
		}
	}
	return c
}

func kernelOf(t *testing.T, info isa.Info, workload, schedule string) conv.Kernel {
	t.Helper()
	w, err := spec.ParseWorkload(workload)
	if err != nil {
		t.Fatal(err)
	}
	s, err := spec.ParseSchedule(schedule)
	if err != nil {
		t.Fatal(err)
	}
	return conv.Plain(w, s, info.Vector())
}

func mask(t *testing.T, r *rand.Rand, c *model.Conv, scheme model.Scheme, gm, gn int, density float64) {
	t.Helper()
	m, err := model.NewMask(scheme, min(gm, c.Filters), min(gn, c.Channels/c.Groups), c)
	if err != nil {
		t.Fatal(err)
	}
	for i := range m.Kept {
		m.Kept[i] = r.Float64() < density
	}
	c.Mask = m
	k := c.Positions()
	for i := range c.Weight {
		f, n := i/(k*m.Channels), i/k%m.Channels
		if !m.Keeps(f, n, i%k) {
			c.Weight[i] = 0
		}
	}
}

func avx2(t *testing.T) isa.Info {
	t.Helper()
	info, err := isa.Of(spec.AVX2, spec.Float32)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

// TestRoundTrip packs and unpacks layers of all kinds under all schemes.
func TestRoundTrip(t *testing.T) {
	info := avx2(t)
	r := rand.New(rand.NewPCG(5, 6))
	for _, c := range [][2]string{
		{"c20_m37_k3x3x3_p1x1x1_i4x8x9_fp32", "direct_4x1x3_filter_c8_g4_t1"},
		{"c20_m37_k3x1x2_s2x1x1_p1x0x0_i4x8x9_fp32", "direct_4x1x2_tile_c8_g2_t2"},
		{"c32_m16_k1x3x3_d1x2x2_p0x2x2_i1x8x9_fp32", "direct_4x1x2_slab2_c0_g16_t1"},
		{"c12_m36_g3_k3x3x3_p1x1x1_i3x5x5_fp32", "direct_4x1x2_filter_c0_g4_t1"},
		{"c15_m6_g3_k1x3x3_p0x1x1_i1x5x5_fp32", "direct_4x1x1_filter_c0_g8_t1"},
		{"c36_m36_g36_k3x3x3_p1x1x1_i3x5x5_fp32", "depthwise_4x1x1_filter_c0_g1_t1"},
		{"c230_m101_k1x1x1_i1x1x1_fp32", "matvec_1x1x4_filter_c0_g2_t1"},
		{"c3_m45_k1x7x7_s1x2x2_p0x3x3_i2x16x16_fp32", "direct_4x1x3_filter_c0_g3_t1"},
	} {
		for _, scheme := range []model.Scheme{model.Dense, model.Filter, model.Vanilla, model.KGS} {
			for _, planar := range []bool{false, true} {
				k := kernelOf(t, info, c[0], c[1])
				if planar {
					k.Input.Block = 1
				}
				if conv.Check(info, k) != nil && planar {
					continue // not every kernel can read a planar input
				}
				l := layerOf(r, k.Workload)
				if scheme != model.Dense {
					mask(t, r, l, scheme, 5, 3, 0.4)
				}
				data, err := Conv(k, info, l)
				if err != nil {
					t.Fatal(err)
				}
				weight, bias, err := Unpack(k, info, l, data)
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(weight, l.Weight) || !slices.Equal(bias, l.Bias) {
					t.Errorf("%s %s %s: weights or biases came back different", c[0], c[1], scheme)
				}
				stats, err := Measure(k, info, l)
				if err != nil {
					t.Fatal(err)
				}
				if stats.Bytes != int64(len(data)) || stats.Entries != int64(word(data[36:])) {
					t.Errorf("%s %s: measured %+v, packed %d bytes and %d entries", c[0], c[1], stats, len(data), word(data[36:]))
				}
				if stats.ExecutedMACs < stats.KeptMACs {
					t.Errorf("%s %s: executes %d MACs, the mask keeps %d", c[0], c[1], stats.ExecutedMACs, stats.KeptMACs)
				}
			}
		}
	}
}

// TestStats counts by hand: groups that fit the kernel cost what they keep, others their union.
func TestStats(t *testing.T) {
	info := avx2(t)
	k := kernelOf(t, info, "c16_m32_k1x1x3_p0x0x1_i1x4x10_fp32", "direct_5x1x2_filter_c0_g4_t1")
	l := layerOf(rand.New(rand.NewPCG(1, 1)), k.Workload)
	positions := int64(4 * 10)
	check := func(name string, want Stats) {
		t.Helper()
		got, err := Measure(k, info, l)
		if err != nil {
			t.Fatal(err)
		}
		got.Bytes = 0
		if got != want {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
	all := 16 * 32 * 3 * positions
	check("dense", Stats{Entries: 2 * 4 * 3, KeptMACs: all, ExecutedMACs: all})
	m, err := model.NewMask(model.KGS, 8, 4, l)
	if err != nil {
		t.Fatal(err)
	}
	clear(m.Kept)
	m.Kept[(0*4+1)*3+2] = true // filters 0-7, channels 4-7, last position
	m.Kept[(1*4+1)*3+2] = true // filters 8-15, the same place: shares the entry
	m.Kept[(1*4+3)*3+0] = true // filters 8-15, another place
	l.Mask = m
	check("kgs 8x4", Stats{Entries: 2, KeptMACs: 3 * 32 * positions, ExecutedMACs: 2 * 64 * positions})
	k.Schedule.TileFilters = 1
	check("kgs 8x4 on one vector", Stats{Entries: 3, KeptMACs: 3 * 32 * positions, ExecutedMACs: 3 * 32 * positions})
}

// TestEntriesAreSortedByTime: kernels that skip frames or rows rely on it.
func TestEntriesAreSortedByTime(t *testing.T) {
	info := avx2(t)
	k := kernelOf(t, info, "c24_m8_k3x3x3_p1x1x1_i4x8x56_fp32", "direct_4x1x1_filter_c0_g4_t1")
	r := rand.New(rand.NewPCG(9, 9))
	c := layerOf(r, k.Workload)
	mask(t, r, c, model.KGS, 8, 4, 0.3)
	l, err := newLayer(k, info, c)
	if err != nil {
		t.Fatal(err)
	}
	segments := l.list(0, 0)
	if len(segments) != 9 {
		t.Errorf("%d segments: want one per kernel depth and row", len(segments))
	}
	list := slices.Concat(segments...)
	if len(list) < 10 {
		t.Fatalf("%d entries", len(list))
	}
	if !slices.IsSortedFunc(list, func(a, b entry) int {
		return (a.position[0]-b.position[0])*10 + a.position[1] - b.position[1]
	}) {
		t.Errorf("entries are not sorted by (depth, row): %v", list)
	}
}

func TestEmptyBlocksArePacked(t *testing.T) {
	info := avx2(t)
	k := kernelOf(t, info, "c16_m32_k3x3x3_p1x1x1_i4x8x9_fp32", "direct_4x1x2_filter_c8_g4_t1")
	r := rand.New(rand.NewPCG(2, 2))
	c := layerOf(r, k.Workload)
	mask(t, r, c, model.Vanilla, 32, 16, 0)
	data, err := Conv(k, info, c)
	if err != nil {
		t.Fatal(err)
	}
	weight, bias, err := Unpack(k, info, c, data)
	if err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(weight, func(v float32) bool { return v != 0 }) || !slices.Equal(bias, c.Bias) {
		t.Error("a layer without weights lost its biases or found weights")
	}
}

func TestRefusals(t *testing.T) {
	info := avx2(t)
	k := kernelOf(t, info, "c16_m32_k3x3x3_p1x1x1_i4x8x9_fp32", "direct_4x1x2_filter_c0_g4_t1")
	good := func() *model.Conv { return layerOf(rand.New(rand.NewPCG(2, 2)), k.Workload) }
	for name, change := range map[string]func(*model.Conv){
		"the kernel runs": func(c *model.Conv) { c.Stride[0] = 2 },
		"weights and":     func(c *model.Conv) { c.Weight = c.Weight[1:] },
		"biases":          func(c *model.Conv) { c.Bias = c.Bias[1:] },
		"the mask is for": func(c *model.Conv) {
			c.Mask = &model.Mask{Scheme: model.KGS, GM: 8, GN: 4, Filters: 32, Channels: 16, Positions: 9}
		},
	} {
		c := good()
		change(c)
		if _, err := Conv(k, info, c); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("pack: got %v, want an error with %q", err, name)
		}
		if _, err := Measure(k, info, c); err == nil {
			t.Errorf("measure took what pack refuses: %s", name)
		}
	}
	bad := k
	bad.Input.Block = 2
	if _, err := Conv(bad, info, good()); err == nil {
		t.Error("packed for a kernel that cannot be written")
	}
	data, err := Conv(k, info, good())
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func([]byte) []byte{
		"header":        func(d []byte) []byte { return d[:20] },
		"magic":         func(d []byte) []byte { d[0]++; return d },
		"version":       func(d []byte) []byte { d[4]++; return d },
		"filter blocks": func(d []byte) []byte { d[8]++; return d },
		"parts at":      func(d []byte) []byte { return d[:len(d)-64] },
		"offset":        func(d []byte) []byte { d[word(d[24:])+3] = 0x40; return d },
	} {
		if _, _, err := Unpack(k, info, good(), spoil(slices.Clone(data))); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("unpack: got %v, want an error with %q", err, name)
		}
	}
}
