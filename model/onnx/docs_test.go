package onnx_test

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/model/onnx"
)

// The manual lists every operator, and no other.
func TestManualListsTheOperators(t *testing.T) {
	text, err := os.ReadFile("../../docs/operators.md")
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for _, row := range regexp.MustCompile(`(?m)^\| ([A-Z].*?) \|`).FindAllSubmatch(text, -1) {
		listed = append(listed, regexp.MustCompile(`[A-Z][A-Za-z]+`).FindAllString(string(row[1]), -1)...)
	}
	slices.Sort(listed)
	listed = slices.Compact(listed)
	if want := onnx.Operators(); !slices.Equal(listed, want) {
		t.Errorf("docs/operators.md lists %q, the reader knows %q", listed, want)
	}
}
