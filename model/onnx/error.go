package onnx

import (
	"fmt"
	"strings"
)

// Error says why a file cannot be read or written. The fault lies in the file (or in the export that
// made it), not in the program.
type Error struct {
	// File is the path, or the name given to Decode.
	File string
	// Node and Op name the node and its operator; both are empty where the file as a whole is at fault.
	Node, Op string
	// Err is the cause.
	Err error
}

// Error implements error: read FILE: node "NODE" (OP): cause.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "read %s: ", e.File)
	switch {
	case e.Node != "" && e.Op != "":
		fmt.Fprintf(&b, "node %q (%s): ", e.Node, e.Op)
	case e.Node != "":
		fmt.Fprintf(&b, "node %q: ", e.Node)
	}
	fmt.Fprintf(&b, "%v", e.Err)
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }
