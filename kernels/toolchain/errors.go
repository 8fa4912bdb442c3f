package toolchain

import (
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
)

// NoCompilerError says that no compiler can build for a target, what was tried and what to install.
type NoCompilerError struct {
	Target spec.Target
	// Tried lists what was looked for and why each was not usable.
	Tried  []string
	Advice string
}

// Error implements error.
func (e *NoCompilerError) Error() string {
	return fmt.Sprintf("find a compiler for %s: none is usable (%s); %s", e.Target, strings.Join(e.Tried, "; "), e.Advice)
}

// CompileError is a file that a compiler refused.
type CompileError struct {
	// Program is the program that the file belongs to; empty when the file is common to all.
	Program string
	File    string
	// Compiler is Toolchain.String.
	Compiler string
	// Output is the beginning of what the compiler said.
	Output string
	Err    error
}

// Error implements error.
func (e *CompileError) Error() string {
	what := e.File
	if e.Program != "" {
		what = "program " + e.Program + " (" + e.File + ")"
	}
	return fmt.Sprintf("compile %s with %s: %v: %s", what, e.Compiler, e.Err, e.Output)
}

// Unwrap gives the cause.
func (e *CompileError) Unwrap() error { return e.Err }

// NoSpaceError says that the disk that holds the cache is full.
type NoSpaceError struct {
	Dir string
	Err error
}

// Error implements error.
func (e *NoSpaceError) Error() string {
	return fmt.Sprintf("build in %s: no space left on the disk: %v (free some, or choose another cache directory)", e.Dir, e.Err)
}

// Unwrap gives the cause.
func (e *NoSpaceError) Unwrap() error { return e.Err }

// full turns an error of a full disk into a NoSpaceError; compilers say it in words only.
func full(dir string, err error, said string) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || strings.Contains(said, "No space left on device") {
		return &NoSpaceError{Dir: dir, Err: err}
	}
	return err
}

// beginning cuts a compiler's output to what helps: its first lines.
func beginning(output []byte) string {
	const lines, bytes = 12, 2000
	s := strings.TrimSpace(string(output))
	if parts := strings.SplitN(s, "\n", lines+1); len(parts) > lines {
		s = strings.Join(parts[:lines], "\n") + "\n..."
	}
	if len(s) > bytes {
		s = s[:bytes] + "..."
	}
	return s
}
