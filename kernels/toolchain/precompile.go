package toolchain

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
)

// worthPrecompiling is the number of programs from which a header is precompiled: that takes as long as
// reading it in three or four of them.
const worthPrecompiling = 4

// precompile puts the header of the vector extension, precompiled, beside the sources, and gives the flags
// with which programs use it. Most of the time to compile a small layer is reading what the compiler's own
// header of intrinsics declares; gcc maps a precompiled one into memory. Nothing else changes: the objects
// are the same, byte by byte. No flags mean that programs are compiled as usual.
func (b *build) precompile(ctx context.Context, dir string) ([]string, error) {
	info, err := isa.Of(b.toolchain.Target.ISA, b.toolchain.Target.DataType)
	if err != nil {
		return nil, err
	}
	header := info.Header
	if _, there := b.request.Files[header]; !there || b.toolchain.Kind != GCC {
		return nil, nil
	}
	use := []string{"-include", header}
	beside := filepath.Join(dir, header+".gch") // where gcc looks first when it is to include the header
	kept := filepath.Join(b.request.CacheDir, "objects", hash("precompiled", b.identity, strings.Join(b.flags, "\x00"), b.headers)+".gch")
	if !hit(kept) {
		if len(b.request.ProgramFiles) < worthPrecompiling {
			return nil, nil
		}
		made := header + ".made"
		args := slices.Concat(b.toolchain.Command, b.flags, []string{"-x", "c-header", header, "-o", made})
		if _, err := run(ctx, dir, args); err != nil {
			if ctx.Err() != nil {
				return nil, fmt.Errorf("precompile %s: %w", header, ctx.Err())
			}
			return nil, nil // what is wrong with the header is said of the first program that includes it
		}
		if err := b.keep(filepath.Join(dir, made), kept); err != nil {
			return nil, err
		}
	}
	switch err := os.Link(kept, beside); {
	case err == nil:
		return use, nil
	case errors.Is(err, fs.ErrNotExist): // another process has just trimmed the cache
		return nil, nil
	default:
		return nil, full(b.request.CacheDir, fmt.Errorf("take precompiled header from the cache: %w", err), "")
	}
}
