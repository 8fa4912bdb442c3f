package half

import (
	"math"
	"testing"
)

func TestKnownValues(t *testing.T) {
	for bits, want := range map[uint16]float32{0: 0, 0x3c00: 1, 0xc000: -2, 0x7bff: Largest, 1: 1.0 / (1 << 24), 0x7c00: float32(math.Inf(1))} {
		if got := Float32(bits); got != want {
			t.Errorf("half %#04x is %g, want %g", bits, got, want)
		}
	}
}

func TestEveryHalfRoundTrips(t *testing.T) {
	for h := range 1 << 16 {
		v := Float32(uint16(h))
		if v != v {
			if got := FromFloat32(v); got&0x7c00 != 0x7c00 || got&0x3ff == 0 {
				t.Fatalf("%#04x is not a number and became %#04x", h, got)
			}
			continue
		}
		if got := FromFloat32(v); got != uint16(h) {
			t.Fatalf("%#04x is %g and became %#04x", h, v, got)
		}
	}
}

func TestRoundsToNearestEven(t *testing.T) {
	for h := range uint16(0x7bff) { // every finite value but the largest, and the point half-way to the next
		low, high := Float32(h), Float32(h+1)
		middle := (low + high) / 2
		even := h + h&1
		for _, c := range []struct {
			v    float32
			want uint16
		}{{middle, even}, {math.Nextafter32(middle, low), h}, {math.Nextafter32(middle, high), h + 1}} {
			if got := FromFloat32(c.v); got != c.want {
				t.Fatalf("%g became %#04x, want %#04x", c.v, got, c.want)
			}
			if got := FromFloat32(-c.v); got != c.want|0x8000 {
				t.Fatalf("%g became %#04x, want %#04x", -c.v, got, c.want|0x8000)
			}
		}
	}
}

func TestLarge(t *testing.T) {
	for v, want := range map[float32]uint16{Largest: 0x7bff, 65519.996: 0x7bff, 65520: 0x7c00, 1e30: 0x7c00,
		float32(math.Inf(-1)): 0xfc00, 1e-30: 0, float32(math.Copysign(0, -1)): 0x8000} {
		if got := FromFloat32(v); got != want {
			t.Errorf("%g became %#04x, want %#04x", v, got, want)
		}
	}
}
