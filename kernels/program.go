package kernels

import (
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
)

// Program is one thing that can be built and run: a whole network, or a graph of a single
// convolution when a kernel is tuned by itself.
type Program struct {
	// Name is unique within one binary; letters, digits and '_', starting with a letter.
	Name  string
	Graph *model.Graph
	// Schedules by name of the convolution's node. A convolution without one gets the default
	// schedule of its workload and target.
	Schedules map[string]spec.Schedule
	// Threads is the number of threads the program is planned for; 1 or more.
	Threads int
	// Drag is a loop that does nothing, of so many rounds, at the end of each run; 0 means none. A build
	// that is known to be slower shows whether a comparison finds it.
	Drag int
}

// Source is the generated C of one binary: one or more programs that share the runner.
type Source struct {
	Target spec.Target
	// Files maps base names to contents. The runner's own files are included.
	Files map[string][]byte
	// Programs lists the names in the order of the binary's program table.
	Programs []string
	// ProgramFiles says which program a file belongs to: base name of the .c file to the program's
	// name. A file that no program owns belongs to the whole binary. When such a file does not
	// compile, its program is left out and the others are still built; runner.Table writes the table
	// (programs.c) of those that are left.
	ProgramFiles map[string]string
}
