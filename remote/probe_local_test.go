package remote_test

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/internal/testtool"
	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/remote/local"
)

func openLocal(t *testing.T, c remote.Config) remote.Transport {
	t.Helper()
	tr, err := local.Open(t.Context(), c)
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

// TestProbeThisMachine compares what the probe says with what Go knows by other ways.
func TestProbeThisMachine(t *testing.T) {
	c := remote.Config{Name: "here", Transport: "local", WorkDir: t.TempDir()}
	f, err := remote.Probe(t.Context(), openLocal(t, c), c)
	if err != nil {
		t.Fatal(err)
	}
	if f.Name != "here" || f.Transport != "local" || f.Arch != runtime.GOARCH || f.WorkDir != c.WorkDir || f.Android() {
		t.Errorf("facts %+v", f)
	}
	if len(f.AllowedCores) != runtime.NumCPU() {
		t.Errorf("allowed cores %v, Go counts %d", f.AllowedCores, runtime.NumCPU())
	}
	var stat syscall.Statfs_t
	if err := syscall.Statfs(c.WorkDir, &stat); err != nil {
		t.Fatal(err)
	}
	total := int64(stat.Blocks) * stat.Bsize
	if f.FreeBytes == nil || *f.FreeBytes < 0 || *f.FreeBytes > total {
		t.Errorf("free bytes %v of %d", f.FreeBytes, total)
	}
	if f.MemoryBytes == nil || f.AvailableBytes == nil || *f.AvailableBytes > *f.MemoryBytes {
		t.Errorf("memory %v, available %v", f.MemoryBytes, f.AvailableBytes)
	}
	if !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(f.Fingerprint) {
		t.Errorf("fingerprint %q", f.Fingerprint)
	}
	clustered := 0
	for _, cluster := range f.Clusters {
		clustered += len(cluster.Cores)
	}
	if len(f.Cores) == 0 || clustered != len(f.Cores) || len(f.Features) == 0 {
		t.Errorf("%d cores, %d of them in clusters, %d features", len(f.Cores), clustered, len(f.Features))
	}
	if left, err := os.ReadDir(c.WorkDir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}

	again, err := remote.Probe(t.Context(), openLocal(t, c), c)
	if err != nil || again.Fingerprint != f.Fingerprint {
		t.Errorf("second probe: fingerprint %s, %v; first %s", again.Fingerprint, err, f.Fingerprint)
	}
	c.Runner = []string{"qemu-aarch64-static"}
	emulated, err := remote.Probe(t.Context(), openLocal(t, c), c)
	if err != nil || !has(emulated, remote.Emulated) || emulated.Fingerprint == f.Fingerprint {
		t.Errorf("behind a runner prefix: %+v, %v", emulated, err)
	}
}

func has(f *remote.Facts, code remote.FindingCode) bool {
	for _, finding := range f.Findings {
		if finding.Code == code {
			return true
		}
	}
	return false
}

// in runs every command of a transport behind some words, as another shell or an emulator would be there.
type in struct {
	remote.Transport
	words []string
	facts []string // the words that Run was asked for
}

func (i *in) Run(ctx context.Context, c remote.Command) (remote.Result, error) {
	i.facts = c.Args
	c.Args = append(append([]string{}, i.words...), c.Args[1:]...) // Args[0] is "sh"
	return i.Transport.Run(ctx, c)
}

// TestShells runs the script in every POSIX shell that is there.
func TestShells(t *testing.T) {
	c := remote.Config{Name: "here", Transport: "local"}
	tr := openLocal(t, c)
	want, err := remote.Probe(t.Context(), tr, c)
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range [][]string{{"dash"}, {"bash", "--posix"}, {"mksh"}, {"busybox", "sh"}} {
		t.Run(strings.Join(words, " "), func(t *testing.T) {
			if _, err := exec.LookPath(words[0]); err != nil {
				t.Skipf("%s is not installed", words[0]) // one of several shells; sh is always there
			}
			other := &in{Transport: tr, words: words}
			got, err := remote.Probe(t.Context(), other, c)
			if err != nil {
				t.Fatal(err)
			}
			if other.facts[0] != "sh" {
				t.Errorf("the script is run by %q", other.facts[0])
			}
			if got.Fingerprint != want.Fingerprint || got.CPU != want.CPU || len(got.Cores) != len(want.Cores) || got.FreeBytes == nil {
				t.Errorf("facts %+v, want %+v", got, want)
			}
		})
	}
}

// TestShellInsideEmulator: a device whose own programs are emulated says so, although the kernel's view
// from inside hides it.
func TestShellInsideEmulator(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("needs an emulator of this machine's own architecture, of which the test knows x86's")
	}
	qemu := testtool.Need(t, "qemu-x86_64-static")
	shell := testtool.Need(t, "sh")
	c := remote.Config{Name: "here", Transport: "local"}
	f, err := remote.Probe(t.Context(), &in{Transport: openLocal(t, c), words: []string{qemu, shell}}, c)
	if err != nil {
		t.Fatal(err)
	}
	if !has(f, remote.Emulated) {
		t.Errorf("findings %+v, want %s", f.Findings, remote.Emulated)
	}
}

// broken is a transport whose Run answers as the test says.
type broken struct {
	remote.Transport
	output  string
	result  remote.Result
	err     error
	removed bool
}

func (b *broken) Run(_ context.Context, c remote.Command) (remote.Result, error) {
	if c.Timeout <= 0 {
		return remote.Result{}, errors.New("the probe set no limit")
	}
	io.WriteString(c.Stdout, b.output)
	return b.result, b.err
}

func (b *broken) Remove(ctx context.Context, path string) error {
	b.removed = true
	return b.Transport.Remove(ctx, path)
}

func TestProbeOfBrokenDevices(t *testing.T) {
	lost := remote.Fault("d", remote.ConnectionLost, "", errors.New("gone"))
	for name, c := range map[string]struct {
		broken
		want remote.FaultCode
	}{
		"no shell worth the name": {broken{output: "hello\n"}, remote.Protocol},
		"status 127":              {broken{result: remote.Result{ExitCode: 127}}, remote.Protocol},
		"killed":                  {broken{result: remote.Result{Signal: 9}}, remote.Protocol},
		"hangs":                   {broken{result: remote.Result{TimedOut: true}}, remote.Protocol},
		"cut off":                 {broken{output: "@@ uname -m\nx86_64\n"}, remote.Protocol},
		"link lost":               {broken{err: lost}, remote.ConnectionLost},
	} {
		t.Run(name, func(t *testing.T) {
			c.broken.Transport = openLocal(t, remote.Config{})
			_, err := remote.Probe(t.Context(), &c.broken, remote.Config{})
			if !remote.IsFault(err, c.want) || !c.removed {
				t.Errorf("%v, work directory removed: %v; want a fault %s", err, c.removed, c.want)
			}
		})
	}
}
