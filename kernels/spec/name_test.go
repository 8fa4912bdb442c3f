package spec

import (
	"math"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/model"
)

func conv2() Workload {
	return Workload{Channels: 64, Filters: 128, Groups: 1, Kernel: [3]int{3, 3, 3}, Stride: unit, Dilation: unit,
		PadBegin: unit, PadEnd: unit, Input: [3]int{16, 56, 56}, DataType: Float32}
}

func TestWorkloadNames(t *testing.T) {
	odd := conv2()
	odd.Groups, odd.Stride, odd.Dilation, odd.PadEnd = 2, [3]int{1, 2, 2}, [3]int{1, 1, 3}, [3]int{0, 2, 1}
	odd.Epilogue = Epilogue{Residual: true, Activation: model.Activation{Function: model.LeakyRelu, Alpha: 1e-5}}
	clip := conv2()
	clip.PadBegin, clip.PadEnd = [3]int{}, [3]int{}
	clip.Epilogue.Activation = model.Activation{Function: model.Clip, Min: float32(math.Inf(-1)), Max: 6}
	halved := fullyConnected()
	halved.Weights = Float16
	for _, c := range []struct {
		w    Workload
		name string
	}{
		{conv2(), "c64_m128_k3x3x3_p1x1x1_i16x56x56_fp32"},
		{odd, "c64_m128_g2_k3x3x3_s1x2x2_d1x1x3_p1x1x1+0x2x1_i16x56x56_fp32_residual_leakyrelu:1e-05"},
		{clip, "c64_m128_k3x3x3_i16x56x56_fp32_clip:-Inf:6"},
		{halved, "c512_m101_k1x1x1_i1x1x1_fp32_wfp16"},
		{halved.In(Float16), "c512_m101_k1x1x1_i1x1x1_fp16"},
		{clip.In(Float16), "c64_m128_k3x3x3_i16x56x56_fp16_clip:-Inf:6"},
	} {
		if got := c.w.Name(); got != c.name {
			t.Errorf("name: got %s, want %s", got, c.name)
		}
		if got, err := ParseWorkload(c.name); err != nil || got != c.w {
			t.Errorf("parse %s: got %+v, %v, want %+v", c.name, got, err, c.w)
		}
	}
}

