package clocks

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/remote/local"
)

// files of a made-up processor: two little cores share a clock, the big one has its own.
var policies = map[string]map[string]string{
	"policy0": {"cpuinfo_min_freq": "300000", "cpuinfo_max_freq": "1800000", "scaling_min_freq": "576000", "scaling_max_freq": "1800000",
		"scaling_governor": "schedutil", "scaling_available_governors": "powersave performance schedutil",
		"scaling_available_frequencies": "300000 576000 1200000 1800000"},
	"policy2": {"cpuinfo_min_freq": "500000", "cpuinfo_max_freq": "2840000", "scaling_min_freq": "500000", "scaling_max_freq": "2400000",
		"scaling_governor": "walt", "scaling_available_governors": "walt schedutil", // no performance
		"scaling_available_frequencies": "500000 1100000 2000000 2400000 2840000"},
}

// sysfs writes the files as a directory of the kernel's, and gives a Lock of them.
func sysfs(t *testing.T, dir string) *Lock {
	t.Helper()
	cpu := filepath.Join(dir, "cpu")
	for name, files := range policies {
		policy := filepath.Join(cpu, "cpufreq", name)
		if err := os.MkdirAll(policy, 0o755); err != nil {
			t.Fatal(err)
		}
		for file, text := range files {
			if err := os.WriteFile(filepath.Join(policy, file), []byte(text+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	for core, policy := range []string{"policy0", "policy0", "policy2"} {
		at := filepath.Join(cpu, fmt.Sprintf("cpu%d", core))
		if err := os.MkdirAll(at, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("../cpufreq/"+policy, filepath.Join(at, "cpufreq")); err != nil {
			t.Fatal(err)
		}
	}
	return lockOf(dir)
}

func lockOf(dir string) *Lock {
	return &Lock{cpuDir: filepath.Join(dir, "cpu"), stateDir: filepath.Join(dir, "state")}
}

// clock reads a policy: governor, least and greatest frequency.
func clock(t *testing.T, l *Lock, policy string) string {
	t.Helper()
	var words []string
	for _, file := range []string{"scaling_governor", "scaling_min_freq", "scaling_max_freq"} {
		text, err := os.ReadFile(filepath.Join(l.cpuDir, "cpufreq", policy, file))
		if err != nil {
			t.Fatal(err)
		}
		words = append(words, strings.TrimSpace(string(text)))
	}
	return strings.Join(words, " ")
}

func expect(t *testing.T, l *Lock, when, little, big string) {
	t.Helper()
	if got := clock(t, l, "policy0"); got != little {
		t.Errorf("%s: the little cores have %s, want %s", when, got, little)
	}
	if got := clock(t, l, "policy2"); got != big {
		t.Errorf("%s: the big core has %s, want %s", when, got, big)
	}
}

const (
	littleOwn = "schedutil 576000 1800000"
	bigOwn    = "walt 500000 2400000"
)

func here(t *testing.T) remote.Transport {
	t.Helper()
	tr, err := local.Open(t.Context(), remote.Config{Name: "here", Transport: "local"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tr.Close(); err != nil {
			t.Error(err)
		}
	})
	return tr
}

func hold(t *testing.T, l *Lock, tr remote.Transport, want string) {
	t.Helper()
	held, err := l.Hold(t.Context(), tr, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if held != want {
		t.Errorf("held %q, want %q", held, want)
	}
}

func release(t *testing.T, l *Lock, tr remote.Transport) {
	t.Helper()
	if err := l.Release(t.Context(), tr); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(l.stateDir); !os.IsNotExist(err) {
		t.Errorf("%s is left behind (%v)", l.stateDir, err)
	}
}

func TestHoldAndRelease(t *testing.T) {
	tr, l := here(t), sysfs(t, t.TempDir())
	release(t, l, tr) // nothing is held: nothing happens
	expect(t, l, "before", littleOwn, bigOwn)
	hold(t, l, tr, "policy0 performance 1800000, policy2 walt 2840000")
	expect(t, l, "held", "performance 1800000 1800000", "walt 2840000 2840000")
	hold(t, l, tr, "policy0 performance 1800000, policy2 walt 2840000") // again: what was saved is what was there at first
	release(t, l, tr)
	expect(t, l, "released", littleOwn, bigOwn)

	// A frequency between those of the cores, and only the clock of one core.
	l.KHz = 2_000_001
	hold(t, l, tr, "policy0 performance 1800000, policy2 walt 2000000")
	release(t, l, tr)
	l.KHz, l.Cores = 1, []int{1}
	hold(t, l, tr, "policy0 performance 300000")
	expect(t, l, "the little cores are held", "performance 300000 300000", bigOwn)
	release(t, l, tr)
	expect(t, l, "released again", littleOwn, bigOwn)
}

// Whoever holds the clocks is killed: the device gives them back by itself, and not before the lease ends.
func TestKill9GivesTheClocksBack(t *testing.T) {
	if dir := os.Getenv("RT3D_TEST_HOLD_CLOCKS"); dir != "" {
		if _, err := lockOf(dir).Hold(context.Background(), here(t), 6*time.Second); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("held")
		time.Sleep(time.Hour)
	}
	dir := t.TempDir()
	l := sysfs(t, dir)
	other := exec.Command(os.Args[0], "-test.run=^TestKill9GivesTheClocksBack$")
	other.Env = append(os.Environ(), "RT3D_TEST_HOLD_CLOCKS="+dir)
	out, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	said := make([]byte, 200)
	if n, err := out.Read(said); err != nil || string(said[:n]) != "held\n" {
		t.Fatalf("%q, %v", said[:n], err)
	}
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = other.Wait() // killed
	expect(t, l, "after kill -9", "performance 1800000 1800000", "walt 2840000 2840000")
	awaitRestored(t, l)
}

// awaitRestored waits until the clocks are their own again and nothing is left on the device. It counts
// looks instead of time, because a loaded machine may hold up everything for long.
func awaitRestored(t *testing.T, l *Lock) {
	t.Helper()
	for range 400 {
		if _, err := os.Stat(l.stateDir); os.IsNotExist(err) {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	expect(t, l, "long after the lease", littleOwn, bigOwn)
	if _, err := os.Stat(l.stateDir); !os.IsNotExist(err) {
		t.Errorf("%s is left behind (%v)", l.stateDir, err)
	}
}

// The next process finds what a killed one has left, and gives back what was there before both.
func TestNextProcessRestoresTheFirstState(t *testing.T) {
	dir := t.TempDir()
	tr, l := here(t), sysfs(t, dir)
	hold(t, l, tr, "policy0 performance 1800000, policy2 walt 2840000")
	pid, err := os.ReadFile(filepath.Join(l.stateDir, "dog"))
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("kill", "-9", strings.TrimSpace(string(pid))).CombinedOutput(); err != nil { // as a restart of the device would
		t.Fatalf("%s: %v", out, err)
	}
	next := lockOf(dir)
	next.KHz = 1_200_000
	hold(t, next, tr, "policy0 performance 1200000, policy2 walt 1100000")
	release(t, next, tr)
	expect(t, next, "released by the next", littleOwn, bigOwn)
}

// What does not take the frequency is named, and everything is put back.
func TestWhatIsSetIsReadBack(t *testing.T) {
	tr, l := here(t), sysfs(t, t.TempDir())
	stubborn := filepath.Join(l.cpuDir, "cpufreq", "policy2", "scaling_max_freq")
	if err := os.Remove(stubborn); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/proc/self/oom_score_adj", stubborn); err != nil { // takes nothing above 1000
		t.Fatal(err)
	}
	_, err := l.Hold(t.Context(), tr, time.Minute)
	if !remote.IsFault(err, remote.NotPermitted) || !strings.Contains(err.Error(), "policy2 does not take 2840000 kHz: it says") {
		t.Errorf("%v: want it said that policy2 does not take the frequency", err)
	}
	if got := clock(t, l, "policy0"); got != littleOwn {
		t.Errorf("the little cores have %s, want %s", got, littleOwn)
	}
	release(t, l, tr) // nothing is left
}

func TestNoClockToHold(t *testing.T) {
	tr, l := here(t), sysfs(t, t.TempDir())
	l.Cores = []int{7}
	if _, err := l.Hold(t.Context(), tr, time.Minute); !remote.IsFault(err, remote.NotPermitted) || !strings.Contains(err.Error(), "no core has a frequency that can be set") {
		t.Errorf("%v: want it said that there is nothing to set", err)
	}
}

// rooted refuses what is not asked for through su.
type rooted struct {
	remote.Transport
	words [][]string
}

func (r *rooted) Run(ctx context.Context, c remote.Command) (remote.Result, error) {
	r.words = append(r.words, c.Args)
	switch {
	case c.Args[0] == "su" && c.Args[1] == "0": // Magisk's takes it for a user and then no command
		c.Args = c.Args[2:]
	case c.Args[0] == "su":
		return remote.Result{}, &remote.StartError{Device: "rooted", Args: c.Args, Err: os.ErrNotExist}
	default:
		_, err := fmt.Fprintln(c.Stderr, "may not be written")
		return remote.Result{ExitCode: exitNoRight}, err
	}
	return r.Transport.Run(ctx, c)
}

// Root is asked for when it is needed, in the way that the device has, and once.
func TestRoot(t *testing.T) {
	l := sysfs(t, t.TempDir())
	tr := &rooted{Transport: here(t)}
	hold(t, l, tr, "policy0 performance 1800000, policy2 walt 2840000")
	asked := len(tr.words)
	release(t, l, tr)
	expect(t, l, "released", littleOwn, bigOwn)
	if len(tr.words) != asked+1 || tr.words[asked][0] != "su" {
		t.Errorf("%d more commands to give the clocks back: want one, through su", len(tr.words)-asked)
	}
	never := &refusing{here(t)}
	if _, err := sysfs(t, t.TempDir()).Hold(t.Context(), never, time.Minute); !remote.IsFault(err, remote.NotPermitted) || !strings.Contains(err.Error(), "grant root") {
		t.Errorf("%v: want it said that root is not granted", err)
	}
}

type refusing struct{ remote.Transport }

func (r *refusing) Run(_ context.Context, c remote.Command) (remote.Result, error) {
	_, err := fmt.Fprintln(c.Stderr, "permission denied")
	return remote.Result{ExitCode: exitNoRight}, err
}
