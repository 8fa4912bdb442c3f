package ssh

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rt3d-tune/rt3d-tune/internal/testtool"
	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/remote/ssh/sshdtest"
)

var modes = []string{"native", "exec"}

// openFault opens a connection that must fail with a fault.
func openFault(t *testing.T, c remote.SSHConfig, code remote.FaultCode, advice string) {
	t.Helper()
	tr, err := Open(t.Context(), remote.Config{Transport: "ssh", SSH: &c})
	if err == nil {
		tr.Close()
		t.Fatalf("mode %s: no error, want a fault %s", c.Mode, code)
	}
	var fault *remote.DeviceError
	if !errors.As(err, &fault) || fault.Code != code || !strings.Contains(fault.Advice, advice) {
		t.Errorf("mode %s: %v, want a fault %s that advises %q", c.Mode, err, code, advice)
	}
}

func hello(t *testing.T, c remote.SSHConfig) {
	t.Helper()
	tr := open(t, c)
	defer tr.Close()
	var out bytes.Buffer
	result, err := tr.Run(t.Context(), remote.Command{Args: []string{"echo", "hello"}, Stdout: &out})
	if err != nil || result != (remote.Result{}) || out.String() != "hello\n" {
		t.Errorf("mode %s: echo: %+v, %v, %q", c.Mode, result, err, out.String())
	}
}

func TestHostKeysAreEnforced(t *testing.T) {
	testtool.Need(t, "ssh")
	server := sshdtest.StartServer(t)
	file := func(text string) string {
		path := filepath.Join(t.TempDir(), "known hosts") // a blank must not matter
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	own, err := os.ReadFile(server.Config.KnownHosts)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, text string
		code       remote.FaultCode // empty: trusted
		advice     string
		exec       bool
	}{
		{"trusted", string(own), "", "", true},
		{"among others", "other.example " + strings.SplitN(string(own), " ", 2)[1] + string(own), "", "", true},
		{"unknown", "", remote.HostKeyUnknown, "fingerprint", true},
		{"another host's", "other.example " + strings.SplitN(string(own), " ", 2)[1], remote.HostKeyUnknown, "fingerprint", true},
		{"changed", server.HostKeyLine(t, "ed25519"), remote.HostKeyChanged, "ssh-keygen", true},
		// The user's ssh asks for the known kind first, does not get it, and takes the key for unknown.
		{"changed to another kind", server.HostKeyLine(t, "ecdsa"), remote.HostKeyChanged, "ssh-keygen", false},
		{"several kinds known", string(own) + server.HostKeyLine(t, "ecdsa"), "", "", true},
		{"revoked", string(own) + "@revoked " + string(own), remote.HostKeyChanged, "ssh-keygen", true},
	} {
		for _, mode := range modes {
			if mode == "exec" && !c.exec {
				continue
			}
			t.Run(c.name+"/"+mode, func(t *testing.T) {
				config := server.Config
				config.Mode, config.KnownHosts = mode, file(c.text)
				if c.code == "" {
					hello(t, config)
				} else {
					openFault(t, config, c.code, c.advice)
				}
			})
		}
	}
	missing := server.Config
	missing.KnownHosts = filepath.Join(t.TempDir(), "none")
	openFault(t, missing, remote.HostKeyUnknown, "ssh-keyscan")
}

func TestServersThatDoNotServe(t *testing.T) {
	testtool.Need(t, "ssh")
	silent, err := net.Listen("tcp", "127.0.0.1:0") // the kernel accepts, nobody answers
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	shut, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	shut.Close()
	for _, mode := range modes {
		for name, l := range map[string]net.Listener{"silent": silent, "refused": shut} {
			t.Run(name+"/"+mode, func(t *testing.T) {
				t.Parallel()
				openFault(t, remote.SSHConfig{
					Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, Mode: mode, ConnectTimeout: time.Second,
				}, remote.Unreachable, "check")
			})
		}
		t.Run("no such host/"+mode, func(t *testing.T) {
			t.Parallel()
			openFault(t, remote.SSHConfig{Host: "no-such-host.invalid", Mode: mode, ConnectTimeout: 5 * time.Second}, remote.Unreachable, "check")
		})
	}
}

