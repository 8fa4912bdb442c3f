// Package dial opens the transport that a device's configuration asks for. It is the one place that
// knows all transports; it holds no connection and keeps no list of devices.
package dial

import (
	"context"
	"fmt"

	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/remote/local"
)

type kind struct {
	validate func(remote.Config) error
	open     func(context.Context, remote.Config) (remote.Transport, error)
}

var kinds = map[string]kind{
	"local": {local.Validate, local.Open},
}

// Validate refuses a configuration that cannot be meant, and names the key and what would be right.
func Validate(c remote.Config) error {
	k, ok := kinds[c.Transport]
	if !ok {
		return &remote.ConfigError{Key: "transport", Problem: fmt.Sprintf("%q is not known; want local, ssh or adb", c.Transport)}
	}
	return k.validate(c)
}

// Open connects to a device.
func Open(ctx context.Context, c remote.Config) (remote.Transport, error) {
	if err := Validate(c); err != nil {
		return nil, err
	}
	return kinds[c.Transport].open(ctx, c)
}
