// Package testtool lets a test state the outside programs it needs. It is for tests only. A missing
// program skips the test on a developer's machine and fails it where RT3D_REQUIRE_TOOLS=1 (CI), so
// that no test silently stops running.
package testtool

import (
	"os"
	"os/exec"
	"testing"
)

// Need returns the path of a program, or skips (or, with RT3D_REQUIRE_TOOLS=1, fails) the test.
func Need(t testing.TB, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err == nil {
		return path
	}
	// sshd lives outside an ordinary user's PATH.
	for _, dir := range []string{"/usr/sbin/", "/sbin/", "/usr/local/sbin/"} {
		if _, statErr := os.Stat(dir + program); statErr == nil {
			return dir + program
		}
	}
	Missing(t, "program "+program+" is not installed (run `make setup`)")
	return ""
}

// Missing skips the test for a stated reason, or fails it where RT3D_REQUIRE_TOOLS=1.
func Missing(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("RT3D_REQUIRE_TOOLS") == "1" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}