func TestKeysThatAreNotAccepted(t *testing.T) {
	testtool.Need(t, "ssh")
	server := sshdtest.StartServer(t)
	t.Setenv("SSH_AUTH_SOCK", "")
	other := filepath.Join(t.TempDir(), "other")
	locked := filepath.Join(t.TempDir(), "locked")
	for file, passphrase := range map[string]string{other: "", locked: "secret"} {
		if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", file).CombinedOutput(); err != nil {
			t.Fatalf("ssh-keygen: %v: %s", err, out)
		}
	}
	for _, mode := range modes {
		for _, key := range []string{other, locked} {
			config := server.Config
			config.Mode, config.Keys = mode, []string{key}
			if mode == "exec" {
				config.Options = []string{"-o", "IdentitiesOnly=yes", "-F", "none"}
			}
			openFault(t, config, remote.AuthFailed, "ssh-copy-id")
		}
	}
	config := server.Config
	config.Keys = []string{"/no/such/key"}
	_, err := Open(t.Context(), remote.Config{Transport: "ssh", SSH: &config})
	var fault *remote.DeviceError
	if !errors.Is(err, os.ErrNotExist) || errors.As(err, &fault) {
		t.Errorf("missing key file: %v, want an error that is not the device's", err)
	}
}

func TestAgent(t *testing.T) {
	server := sshdtest.StartServer(t)
	testtool.Need(t, "ssh-agent")
	socket := filepath.Join(t.TempDir(), "agent")
	agent := exec.Command("ssh-agent", "-D", "-a", socket)
	if err := agent.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { agent.Process.Kill(); agent.Wait() })
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(socket); err == nil {
			break
		}
		if time.Now().After(end) {
			t.Fatal("ssh-agent makes no socket")
		}
	}
	t.Setenv("SSH_AUTH_SOCK", socket)
	if out, err := exec.Command("ssh-add", server.Config.Keys[0]).CombinedOutput(); err != nil {
		t.Fatalf("ssh-add: %v: %s", err, out)
	}
	config := server.Config
	config.Keys = nil
	hello(t, config)
}

func TestJumpHost(t *testing.T) {
	t.Parallel()
	testtool.Need(t, "ssh")
	jump, target := sshdtest.StartServer(t), sshdtest.StartServer(t)
	for _, mode := range modes {
		t.Run(mode, func(t *testing.T) {
			config, through := target.Config, jump.Config
			config.Mode, config.Jump = mode, &through
			hello(t, config)
			if n := strings.Count(jump.Log(), "Accepted publickey"); n == 0 {
				t.Error("the jump host was not used")
			}
			through.KnownHosts = target.Config.KnownHosts
			code := remote.HostKeyUnknown
			openFault(t, config, code, "")
		})
	}
}

// A server whose process is stopped is what a board without power looks like: nothing is refused and
// nothing is answered.
func TestSilentServerIsNoticed(t *testing.T) {
	testtool.Need(t, "ssh")
	for _, mode := range modes {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			server := sshdtest.StartServer(t)
			config := server.Config
			config.Mode, config.KeepAlive = mode, time.Second
			tr := open(t, config)
			ended := make(chan error, 1)
			go func() {
				_, err := tr.Run(context.Background(), remote.Command{Args: []string{"sleep", "3600"}})
				ended <- err
			}()
			time.Sleep(300 * time.Millisecond)
			server.BreakConnections(syscall.SIGSTOP)
			defer server.BreakConnections(syscall.SIGCONT)
			select {
			case err := <-ended:
				if !remote.IsFault(err, remote.ConnectionLost) {
					t.Errorf("silent server: %v, want a fault %s", err, remote.ConnectionLost)
				}
			case <-time.After(time.Minute):
				t.Fatal("silent server: Run does not return")
			}
			server.BreakConnections(syscall.SIGKILL)
			if err := tr.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
	}
}

func TestServerWithoutSFTP(t *testing.T) {
	t.Parallel()
	server := sshdtest.StartServer(t, "Subsystem sftp /bin/false")
	tr := open(t, server.Config)
	defer tr.Close()
	roundTrip(t, tr)
}

