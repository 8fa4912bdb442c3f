package dial

import (
	"bytes"
	"errors"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/remote/adb/adbdouble"
	"github.com/rt3d-tune/rt3d-tune/remote/ssh/sshdtest"
)

func TestOpenFindsTheTransport(t *testing.T) {
	for name, config := range map[string]func(t *testing.T) remote.Config{
		"local": func(*testing.T) remote.Config { return remote.Config{Transport: "local"} },
		"ssh": func(t *testing.T) remote.Config {
			s, _ := sshdtest.Start(t)
			return remote.Config{Transport: "ssh", SSH: &s}
		},
		"adb": func(t *testing.T) remote.Config {
			c, _ := adbdouble.Start(t)
			return c
		},
	} {
		t.Run(name, func(t *testing.T) {
			tr, err := Open(t.Context(), config(t))
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			result, err := tr.Run(t.Context(), remote.Command{Args: []string{"echo", "hello"}, Stdout: &out})
			if err != nil || result != (remote.Result{}) || out.String() != "hello\n" {
				t.Errorf("echo on %s: %+v, %v, %q", tr.Name(), result, err, out.String())
			}
			if err := tr.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestValidateNamesTheKey(t *testing.T) {
	for _, c := range []struct {
		key    string
		config remote.Config
	}{
		{"transport", remote.Config{}},
		{"transport", remote.Config{Transport: "usb"}},
		{"runner[1]", remote.Config{Transport: "local", Runner: []string{"qemu", ""}}},
		{"ssh", remote.Config{Transport: "ssh"}},
		{"ssh.host", remote.Config{Transport: "ssh", SSH: &remote.SSHConfig{}}},
		{"adb", remote.Config{Transport: "local", ADB: &remote.ADBConfig{}}},
		{"adb.server_port", remote.Config{Transport: "adb", ADB: &remote.ADBConfig{ServerPort: 70000}}},
	} {
		var wrong *remote.ConfigError
		if err := Validate(c.config); !errors.As(err, &wrong) || wrong.Key != c.key || wrong.Problem == "" {
			t.Errorf("%+v: %v, want an error at %s", c.config, err, c.key)
		}
		if _, err := Open(t.Context(), c.config); !errors.As(err, &wrong) {
			t.Errorf("Open(%+v) = %v, want Validate's error", c.config, err)
		}
	}
}
