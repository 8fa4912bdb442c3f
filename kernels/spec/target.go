package spec

import "fmt"

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
