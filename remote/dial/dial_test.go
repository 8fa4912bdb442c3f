package dial_test

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/internal/testtool"
	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/remote/adb/adbdouble"
	"github.com/rt3d-tune/rt3d-tune/remote/dial"
	"github.com/rt3d-tune/rt3d-tune/remote/ssh/sshdtest"
)

func TestValidateNamesTheKey(t *testing.T) {
	ssh, adb := &remote.SSHConfig{Host: "board"}, &remote.ADBConfig{}
	for name, c := range map[string]struct {
		config remote.Config
		key    string
		says   string
	}{
		"no transport":         {remote.Config{}, "transport", "missing; use local, ssh, adb or sim"},
		"unknown transport":    {remote.Config{Transport: "usb"}, "transport", `"usb" is not known; use local, ssh, adb or sim`},
		"ssh without host":     {remote.Config{Transport: "ssh", SSH: &remote.SSHConfig{}}, "ssh.host", "missing"},
		"ssh without settings": {remote.Config{Transport: "ssh"}, "ssh", "ssh.host"},
		"ssh with adb":         {remote.Config{Transport: "ssh", SSH: ssh, ADB: adb}, "adb", "ssh"},
		"local with ssh":       {remote.Config{Transport: "local", SSH: ssh}, "ssh", "local"},
		"local with adb":       {remote.Config{Transport: "local", ADB: adb}, "adb", "local"},
		"adb with ssh":         {remote.Config{Transport: "adb", SSH: ssh}, "ssh", "adb"},
		"local with sim":       {remote.Config{Transport: "local", Sim: &remote.SimConfig{}}, "sim", "local"},
		"unknown phone":        {remote.Config{Transport: "sim", Sim: &remote.SimConfig{Phone: "nokia"}}, "sim.phone", "flagship or midrange"},
		"unknown fault":        {remote.Config{Transport: "sim", Sim: &remote.SimConfig{Rates: map[string]float64{"melt": 1}}}, "sim.rates.melt", "hang, crash, wrong, reboot, lost"},
		"fault too often":      {remote.Config{Transport: "sim", Sim: &remote.SimConfig{Rates: map[string]float64{"lost": .6, "hang": .6}}}, "sim.rates", "add up"},
		"sim with runner":      {remote.Config{Transport: "sim", Runner: []string{"qemu"}}, "runner", "no code"},
		"adb port":             {remote.Config{Transport: "adb", ADB: &remote.ADBConfig{ServerPort: 70000}}, "adb.server_port", "65535"},
		"empty runner word":    {remote.Config{Transport: "local", Runner: []string{""}}, "runner[0]", "qemu-aarch64-static"},
		"runner with NUL":      {remote.Config{Transport: "local", Runner: []string{"qemu", "a\x00b"}}, "runner[1]", "command line"},
		"relative work_dir":    {remote.Config{Transport: "local", WorkDir: "x"}, "work_dir", "absolute"},
	} {
		t.Run(name, func(t *testing.T) {
			err := dial.Validate(c.config)
			var wrong *remote.ConfigError
			if !errors.As(err, &wrong) || wrong.Key != c.key || !strings.Contains(wrong.Problem, c.says) {
				t.Errorf("%v, want key %s and %q", err, c.key, c.says)
			}
			if _, openErr := dial.Open(t.Context(), c.config); openErr == nil || openErr.Error() != err.Error() {
				t.Errorf("Open: %v, want the same as Validate: %v", openErr, err)
			}
		})
	}
	for _, c := range []remote.Config{
		{Transport: "local", Runner: []string{"qemu-aarch64-static", "-cpu", ""}},
		{Transport: "ssh", SSH: ssh},
		{Transport: "adb"},
		{Transport: "sim"},
	} {
		if err := dial.Validate(c); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func open(t *testing.T, c remote.Config) remote.Transport {
	t.Helper()
	tr, err := dial.Open(t.Context(), c)
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

func probe(t *testing.T, c remote.Config) *remote.Facts {
	t.Helper()
	f, err := remote.Probe(t.Context(), open(t, c), c)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestOpenUnreachable(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	listener.Close()
	_, err = dial.Open(t.Context(), remote.Config{Transport: "ssh", SSH: &remote.SSHConfig{
		Host: "127.0.0.1", Port: port, KnownHosts: filepath.Join(t.TempDir(), "none")}})
	if !remote.IsFault(err, remote.Unreachable) {
		t.Errorf("%v, want a fault %s", err, remote.Unreachable)
	}
}

// TestAndroidDevice probes over the real adb program and lists what its server knows.
func TestAndroidDevice(t *testing.T) {
	config, double := adbdouble.Start(t)
	list := func() []dial.Listed {
		t.Helper()
		listed, err := dial.List(t.Context(), config.ADB.Program, config.ADB.ServerPort)
		if err != nil {
			t.Fatal(err)
		}
		return listed
	}
	here := dial.Listed{Name: "local", Transport: "local", State: "this machine"}
	if got := list(); !slices.Equal(got, []dial.Listed{here}) {
		t.Errorf("before anything is attached: %+v", got)
	}
	f := probe(t, config)
	if f.Name != config.Name || f.Transport != "adb:"+double.Address() || f.WorkDir != config.WorkDir || len(f.Cores) == 0 {
		t.Errorf("facts %+v", f)
	}
	// The double runs its commands here.
	if same := probe(t, remote.Config{Transport: "local"}); same.Fingerprint != f.Fingerprint {
		t.Errorf("fingerprints differ: %s, %s", f.Fingerprint, same.Fingerprint)
	}
	if got := list(); !slices.Equal(got, []dial.Listed{here, {Name: f.Transport, Transport: "adb", State: "device"}}) {
		t.Errorf("with a device: %+v", got)
	}
}

func TestListDeviceThatIsNotReady(t *testing.T) {
	if testing.Short() {
		t.Skip("waits until a device counts as not ready")
	}
	config, double := adbdouble.Start(t)
	double.Behave(adbdouble.Behaviour{Recovery: true})
	if _, err := dial.Open(t.Context(), config); !remote.IsFault(err, remote.Offline) {
		t.Fatalf("open a device in recovery: %v, want a fault %s", err, remote.Offline)
	}
	got, err := dial.List(t.Context(), config.ADB.Program, config.ADB.ServerPort)
	if err != nil || len(got) != 2 || got[1].State != "recovery" || !strings.Contains(got[1].Advice, "boot") {
		t.Errorf("%+v, %v; want a device in recovery and what to do about it", got, err)
	}
}

func TestListWithoutADB(t *testing.T) {
	got, err := dial.List(t.Context(), filepath.Join(t.TempDir(), "adb"), 0)
	if !remote.IsFault(err, remote.NoProgram) || len(got) != 1 || got[0].Name != "local" {
		t.Errorf("%+v, %v; want this machine and a fault %s", got, err, remote.NoProgram)
	}
}

// TestOneDeviceOverTwoTransports: what a device is does not depend on how it is reached.
func TestOneDeviceOverTwoTransports(t *testing.T) {
	for _, mode := range []string{"native", "exec"} {
		t.Run(mode, func(t *testing.T) {
			if testing.Short() && mode == "exec" {
				t.Skip("one way to reach a server is enough for a short run")
			}
			testtool.Need(t, "ssh")
			server, _ := sshdtest.Start(t)
			server.Mode = mode
			parent := t.TempDir()
			here := probe(t, remote.Config{Name: "here", Transport: "local", WorkDir: parent})
			there := probe(t, remote.Config{Name: "there", Transport: "ssh", SSH: &server, WorkDir: parent})
			if here.Name != "here" || here.Transport != "local" || there.Name != "there" || !strings.HasPrefix(there.Transport, "ssh://") {
				t.Errorf("names %q, %q over %q, %q", here.Name, there.Name, here.Transport, there.Transport)
			}
			if here.Fingerprint != there.Fingerprint {
				t.Errorf("fingerprints differ: %s, %s", here.Fingerprint, there.Fingerprint)
			}
			if here.CPU != there.CPU || len(here.Cores) != len(there.Cores) || here.Arch != there.Arch || here.Kernel != there.Kernel {
				t.Errorf("facts differ: %+v, %+v", here, there)
			}
			if here.WorkDir != parent || there.WorkDir != parent {
				t.Errorf("work directories are made in %s and %s, want %s", here.WorkDir, there.WorkDir, parent)
			}
			if left, err := os.ReadDir(parent); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}
