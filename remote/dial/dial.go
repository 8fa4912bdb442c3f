// Package dial opens the transport that a device's configuration asks for. It is the one place that
// knows all transports; it holds no connection and keeps no list of devices.
package dial

import (
	"context"
	"fmt"
	"strings"

	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/remote/adb"
	"github.com/rt3d-tune/rt3d-tune/remote/local"
	"github.com/rt3d-tune/rt3d-tune/remote/sim"
	"github.com/rt3d-tune/rt3d-tune/remote/ssh"
)

// transport is what a package of a transport offers.
type transport struct {
	validate func(remote.Config) error
	open     func(context.Context, remote.Config) (remote.Transport, error)
}

var transports = map[string]transport{
	"local": {local.Validate, local.Open},
	"ssh":   {ssh.Validate, ssh.Open},
	"adb":   {adb.Validate, adb.Open},
	"sim":   {sim.Validate, sim.Open},
}

// Validate refuses a configuration that cannot be meant. The error is a *remote.ConfigError that names
// the key and says what would be right. It contacts nothing.
func Validate(c remote.Config) error {
	t, ok := transports[c.Transport]
	if !ok {
		problem := fmt.Sprintf("%q is not known; use local, ssh, adb or sim", c.Transport)
		if c.Transport == "" {
			problem = "is missing; use local, ssh, adb or sim"
		}
		return &remote.ConfigError{Key: "transport", Problem: problem}
	}
	if c.Sim != nil && c.Transport != "sim" {
		return &remote.ConfigError{Key: "sim", Problem: fmt.Sprintf(`has no meaning with transport %q; remove it or set transport to "sim"`, c.Transport)}
	}
	if err := validateClocks(c); err != nil {
		return err
	}
	for i, word := range c.Runner {
		// The first is a program, which is never called "".
		if word == "" && i == 0 || strings.IndexByte(word, 0) >= 0 {
			return &remote.ConfigError{Key: fmt.Sprintf("runner[%d]", i), Problem: fmt.Sprintf("%q is no word of a command line; give a program and its arguments, like [qemu-aarch64-static]", word)}
		}
	}
	return t.validate(c)
}

// validateClocks refuses clocks that cannot be held.
func validateClocks(c remote.Config) error {
	if c.LockClocks == "" {
		return nil
	}
	problem := ""
	if _, ok := c.LockClocks.KHz(); !ok {
		problem = fmt.Sprintf("is %q; want max, or a frequency in kHz such as 1804800", string(c.LockClocks))
	} else if c.Transport == "sim" {
		problem = "a simulated phone has sim.governor: performance; leave it out"
	} else if len(c.Runner) > 0 {
		problem = "times under a runner are EMULATED whatever the clock is; leave it out"
	}
	if problem == "" {
		return nil
	}
	return &remote.ConfigError{Key: "lock_clocks", Problem: problem}
}

// Open connects to a device; the transport is the caller's to close. The error is a *remote.ConfigError,
// or a *remote.DeviceError when the device cannot be reached.
func Open(ctx context.Context, c remote.Config) (remote.Transport, error) {
	if err := Validate(c); err != nil {
		return nil, err
	}
	return transports[c.Transport].open(ctx, c)
}
