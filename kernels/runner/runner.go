// Package runner holds the C that is not generated: the program that checks, times and feeds the
// generated kernels and networks on a device, its thread pool, and the contract between the two
// (rt3d_program.h). PROTOCOL.md describes what it reads and writes.
//
// The C files are real files that build alone with -Werror against any table of programs; this
// package only carries them into the Go binary. It refuses to generate kernels, to judge a sample
// and to compare a value: that is the host's work (package bench).
package runner

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

//go:embed rt3d_program.h src/*.c src/*.h
var files embed.FS

// Files maps base names to contents of the runner's C sources and headers.
func Files() map[string][]byte {
	m := make(map[string][]byte)
	err := fs.WalkDir(files, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		m[path.Base(name)], err = files.ReadFile(name)
		return err
	})
	if err != nil {
		panic("read the embedded runner: " + err.Error()) // embedded at compile time: cannot fail
	}
	return m
}

// TableFile is the base name of the program table in a binary's sources.
const TableFile = "programs.c"

// Symbol is the name of the C object of a program: a `const struct rt3d_program` with external
// linkage.
func Symbol(program string) string { return "rt3d_program_" + program }

// Table writes the program table (TableFile) for the programs with these names, in this order.
func Table(programs []string) []byte {
	var b strings.Builder
	b.WriteString("/* The table of this binary's programs. */\n#include \"rt3d_program.h\"\n\n")
	for _, p := range programs {
		fmt.Fprintf(&b, "extern const struct rt3d_program %s;\n", Symbol(p))
	}
	b.WriteString("\nconst struct rt3d_program *const rt3d_programs[] = {\n")
	for _, p := range programs {
		fmt.Fprintf(&b, "    &%s,\n", Symbol(p))
	}
	fmt.Fprintf(&b, "    0,\n};\nconst int rt3d_program_count = %d;\n", len(programs))
	return []byte(b.String())
}
