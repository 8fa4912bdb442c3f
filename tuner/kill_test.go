package tuner

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rt3d-tune/rt3d-tune/results"
)

// childVariable makes the test binary search in the named folder instead of testing.
const childVariable = "RT3D_TUNER_TEST_CHILD"

var killedOptions = Options{Trials: 130, Seed: 12}

// TestSearchAsChild is the process that the tests below kill. It notes every trial that was reported, which
// is after it was committed and before anything has learned from it. With a file "die" in the folder, it
// kills itself at that point of the trial that the file numbers.
func TestSearchAsChild(t *testing.T) {
	folder := os.Getenv(childVariable)
	if folder == "" {
		return // run by the tests below only
	}
	notes, err := os.OpenFile(filepath.Join(folder, "notes"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	study, c := newStudy(t, filepath.Join(folder, "results.db"), killedOptions)
	c.real = true
	die, seen := 0, 0
	if text, err := os.ReadFile(filepath.Join(folder, "die")); err == nil {
		if die, err = strconv.Atoi(string(text)); err != nil {
			t.Fatal(err)
		}
	}
	study.Options.Progress = func(p Progress) {
		if p.Trial != "" {
			key, _, _ := strings.Cut(p.Trial, " ")
			fmt.Fprintln(notes, key)
			if seen++; seen == die {
				_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
				select {} // until it comes
			}
		}
	}
	mustRun(t, study)
}

// child starts TestSearchAsChild in a folder.
func child(t *testing.T, folder string) *exec.Cmd {
	t.Helper()
	c := exec.Command(os.Args[0], "-test.run=^TestSearchAsChild$", "-test.short")
	c.Env = append(os.Environ(), childVariable+"="+folder)
	out, err := os.OpenFile(filepath.Join(folder, "output"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	c.Stdout, c.Stderr = out, out
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return c
}

// noted lists the keys that the children in a folder have noted.
func noted(t *testing.T, folder string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "notes"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if lines[0] == "" {
		lines = nil
	}
	return lines
}

// A search that dies between the commit of a trial and its being learned from, again and again, has the
// trial in its record, is told of it when it starts again, and does not repeat it.
func TestKilledBetweenCommitAndTell(t *testing.T) {
	folder := t.TempDir()
	step := 11
	if testing.Short() {
		step = 40
	}
	for die := step; ; die += step / 2 { // further each time, so that deaths do not fall on the same places
		before := len(noted(t, folder))
		if err := os.WriteFile(filepath.Join(folder, "die"), []byte(strconv.Itoa(die)), 0o600); err != nil {
			t.Fatal(err)
		}
		c := child(t, folder)
		err := c.Wait()
		list := checkSound(t, folder, noted(t, folder))
		if err == nil {
			if len(list) > killedOptions.Trials || len(list) < killedOptions.Trials*8/10 {
				t.Errorf("%d trials of a budget of %d", len(list), killedOptions.Trials)
			}
			return
		}
		if status := c.ProcessState.Sys().(syscall.WaitStatus); status.Signal() != syscall.SIGKILL {
			text, _ := os.ReadFile(filepath.Join(folder, "output"))
			t.Fatalf("%v\n%s", err, text)
		}
		if got := len(noted(t, folder)) - before; got != die {
			t.Fatalf("died at trial %d of its own, want %d", got, die)
		}
	}
}

// A search that is killed with SIGKILL at random moments and started again ends with its whole budget:
// what was finished is neither lost nor repeated, and the file is sound.
func TestKilledSearchGoesOn(t *testing.T) {
	folder := t.TempDir()
	r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	kills := 6
	if testing.Short() {
		kills = 3
	}
	for range kills {
		c := child(t, folder)
		// Some progress first, then a moment more.
		before := len(noted(t, folder))
		for deadline := time.Now().Add(30 * time.Second); len(noted(t, folder)) < before+4 && time.Now().Before(deadline); {
			time.Sleep(5 * time.Millisecond)
		}
		time.Sleep(time.Duration(r.IntN(150)) * time.Millisecond)
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		c.Wait() // the signal is the error
		checkSound(t, folder, noted(t, folder))
	}
	if err := child(t, folder).Wait(); err != nil {
		text, _ := os.ReadFile(filepath.Join(folder, "output"))
		t.Fatalf("last run: %v\n%s", err, text)
	}
	list := checkSound(t, folder, noted(t, folder))
	if len(list) > killedOptions.Trials || len(list) < killedOptions.Trials*8/10 {
		t.Errorf("%d trials of a budget of %d", len(list), killedOptions.Trials)
	}
}

// checkSound opens the file as another process would.
func checkSound(t *testing.T, folder string, noted []string) []*results.Trial {
	t.Helper()
	path := filepath.Join(folder, "results.db")
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var verdict string
	if err := db.QueryRow("PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Fatalf("integrity_check: %s, %v", verdict, err)
	}
	study, _ := newStudy(t, path, killedOptions)
	defer study.Store.Close()
	list := trials(t, study)
	have := map[string]int{}
	for _, trial := range list {
		have[trial.Key]++
	}
	for _, key := range noted {
		if have[key]--; have[key] < 0 {
			t.Errorf("trial %s was reported and is lost", key)
		}
	}
	if twice := finishedTwice(list); len(twice) > 0 {
		t.Errorf("finished twice: %v", twice)
	}
	return list
}
