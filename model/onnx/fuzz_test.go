package onnx_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/model/onnx"
)

// Whatever the bytes, reading gives a graph whose shapes are sound or an *onnx.Error; it never panics.
// What was read can be written, and what was written can be read.
func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("testdata/*.onnx")
	if err != nil || len(files) == 0 {
		f.Fatalf("golden files: %v, %v", files, err)
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, form := range forms {
		f.Add(file(f, form.opset, form.input, form.body...))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		g, err := onnx.Decode("fuzz", data)
		if err != nil {
			var e *onnx.Error
			if !errors.As(err, &e) {
				t.Fatalf("error %v is not an *onnx.Error", err)
			}
			return
		}
		if _, err := g.Shapes(); err != nil {
			t.Fatalf("a graph that was read has no shapes: %v", err)
		}
		var b bytes.Buffer
		if err := onnx.Write(&b, g); err != nil {
			return // a name that the weights need may be taken
		}
		if _, err := onnx.Decode("again", b.Bytes()); err != nil {
			t.Fatalf("a file that was written cannot be read: %v", err)
		}
	})
}