func TestScheduleNames(t *testing.T) {
	for _, c := range []struct {
		s    Schedule
		name string
	}{
		{Schedule{Direct, 6, 1, 2, FilterOuter, 0, 16, 4, 1, 0, 0}, "direct_6x1x2_filter_c16_g4_t1"},
		{Schedule{Direct, 8, 1, 2, FilterOuter, 0, 0, 4, 1, 64, 0}, "direct_8x1x2_filter_c0_g4_t1_h64"},
		{Schedule{Direct, 2, 7, 2, SlabOuter, 14, 0, 8, 4, 0, 2}, "direct_2x7x2_slab14_c0_g8_t4_p2"},
		{Schedule{Direct, 14, 1, 2, ColumnOuter, 4, 0, 4, 1, 0, 1}, "direct_14x1x2_column4_c0_g4_t1_p1"},
		{Schedule{Winograd4x4, 6, 1, 2, SlabOuter, 28, 0, 4, 1, 0, 0}, "winograd4x4_6x1x2_slab28_c0_g4_t1"},
		{Schedule{MatVec, 1, 1, 8, FilterOuter, 0, 0, 4, 2, 0, 0}, "matvec_1x1x8_filter_c0_g4_t2"},
	} {
		if got := c.s.Name(); got != c.name {
			t.Errorf("name: got %s, want %s", got, c.name)
		}
		if got, err := ParseSchedule(c.name); err != nil || got != c.s {
			t.Errorf("parse %s: got %+v, %v, want %+v", c.name, got, err, c.s)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for name, want := range map[string]string{
		"":                                    "starts with",
		"c64_m128":                            "too early",
		"c64_m128_k3x3_i1x1x1_fp32":           "three integers",
		"c64_m128_k3x3x3_i1x1x1_fp8":          "data type",
		"cx_m128_k3x3x3_i1x1x1_fp32":          "not an integer",
		"c64_m8_k1x1x1_i1x1x1_fp32_mish":      "function",
		"c64_m8_k1x1x1_i1x1x1_fp32_elu":       "want 1 parameter",
		"c64_m8_k1x1x1_i1x1x1_fp32_elu:x":     "not a number",
		"c64_m8_k1x1x1_i1x1x1_fp32_relu_relu": "not expected",
		"c064_m8_k1x1x1_i1x1x1_fp32":          "canonical",
		"c64_m8_g1_k1x1x1_i1x1x1_fp32":        "canonical",
	} {
		if _, err := ParseWorkload(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("workload %q: got %v, want an error with %q", name, err, want)
		}
	}
	for name, want := range map[string]string{
		"winograd_6x1x2_filter_c0_g4_t1": "algorithm",
		"direct_6x1x2_spiral_c0_g4_t1":   "order",
		"direct_6x1x2_slab_c0_g4_t1":     "not an integer",
		"direct_6x1x2_filter8_c0_g4_t1":  "order",
		"direct_6x1x2_filter_c0_g4":      "too early",
		"direct_6x1x2_filter_c0_g4_t1_":  "not expected",
		"direct_6x1x2_filter_c0_g4_t+1":  "canonical",
	} {
		if _, err := ParseSchedule(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("schedule %q: got %v, want an error with %q", name, err, want)
		}
	}
}

func TestHashesDiffer(t *testing.T) {
	a, b := conv2(), conv2()
	b.PadEnd[2]++
	if a.Hash() == b.Hash() || len(a.Hash()) != 16 || a.Hash() != conv2().Hash() {
		t.Errorf("hashes %s and %s", a.Hash(), b.Hash())
	}
	s := Schedule{Direct, 6, 1, 2, FilterOuter, 0, 16, 4, 1, 0, 0}
	r := s
	r.Threads++
	if s.Hash() == r.Hash() || s.Hash() == a.Hash() {
		t.Errorf("hashes %s and %s", s.Hash(), r.Hash())
	}
}

// FuzzWorkloadName: whatever parses has that one name, and it parses back to the same value.
func FuzzWorkloadName(f *testing.F) {
	f.Add("c64_m128_g2_k3x3x3_s1x2x2_d1x1x3_p1x1x1+0x2x1_i16x56x56_fp32_residual_leakyrelu:1e-05")
	f.Add("c3_m45_k1x7x7_s1x2x2_p0x3x3_i16x112x112_fp32_clip:-Inf:6")
	f.Add("c-1_m+2_k0x0x0_p1x1x1+1x1x1_i1x1x1_fp32_elu:NaN")
	f.Fuzz(func(t *testing.T, name string) {
		w, err := ParseWorkload(name)
		if err != nil {
			return
		}
		if w.Name() != name {
			t.Fatalf("%q parsed to a workload named %q", name, w.Name())
		}
		a := w.Epilogue.Activation
		if again, err := ParseWorkload(w.Name()); err != nil || again != w && a == a {
			t.Fatalf("%q: %+v, then %+v, %v", name, w, again, err)
		}
	})
}

// FuzzScheduleName builds values from integers, so that the printer is fuzzed as well as the parser.
func FuzzScheduleName(f *testing.F) {
	f.Add(0, 0, 6, 1, 2, 0, 16, 4, 1, 0, 0)
	f.Add(2, 2, -6, 1, 2, 8, 16, -4, 1, 64, 2)
	f.Fuzz(func(t *testing.T, algorithm, order, width, rows, filters, slab, block, unroll, threads, chain, prefetch int) {
		s := Schedule{Algorithms[uint(algorithm)%uint(len(Algorithms))], width, rows, filters, LoopOrders[uint(order)%uint(len(LoopOrders))], 0, block, unroll, threads, chain, prefetch}
		if s.Order.Slabs() {
			s.SlabRows = slab
		}
		if got, err := ParseSchedule(s.Name()); err != nil || got != s {
			t.Fatalf("%+v is named %s, which parses to %+v, %v", s, s.Name(), got, err)
		}
	})
}
