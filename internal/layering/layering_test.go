package layering

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/rt3d-tune/rt3d-tune/"

// mayImport lists, for each top-level package, the others of ours that it and its sub-packages may
// import outside tests. internal/ is for everyone.
var mayImport = map[string][]string{
	"model":      {},
	"space":      {},
	"compare":    {},
	"remote":     {},
	"results":    {},
	"kernels":    {"model"},
	"prune":      {"model"},
	"bench":      {"model", "kernels", "remote", "results"},
	"accuracy":   {"model", "kernels", "bench", "remote"},
	"ci":         {"kernels", "bench", "remote", "results", "compare"},
	"tuner":      {"model", "space", "kernels", "bench", "results", "accuracy", "prune", "remote", "compare"},
	"reports":    {"results", "compare"},
	"configs":    {"accuracy", "remote", "compare"},
	"benchmarks": {"model", "kernels", "prune", "bench", "accuracy", "remote", "space", "results", "tuner"},
	"cmd":        {"model", "space", "remote", "results", "kernels", "prune", "bench", "accuracy", "tuner", "ci", "compare", "reports", "configs"},
	"internal":   {},
}

// within narrows some sub-packages further than their top-level package.
var within = map[string][]string{
	"kernels/spec":    {"model"},
	"kernels/isa":     {"kernels/spec", "kernels/cwriter"},
	"kernels/cwriter": {},
	"kernels/runner":  {},
	"kernels/export":  {"kernels", "model"},

	"kernels/runner/runnertest": {"kernels/runner"},

	"remote/local":    {"remote"},
	"remote/ssh":      {"remote"},
	"remote/adb":      {"remote"},
	"model/onnx":      {"model"},
	"model/reference": {"model"},
	"tuner/pareto":    {},
}

func TestArrowsPointDown(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", module+"...").Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("go list: %s", exit.Stderr)
		}
		t.Fatal(err)
	}
	seen := 0
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		seen++
		name := strings.TrimPrefix(p.ImportPath, module)
		top, _, _ := strings.Cut(name, "/")
		allowed, known := mayImport[top]
		if !known {
			t.Errorf("%s: top-level package %q is not in the table; say what it may import", name, top)
			continue
		}
		for _, full := range p.Imports {
			imported, ours := strings.CutPrefix(full, module)
			if !ours {
				continue
			}
			importedTop, _, _ := strings.Cut(imported, "/")
			if importedTop != top && importedTop != "internal" && !contains(allowed, importedTop) {
				t.Errorf("%s imports %s: %s may import only %v", name, imported, top, allowed)
			}
			if narrow, ok := narrowed(name); ok && importedTop != "internal" && !strings.HasPrefix(imported, name+"/") && !contains(narrow, imported) {
				t.Errorf("%s imports %s: it may import only %v", name, imported, narrow)
			}
		}
	}
	if seen < len(mayImport) {
		t.Errorf("only %d packages were seen", seen)
	}
}

// narrowed finds the rule of the package or of the nearest folder above it.
func narrowed(name string) ([]string, bool) {
	for {
		if rule, ok := within[name]; ok {
			return rule, true
		}
		cut := strings.LastIndex(name, "/")
		if cut < 0 {
			return nil, false
		}
		name = name[:cut]
	}
}

func contains(list []string, s string) bool {
	for _, e := range list {
		if e == s || strings.HasPrefix(s, e+"/") {
			return true
		}
	}
	return false
}
