package remotetest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/rt3d-tune/rt3d-tune/remote"
)

// Options says what differs between transports.
type Options struct {
	// BreakLink breaks the link to the device for good or until the transport makes a new one. It is nil
	// for a transport without a link.
	BreakLink func(t *testing.T, tr remote.Transport)
	// NoReconnect says that the link stays broken after BreakLink.
	NoReconnect bool
	// LateStdin says that standard input reaches the device only when it is complete.
	LateStdin bool
	// OrphanLife is how long the processes of a lost link may live on; 0 means 15 s.
	OrphanLife time.Duration
}

// Run checks a transport. open opens a fresh connection; the suite closes it.
func Run(t *testing.T, open func(t *testing.T) remote.Transport, o Options) {
	s := &suite{open: open, o: o}
	if s.o.OrphanLife == 0 {
		s.o.OrphanLife = 15 * time.Second
	}
	for _, group := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"Files", s.files}, {"Commands", s.commands}, {"Streams", s.streams}, {"Kill", s.kill}, {"Life", s.life}, {"Faults", s.faults},
	} {
		t.Run(group.name, group.run)
	}
}

type suite struct {
	open func(t *testing.T) remote.Transport
	o    Options
}

// connect opens a transport that is closed with the test.
func (s *suite) connect(t *testing.T) remote.Transport {
	t.Helper()
	tr := s.open(t)
	t.Cleanup(func() {
		if err := tr.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return tr
}

func workDir(t *testing.T, tr remote.Transport) string {
	t.Helper()
	dir, err := tr.WorkDir(t.Context())
	if err != nil {
		t.Fatalf("WorkDir: %v", err)
	}
	return dir
}

// output runs a command that must end well and returns its standard output.
func output(t *testing.T, tr remote.Transport, c remote.Command) string {
	t.Helper()
	var out, diag bytes.Buffer
	c.Stdout, c.Stderr = &out, &diag
	result, err := tr.Run(t.Context(), c)
	if err != nil || result != (remote.Result{}) {
		t.Fatalf("Run(%q) = %+v, %v; standard error %q", c.Args, result, err, diag.String())
	}
	return out.String()
}

func push(t *testing.T, tr remote.Transport, path string, data []byte, perm uint32) {
	t.Helper()
	if err := tr.Push(t.Context(), bytes.NewReader(data), int64(len(data)), path, perm); err != nil {
		t.Fatalf("Push(%q, %d bytes): %v", path, len(data), err)
	}
}

// hang is what no working transport needs, also on a machine with ten times as much to do as it has
// processors: some links run a few commands at a time, and others have to wait for those.
const hang = 5 * time.Minute

// within fails the test when f does not return in time: a hang is an error, not a lost CI job.
func within(t *testing.T, limit time.Duration, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	select {
	case <-done:
	case <-time.After(limit):
		t.Fatalf("%s did not return within %v", what, limit)
	}
}

var lastTag atomic.Int64

// tag is an argument for sleep by which its process is known among all processes: a number of seconds
// that nothing else sleeps.
func tag() string {
	return fmt.Sprintf("%d.%d", 5000+os.Getpid()%1000, time.Now().UnixNano()/1000*100+lastTag.Add(1)%100)
}

// sleepers counts living processes with the tag as an argument of sleep.
func sleepers(tag string) int {
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	n := 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		args := strings.Split(strings.TrimSuffix(string(data), "\x00"), "\x00")
		if len(args) == 2 && filepath.Base(args[0]) == "sleep" && args[1] == tag && !zombie(filepath.Dir(file)) {
			n++
		}
	}
	return n
}

func zombie(dir string) bool {
	stat, err := os.ReadFile(dir + "/stat")
	if err != nil {
		return true
	}
	rest := stat[bytes.LastIndexByte(stat, ')')+1:]
	return len(rest) > 1 && (rest[1] == 'Z' || rest[1] == 'X')
}

// await waits until a condition holds; the limit only turns a hang into a failure.
func await(t *testing.T, what string, limit time.Duration, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !holds(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("still not so after %v: %s", limit, what)
		}
	}
}

// awaitSleepers waits until n processes with the tag live.
func awaitSleepers(t *testing.T, tag string, n int) {
	t.Helper()
	await(t, fmt.Sprintf("%d processes sleep %s", n, tag), 20*time.Second, func() bool { return sleepers(tag) == n })
}

// noSleepers fails when a process with the tag lives, and ends it.
func noSleepers(t *testing.T, tag, when string) {
	t.Helper()
	if n := sleepers(tag); n > 0 {
		t.Errorf("%d processes live on %s", n, when)
		killSleepers(tag)
	}
}

func killSleepers(tag string) {
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range files {
		data, _ := os.ReadFile(file)
		if bytes.HasSuffix(data, []byte("sleep\x00"+tag+"\x00")) {
			if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
		}
	}
}

// wrappersIn lists the living processes that were told to work in dir.
func wrappersIn(dir string) []string {
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	var found []string
	for _, file := range files {
		line, err := os.ReadFile(file)
		if err == nil && !zombie(filepath.Dir(file)) && bytes.Contains(line, []byte(dir)) {
			found = append(found, filepath.Base(filepath.Dir(file)))
		}
	}
	return found
}

// smallDisk mounts a file system of one MiB.
func smallDisk(t *testing.T) string {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("mounting a small file system needs root")
	}
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=1m,mode=1777", "rt3d-test", dir).CombinedOutput(); err != nil {
		t.Skipf("mounting a small file system is not possible here: %v: %s", err, out)
	}
	t.Cleanup(func() {
		// Lazy, because a process of the device that is about to end may still look at it.
		if err := exec.Command("umount", "-l", dir).Run(); err != nil {
			t.Errorf("umount %s: %v", dir, err)
		}
	})
	return dir
}

// ended returns a context that is already cancelled.
func ended() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}
