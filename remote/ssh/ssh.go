package ssh

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/remote/posix"
)

// OpenSSH's server allows ten sessions on a connection (MaxSessions). One is kept for sftp and one for
// killing commands, so that neither ever waits for a command to end.
const maxCommands = 8

// patience is how long a server may refuse a session.
const patience = 3 * time.Second

// Open connects to the device. The transport makes a new connection by itself when it loses one; what
// ran over the old one fails.
func Open(ctx context.Context, c remote.Config) (remote.Transport, error) {
	if err := Validate(c); err != nil {
		return nil, err
	}
	s := withDefaults(*c.SSH)
	opts := posix.Options{
		Name:    deviceName(s),
		Parents: []string{"$TMPDIR", "/tmp", "/var/tmp", "$HOME/.", "/dev/shm"},
		Every:   s.KeepAlive,
	}
	if c.WorkDir != "" {
		opts.Parents = []string{c.WorkDir}
	}
	if s.Mode == "exec" {
		link, err := openProgram(ctx, opts.Name, s)
		if err != nil {
			return nil, err
		}
		return posix.New(link, opts), nil
	}
	link := &native{device: opts.Name, config: s, commands: make(chan struct{}, maxCommands), kills: make(chan struct{}, 1)}
	if _, err := link.client(ctx); err != nil {
		return nil, err
	}
	opts.Mover = link
	return posix.New(link, opts), nil
}

// withDefaults fills in what a configuration left open.
func withDefaults(s remote.SSHConfig) remote.SSHConfig {
	if s.Mode == "" {
		s.Mode = "native"
	}
	// The user's ssh program has its own defaults, from ~/.ssh/config.
	if s.Mode == "native" {
		if s.Port == 0 {
			s.Port = 22
		}
		if s.User == "" {
			if u, err := user.Current(); err == nil {
				s.User = u.Username
			}
		}
	}
	if s.ConnectTimeout == 0 {
		s.ConnectTimeout = 10 * time.Second
	}
	if s.KeepAlive == 0 {
		s.KeepAlive = 15 * time.Second
	}
	return s
}

func deviceName(s remote.SSHConfig) string {
	name := "ssh://"
	if s.User != "" {
		name += s.User + "@"
	}
	if s.Port == 0 {
		return name + s.Host
	}
	return name + address(s)
}

func address(s remote.SSHConfig) string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }

// Validate refuses settings that are missing, contradictory or not this transport's.
func Validate(c remote.Config) error {
	switch {
	case c.ADB != nil:
		return &remote.ConfigError{Key: "adb", Problem: `has no meaning with transport "ssh"; remove it or set transport to "adb"`}
	case c.SSH == nil:
		return &remote.ConfigError{Key: "ssh", Problem: `is missing; transport "ssh" needs at least ssh.host`}
	case c.WorkDir != "" && !strings.HasPrefix(c.WorkDir, "/"):
		return &remote.ConfigError{Key: "work_dir", Problem: fmt.Sprintf("%q is not an absolute path on the device", c.WorkDir)}
	}
	return validate("ssh", *c.SSH)
}

func validate(key string, s remote.SSHConfig) error {
	wrong := func(name, format string, args ...any) error {
		return &remote.ConfigError{Key: key + "." + name, Problem: fmt.Sprintf(format, args...)}
	}
	switch {
	case s.Host == "":
		return wrong("host", "is missing; give a host name or an address")
	case strings.Contains(s.Host, "@"):
		return wrong("host", "%q names a user; put it in %s.user", s.Host, key)
	case strings.HasPrefix(s.Host, "-") || strings.ContainsAny(s.Host, " \t\n\x00"):
		return wrong("host", "%q is no host name", s.Host)
	case strings.Count(s.Host, ":") == 1:
		return wrong("host", "%q names a port; put it in %s.port", s.Host, key)
	case s.Port < 0 || s.Port > 65535:
		return wrong("port", "%d is not within 1 and 65535", s.Port)
	case strings.HasPrefix(s.User, "-") || strings.ContainsAny(s.User, " \t\n\x00"):
		return wrong("user", "%q is no user name", s.User)
	case s.Mode != "" && s.Mode != "native" && s.Mode != "exec":
		return wrong("mode", "%q is not known; use native or exec", s.Mode)
	case s.Mode != "exec" && len(s.Options) > 0:
		return wrong("options", "are arguments of the ssh program; they need %s.mode: exec", key)
	case s.ConnectTimeout < 0:
		return wrong("connect_timeout", "%v is negative", s.ConnectTimeout)
	case s.KeepAlive < 0:
		return wrong("keepalive", "%v is negative", s.KeepAlive)
	case s.Jump == nil:
		return nil
	}
	jump := *s.Jump
	if jump.Mode != "" && jump.Mode != s.Mode {
		return wrong("jump.mode", "%q differs from %s.mode; leave it out", jump.Mode, key)
	}
	jump.Mode = s.Mode
	return validate(key+".jump", jump)
}

// expand replaces a leading "~/" by the home directory.
func expand(path string) (string, error) {
	rest, ok := strings.CutPrefix(path, "~/")
	if !ok {
		return path, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("expand %s: %w", path, err)
	}
	return filepath.Join(home, rest), nil
}
