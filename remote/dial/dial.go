// Package dial opens the transport that a device's configuration names. It exists apart from package
// remote because the transports are that package's implementations and import it. It knows nothing of
// any of them but their names.
package dial

import (
	"context"
	"fmt"
	"strings"

	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/remote/adb"
	"github.com/rt3d-tune/rt3d-tune/remote/local"
	"github.com/rt3d-tune/rt3d-tune/remote/ssh"
)

type implementation struct {
	name     string
	validate func(remote.Config) error
	open     func(context.Context, remote.Config) (remote.Transport, error)
}

var implementations = []implementation{
	{"local", local.Validate, local.Open},
	{"ssh", ssh.Validate, ssh.Open},
	{"adb", adb.Validate, adb.Open},
}

func find(c remote.Config) (implementation, error) {
	var names []string
	for _, i := range implementations {
		if i.name == c.Transport {
			return i, nil
		}
		names = append(names, i.name)
	}
	problem := fmt.Sprintf("%q is not known", c.Transport)
	if c.Transport == "" {
		problem = "is missing"
	}
	return implementation{}, &remote.ConfigError{Key: "transport", Problem: problem + "; use one of " + strings.Join(names, ", ")}
}

// Validate refuses a configuration that no transport can be opened with. The error is a
// *remote.ConfigError, which names the wrong key and what would be right. It contacts nothing.
func Validate(c remote.Config) error {
	i, err := find(c)
	if err != nil {
		return err
	}
	for n, word := range c.Runner {
		if word == "" || strings.IndexByte(word, 0) >= 0 {
			return &remote.ConfigError{Key: fmt.Sprintf("runner[%d]", n), Problem: "is no word of a command, such as \"qemu-aarch64-static\""}
		}
	}
	return i.validate(c)
}

// Open validates the configuration and connects to the device.
func Open(ctx context.Context, c remote.Config) (remote.Transport, error) {
	if err := Validate(c); err != nil {
		return nil, err
	}
	i, err := find(c)
	if err != nil {
		return nil, err
	}
	return i.open(ctx, c)
}
