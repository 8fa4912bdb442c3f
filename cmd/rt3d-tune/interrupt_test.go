package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rt3d-tune/rt3d-tune/results"
)

// Ctrl-C, which a terminal sends to the program and all that it started, ends a search cleanly wherever
// it meets it: everything that was finished is stored, nothing is left on the device, and the same
// command goes on.
func TestCtrlCStopsCleanly(t *testing.T) {
	if testing.Short() {
		t.Skip("runs real searches")
	}
	program, config, db := killable(t)
	work := t.TempDir() // where local devices have their directories
	before := map[int64]string{}
	for _, more := range []int{1, 9} {
		cmd := exec.Command(program, "search", config, "--db", db)
		cmd.Env = append(os.Environ(), "TMPDIR="+work)
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		awaitTrials(t, db, len(before)+more, ended)
		if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		select {
		case <-ended:
		case <-time.After(time.Minute):
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			t.Fatalf("still there a minute after Ctrl-C:\n%s", out.String())
		}
		if got := cmd.ProcessState.ExitCode(); got != exitInterrupted || !strings.Contains(out.String(), "run the same command again") {
			t.Fatalf("exit status %d, want %d\n%s", got, exitInterrupted, out.String())
		}
		before = stillThere(t, db, before)
		for id, what := range before {
			if strings.HasSuffix(what, string(results.Cancelled)) || strings.HasSuffix(what, string(results.Crash)) {
				t.Errorf("the interruption is recorded as trial %d: %s", id, what)
			}
		}
		if state := stateOf(t, db); state != results.Interrupted {
			t.Errorf("the study is %s", state)
		}
		left, err := os.ReadDir(work)
		if err != nil || len(left) == 0 {
			t.Fatalf("the search had its lock somewhere else: %v, %v", left, err)
		}
		for _, e := range left {
			if e.IsDir() {
				t.Errorf("left on the device: %s", e.Name())
			}
		}
	}
	if out, err := exec.Command(program, "search", config, "--db", db).CombinedOutput(); err != nil {
		t.Fatalf("resume: %v\n%s", err, out)
	}
	stillThere(t, db, before)
	if state := stateOf(t, db); state != results.Finished {
		t.Errorf("the study is %s", state)
	}
}

// awaitTrials waits until the file holds so many trials; the program must not end before.
func awaitTrials(t *testing.T, db string, trials int, ended <-chan error) {
	t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); countTrials(db) < trials; {
		select {
		case err := <-ended:
			t.Fatalf("ended before %d trials: %v", trials, err)
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d trials after three minutes, want %d", countTrials(db), trials)
		}
	}
}

func stateOf(t *testing.T, db string) results.State {
	t.Helper()
	store, err := results.OpenReadOnly(db)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	study, err := store.StudyByName(context.Background(), "killed")
	if err != nil {
		t.Fatal(err)
	}
	return study.State
}