// A device without sha256sum is checked by reading back.
func TestDeviceWithoutHashProgram(t *testing.T) {
	t.Parallel()
	bin := t.TempDir()
	for _, name := range []string{"sh", "env", "cat", "chmod", "mv", "rm", "mkdir", "grep", "sleep", "rmdir"} {
		if err := os.Symlink(testtool.Need(t, name), filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	server := sshdtest.StartServer(t, fmt.Sprintf("SetEnv PATH=%s HOME=%s", bin, t.TempDir()))
	tr := open(t, server.Config)
	defer tr.Close()
	result, err := tr.Run(t.Context(), remote.Command{Args: []string{"sha256sum"}})
	var start *remote.StartError
	if !errors.As(err, &start) {
		t.Fatalf("the device has a sha256sum after all: %+v, %v", result, err)
	}
	roundTrip(t, tr)
}

func roundTrip(t *testing.T, tr remote.Transport) {
	t.Helper()
	dir, err := tr.WorkDir(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	data := bytes.Repeat([]byte("0123456789abcde\n"), 20_000)
	if err := tr.Push(t.Context(), bytes.NewReader(data), int64(len(data)), dir+"/f", 0o640); err != nil {
		t.Fatal(err)
	}
	var back bytes.Buffer
	if err := tr.Pull(t.Context(), dir+"/f", &back); err != nil || !bytes.Equal(back.Bytes(), data) {
		t.Errorf("%d bytes came back (%v)", back.Len(), err)
	}
	if info, err := os.Stat(dir + "/f"); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("pushed file: %v, %v", info, err)
	}
}

func TestServerThatAllowsNoSession(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for the transport to lose its patience")
	}
	testtool.Need(t, "ssh")
	server := sshdtest.StartServer(t, "MaxSessions 0")
	tr := open(t, server.Config)
	defer tr.Close()
	if _, err := tr.Run(t.Context(), remote.Command{Args: []string{"true"}}); !remote.IsFault(err, remote.Protocol) || !strings.Contains(err.Error(), "MaxSessions") {
		t.Errorf("no sessions allowed: %v, want a fault %s that names MaxSessions", err, remote.Protocol)
	}
}

func TestProgramMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	openFault(t, remote.SSHConfig{Host: "127.0.0.1", Mode: "exec"}, remote.NoProgram, "install")
}

func TestValidateNamesTheKey(t *testing.T) {
	good := remote.SSHConfig{Host: "board"}
	for _, c := range []struct {
		key    string
		change func(*remote.Config)
	}{
		{"ssh", func(c *remote.Config) { c.SSH = nil }},
		{"adb", func(c *remote.Config) { c.ADB = &remote.ADBConfig{} }},
		{"work_dir", func(c *remote.Config) { c.WorkDir = "here" }},
		{"ssh.host", func(c *remote.Config) { c.SSH.Host = "" }},
		{"ssh.host", func(c *remote.Config) { c.SSH.Host = "pi@board" }},
		{"ssh.host", func(c *remote.Config) { c.SSH.Host = "board:22" }},
		{"ssh.host", func(c *remote.Config) { c.SSH.Host = "-oProxyCommand=x" }},
		{"ssh.user", func(c *remote.Config) { c.SSH.User = "-x" }},
		{"ssh.port", func(c *remote.Config) { c.SSH.Port = 65536 }},
		{"ssh.mode", func(c *remote.Config) { c.SSH.Mode = "telnet" }},
		{"ssh.options", func(c *remote.Config) { c.SSH.Options = []string{"-4"} }},
		{"ssh.connect_timeout", func(c *remote.Config) { c.SSH.ConnectTimeout = -1 }},
		{"ssh.keepalive", func(c *remote.Config) { c.SSH.KeepAlive = -1 }},
		{"ssh.jump.mode", func(c *remote.Config) { c.SSH.Jump = &remote.SSHConfig{Host: "gate", Mode: "exec"} }},
		{"ssh.jump.host", func(c *remote.Config) { c.SSH.Jump = &remote.SSHConfig{} }},
		{"ssh.jump.jump.port", func(c *remote.Config) {
			c.SSH.Jump = &remote.SSHConfig{Host: "gate", Jump: &remote.SSHConfig{Host: "outer", Port: -1}}
		}},
	} {
		s := good
		config := remote.Config{Transport: "ssh", SSH: &s}
		if err := Validate(config); err != nil {
			t.Fatal(err)
		}
		c.change(&config)
		var wrong *remote.ConfigError
		if err := Validate(config); !errors.As(err, &wrong) || wrong.Key != c.key {
			t.Errorf("wrong %s: %v", c.key, err)
		}
	}
}
