package toolchain

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/internal/testtool"
	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/runner/runnertest"
)

// withHeader is a request of so many programs that include the header of the vector extension.
func withHeader(t *testing.T, tc Toolchain, programs int) (r Request, header string) {
	t.Helper()
	info, err := isa.Of(tc.Target.ISA, tc.Target.DataType)
	if err != nil {
		t.Fatal(err)
	}
	wanted := map[string]runnertest.Behaviour{}
	for i := range programs {
		wanted[fmt.Sprintf("p%d", i)] = runnertest.Good
	}
	r = request(t, wanted)
	r.CacheDir = t.TempDir()
	r.Files[info.Header] = isa.Header(info)
	for file := range r.ProgramFiles {
		r.Files[file] = append([]byte(fmt.Sprintf("#include <math.h>\n#include %q\n", info.Header)), r.Files[file]...)
	}
	return r, info.Header
}

func cached(t *testing.T, r Request, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(r.CacheDir, "objects", pattern))
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// gcc reads the header once for many programs, and makes the same objects as when it reads it in each. A
// precompiled header that is gone is made again, and another header is another one.
func TestPrecompiledHeaderChangesNothing(t *testing.T) {
	all, err := Find(t.Context(), amd64)
	if err != nil {
		testtool.Missing(t, err.Error())
	}
	for _, tc := range all {
		build := func(r Request) {
			t.Helper()
			if b, err := tc.Build(t.Context(), r); err != nil || len(b.Refused) > 0 {
				t.Fatalf("%s: %v, refused %v", tc, err, b.Refused)
			}
		}
		many, header := withHeader(t, tc, worthPrecompiling)
		build(many)
		want := 0
		if tc.Kind == GCC {
			want = 1
		}
		if n := len(cached(t, many, "*.gch")); n != want {
			t.Errorf("%s: %d precompiled headers for %d programs, want %d", tc, n, worthPrecompiling, want)
		}
		one, _ := withHeader(t, tc, 1)
		build(one)
		if n := len(cached(t, one, "*.gch")); n != 0 {
			t.Errorf("%s: %d precompiled headers for one program", tc, n)
		}
		same := 0
		for _, path := range cached(t, one, "*.o") {
			a, errA := os.ReadFile(path)
			b, errB := os.ReadFile(filepath.Join(many.CacheDir, "objects", filepath.Base(path)))
			if errA == nil && errB == nil && bytes.Equal(a, b) {
				same++
			}
		}
		if total := len(cached(t, one, "*.o")); same < total-1 { // the table of one program is no table of many
			t.Errorf("%s: %d of %d objects are the same with a precompiled header", tc, same, total)
		}
		if tc.Kind != GCC {
			continue
		}
		for _, path := range cached(t, many, "*.gch") {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}
		for file := range many.ProgramFiles {
			many.Files[file] = append(many.Files[file], "\n/* another program */\n"...)
		}
		build(many)
		many.Files[header] = append([]byte("/* another header */\n"), many.Files[header]...)
		build(many)
		if n := len(cached(t, many, "*.gch")); n != 2 {
			t.Errorf("%s: %d precompiled headers of two headers", tc, n)
		}
	}
	// What is wrong with the header is said of a program.
	for _, tc := range all {
		broken, header := withHeader(t, tc, worthPrecompiling)
		broken.Files[header] = []byte("#error this header is broken\n")
		if _, err := tc.Build(t.Context(), broken); err == nil || !strings.Contains(err.Error(), "this header is broken") {
			t.Errorf("%s: a broken header: %v", tc, err)
		}
	}
}
