package adb

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rt3d-tune/rt3d-tune/internal/testtool"
	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/remote/adb/adbdouble"
)

func openFault(t *testing.T, c remote.Config, code remote.FaultCode, advice string) {
	t.Helper()
	tr, err := Open(t.Context(), c)
	if err == nil {
		tr.Close()
		t.Fatalf("no error, want a fault %s", code)
	}
	var fault *remote.DeviceError
	if !errors.As(err, &fault) || fault.Code != code || !strings.Contains(fault.Advice, advice) {
		t.Errorf("%v, want a fault %s that advises %q", err, code, advice)
	}
}

func TestStatesOfDevices(t *testing.T) {
	for _, c := range []struct {
		name      string
		behaviour adbdouble.Behaviour
		code      remote.FaultCode
		advice    string
	}{
		{"unauthorized", adbdouble.Behaviour{Unauthorized: true}, remote.Unauthorized, "accept this computer's key"},
		{"silent", adbdouble.Behaviour{Offline: true}, remote.Unreachable, "address"},
		{"recovery", adbdouble.Behaviour{Recovery: true}, remote.Offline, "boot the device into Android"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.behaviour.Offline && testing.Short() {
				t.Skip("adb itself waits ten seconds")
			}
			config, double := adbdouble.Start(t)
			double.Behave(c.behaviour)
			openFault(t, config, c.code, c.advice)
		})
	}
	t.Run("offline", func(t *testing.T) {
		t.Parallel()
		if testing.Short() {
			t.Skip("waits whether the device comes back")
		}
		config, double := adbdouble.Start(t)
		tr, err := Open(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		double.Behave(adbdouble.Behaviour{Offline: true})
		double.Break()
		noticed(t, config)
		openFault(t, config, remote.Offline, "plug it in again")
		double.Behave(adbdouble.Behaviour{})
		if err := tr.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	t.Run("nobody there", func(t *testing.T) {
		t.Parallel()
		config, double := adbdouble.Start(t)
		double.Stop()
		openFault(t, config, remote.Unreachable, "address")
	})
}

// noticed waits until adb's server knows that it has lost the device: until then it says that all is well.
func noticed(t *testing.T, c remote.Config) {
	t.Helper()
	s, err := findServer(*c.ADB)
	if err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		all, err := s.devices(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(all, func(d state) bool { return d.serial == c.ADB.Serial && d.state == "device" }) {
			return
		}
	}
	t.Fatal("adb's server has not noticed that the device is gone")
}

// States that no double over TCP can have, in the words of adb.
func TestStatesInWords(t *testing.T) {
	listing := "List of devices attached\n" +
		"R5CN30\tdevice\n0123\tno permissions (user in plugdev group; are your udev rules wrong?); see [http://developer.android.com/tools/device.html]\n" +
		"4567\tbootloader\r\n89ab\tauthorizing\n\n"
	states := parseDevices(listing)
	if len(states) != 4 {
		t.Fatalf("read %d devices: %+v", len(states), states)
	}
	for i, want := range []remote.FaultCode{"", remote.Unauthorized, remote.Offline, ""} {
		fault := faultOf("x", states[i].state)
		if (want == "") != (fault == nil || states[i].state == "device") || fault != nil && want != "" && fault.Code != want {
			t.Errorf("state %q: %v, want %q", states[i].state, fault, want)
		}
	}
	if fault := faultOf("x", ""); fault == nil || fault.Code != remote.NoSuchDevice {
		t.Errorf("a device that is not listed: %v", fault)
	}
}

func TestSerialMayBeLeftOut(t *testing.T) {
	config, _ := adbdouble.Start(t)
	serial := config.ADB.Serial
	anyDevice := config
	anyDevice.ADB = &remote.ADBConfig{Program: config.ADB.Program, ServerPort: config.ADB.ServerPort}
	openFault(t, anyDevice, remote.NoSuchDevice, "connect a phone")

	connect := func(c remote.Config) remote.Transport {
		t.Helper()
		tr, err := Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { tr.Close() })
		return tr
	}
	connect(config)
	if tr := connect(anyDevice); tr.Name() != "adb:"+serial {
		t.Errorf("the only device is %s, opened %s", serial, tr.Name())
	}
	second, err := adbdouble.Listen(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(second.Stop)
	both := config
	both.ADB = &remote.ADBConfig{Program: config.ADB.Program, ServerPort: config.ADB.ServerPort, Serial: second.Address()}
	connect(both)
	_, err = Open(t.Context(), anyDevice)
	var wrong *remote.ConfigError
	if !errors.As(err, &wrong) || wrong.Key != "adb.serial" || !strings.Contains(err.Error(), serial) || !strings.Contains(err.Error(), second.Address()) {
		t.Errorf("several devices: %v, want an error at adb.serial that lists both", err)
	}
}

func TestProgramMissing(t *testing.T) {
	openFault(t, remote.Config{ADB: &remote.ADBConfig{Program: "/no/such/adb"}}, remote.NoProgram, "install")
	t.Setenv("PATH", t.TempDir())
	openFault(t, remote.Config{}, remote.NoProgram, "install")
}

func opened(t *testing.T) (remote.Transport, *adbdouble.Device, string) {
	t.Helper()
	config, double := adbdouble.Start(t)
	tr, err := Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := tr.WorkDir(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return tr, double, dir
}

func TestTransfersThatFail(t *testing.T) {
	data := bytes.Repeat([]byte("x"), 3<<20)
	for _, c := range []struct {
		name      string
		behaviour adbdouble.Behaviour
		code      remote.FaultCode
	}{
		{"disk full", adbdouble.Behaviour{DiskFull: true}, remote.NoSpace},
		{"cable pulled", adbdouble.Behaviour{BreakAfter: 1 << 20}, remote.ConnectionLost},
		{"bit flipped", adbdouble.Behaviour{Flip: true}, remote.Corrupted},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tr, double, dir := opened(t)
			double.Behave(c.behaviour)
			err := tr.Push(t.Context(), bytes.NewReader(data), int64(len(data)), dir+"/f", 0o600)
			if !remote.IsFault(err, c.code) {
				t.Errorf("push: %v, want a fault %s", err, c.code)
			}
			if _, err := os.Stat(dir + "/f"); err == nil {
				t.Error("a partial file is there")
			}
			double.Behave(adbdouble.Behaviour{})
			if err := tr.Push(t.Context(), bytes.NewReader(data), int64(len(data)), dir+"/f", 0o600); err != nil {
				t.Errorf("push once the fault is gone: %v", err)
			}
			if left, _ := filepath.Glob(dir + "/.rt3d-*"); len(left) > 0 {
				t.Errorf("left over: %q", left)
			}
			if err := tr.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
	}
}

// A device that stops answering cannot be told to end a command: the timeout still holds here.
func TestDeviceThatHangs(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for the transport to give the device up")
	}
	for name, c := range map[string]struct {
		timeout time.Duration
		want    error
	}{
		"timeout": {time.Second, nil},
		"cancel":  {0, context.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr, double, _ := opened(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			ended := make(chan error, 1)
			go func() {
				_, err := tr.Run(ctx, remote.Command{Args: []string{"sleep", "3600"}, Timeout: c.timeout})
				ended <- err
			}()
			time.Sleep(300 * time.Millisecond)
			double.Behave(adbdouble.Behaviour{Hang: true})
			if c.timeout == 0 {
				cancel()
			}
			select {
			case err := <-ended:
				if !remote.IsFault(err, remote.ConnectionLost) || c.want != nil && !errors.Is(err, c.want) {
					t.Errorf("%v, want a fault %s", err, remote.ConnectionLost)
				}
			case <-time.After(2 * time.Minute):
				t.Fatal("Run does not return")
			}
			double.Behave(adbdouble.Behaviour{})
			double.Break()
			if err := tr.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
	}
}

func TestValidateNamesTheKey(t *testing.T) {
	for key, c := range map[string]remote.Config{
		"ssh":             {SSH: &remote.SSHConfig{}},
		"work_dir":        {WorkDir: "tmp"},
		"adb.server_port": {ADB: &remote.ADBConfig{ServerPort: -1}},
		"adb.serial":      {ADB: &remote.ADBConfig{Serial: "-d"}},
	} {
		var wrong *remote.ConfigError
		if err := Validate(c); !errors.As(err, &wrong) || wrong.Key != key {
			t.Errorf("wrong %s: %v", key, err)
		}
	}
	if err := Validate(remote.Config{}); err != nil {
		t.Errorf("nothing but the transport: %v", err)
	}
}

// The sync service is checked with the real client, beyond what the transport uses.
func TestDoubleListsFiles(t *testing.T) {
	testtool.Need(t, "adb")
	config, _ := adbdouble.Start(t)
	file := config.WorkDir + "/a file"
	if err := errors.Join(os.WriteFile(file, []byte("abc"), 0o640), os.Chmod(file, 0o640)); err != nil { // whatever the umask
		t.Fatal(err)
	}
	tr, err := Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Close()
	s := &server{path: config.ADB.Program, port: config.ADB.ServerPort}
	out, err := s.ask(t.Context(), "-s", config.ADB.Serial, "ls", config.WorkDir)
	if err != nil || !strings.Contains(out, "000081a0 00000003") || !strings.Contains(out, "a file") {
		t.Errorf("adb ls: %v\n%s", err, out)
	}
}
