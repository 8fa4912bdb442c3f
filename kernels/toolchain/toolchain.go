package toolchain

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
)

// Kind names a family of compilers.
type Kind string

// The families.
const (
	GCC   Kind = "gcc"
	Clang Kind = "clang"
	NDK   Kind = "ndk"
	Zig   Kind = "zig"
)

// Toolchain is one compiler that is known to build static programs for a target.
type Toolchain struct {
	Kind   Kind
	Target spec.Target
	// Command is the program and the arguments that select the target; it compiles and links.
	Command []string
	// LinkFlags are added when it links.
	LinkFlags []string
	// Version as the compiler states it, for example "12.2.0".
	Version string
	// Triple of the machine that it builds for, for example "aarch64-linux-gnu".
	Triple string
	// Banner is the first line of its --version: distributions state their patches there.
	Banner string
}

// String names the compiler for people and for provenance: family, version and triple.
func (t Toolchain) String() string {
	return fmt.Sprintf("%s %s %s", t.Kind, t.Version, t.Triple)
}

// Identity is a hash of everything that tells this compiler from another. It is part of every cache
// key.
func (t Toolchain) Identity() string {
	h := sha256.New()
	for _, s := range []string{string(t.Kind), t.Version, t.Triple, t.Banner,
		strings.Join(t.Command, "\x00"), strings.Join(t.LinkFlags, "\x00")} {
		fmt.Fprintf(h, "%d:%s\n", len(s), s)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// BaseFlags are the compile flags of every file. Contraction is off, so that a product and a sum are
// fused exactly where the generator says so and all compilers agree on the bits.
func BaseFlags() []string {
	return []string{"-std=c11", "-O3", "-Wall", "-Wextra", "-ffp-contract=off", "-pthread"}
}

// Flags are the compile flags of generated files: BaseFlags, those of the vector extension, OrderFlags and
// plainLoopFlags.
func (t Toolchain) Flags() ([]string, error) {
	info, err := isa.Of(t.Target.ISA, t.Target.DataType)
	if err != nil {
		return nil, fmt.Errorf("choose flags for %s: %w", t.Target, err)
	}
	return slices.Concat(BaseFlags(), info.Flags, OrderFlags(t.Kind, info), plainLoopFlags(t.Kind, info)), nil
}

// plainLoopFlags leave loops as they are where the generator writes vectors itself: gcc spends half of its time
// on looking for more of them in register tiles, in vain.
func plainLoopFlags(k Kind, info isa.Info) []string {
	if k == GCC && info.Name != spec.Scalar {
		return []string{"-fno-tree-vectorize"}
	}
	return nil
}

// OrderFlags keep multiply-adds by lane and their loads in the order in which the generator wrote them.
// Left to schedule them, gcc and clang load all operands of a register tile's loop at once, run out of
// registers and spill (kernels/inspect counts).
func OrderFlags(k Kind, info isa.Info) []string {
	switch {
	case !info.ByLane:
		return nil
	case k == GCC:
		return []string{"-fno-schedule-insns"}
	}
	return []string{"-mllvm", "-enable-misched=0"}
}

// linkFlags are the flags of every link: nothing is needed on the device.
func linkFlags() []string { return []string{"-static", "-pthread"} }
