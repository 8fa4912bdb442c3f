package ssh

import (
	"syscall"
	"testing"
	"time"

	"github.com/rt3d-tune/rt3d-tune/internal/testtool"
	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/remote/remotetest"
	"github.com/rt3d-tune/rt3d-tune/remote/ssh/sshdtest"
)

func open(t *testing.T, c remote.SSHConfig) remote.Transport {
	t.Helper()
	tr, err := Open(t.Context(), remote.Config{Name: "board", Transport: "ssh", SSH: &c})
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func TestConformance(t *testing.T) {
	for _, mode := range []string{"native", "exec"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			testtool.Need(t, "ssh")
			server := sshdtest.StartServer(t)
			config := server.Config
			config.Mode = mode
			config.KeepAlive = time.Second
			remotetest.Run(t, func(t *testing.T) remote.Transport { return open(t, config) }, remotetest.Options{
				BreakLink: func(t *testing.T, _ remote.Transport) { server.BreakConnections(syscall.SIGKILL) },
			})
		})
	}
}
