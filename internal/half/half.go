// Package half converts between float32 and IEEE 754 binary16, the half precision in which weights and
// activations may be stored. It refuses to calculate: sums and products are done in wider types.
package half

import "math"

// Largest is the largest finite value; Roundoff the largest relative error of rounding to nearest, for
// values that are not tiny.
const (
	Largest  = 65504
	Roundoff = 1.0 / (1 << 11)
)

// FromFloat32 rounds to nearest, ties to even, as processors do. What is too large becomes infinite.
func FromFloat32(v float32) uint16 {
	bits := math.Float32bits(v)
	sign, magnitude := uint16(bits>>16&0x8000), bits&0x7fffffff
	switch {
	case magnitude > 0x7f800000: // not a number
		return sign | 0x7e00
	case magnitude >= 0x477ff000: // rounds to 65536 or more
		return sign | 0x7c00
	case magnitude < 0x38800000: // a multiple of 2^-24, the spacing of the smallest values
		return sign | uint16(math.RoundToEven(math.Ldexp(float64(math.Float32frombits(magnitude)), 24)))
	}
	rounded := magnitude + 0xfff + magnitude>>13&1
	return sign | uint16((rounded-(127-15)<<23)>>13)
}

// Float32 is exact.
func Float32(h uint16) float32 {
	sign, exponent, fraction := 1.0, int(h>>10&31), float64(h&1023)
	if h&0x8000 != 0 {
		sign = -1
	}
	switch {
	case exponent == 31 && fraction != 0:
		return float32(math.NaN())
	case exponent == 31:
		return float32(sign * math.Inf(1))
	case exponent == 0:
		return float32(math.Copysign(math.Ldexp(fraction, -24), sign))
	}
	return float32(sign * math.Ldexp(1024+fraction, exponent-25))
}
