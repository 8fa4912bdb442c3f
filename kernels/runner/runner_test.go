package runner_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/internal/testtool"
	"github.com/rt3d-tune/rt3d-tune/kernels/runner"
	"github.com/rt3d-tune/rt3d-tune/kernels/runner/runnertest"
)

var strict = []string{"-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-pthread", "-static"}

// compile builds C files in a directory of their own and returns the executable.
func compile(t *testing.T, compiler string, flags []string, files map[string][]byte) string {
	t.Helper()
	testtool.Need(t, compiler)
	dir := t.TempDir()
	args := append([]string{}, flags...)
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, ".c") {
			args = append(args, name)
		}
	}
	cmd := exec.Command(compiler, append(args, "-o", "program", "-lm")...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	return filepath.Join(dir, "program")
}

// sources are the runner, handmade programs and their table.
func sources(programs map[string]runnertest.Behaviour, missing bool) map[string][]byte {
	files, _ := runnertest.Sources(programs, missing)
	var names []string
	for n := range programs {
		names = append(names, n)
	}
	files[runner.TableFile] = runner.Table(names)
	return files
}

func TestBuildsAloneWithEveryCompiler(t *testing.T) {
	for _, compiler := range []string{"gcc", "clang-19", "aarch64-linux-gnu-gcc"} {
		t.Run(compiler, func(t *testing.T) {
			compile(t, compiler, strict, sources(map[string]runnertest.Behaviour{"a": runnertest.Good}, false))
		})
	}
}

// component builds a C test with the part of the runner that it tests, without main.
func component(t *testing.T, flags []string, test string, parts ...string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", test))
	if err != nil {
		t.Fatal(err)
	}
	all := runner.Files()
	files := map[string][]byte{test: content}
	for name, text := range all {
		if strings.HasSuffix(name, ".h") {
			files[name] = text
		}
	}
	for _, p := range parts {
		files[p] = all[p]
	}
	return compile(t, "gcc", flags, files)
}

func output(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command(args[0], args[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
	return string(out)
}

func TestPool(t *testing.T) {
	output(t, component(t, strict, "pool_test.c", "rt3d_pool.c"), "2000")
}

func TestPoolHasNoRaces(t *testing.T) {
	if testing.Short() {
		t.Skip("a thread sanitizer is slow")
	}
	flags := []string{"-std=c11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-pthread", "-fsanitize=thread"}
	output(t, component(t, flags, "pool_test.c", "rt3d_pool.c"), "300")
}

func TestSHA256(t *testing.T) {
	program := component(t, strict, "values_test.c", "rt3d_sha256.c", "rt3d_input.c")
	for _, n := range []int{0, 1, 3, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 1000, 100003} {
		data := make([]byte, n)
		for i := range data {
			data[i] = byte(i * 7)
		}
		sum := sha256.Sum256(data)
		want := hex.EncodeToString(sum[:])
		if got := output(t, program, "sha256", fmt.Sprint(n)); got != want+"\n"+want+"\n" {
			t.Errorf("SHA-256 of %d bytes, in pieces and whole: %q, want %s", n, got, want)
		}
	}
}

// one is a good program's binary, built once.
var one = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "rt3d-runner-test-")
	return dir, err
})

