package clocks

import (
	"syscall"
	"testing"
	"time"

	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/remote/adb"
	"github.com/rt3d-tune/rt3d-tune/remote/adb/adbdouble"
	"github.com/rt3d-tune/rt3d-tune/remote/ssh"
	"github.com/rt3d-tune/rt3d-tune/remote/ssh/sshdtest"
)

// The link breaks while the clocks are held: what runs on the device over it is killed, and the watchdog is
// not.
func TestBrokenLinkGivesTheClocksBack(t *testing.T) {
	for name, link := range map[string]func(t *testing.T) (tr remote.Transport, cut func()){
		"ssh": func(t *testing.T) (remote.Transport, func()) {
			server := sshdtest.StartServer(t)
			tr, err := ssh.Open(t.Context(), remote.Config{Name: "board", Transport: "ssh", SSH: &server.Config})
			if err != nil {
				t.Fatal(err)
			}
			return tr, func() { server.BreakConnections(syscall.SIGKILL) }
		},
		"adb": func(t *testing.T) (remote.Transport, func()) {
			config, double := adbdouble.Start(t)
			tr, err := adb.Open(t.Context(), config)
			if err != nil {
				t.Fatal(err)
			}
			return tr, double.Break
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr, cut := link(t)
			l := sysfs(t, t.TempDir())
			if _, err := l.Hold(t.Context(), tr, 7*time.Second); err != nil {
				t.Fatal(err)
			}
			cut()
			_ = tr.Close() // it has nobody to tell
			expect(t, l, "after the link broke", "performance 1800000 1800000", "walt 2840000 2840000")
			awaitRestored(t, l)
		})
	}
}
