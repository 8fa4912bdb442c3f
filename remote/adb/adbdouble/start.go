package adbdouble

import (
	"net"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/rt3d-tune/rt3d-tune/internal/testtool"
	"github.com/rt3d-tune/rt3d-tune/remote"
)

// Start runs a double and an adb server of its own, so that a developer's server and phones are left
// alone, until the test ends. The configuration reaches the double; its work directories lie in a
// directory of the test's.
func Start(t testing.TB) (remote.Config, *Device) {
	t.Helper()
	adb := testtool.Need(t, "adb")
	root := t.TempDir()
	d, err := Listen(root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Stop)
	return remote.Config{
		Name: "double", Transport: "adb", WorkDir: root,
		ADB: &remote.ADBConfig{Program: adb, Serial: d.Address(), ServerPort: StartServer(t, adb)},
	}, d
}

// StartServer runs an adb server on a free port until the test ends and returns the port.
func StartServer(t testing.TB, adb string) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	cmd := exec.Command(adb, "-P", strconv.Itoa(port), "nodaemon", "server")
	// Its keys go to a home of its own, and it does not look for devices on USB or the network.
	home := t.TempDir()
	cmd.Env = append(os.Environ(), "HOME="+home, "ANDROID_SDK_HOME="+home, "ADB_MDNS=0", "ADB_LOCAL_TRANSPORT_MAX_PORT=0")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start adb server: %v", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()
	})
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		conn, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(port))
		if err == nil {
			conn.Close()
			return port
		}
		if time.Now().After(end) {
			t.Fatalf("adb server does not listen on port %d: %v", port, err)
		}
	}
}
