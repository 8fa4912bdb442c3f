package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"

	"github.com/rt3d-tune/rt3d-tune/results"
)

const killedStudy = `study: killed
model: zoo:motion-c3d
device: {name: this-machine, transport: local}
data: {type: motion, split: test, count: 60, seed: 1}
calibration: {clips: 4}
prune: {groups: [[8, 4]], rates: [0.3, 0.6], keep: [fc]}
search:
  seed: 3
  trials: 40
  kernels: {densities: [1, 0.5]}
  models: {sensitivity_clips: 20}
  playoff: {rounds: 3}
measure: {min_samples: 3, max_samples: 5, min_batch: 1ms, max_time: 200ms, suppress: [GOVERNOR]}
`

// A study killed with SIGKILL at random moments and resumed loses no finished trial and repeats none.
func TestSearchSurvivesKill(t *testing.T) {
	if testing.Short() {
		t.Skip("runs real searches")
	}
	program, config, db := killable(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed of the moments: %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	before := map[int64]string{}
	const kills = 4
	for range kills {
		more, after := 1+r.IntN(8), time.Duration(r.IntN(800))*time.Millisecond
		finished := killed(t, program, db, len(before)+more, after, "search", config, "--db", db)
		before = stillThere(t, db, before)
		t.Logf("killed %s after %d more trials: %d are there", after, more, len(before))
		if finished {
			break
		}
	}
	cmd := exec.Command(program, "search", config, "--db", db)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("resume: %v\n%s", err, out)
	}
	stillThere(t, db, before)
	store, err := results.OpenReadOnly(db)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	study, err := store.StudyByName(context.Background(), "killed")
	if err != nil {
		t.Fatal(err)
	}
	if study.State != results.Finished {
		t.Errorf("the study is %s", study.State)
	}
	front, err := store.Front(context.Background(), study.ID)
	if err != nil || len(front) == 0 {
		t.Errorf("a front of %d points, %v", len(front), err)
	}
}

// killable builds the program and writes the study that it is to search.
func killable(t *testing.T) (program, config, db string) {
	t.Helper()
	dir := t.TempDir()
	program = filepath.Join(dir, "rt3d-tune")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	config, db = filepath.Join(dir, "killed.yaml"), filepath.Join(dir, "killed.db")
	if err := os.WriteFile(config, []byte(killedStudy), 0o600); err != nil {
		t.Fatal(err)
	}
	return program, config, db
}

// killed runs a program, waits until the file holds so many trials and then some time, and kills the
// program and all that it started; it tells whether the program had ended by itself.
func killed(t *testing.T, program, db string, trials int, after time.Duration, args ...string) bool {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for deadline := time.Now().Add(3 * time.Minute); countTrials(db) < trials && time.Now().Before(deadline); {
		select {
		case err := <-ended:
			if err != nil {
				t.Fatalf("%v\n%s", err, out.String())
			}
			return true
		case <-time.After(20 * time.Millisecond):
		}
	}
	time.Sleep(after)
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // it may have ended in the meantime
	var exit *exec.ExitError
	if err := <-ended; err != nil && !(errors.As(err, &exit) && !exit.Exited()) {
		t.Fatalf("%v\n%s", err, out.String())
	}
	return false
}

// countTrials is 0 as long as the file or its tables are not there.
func countTrials(db string) int {
	if _, err := os.Stat(db); err != nil {
		return 0
	}
	conn, err := sql.Open("sqlite3", "file:"+db+"?mode=ro&_busy_timeout=1000")
	if err != nil {
		return 0
	}
	defer conn.Close()
	n := 0
	if err := conn.QueryRow("SELECT count(*) FROM trial").Scan(&n); err != nil {
		return 0
	}
	return n
}

// stillThere checks the file's integrity, that every trial seen before is there unchanged and that no
// finished trial is there twice; it returns all trials.
func stillThere(t *testing.T, db string, before map[int64]string) map[int64]string {
	t.Helper()
	if _, err := os.Stat(db); errors.Is(err, os.ErrNotExist) {
		return before // killed before the store was made
	}
	conn, err := sql.Open("sqlite3", "file:"+db)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var integrity string
	if err := conn.QueryRow("PRAGMA integrity_check").Scan(&integrity); err != nil || integrity != "ok" {
		t.Fatalf("integrity_check: %s, %v", integrity, err)
	}
	rows, err := conn.Query("SELECT id, phase, key, outcome FROM trial")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	now, finished := map[int64]string{}, map[string]int64{}
	for rows.Next() {
		var (
			id                  int64
			phase, key, outcome string
		)
		if err := rows.Scan(&id, &phase, &key, &outcome); err != nil {
			t.Fatal(err)
		}
		now[id] = fmt.Sprintf("%s %s %s", phase, key, outcome)
		if !results.Outcome(outcome).Teaches() {
			continue // faults may be tried again
		}
		if first, twice := finished[phase+" "+key]; twice {
			t.Errorf("trial %d repeats trial %d: %s", id, first, now[id])
		}
		finished[phase+" "+key] = id
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	for id, what := range before {
		if now[id] != what {
			t.Errorf("trial %d was %q and is %q", id, what, now[id])
		}
	}
	return now
}
