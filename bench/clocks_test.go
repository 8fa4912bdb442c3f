package bench

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// clocked is a device whose clocks can be held: it answers the scripts that do so, and notes when.
type clocked struct {
	*direct
	refuses bool
	order   []string
}

func (c *clocked) Run(ctx context.Context, command remote.Command) (remote.Result, error) {
	at := slices.Index(command.Args, "rt3d-clocks")
	if at < 0 {
		c.order = append(c.order, "run")
		return c.direct.Run(ctx, command)
	}
	c.order = append(c.order, command.Args[at+1])
	if c.refuses {
		_, err := command.Stderr.Write([]byte("policy0 does not take 1800000 kHz"))
		return remote.Result{ExitCode: 1}, err
	}
	_, err := command.Stdout.Write([]byte("policy0 performance 1800000\n"))
	return remote.Result{}, err
}

func clockedSession(t *testing.T, d *clocked) (*Session, error) {
	t.Helper()
	return open(t.Context(), d, remote.Config{Transport: "local", LockClocks: remote.MaxClock}, handmade{compilerFor(t, scalar)},
		withDefaults(Options{CacheDir: cacheDir}, remote.Config{}, scalar))
}

// Clocks are held before every process that times, the number says so, and they are given back at the end.
func TestClocksAreHeldWhileMeasuring(t *testing.T) {
	d := &clocked{direct: newDirect(t)}
	s, err := clockedSession(t, d)
	if err != nil {
		t.Fatal(err)
	}
	s.thresholds = lenient
	r := evaluate(t, s, candidate("GOOD"))["GOOD"]
	if r.Outcome != results.OK || r.Provenance.Clocks != "policy0 performance 1800000" {
		t.Errorf("%s %s, clocks %q", r.Outcome, r.Detail, r.Provenance.Clocks)
	}
	free := r.Provenance
	free.Clocks = ""
	if free.Key() == r.Provenance.Key() {
		t.Error("a time with held clocks may stand for one without")
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := []string{"hold", "hold", "run", "run", "release"}; !slices.Equal(d.order, want) {
		t.Errorf("order %v, want %v: a trial, then the greeting and the job under one lease", d.order, want)
	}
}

// A device that does not let its clocks be held is not timed, and the session says so when it opens.
func TestClocksThatCannotBeHeld(t *testing.T) {
	d := &clocked{direct: newDirect(t), refuses: true}
	_, err := clockedSession(t, d)
	var fault *remote.DeviceError
	if !errors.As(err, &fault) || fault.Code != remote.NotPermitted || !strings.Contains(err.Error(), "policy0 does not take") {
		t.Errorf("%v: want the device's refusal", err)
	}
}
