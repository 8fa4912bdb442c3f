package bench

import (
	"testing"

	"github.com/rt3d-tune/rt3d-tune/internal/testtool"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/kernels/toolchain"
	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/remote/adb"
	"github.com/rt3d-tune/rt3d-tune/remote/adb/adbdouble"
	"github.com/rt3d-tune/rt3d-tune/remote/ssh"
	"github.com/rt3d-tune/rt3d-tune/remote/ssh/sshdtest"
	"github.com/rt3d-tune/rt3d-tune/results"
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

func TestArmOverADB(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles all for another processor")
	}
	testtool.Need(t, "adb")
	config, _ := adbdouble.Start(t)
	arm(t, config, func() (remote.Transport, error) { return adb.Open(t.Context(), config) })
}

// A phone that goes away in the middle of a measurement: everything that was not finished is lost with
// it, and nothing is learned from that.
func TestADBLost(t *testing.T) {
	testtool.Need(t, "adb")
	config, double := adbdouble.Start(t)
	transport, err := adb.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = transport.Close() }) // the link is broken: there is nothing to be told
	s, err := open(t.Context(), transport, config, handmade{compilerFor(t, scalar)},
		withDefaults(Options{CacheDir: cacheDir}, config, scalar))
	if err != nil {
		t.Fatal(err)
	}
	if r := evaluate(t, s, candidate("GOOD"))["GOOD"]; r.Outcome != results.OK && r.Outcome != results.Unstable {
		t.Fatalf("before: %s %s", r.Outcome, r.Detail)
	}
	out := s.Evaluate(t.Context(), []Candidate{candidate("HANG"), candidate("GOOD-2")})
	_, dir := s.device.current()
	awaitHang(t, dir, out)
	double.Break()
	for r := range out {
		if r.Outcome != results.DeviceLost || r.Outcome.Teaches() {
			t.Errorf("%s: %s %s: want device-lost", r.Key, r.Outcome, r.Detail)
		}
	}
}
