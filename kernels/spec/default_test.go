package spec

import "testing"

// Kernels that span depths and no rows go from depth to depth where the input is too large to stay near.
func TestDefaultOrderOfTemporalKernels(t *testing.T) {
	streaming := Vector{Lanes: 16, Registers: 32, FoldsOperands: true, NearWeights: 432 << 10}
	for name, want := range map[string]LoopOrder{
		"c144_m64_k3x1x1_p1x0x0_i16x56x56_fp32": ColumnOuter,
		"c144_m64_k3x1x1_p1x0x0_i4x7x7_fp32":    SlabOuter, // all of it is near
		"c64_m144_k1x3x3_p0x1x1_i16x56x56_fp32": SlabOuter, // spans no depths
		"c64_m64_k3x3x3_p1x1x1_i16x56x56_fp32":  SlabOuter, // spans rows too
	} {
		w, err := ParseWorkload(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, density := range []float64{1, 0.5, 0.125} {
			s := DefaultSchedule(w, streaming, density)
			if s.Order != want {
				t.Errorf("%s, density %g: %s, want order %s", name, density, s.Name(), want)
			}
			if r := Check(w, s, streaming); r != nil {
				t.Errorf("%s, density %g: %s: %v", name, density, s.Name(), r)
			}
		}
	}
}

// A tile of one filter vector leaves cores that issue in order waiting for loads.
func TestDefaultTilesByLaneHaveSeveralFilters(t *testing.T) {
	for _, name := range []string{"c64_m128_k3x3x3_p1x1x1_i16x56x56_fp32", "c64_m144_k1x3x3_p0x1x1_i16x56x56_fp32"} {
		w, err := ParseWorkload(name)
		if err != nil {
			t.Fatal(err)
		}
		if s := DefaultSchedule(w, neon, 1); s.TileFilters < 2 {
			t.Errorf("%s: %s, want two filter vectors or more", name, s.Name())
		}
	}
}
