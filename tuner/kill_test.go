package tuner

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rt3d-tune/rt3d-tune/results"
)

// childVariable makes the test binary search in the named folder instead of testing.
const childVariable = "RT3D_TUNER_TEST_CHILD"

var killedOptions = Options{Trials: 130, Seed: 12}

// TestSearchAsChild is the process that TestKilledSearchGoesOn kills. It notes every trial that was
// reported, which is after it was committed.
func TestSearchAsChild(t *testing.T) {
	folder := os.Getenv(childVariable)
	if folder == "" {
		return // run by TestKilledSearchGoesOn only
	}
	notes, err := os.OpenFile(filepath.Join(folder, "notes"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	study, c := newStudy(t, filepath.Join(folder, "results.db"), killedOptions)
	c.real = true
	study.Options.Progress = func(p Progress) {
		if p.Trial != "" {
			key, _, _ := strings.Cut(p.Trial, " ")
			fmt.Fprintln(notes, key)
		}
	}
	mustRun(t, study)
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
	start := func() *exec.Cmd {
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
	noted := func() []string {
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
	for range kills {
		c := start()
		// Some progress first, then a moment more.
		before := len(noted())
		for deadline := time.Now().Add(30 * time.Second); len(noted()) < before+4 && time.Now().Before(deadline); {
			time.Sleep(5 * time.Millisecond)
		}
		time.Sleep(time.Duration(r.IntN(150)) * time.Millisecond)
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		c.Wait() // the signal is the error
		checkSound(t, folder, noted())
	}
	if err := start().Wait(); err != nil {
		text, _ := os.ReadFile(filepath.Join(folder, "output"))
		t.Fatalf("last run: %v\n%s", err, text)
	}
	list := checkSound(t, folder, noted())
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
