package results

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// childEnv makes this test program a writer: it opens the file, finds or creates study "s" and appends
// trials with keys NAME-FROM, NAME-FROM+1 ..., printing each number once the trial is committed.
const childEnv = "RESULTS_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) == "" {
		os.Exit(m.Run())
	}
	if err := child(os.Args[len(os.Args)-1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func child(argument string) error {
	var name, path string
	var from, to int
	if _, err := fmt.Sscanf(argument, "%q %q %d %d", &name, &path, &from, &to); err != nil {
		return err
	}
	ctx := context.Background()
	s, err := Open(path)
	if err != nil {
		return err
	}
	defer s.Close()
	v := &Study{Name: "s", Objective: Accuracy}
	if err := s.CreateStudy(ctx, v); errors.Is(err, ErrExists) {
		if v, err = s.StudyByName(ctx, "s"); err != nil {
			return err
		}
	} else if err != nil {
		return err
	}
	for i := from; i < to; i++ {
		trial := full(v.ID)
		trial.Key = fmt.Sprintf("%s-%d", name, i)
		for range 30 {
			trial.Samples = append(trial.Samples, trial.Samples[0])
		}
		err := s.AppendTrial(ctx, trial)
		if err != nil && !errors.Is(err, ErrExists) {
			return err
		}
		fmt.Println(i)
	}
	return nil
}

func start(t *testing.T, name, path string, from, to int) (*exec.Cmd, *bufio.Scanner, *strings.Builder) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, fmt.Sprintf("%q %q %d %d", name, path, from, to))
	cmd.Env = append(os.Environ(), childEnv+"=1")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewScanner(out), &stderr
}

// verify reads the keys of study "s" and checks the file and every trial's completeness.
func verify(t *testing.T, path string) map[string]int {
	t.Helper()
	s := openAt(t, path)
	defer s.Close()
	var sound string
	if err := s.write.QueryRow("PRAGMA integrity_check").Scan(&sound); err != nil || sound != "ok" {
		t.Fatalf("integrity_check: %s, %v", sound, err)
	}
	ctx := context.Background()
	v, err := s.StudyByName(ctx, "s")
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	trials, err := s.Trials(ctx, v.ID, TrialFilter{})
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]int{}
	for i, x := range trials {
		keys[x.Key]++
		if x.Number != i {
			t.Errorf("trial %d has number %d", i, x.Number)
		}
		if samples, err := s.Samples(ctx, x.ID); err != nil || len(samples) != 32 || len(x.Layers) != 2 || len(x.Objectives) != 3 {
			t.Errorf("trial %s: %d samples, %d layers, %d objectives, %v", x.Key, len(samples), len(x.Layers), len(x.Objectives), err)
		}
	}
	return keys
}

// Four processes make the same new file and study and write at once: none fails, nothing is lost.
func TestFourProcesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "results.db")
	const writers, each = 4, 50
	var running []*exec.Cmd
	var errs []*strings.Builder
	for i := range writers {
		cmd, out, stderr := start(t, fmt.Sprint("w", i), path, 0, each)
		go func() {
			for out.Scan() {
			}
		}()
		running, errs = append(running, cmd), append(errs, stderr)
	}
	for i, cmd := range running {
		if err := cmd.Wait(); err != nil {
			t.Errorf("writer %d: %v: %s", i, err, errs[i])
		}
	}
	keys := verify(t, path)
	if len(keys) != writers*each {
		t.Errorf("%d trials, not %d", len(keys), writers*each)
	}
	for key, n := range keys {
		if n != 1 {
			t.Errorf("%s: %d times", key, n)
		}
	}
}