func goodBinary(t *testing.T) (program, blob string) {
	t.Helper()
	dir, err := one()
	if err != nil {
		t.Fatal(err)
	}
	program, blob = filepath.Join(dir, "program"), filepath.Join(dir, "blob")
	if _, err := os.Stat(program); err == nil {
		return program, blob
	}
	built := compile(t, "gcc", strict, sources(map[string]runnertest.Behaviour{"good": runnertest.Good, "later": runnertest.SegvLater}, false))
	if err := os.WriteFile(blob, runnertest.Blob(3), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(built, program); err != nil {
		t.Fatal(err)
	}
	return program, blob
}

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, err := one(); err == nil {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}

// run executes a binary and returns what it wrote and its exit status.
func run(t *testing.T, stdin string, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	var out, errOut bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &errOut
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return out.String(), errOut.String(), cmd.ProcessState.ExitCode()
}

func TestExitStatus(t *testing.T) {
	program, blob := goodBinary(t)
	wrong := filepath.Join(t.TempDir(), "wrong")
	if err := os.WriteFile(wrong, []byte("not a blob"), 0o644); err != nil {
		t.Fatal(err)
	}
	missing := compile(t, "gcc", strict, sources(map[string]runnertest.Behaviour{"good": runnertest.Good}, true))
	clip := strings.Repeat("\x00", 4*runnertest.Count)
	cases := []struct {
		name   string
		args   []string
		stdin  string
		status int
		stderr string
		stdout int // bytes
	}{
		{"no mode", []string{program}, "", 2, "usage", 0},
		{"unknown mode", []string{program, "dance"}, "", 2, "usage", 0},
		{"unknown option", []string{program, "eval", "--fast", "1"}, "", 2, "usage", 0},
		{"no value", []string{program, "eval", "--blob"}, "", 2, "usage", 0},
		{"bad cores", []string{program, "eval", "--cores", "1,,2"}, "", 2, "usage", 0},
		{"bad threads", []string{program, "eval", "--threads", "0"}, "", 2, "usage", 0},
		{"no program given", []string{program, "eval", "--blob", blob}, "", 2, "usage", 0},
		{"no such program", []string{program, "eval", "--program", "x", "--blob", blob}, "", 3, "no such program", 0},
		{"no such blob", []string{program, "eval", "--program", "good", "--blob", blob + "x"}, "", 3, "cannot read the blob: No such file", 0},
		{"foreign blob", []string{program, "eval", "--program", "good", "--blob", wrong}, "", 3, "does not belong", 0},
		{"too many threads", []string{program, "eval", "--program", "good", "--blob", blob, "--threads", "5"}, "", 3, "more threads", 0},
		{"no clip", []string{program, "eval", "--program", "good", "--blob", blob}, "", 0, "", 0},
		{"two clips", []string{program, "eval", "--program", "good", "--blob", blob, "--threads", "4"}, clip + clip, 0, "", 8 * runnertest.Count},
		{"half a clip", []string{program, "eval", "--program", "good", "--blob", blob}, clip + clip[:10], 4, "clip 1", 4 * runnertest.Count},
		{"missing vector extension, eval", []string{missing, "eval", "--program", "good", "--blob", blob}, clip, 6, "no scalar", 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			stdout, stderr, status := run(t, c.stdin, c.args...)
			if status != c.status || !strings.Contains(stderr, c.stderr) || len(stdout) != c.stdout {
				t.Errorf("status %d, stderr %q, %d bytes of output: want %d, %q, %d", status, stderr, len(stdout), c.status, c.stderr, c.stdout)
			}
		})
	}
	t.Run("missing vector extension, measure", func(t *testing.T) {
		stdout, stderr, status := run(t, "", missing, "measure", "--nonce", "n")
		if status != 6 || !strings.Contains(stdout, `"isa_missing":true`) || !strings.Contains(stderr, "no scalar") {
			t.Errorf("status %d, %q, %q: want 6 and a hello that says so", status, stdout, stderr)
		}
	})
}

// Jobs that are wrong fail by themselves, and the next one runs.
func TestBadJobs(t *testing.T) {
	program, blob := goodBinary(t)
	good := "key=last program=good blob=" + blob + " max_ns=1000000 warm_min_ns=1 warm_max_ns=1 min_samples=1 max_samples=2 positions=0,999"
	cases := []struct{ line, text string }{
		{"key=k program=good", "key, program and blob are needed"},
		{"key=k program=good blob=" + blob + " speed=9", "unknown field"},
		{"key=k program=good blob=" + blob + " nonsense", "field without ="},
		{"key=k program=good blob=" + blob + " seed=-1", "bad seed"},
		{"key=k program=good blob=" + blob + " positions=1,x", "bad positions"},
		{"key=k program=good blob=" + blob + " positions=1000", "outside of the output"},
		{"key=k program=good blob=" + blob + " threads=0", "bad threads"},
		{"key=k program=good blob=" + blob + " timed=some", "timed is neither"},
		{"key=k program=good blob=" + blob + " step_rounds=0", "bad step_rounds"},
		{"key=k program=good blob=" + blob + " max_ns=1e9", "bad duration"},
		{"key=k program=good blob=" + blob + " min_samples=9 max_samples=3", "less than min_samples"},
		{"key=k program=none blob=" + blob, "no such program"},
		{"key=k program=good blob=/nowhere", "cannot read the blob"},
	}
	var jobs strings.Builder
	for _, c := range cases {
		jobs.WriteString(c.line + "\n")
	}
	stdout, stderr, status := run(t, jobs.String()+good+"\n", program, "measure")
	if status != 0 || stderr != "" {
		t.Fatalf("status %d, stderr %q", status, stderr)
	}
	type event struct{ Event, Key, Text, Status, Bits string }
	var errors, ends []event
	for line := range strings.Lines(stdout) {
		var e event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		switch e.Event {
		case "error":
			errors = append(errors, e)
		case "end":
			ends = append(ends, e)
		}
	}
	if len(errors) != len(cases) || len(ends) != len(cases)+1 {
		t.Fatalf("%d errors and %d ends: want %d and %d\n%s", len(errors), len(ends), len(cases), len(cases)+1, stdout)
	}
	for i, c := range cases {
		if !strings.Contains(errors[i].Text, c.text) || ends[i].Status != "failed" {
			t.Errorf("job %q: error %q, status %s: want %q", c.line, errors[i].Text, ends[i].Status, c.text)
		}
	}
	if last := ends[len(cases)]; last.Status != "done" || last.Key != "last" {
		t.Errorf("the good job after the bad ones ended as %+v", last)
	}
}

func TestTable(t *testing.T) {
	for _, c := range []struct {
		programs []string
		want     string
	}{
		{nil, "rt3d_program_count = 0"},
		{[]string{"b", "a"}, "    &rt3d_program_b,\n    &rt3d_program_a,\n"},
	} {
		if got := string(runner.Table(c.programs)); !strings.Contains(got, c.want) {
			t.Errorf("table of %v:\n%s\nwant %q in it", c.programs, got, c.want)
		}
	}
}
