package spec

import (
	"fmt"
	"strings"
)

// Arch is a processor architecture in the words of Go.
type Arch string

// The architectures.
const (
	AMD64 Arch = "amd64"
	ARM64 Arch = "arm64"
)

// ISA is a vector extension; its lanes, registers and flags are in the table of kernels/isa.
type ISA string

// The vector extensions. Scalar is portable C for any architecture and the definition of the others.
const (
	AVX512 ISA = "avx512"
	AVX2   ISA = "avx2"
	NEON   ISA = "neon"
	Scalar ISA = "scalar"
)

// Target is what code is compiled for, without the compiler: that is part of a toolchain, and of
// every cache key.
type Target struct {
	Arch     Arch
	ISA      ISA
	DataType DataType
	// Android selects the NDK or a triple for Android instead of Linux.
	Android bool
}

// String prints the target, for example arm64/neon/fp32.
func (t Target) String() string {
	s := fmt.Sprintf("%s/%s/%s", t.Arch, t.ISA, t.DataType)
	if t.Android {
		s += "/android"
	}
	return s
}

// ParseTarget is the inverse of Target.String. Whether there are kernels for a target is for others to say.
func ParseTarget(text string) (Target, error) {
	parts := strings.Split(text, "/")
	if len(parts) == 4 && parts[3] == "android" || len(parts) == 3 {
		t := Target{Arch: Arch(parts[0]), ISA: ISA(parts[1]), DataType: DataType(parts[2]), Android: len(parts) == 4}
		if t.Arch == AMD64 || t.Arch == ARM64 {
			return t, nil
		}
	}
	return Target{}, fmt.Errorf("target %q: want architecture/extension/type, for example arm64/neon/fp32, with /android behind for Android", text)
}
