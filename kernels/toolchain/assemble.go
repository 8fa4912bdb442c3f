package toolchain

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// Assemble compiles one of some files as Build would and gives the assembly text, equal functions
// included. Errors are
// *CompileError, *NoSpaceError, or what the file system said.
func (t Toolchain) Assemble(ctx context.Context, files map[string][]byte, name string) (string, error) {
	flags, err := t.Flags()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "rt3d-assemble-")
	if err != nil {
		return "", full("", fmt.Errorf("make a directory: %w", err), "")
	}
	defer os.RemoveAll(dir)
	for file, content := range files {
		if err := os.WriteFile(filepath.Join(dir, file), content, 0o644); err != nil {
			return "", full(dir, fmt.Errorf("write source: %w", err), "")
		}
	}
	if t.Kind == GCC {
		flags = append(flags, "-fno-ipa-icf") // which would write equal functions once
	}
	const made = "assembly.s"
	args := slices.Concat(t.Command, flags, []string{"-S", name, "-o", made})
	out, err := run(ctx, dir, args)
	if ctx.Err() != nil {
		return "", fmt.Errorf("assemble %s: %w", name, ctx.Err())
	}
	if err != nil {
		return "", full(dir, &CompileError{File: name, Compiler: t.String(), Output: beginning(out), Err: err}, string(out))
	}
	text, err := os.ReadFile(filepath.Join(dir, made))
	if err != nil {
		return "", fmt.Errorf("read assembly: %w", err)
	}
	return string(text), nil
}
