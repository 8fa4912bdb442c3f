// Package runnertest has programs written by hand against the runner's contract: good ones and ones
// that crash, hang, err or dawdle. It is for tests of what runs programs, and it refuses to be anything
// that a kernel could be measured against.
package runnertest

import (
	_ "embed"
	"encoding/binary"
	"fmt"
	"math"
	"strings"

	"github.com/rt3d-tune/rt3d-tune/kernels/runner"
)

// Behaviour is what a program does beside its work.
type Behaviour string

// The behaviours.
const (
	Good      Behaviour = "GOOD"
	Segv      Behaviour = "SEGV"       // dies of SIGSEGV in its first execution
	SegvLater Behaviour = "SEGV_LATER" // dies of SIGSEGV in a later execution, after its answer
	Ill       Behaviour = "ILL"        // executes an instruction that does not exist
	Abort     Behaviour = "ABORT"
	Exit      Behaviour = "EXIT" // ends the process by itself
	Hang      Behaviour = "HANG"
	Slow      Behaviour = "SLOW"      // takes 30 milliseconds
	Tardy     Behaviour = "TARDY"     // takes 0.2 milliseconds: on a busy machine too, few executions are interrupted
	Wrong     Behaviour = "WRONG"     // one output value is off by 1
	Forgetful Behaviour = "FORGETFUL" // the answer changes from execution to execution
	Broken    Behaviour = "BROKEN"    // does not compile
)

// Count is the number of inputs and outputs of every program, Threads what they are planned for.
const (
	Count   = 1000
	Threads = 4
)

//go:embed program.c.in
var programText string

//go:embed peak.c.in
var peakText string

// Program is the C file of a program: output i is the blob's factor times input i.
func Program(name string, b Behaviour) []byte {
	if b == Broken {
		return []byte("#error this program does not compile\n")
	}
	text := strings.ReplaceAll(programText, "NAME", name)
	return []byte(strings.ReplaceAll(text, "BEHAVIOUR", string(b)))
}

// Blob is a program's blob.
func Blob(factor float32) []byte {
	return binary.LittleEndian.AppendUint32(nil, math.Float32bits(factor))
}

// Sources are all files of a binary without its table, and which program each file belongs to. With
// missing, the binary says that the processor lacks its vector extension.
func Sources(programs map[string]Behaviour, missing bool) (files map[string][]byte, owners map[string]string) {
	files, owners = runner.Files(), map[string]string{}
	text := "0"
	if missing {
		text = "1"
	}
	files["rt3d_peak.c"] = []byte(strings.ReplaceAll(peakText, "MISSING", text))
	for name, b := range programs {
		file := fmt.Sprintf("program_%s.c", name)
		files[file] = Program(name, b)
		owners[file] = name
	}
	return files, owners
}
