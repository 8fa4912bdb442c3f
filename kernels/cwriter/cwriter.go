// Package cwriter writes C with indentation. It is the only place that knows how generated C is
// indented, and it keeps the first write error so that generators need not check every line. It
// refuses to know what the lines mean.
package cwriter

import (
	"fmt"
	"io"
	"strings"
)

// Writer prints lines at the current depth. The zero Writer is not usable; call New.
type Writer struct {
	out   io.Writer
	depth int
	err   error
}

// New writes to out.
func New(out io.Writer) *Writer { return &Writer{out: out} }

// Line prints one line; without arguments format is printed as it is. An empty line has no indentation.
func (w *Writer) Line(format string, args ...any) {
	if w.err != nil {
		return
	}
	text := format
	if len(args) > 0 {
		text = fmt.Sprintf(format, args...)
	}
	if text != "" {
		text = strings.Repeat("  ", w.depth) + text
	}
	_, w.err = io.WriteString(w.out, text+"\n")
}

// Open prints a line that ends in an opening brace and indents what follows.
func (w *Writer) Open(format string, args ...any) {
	w.Line(format, args...)
	w.depth++
}

// Indent goes one level deeper after a line that opened a block by itself, for example "} else {".
func (w *Writer) Indent() { w.depth++ }

// Close ends a block opened by Open.
func (w *Writer) Close() { w.CloseWith("}") }

// CloseWith ends a block with another closing line, for example "};" or "} while (0);".
func (w *Writer) CloseWith(closing string) {
	if w.depth == 0 && w.err == nil {
		w.err = fmt.Errorf("write C: %q closes a block that was not opened", closing)
	}
	if w.err != nil {
		return
	}
	w.depth--
	w.Line("%s", closing)
}

// Err is the first error of any write, or says that blocks are still open.
func (w *Writer) Err() error {
	if w.err == nil && w.depth > 0 {
		return fmt.Errorf("write C: %d block(s) left open", w.depth)
	}
	return w.err
}
