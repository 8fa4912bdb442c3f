package isa

import (
	"embed"
	"fmt"

	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
)

// Info is what generators and toolchains need to know of a vector extension.
type Info struct {
	Name spec.ISA
	// Arch is the architecture that has it; empty for Scalar, which runs on any.
	Arch spec.Arch
	// Lanes is the number of float32 values in a vector.
	Lanes int
	// Registers is the number of vector registers.
	Registers int
	// ByLane tells that a multiply-add can take one operand from a lane of a vector register
	// (rt3d_quad, rt3d_fma_lane), so that activations are loaded four at a time.
	ByLane bool
	// FoldsBroadcast tells that a multiply-add can broadcast an operand from memory and needs no
	// register for it.
	FoldsBroadcast bool
	// Flags are the options that gcc and clang need for it.
	Flags []string
	// Header is the base name of the header under which generated C includes Header(Name).
	Header string
	// Emulator is the program under which a host without that architecture runs such binaries;
	// times from it say nothing.
	Emulator string
}

// Vector gives the facts that schedules are checked against.
func (i Info) Vector() spec.Vector {
	return spec.Vector{Lanes: i.Lanes, Registers: i.Registers, ByLane: i.ByLane, FoldsBroadcast: i.FoldsBroadcast}
}

// table has one row for each vector extension. AVX-512 prefers 512-bit vectors explicitly, because
// gcc and clang otherwise split what they vectorise themselves into 256 bits on some processors. The
// registers of Scalar are what 8 floats each leave of 16 registers of four.
var table = []Info{
	{Name: spec.AVX512, Arch: spec.AMD64, Lanes: 16, Registers: 32, FoldsBroadcast: true,
		Flags:  []string{"-mavx512f", "-mavx2", "-mfma", "-mprefer-vector-width=512"},
		Header: "rt3d_avx512.h", Emulator: "qemu-x86_64-static"},
	{Name: spec.AVX2, Arch: spec.AMD64, Lanes: 8, Registers: 16,
		Flags:  []string{"-mavx2", "-mfma"},
		Header: "rt3d_avx2.h", Emulator: "qemu-x86_64-static"},
	{Name: spec.NEON, Arch: spec.ARM64, Lanes: 4, Registers: 32, ByLane: true,
		Header: "rt3d_neon.h", Emulator: "qemu-aarch64-static"},
	{Name: spec.Scalar, Lanes: 8, Registers: 8,
		Header: "rt3d_scalar.h"},
}

// All lists the vector extensions, widest first, Scalar last.
func All() []Info { return append([]Info(nil), table...) }

// Of finds a vector extension.
func Of(name spec.ISA) (Info, error) {
	for _, i := range table {
		if i.Name == name {
			return i, nil
		}
	}
	names := make([]spec.ISA, len(table))
	for i, row := range table {
		names[i] = row.Name
	}
	return Info{}, fmt.Errorf("vector extension %q: want one of %v", name, names)
}

//go:embed include/*.h
var include embed.FS

// Header is the C header of a vector extension, complete in one file: its own macros and those that
// are built on them for all. It needs libc and libm. It panics for a name that Of refuses, because
// that is a programming error.
func Header(name spec.ISA) []byte {
	info, err := Of(name)
	if err != nil {
		panic(err)
	}
	own, err := include.ReadFile("include/" + info.Header)
	if err != nil {
		panic(err) // the file is embedded at build time
	}
	common, err := include.ReadFile("include/rt3d_common.h")
	if err != nil {
		panic(err)
	}
	return append(append(append([]byte(nil), own...), '\n'), common...)
}
