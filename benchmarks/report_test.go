package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	x := table{header: []string{"layer", "ms", "how"}, left: []int{0, 2}}
	x.add(false, "conv1", milliseconds(1.23456), "a")
	x.add(true, "conv2", milliseconds(123.456), "bcde")
	want := `| layer   |    ms | how  |
| ------- | ----: | ---- |
| conv1   | 1.235 | a    |
| conv2 * | 123.5 | bcde |
`
	if got := x.markdown(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if !x.marked {
		t.Error("nothing tells that a row is marked")
	}
}

func TestMilliseconds(t *testing.T) {
	for ms, want := range map[float64]string{0.01234: "0.012", 9.8765: "9.877", 10: "10.00", 99.999: "100.00", 1234.5: "1234"} {
		if got := milliseconds(ms); got != want {
			t.Errorf("%v: %q, want %q", ms, got, want)
		}
	}
}

func TestWriteSection(t *testing.T) {
	begin, end := markers("layers")
	other, otherEnd := markers("networks c3d")
	path := filepath.Join(t.TempDir(), "page.md")
	page := "# Title\n\n" + begin + "old\n" + end + "\nprose\n\n" + other + otherEnd
	if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
		t.Fatal(err)
	}
	for range 2 { // writing again replaces what was written
		if err := writeSection(path, "layers", "new\n"); err != nil {
			t.Fatal(err)
		}
	}
	want := "# Title\n\n" + begin + "\nnew\n\n" + end + "\nprose\n\n" + other + otherEnd
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("%v, got\n%s\nwant\n%s", err, got, want)
	}
	for _, section := range []string{"sparsity", "networks"} {
		if err := writeSection(path, section, "new"); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("section %s, which the page does not have: %v", section, err)
		}
	}
}

// Every section that a comparison writes has its place in the manual.
func TestDocumentHasSections(t *testing.T) {
	content, err := os.ReadFile("../docs/benchmarks.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, section := range []string{"layers c3d", "layers r2plus1d-18", "layers r3d-18", "layers s3d", "algorithms c3d", "sparsity",
		"networks c3d", "networks r2plus1d-18", "networks r3d-18", "networks s3d", "networks s3d-rt3d"} {
		begin, end := markers(section)
		if strings.Count(string(content), begin) != 1 || strings.Count(string(content), end) != 1 {
			t.Errorf("docs/benchmarks.md: want %q and %q, once each", begin, end)
		}
	}
}

func TestCommand(t *testing.T) {
	got := command("layers", []string{"--write", "docs/x.md", "--layer", "c3d/conv*", "--json=f", "--rounds=3", "--json", "g"})
	if want := "go run ./benchmarks layers --layer 'c3d/conv*' --rounds=3"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
