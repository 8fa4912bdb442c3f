package isa

import (
	"embed"
	"fmt"
	"slices"

	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
)

// Info is what generators and toolchains need to know of a vector extension.
type Info struct {
	Name spec.ISA
	// Arch is the architecture that has it; empty for Scalar, which runs on any.
	Arch spec.Arch
	// DataType of activations and weights; Lanes is the number of its values in a vector.
	DataType spec.DataType
	Lanes    int
	// Registers is the number of vector registers.
	Registers int
	// ByLane tells that a multiply-add can take one operand from a lane of a vector register
	// (rt3d_quad, rt3d_fma_lane), so that activations are loaded four at a time.
	ByLane bool
	// FoldsOperands tells that a multiply-add can take one operand from memory, a vector or a value that
	// is broadcast, and needs no register for it (RT3D_STEP_FMA_LOAD, RT3D_STEP_FMA_BROADCAST).
	FoldsOperands bool
	// NearWeights is how many bytes of weights every core with the extension holds near enough to stream
	// them into each register tile anew.
	NearWeights int
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
	return spec.Vector{Lanes: i.Lanes, Registers: i.Registers, ByLane: i.ByLane, FoldsOperands: i.FoldsOperands, NearWeights: i.NearWeights}
}

// firstLevel is what weights may take of a first-level cache, beside the input that passes by.
const firstLevel = 28 << 10

// table has one row for each vector extension and data type that it can multiply. AVX-512 prefers 512-bit vectors explicitly, because
// gcc and clang otherwise split what they vectorise themselves into 256 bits on some processors. The
// registers of Scalar are what 8 floats each leave of 16 registers of four. Weights lie near in most of the
// smallest first-level cache in use; cores with AVX-512 have a second level of half a MiB or more, from which
// they stream.
var table = []Info{
	{Name: spec.AVX512, Arch: spec.AMD64, DataType: spec.Float32, Lanes: 16, Registers: 32, FoldsOperands: true, NearWeights: 432 << 10,
		Flags:  []string{"-mavx512f", "-mavx2", "-mfma", "-mprefer-vector-width=512"},
		Header: "rt3d_avx512.h", Emulator: "qemu-x86_64-static"},
	{Name: spec.AVX2, Arch: spec.AMD64, DataType: spec.Float32, Lanes: 8, Registers: 16, NearWeights: firstLevel,
		Flags:  []string{"-mavx2", "-mfma", "-mf16c"},
		Header: "rt3d_avx2.h", Emulator: "qemu-x86_64-static"},
	{Name: spec.NEON, Arch: spec.ARM64, DataType: spec.Float32, Lanes: 4, Registers: 32, ByLane: true, NearWeights: firstLevel,
		Header: "rt3d_neon.h", Emulator: "qemu-aarch64-static"},
	{Name: spec.NEON, Arch: spec.ARM64, DataType: spec.Float16, Lanes: 8, Registers: 32, ByLane: true, NearWeights: firstLevel,
		Flags:  []string{"-march=armv8.2-a+fp16"},
		Header: "rt3d_neon_fp16.h", Emulator: "qemu-aarch64-static"},
	{Name: spec.Scalar, DataType: spec.Float32, Lanes: 8, Registers: 8, NearWeights: firstLevel,
		Header: "rt3d_scalar.h"},
}

// All lists the vector extensions, widest first, Scalar last.
func All() []Info { return append([]Info(nil), table...) }

// Of finds a vector extension with a data type.
func Of(name spec.ISA, dataType spec.DataType) (Info, error) {
	var names []spec.ISA
	var types []spec.DataType
	for _, row := range table {
		switch {
		case row.Name == name && row.DataType == dataType:
			return row, nil
		case row.Name == name:
			types = append(types, row.DataType)
		}
		if !slices.Contains(names, row.Name) {
			names = append(names, row.Name)
		}
	}
	if types == nil {
		return Info{}, fmt.Errorf("vector extension %q: want one of %v", name, names)
	}
	return Info{}, fmt.Errorf("data type %q on %s: want one of %v", dataType, name, types)
}

//go:embed include/*.h
var include embed.FS

// Header is the C header of a vector extension, complete in one file: its own macros, what the data
// type adds, and what is built on them for all. It needs libc and libm.
func Header(info Info) []byte {
	var text []byte
	names := []string{info.Header, "rt3d_common.h"}
	if info.DataType == spec.Float32 { // the others say themselves how their values become floats
		names = []string{info.Header, "rt3d_fp32.h", "rt3d_common.h"}
	}
	for i, name := range names {
		part, err := include.ReadFile("include/" + name)
		if err != nil {
			panic(err) // the files are embedded at build time
		}
		if i > 0 {
			text = append(text, '\n')
		}
		text = append(text, part...)
	}
	return text
}
