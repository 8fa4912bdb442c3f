package conv_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/internal/testtool"
	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
)

// TestCompilersAcceptGolden compiles the golden kernels as programs are compiled, with gcc and clang,
// AVX-512 for real: warnings are errors.
func TestCompilersAcceptGolden(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	files, err := filepath.Glob("testdata/golden/*.c")
	if err != nil || len(files) < 10 {
		t.Fatalf("golden kernels: %d files, %v", len(files), err)
	}
	for _, compiler := range []string{"gcc", "clang-19"} {
		for _, file := range files {
			name, _, _ := strings.Cut(filepath.Base(file), "_")
			info := mustOf(t, spec.ISA(name))
			t.Run(compiler+"/"+filepath.Base(file), func(t *testing.T) {
				command := []string{testtool.Need(t, compiler)}
				if info.Arch == spec.ARM64 && compiler == "gcc" {
					command[0] = testtool.Need(t, "aarch64-linux-gnu-gcc")
				} else if info.Arch == spec.ARM64 {
					command = append(command, "--target=aarch64-linux-gnu")
				}
				compileGolden(t, append(command, info.Flags...), file, info)
			})
		}
	}
}

func compileGolden(t *testing.T, command []string, file string, info isa.Info) {
	t.Helper()
	kernel, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var source bytes.Buffer
	source.WriteString("#include \"" + info.Header + "\"\n")
	source.Write(kernel)
	// The address makes the function used.
	source.WriteString("void (*const used)(const rt3d_value *, rt3d_value *, const rt3d_value *, const unsigned char *, float *, int, int, int) = kernel;\n")
	for name, data := range map[string][]byte{"kernel.c": source.Bytes(), info.Header: isa.Header(info)} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	command = append(command, "-std=c11", "-O3", "-Wall", "-Wextra", "-Werror", "-c", "-o", filepath.Join(dir, "kernel.o"), filepath.Join(dir, "kernel.c"))
	if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%.3000s", strings.Join(command, " "), err, out)
	}
}
