package spec

import "testing"

func TestTargetsParseBack(t *testing.T) {
	for _, target := range []Target{
		{Arch: AMD64, ISA: AVX512, DataType: Float32},
		{Arch: ARM64, ISA: NEON, DataType: Float32, Android: true},
		{Arch: ARM64, ISA: Scalar, DataType: Float32},
	} {
		if got, err := ParseTarget(target.String()); got != target || err != nil {
			t.Errorf("%s parsed to %v, error %v", target, got, err)
		}
	}
	for _, text := range []string{"", "arm64", "arm64/neon", "mips/neon/fp32", "arm64/neon/fp32/ios", "arm64/neon/fp32/android/x"} {
		if got, err := ParseTarget(text); err == nil {
			t.Errorf("%q parsed to %v", text, got)
		}
	}
}
