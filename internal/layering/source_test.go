package layering

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// root of the module, from here.
const root = "../.."

// eachFile parses every Go file that is neither a test nor generated, and hands it over with its path
// from the root.
func eachFile(t *testing.T, visit func(path string, files *token.FileSet, file *ast.File)) {
	t.Helper()
	seen := 0
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := e.Name()
		if e.IsDir() && (name == "testdata" || strings.HasPrefix(name, ".") && path != root) {
			return fs.SkipDir
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, ".pb.go") {
			return nil
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		seen++
		relative, err := filepath.Rel(root, path)
		visit(filepath.ToSlash(relative), files, file)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 100 {
		t.Fatalf("only %d files were seen", seen)
	}
}

// A function that others call takes at most five parameters: more are options with names.
func TestEntryPointsAreNarrow(t *testing.T) {
	eachFile(t, func(path string, files *token.FileSet, file *ast.File) {
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Name.IsExported() && f.Type.Params.NumFields() > 5 {
				t.Errorf("%s: %s takes %d parameters, want at most 5", files.Position(f.Pos()), f.Name, f.Type.Params.NumFields())
			}
		}
	})
}

// The environment decides nothing behind the caller's back: it is read where commands are and where
// compilers are found. The others hand it on to programs that they start, or ask for what only it knows.
var readsEnvironment = map[string]string{
	"kernels/toolchain/find.go":     "finds compilers",
	"remote/local/run.go":           "hands it to the programs that it runs",
	"remote/ssh/auth.go":            "the place of the user's agent",
	"remote/adb/adbdouble/start.go": "hands it to adb, in tests",
	"remote/adb/adbdouble/shell.go": "hands it to programs, in tests",
	"internal/testtool/testtool.go": "whether a missing program fails a test",
}

func TestEnvironmentIsReadInFewPlaces(t *testing.T) {
	used := map[string]bool{}
	eachFile(t, func(path string, files *token.FileSet, file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if p, ok := s.X.(*ast.Ident); !ok || p.Name != "os" || !slices.Contains([]string{"Getenv", "LookupEnv", "Environ", "ExpandEnv"}, s.Sel.Name) {
				return true
			}
			used[path] = true
			if readsEnvironment[path] == "" && !strings.HasPrefix(path, "cmd/") {
				t.Errorf("%s reads the environment: let the caller say it", files.Position(n.Pos()))
			}
			return true
		})
	})
	for path := range readsEnvironment {
		if !used[path] {
			t.Errorf("%s does not read the environment any more", path)
		}
	}
}

// What a vector extension calls its instructions is known in its header alone.
func TestIntrinsicsStayInTheirHeaders(t *testing.T) {
	intrinsic := regexp.MustCompile(`_mm(256|512)?_[a-z]|\bv(ld|st)1q|\bvfmaq|immintrin\.h|arm_neon\.h`)
	headers := 0
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && strings.HasPrefix(e.Name(), ".") && path != root {
			return fs.SkipDir
		}
		if !slices.Contains([]string{".go", ".c", ".h", ".in"}, filepath.Ext(path)) || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		found := intrinsic.Find(text)
		switch {
		case strings.HasSuffix(filepath.ToSlash(filepath.Dir(path)), "kernels/isa/include"):
			if found != nil {
				headers++
			}
		case found != nil:
			t.Errorf("%s uses %s", path, found)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if headers < 3 {
		t.Errorf("only %d headers use intrinsics: are they looked for rightly?", headers)
	}
}

// Strategies propose and learn: they know no clock, no file, no network and nobody who could cancel them.
// The search space knows even less.
func TestStrategiesAreAlone(t *testing.T) {
	eachFile(t, func(path string, files *token.FileSet, file *ast.File) {
		folder := filepath.ToSlash(filepath.Dir(path))
		if folder != "tuner/strategy" && folder != "tuner/pareto" && folder != "space" {
			return
		}
		for _, i := range file.Imports {
			name := strings.Trim(i.Path.Value, `"`)
			for _, no := range []string{"context", "time", "os", "net", "io", "log", "database", "math/rand"} {
				if name == no || strings.HasPrefix(name, no+"/") && name != "math/rand/v2" {
					t.Errorf("%s imports %s", files.Position(i.Pos()), name)
				}
			}
		}
	})
}
