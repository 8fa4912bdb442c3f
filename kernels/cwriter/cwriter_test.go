package cwriter

import (
	"errors"
	"strings"
	"testing"
)

func TestWriterIndents(t *testing.T) {
	var b strings.Builder
	w := New(&b)
	w.Open("int f(int n) {")
	w.Open("for (int i = 0; i < %d; ++i) {", 3)
	w.Line("%s", "n %= 100;")
	w.Close()
	w.Line("")
	w.CloseWith("};")
	if err := w.Err(); err != nil {
		t.Fatal(err)
	}
	want := "int f(int n) {\n  for (int i = 0; i < 3; ++i) {\n    n %= 100;\n  }\n\n};\n"
	if b.String() != want {
		t.Errorf("got:\n%s\nwant:\n%s", b.String(), want)
	}
}

func TestWriterCountsBlocks(t *testing.T) {
	var b strings.Builder
	w := New(&b)
	w.Open("{")
	if w.Err() == nil {
		t.Error("an open block is not reported")
	}
	w.Close()
	if err := w.Err(); err != nil {
		t.Error(err)
	}
	w.Close()
	if w.Err() == nil {
		t.Error("closing what was not opened is not reported")
	}
}

type full struct{ left int }

var errFull = errors.New("no space")

func (f *full) Write(p []byte) (int, error) {
	if f.left--; f.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestWriterKeepsFirstError(t *testing.T) {
	f := &full{left: 1}
	w := New(f)
	w.Open("{")
	w.Line("lost")
	f.left = 10
	w.Line("lost too")
	w.Close()
	if !errors.Is(w.Err(), errFull) {
		t.Errorf("got %v, want the write error", w.Err())
	}
	if f.left != 10 {
		t.Error("wrote after an error")
	}
}
