package bench

import (
	"testing"

	"github.com/rt3d-tune/rt3d-tune/internal/testtool"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/kernels/toolchain"
	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/remote/ssh"
	"github.com/rt3d-tune/rt3d-tune/remote/ssh/sshdtest"
)

// arm is the whole ARM road for a device that this machine imitates: cross-compile, push, run under
// qemu, verify.
func arm(t *testing.T, config remote.Config, open func() (remote.Transport, error)) {
	t.Helper()
	config.Runner = []string{testtool.Need(t, "qemu-aarch64-static")}
	target := spec.Target{Arch: spec.ARM64, ISA: spec.NEON, DataType: spec.Float32}
	if _, err := toolchain.Find(t.Context(), target); err != nil {
		testtool.Missing(t, err.Error())
	}
	transport, err := open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := transport.Close(); err != nil {
			t.Error(err)
		}
	})
	road(t, openSession(t, transport, config, target, Options{}))
}

func TestArmOverSSH(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles all for another processor")
	}
	for _, mode := range []string{"native", "exec"} {
		t.Run(mode, func(t *testing.T) {
			server, _ := sshdtest.Start(t)
			server.Mode = mode
			config := remote.Config{Name: "board", Transport: "ssh", SSH: &server}
			arm(t, config, func() (remote.Transport, error) { return ssh.Open(t.Context(), config) })
		})
	}
}
