package adb

import (
	"context"
	"os/exec"

	"github.com/rt3d-tune/rt3d-tune/remote"
)

// Attached is a device that an adb server knows.
type Attached struct {
	Serial string
	// State is adb's word; "device" means ready.
	State string
	// Advice says what would make it ready; empty when it is, or will be by itself.
	Advice string
}

// List asks the adb server for its devices; c.Serial counts for nothing. Like every question to adb it
// starts the server where none runs. The error is a *remote.DeviceError, or the context's.
func List(ctx context.Context, c remote.ADBConfig) ([]Attached, error) {
	s, err := findServer(c)
	if err != nil {
		return nil, err
	}
	states, err := s.devices(ctx)
	if err != nil {
		return nil, err
	}
	var list []Attached
	for _, d := range states {
		a := Attached{Serial: d.serial, State: d.state}
		if fault := faultOf(nameOf(d.serial), d.state); fault != nil {
			a.Advice = fault.Advice
		}
		list = append(list, a)
	}
	return list, nil
}

// findServer finds the adb program that a configuration means.
func findServer(c remote.ADBConfig) (*server, error) {
	program := c.Program
	if program == "" {
		program = "adb"
	}
	path, err := exec.LookPath(program)
	if err != nil {
		return nil, remote.Fault(nameOf(c.Serial), remote.NoProgram,
			"install the Android platform tools (Debian: apt-get install adb) or set adb.program", err)
	}
	return &server{path: path, port: c.ServerPort}, nil
}
