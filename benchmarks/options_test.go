package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What cannot be meant is refused by its flag, before anything is compiled or timed.
func TestFlagsAreCheckedFirst(t *testing.T) {
	dir := t.TempDir()
	page, missing := filepath.Join(dir, "page.md"), filepath.Join(dir, "nowhere", "page.md")
	if err := os.WriteFile(page, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		"layers --rounds 0":                  "--rounds 0",
		"layers --cores 100000":              "--cores: core 100000 is not one of",
		"layers --write " + missing:          "--write " + missing + ": no such file",
		"layers --write " + dir:              "want a Markdown document",
		"layers --json " + missing:           "folder " + filepath.Dir(missing) + ": no such file",
		"layers --json " + page + "/x":       page + " is not a folder",
		"sparsity --density 2":               "--density 2: want more than 0",
		"sparsity --density NaN":             "--density NaN: want more than 0",
		"recovery --seeds 0":                 "--seeds 0: want 1 or more",
		"recovery --clips -1":                "--clips -1",
		"recovery --cut NaN":                 "--cut NaN: want more than 1",
		"recovery --cut 2 --json " + missing: "folder",
	} {
		c := newRoot()
		c.SetArgs(strings.Fields(line))
		c.SetOut(io.Discard)
		c.SetErr(io.Discard)
		if err := c.ExecuteContext(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", line, err, want)
		}
	}
}