// Goroutines of one process share a Store.
func TestGoroutines(t *testing.T) {
	s := open(t)
	v := study(t, s, "s")
	const writers, each = 8, 10
	errs := make(chan error, writers)
	for i := range writers {
		go func() {
			var err error
			for j := range each {
				trial := full(v.ID)
				trial.Key = fmt.Sprintf("%d-%d", i, j)
				_, readErr := s.Points(context.Background(), v.ID)
				err = errors.Join(err, readErr, s.AppendTrial(context.Background(), trial))
			}
			errs <- err
		}()
	}
	for range writers {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	list, err := s.Trials(context.Background(), v.ID, TrialFilter{})
	if err != nil || len(list) != writers*each {
		t.Errorf("%d trials, %v", len(list), err)
	}
}

// A writer killed at random moments loses nothing that it was told is stored, and doubles nothing.
func TestKilled(t *testing.T) {
	rounds := 40
	if testing.Short() {
		rounds = 8
	}
	path := filepath.Join(t.TempDir(), "results.db")
	random := rand.New(rand.NewPCG(3, 4))
	acknowledged := -1
	for round := range rounds {
		// It starts one before the last that was acknowledged, as a resumed search that cannot know may.
		cmd, out, stderr := start(t, "k", path, max(0, acknowledged), 1<<30)
		// Half of the rounds kill at any moment, even while the file is opened; the others once it writes.
		delay := time.Duration(random.IntN(60)) * time.Millisecond
		shoot := func() { time.AfterFunc(delay, func() { cmd.Process.Kill() }) }
		if round%2 == 0 {
			shoot()
		}
		for lines := 1; out.Scan(); lines++ {
			if _, err := fmt.Sscan(out.Text(), &acknowledged); err != nil {
				t.Fatal(err)
			}
			if round%2 == 1 && lines == 3 {
				shoot()
			}
		}
		err := cmd.Wait()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
			t.Fatalf("writer: %v: %s", err, stderr)
		}
		keys := verify(t, path)
		for i := range acknowledged + 1 {
			if n := keys[fmt.Sprint("k-", i)]; n != 1 {
				t.Fatalf("trial k-%d is there %d times; %d were acknowledged", i, n, acknowledged+1)
			}
		}
		// At most the one in flight was committed without a word.
		if len(keys) > acknowledged+2 {
			t.Fatalf("%d trials, %d acknowledged", len(keys), acknowledged+1)
		}
	}
	if acknowledged < rounds {
		t.Errorf("only %d trials in %d rounds: the writers got nowhere", acknowledged+1, rounds)
	}
}

// A full disk is an error of its own kind, and the trial is not there in part.
func TestFull(t *testing.T) {
	ctx := context.Background()
	s := open(t)
	v := study(t, s, "s")
	var pages int
	if err := s.write.QueryRow("PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	// The limit on pages gives the error that a full disk gives.
	if _, err := s.write.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages+2)); err != nil {
		t.Fatal(err)
	}
	trial := full(v.ID)
	for range 5000 {
		trial.Samples = append(trial.Samples, trial.Samples[0])
	}
	err := s.AppendTrial(ctx, trial)
	if !errors.Is(err, ErrDiskFull) || !strings.Contains(err.Error(), s.Path()) {
		t.Errorf("full: %v", err)
	}
	list, err := s.Trials(ctx, v.ID, TrialFilter{})
	if err != nil || len(list) != 0 {
		t.Errorf("%d trials, %v", len(list), err)
	}
	// With room again the store works on.
	if _, err := s.write.Exec("PRAGMA max_page_count = 1000000"); err != nil {
		t.Fatal(err)
	}
	if err := s.AppendTrial(ctx, trial); err != nil {
		t.Error(err)
	}
}

// The same on a real file system that is full.
func TestFullFileSystem(t *testing.T) {
	unshare, err := exec.LookPath("unshare")
	if err != nil {
		t.Skip("unshare is not installed")
	}
	dir := t.TempDir()
	inside := func(script string) ([]byte, error) {
		return exec.Command(unshare, "-Urm", "sh", "-c", script, "sh", dir).CombinedOutput()
	}
	if out, err := inside(`mount -t tmpfs -o size=512k tmpfs "$1"`); err != nil {
		t.Skipf("no file system can be mounted here: %s", out)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	out, err := inside(fmt.Sprintf(`mount -t tmpfs -o size=512k tmpfs "$1" && %s=1 exec %q '%q "%s/results.db" 0 100000'`, childEnv, program, "f", dir))
	if err == nil || !strings.Contains(string(out), ErrDiskFull.Error()) || !strings.Contains(string(out), dir) {
		t.Errorf("%v: %s", err, out)
	}
}
