// Package sshdtest starts a real OpenSSH server on the loopback interface for tests: a free port, keys
// made for the occasion, no one's configuration touched. It is for tests only.
package sshdtest

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rt3d-tune/rt3d-tune/internal/testtool"
	"github.com/rt3d-tune/rt3d-tune/remote"
)

// Server is a running sshd.
type Server struct {
	// Config reaches it with its own key and known_hosts.
	Config remote.SSHConfig
	// Dir holds its keys and configuration.
	Dir string
	cmd *exec.Cmd
	log string
}

// Start runs an sshd until the test ends and returns how to reach it; stop ends it earlier. Extra lines
// go to the front of its configuration, where they win.
func Start(t testing.TB, extra ...string) (remote.SSHConfig, func()) {
	s := StartServer(t, extra...)
	return s.Config, s.Stop
}

// StartServer is Start for tests that need more of the server.
func StartServer(t testing.TB, extra ...string) *Server {
	t.Helper()
	sshd := testtool.Need(t, "sshd")
	keygen := testtool.Need(t, "ssh-keygen")
	me, err := user.Current()
	if err != nil {
		testtool.Missing(t, "no SSH server lets in a user without an account: "+err.Error())
	}
	needShell(t, me.Username)
	if os.Getuid() == 0 {
		// Privilege separation wants this directory, which a service manager would make.
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	for _, name := range []string{"host_ed25519", "user_ed25519"} {
		if out, err := exec.Command(keygen, "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(dir, name)).CombinedOutput(); err != nil {
			t.Fatalf("ssh-keygen: %v: %s", err, out)
		}
	}
	port := freePort(t)
	s := &Server{Dir: dir, log: filepath.Join(dir, "sshd.log"), Config: remote.SSHConfig{
		Host: "127.0.0.1", Port: port, User: me.Username,
		Keys: []string{filepath.Join(dir, "user_ed25519")}, KnownHosts: filepath.Join(dir, "known_hosts"),
	}}
	host, err := os.ReadFile(filepath.Join(dir, "host_ed25519.pub"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, s.Config.KnownHosts, fmt.Sprintf("[127.0.0.1]:%d %s", port, host))
	authorized, err := os.ReadFile(filepath.Join(dir, "user_ed25519.pub"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "authorized_keys"), string(authorized))
	// The one setting that may not stand there twice.
	subsystem := "Subsystem sftp internal-sftp"
	if slices.ContainsFunc(extra, func(line string) bool { return strings.HasPrefix(line, "Subsystem") }) {
		subsystem = ""
	}
	write(t, filepath.Join(dir, "config"), strings.Join(append(extra,
		"ListenAddress 127.0.0.1:"+strconv.Itoa(port),
		"HostKey "+filepath.Join(dir, "host_ed25519"),
		"AuthorizedKeysFile "+filepath.Join(dir, "authorized_keys"),
		"PidFile none", "UsePAM no", "StrictModes no", "PasswordAuthentication no", "KbdInteractiveAuthentication no",
		"PermitRootLogin yes", "MaxStartups 100", "LogLevel VERBOSE",
		// A home of its own: the developer's shell start-up files may take longer than all the rest.
		"SetEnv HOME="+dir, subsystem, ""), "\n"))

	s.cmd = exec.Command(sshd, "-D", "-e", "-f", filepath.Join(dir, "config"))
	log, err := os.Create(s.log)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	s.cmd.Stderr = log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := s.cmd.Start(); err != nil {
		t.Fatalf("start sshd: %v", err)
	}
	t.Cleanup(s.Stop)
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		conn, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(port))
		if err == nil {
			conn.Close()
			return s
		}
		if time.Now().After(end) {
			t.Fatalf("sshd does not listen: %v; it said: %s", err, s.Log())
		}
	}
}

// needShell asks for an account whose login shell runs commands, as those of services often do not.
func needShell(t testing.TB, name string) {
	t.Helper()
	entry, err := exec.Command(testtool.Need(t, "getent"), "passwd", name).Output()
	if err != nil {
		t.Fatalf("getent passwd %s: %v", name, err)
	}
	shell := strings.TrimSpace(string(entry[bytes.LastIndexByte(entry, ':')+1:]))
	if shell == "" {
		shell = "/bin/sh"
	}
	if err := exec.Command(shell, "-c", "true").Run(); err != nil {
		testtool.Missing(t, fmt.Sprintf("no SSH server lets in %s: its login shell %s runs no commands (%v)", name, shell, err))
	}
}

// Stop ends the server; connections that it had accepted end too.
func (s *Server) Stop() {
	if s.cmd.ProcessState != nil {
		return
	}
	s.BreakConnections(syscall.SIGKILL)
	_ = s.cmd.Process.Kill() // it may have ended
	_ = s.cmd.Wait()
}

// BreakConnections sends a signal to the processes that serve connections, not to what runs over them.
// SIGKILL drops the connections, SIGSTOP makes them silent.
func (s *Server) BreakConnections(sig syscall.Signal) {
	for _, pid := range s.connections(s.cmd.Process.Pid) {
		_ = syscall.Kill(pid, sig) // it may have ended
	}
}

// connections lists the descendants of a process that are sshd themselves.
func (s *Server) connections(parent int) []int {
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	var found []int
	for _, file := range files {
		stat, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		name := stat[bytes.IndexByte(stat, '(')+1 : bytes.LastIndexByte(stat, ')')]
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		if !bytes.HasPrefix(name, []byte("sshd")) || len(fields) < 2 || fields[1] != strconv.Itoa(parent) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err == nil {
			found = append(append(found, s.connections(pid)...), pid)
		}
	}
	return found
}

// Log is what the server said.
func (s *Server) Log() string {
	data, err := os.ReadFile(s.log)
	if err != nil {
		return err.Error()
	}
	return string(data)
}

// HostKeyLine is a known_hosts line that has the server's address with another key than its own.
func (s *Server) HostKeyLine(t testing.TB, keyType string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "other")
	if out, err := exec.Command("ssh-keygen", "-q", "-t", keyType, "-N", "", "-f", file).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v: %s", err, out)
	}
	public, err := os.ReadFile(file + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("[127.0.0.1]:%d %s", s.Config.Port, public)
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
