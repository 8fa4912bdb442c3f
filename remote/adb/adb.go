package adb

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/remote/posix"
)

// defaultParent is writable and executable for the shell user on phones.
const defaultParent = "/data/local/tmp"

// Validate refuses settings that are contradictory or not this transport's.
func Validate(c remote.Config) error {
	wrong := func(key, format string, args ...any) error {
		return &remote.ConfigError{Key: key, Problem: fmt.Sprintf(format, args...)}
	}
	switch a := c.ADB; {
	case c.SSH != nil:
		return wrong("ssh", `has no meaning with transport "adb"; remove it or set transport to "ssh"`)
	case c.WorkDir != "" && !strings.HasPrefix(c.WorkDir, "/"):
		return wrong("work_dir", "%q is not an absolute path on the device", c.WorkDir)
	case a == nil:
		return nil
	case a.ServerPort < 0 || a.ServerPort > 65535:
		return wrong("adb.server_port", "%d is not within 1 and 65535", a.ServerPort)
	case strings.HasPrefix(a.Serial, "-") || strings.ContainsAny(a.Serial, " \t\n\x00"):
		return wrong("adb.serial", "%q is no serial; `adb devices` lists them", a.Serial)
	}
	return nil
}

// Open finds the device, waits until it is ready and returns its transport.
func Open(ctx context.Context, c remote.Config) (remote.Transport, error) {
	if err := Validate(c); err != nil {
		return nil, err
	}
	config := remote.ADBConfig{}
	if c.ADB != nil {
		config = *c.ADB
	}
	s, err := findServer(config)
	if err != nil {
		return nil, err
	}
	serial, err := s.choose(ctx, config.Serial)
	if err != nil {
		return nil, err
	}
	l := &link{server: s, serial: serial, device: nameOf(serial), commands: make(chan struct{}, maxCommands), kills: make(chan struct{}, 2)}
	if err := l.ready(ctx); err != nil {
		return nil, err
	}
	features, err := l.output(ctx, "features")
	if err != nil {
		return nil, err
	}
	l.shellV2 = strings.Contains(features, "shell_v2")
	parent := c.WorkDir
	if parent == "" {
		parent = defaultParent
	}
	return posix.New(l, posix.Options{
		Name: l.device, Parents: []string{parent}, Every: 15 * time.Second, Mover: l, Merged: !l.shellV2,
	}), nil
}

func nameOf(serial string) string {
	if serial == "" {
		return "adb"
	}
	return "adb:" + serial
}
