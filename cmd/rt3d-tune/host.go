package main

import (
	"context"
	"runtime"

	"github.com/rt3d-tune/rt3d-tune/accuracy"
	"github.com/rt3d-tune/rt3d-tune/bench"
	"github.com/rt3d-tune/rt3d-tune/remote"
)

// host runs compiled networks on this machine, on all of its processors.
type host struct {
	accuracy.Compiled
	machine *machine
}

// openHost opens a session on this machine for accuracy and calibration.
func openHost(ctx context.Context) (*host, error) {
	m, err := openMachine(ctx, remote.Config{Name: "local", Transport: "local"},
		sessionOptions{target: anyTarget})
	if err != nil {
		return nil, err
	}
	return &host{hostNetwork(m.session), m}, nil
}

// hostNetwork runs networks in a session on this machine.
func hostNetwork(s *bench.Session) accuracy.Compiled {
	return accuracy.Compiled{Session: s, Workers: runtime.NumCPU()}
}

// Close ends the session.
func (h *host) Close() error { return h.machine.Close() }
