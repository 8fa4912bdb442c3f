package layering

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The pages in docs/howto name files that are there, and prove by tests that are there.
func TestHowtosAreTrue(t *testing.T) {
	pages, err := filepath.Glob("../../docs/howto/*.md")
	if err != nil || len(pages) < 6 {
		t.Fatalf("pages %v, %v", pages, err)
	}
	var (
		code    = regexp.MustCompile("`([^`\n]+)`")
		file    = regexp.MustCompile(`^[a-z][a-z0-9_.-]*(/[a-zA-Z0-9_.-]*)+$`)
		command = regexp.MustCompile(`(?m)^go test \./(\S+)(?: -run (\S+))?`)
	)
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range code.FindAllStringSubmatch(string(text), -1) {
			if !file.MatchString(m[1]) {
				continue
			}
			if _, err := os.Stat(filepath.Join("../..", m[1])); err != nil {
				t.Errorf("%s names %s, which is not there", filepath.Base(page), m[1])
			}
		}
		proofs := command.FindAllStringSubmatch(string(text), -1)
		if len(proofs) == 0 && filepath.Base(page) != "README.md" {
			t.Errorf("%s has no command that proves it", filepath.Base(page))
		}
		for _, m := range proofs {
			dir, deep := strings.CutSuffix(m[1], "/...")
			tests := testsIn(t, filepath.Join("../..", dir), deep)
			for _, name := range strings.Split(strings.Trim(m[2], "'"), "|") {
				if !regexp.MustCompile(`(?m)^func Test\w*` + strings.TrimPrefix(name, "Test")).MatchString(tests) {
					t.Errorf("%s: no test %s in %s", filepath.Base(page), name, m[1])
				}
			}
		}
	}
}

// testsIn is the source of the tests of a package, or of all below it.
func testsIn(t *testing.T, dir string, deep bool) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != dir && !deep {
			return filepath.SkipDir
		}
		if strings.HasSuffix(path, "_test.go") {
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			all.Write(text)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return all.String()
}
