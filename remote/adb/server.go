package adb

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rt3d-tune/rt3d-tune/remote"
)

// queryLimit bounds a question that the adb server answers by itself; starting one takes seconds.
const queryLimit = 20 * time.Second

// server is the adb program and the port of its server.
type server struct {
	path string
	port int
}

func (s *server) args(args ...string) []string {
	if s.port == 0 {
		return args
	}
	return append([]string{"-P", strconv.Itoa(s.port)}, args...)
}

// ask runs adb for an answer. It starts the server where none runs, as adb does.
func (s *server) ask(ctx context.Context, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, queryLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, s.path, s.args(args...)...)
	var out, diag bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &diag
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	// A server that this adb has started may hold its streams.
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	if errors.Is(err, exec.ErrWaitDelay) {
		err = nil
	}
	if err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return out.String(), fmt.Errorf("adb %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(diag.String()+out.String()))
	}
	return out.String(), nil
}

// state is one line of `adb devices`.
type state struct{ serial, state string }

func (s *server) devices(ctx context.Context) ([]state, error) {
	out, err := s.ask(ctx, "devices")
	if err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		return nil, remote.Fault(nameOf(""), remote.Protocol, "try `adb kill-server` and `adb devices` by hand", err)
	}
	return parseDevices(out), nil
}

// parseDevices reads `adb devices`: a serial, a tab, and a state that may hold blanks.
func parseDevices(out string) []state {
	var found []state
	for line := range strings.Lines(out) {
		serial, rest, ok := strings.Cut(strings.TrimRight(line, "\r\n"), "\t")
		if ok && serial != "" {
			found = append(found, state{serial, strings.TrimSpace(rest)})
		}
	}
	return found
}

// choose returns the configured serial, or that of the only device.
func (s *server) choose(ctx context.Context, serial string) (string, error) {
	if serial != "" {
		return serial, nil
	}
	all, err := s.devices(ctx)
	if err != nil {
		return "", err
	}
	switch len(all) {
	case 0:
		return "", remote.Fault(nameOf(""), remote.NoSuchDevice, "connect a phone and switch on USB debugging in its developer options",
			errors.New("`adb devices` lists none"))
	case 1:
		return all[0].serial, nil
	}
	var names []string
	for _, d := range all {
		names = append(names, fmt.Sprintf("%s (%s)", d.serial, d.state))
	}
	return "", &remote.ConfigError{Key: "adb.serial", Problem: "is missing and several devices are attached; choose one of " + strings.Join(names, ", ")}
}

// faultOf says what a state other than "device" means. It is nil for states that pass by themselves.
func faultOf(device, state string) *remote.DeviceError {
	fault := func(code remote.FaultCode, advice string) *remote.DeviceError {
		return remote.Fault(device, code, advice, fmt.Errorf("its state is %q", state))
	}
	switch {
	case state == "":
		return fault(remote.NoSuchDevice, "check the cable and adb.serial against `adb devices`")
	case strings.HasPrefix(state, "no permissions"):
		return fault(remote.Unauthorized, "this computer may not use the USB device: add a udev rule (Debian: apt-get install android-sdk-platform-tools-common) and plug it in again")
	case state == "unauthorized":
		return fault(remote.Unauthorized, "unlock the phone and accept this computer's key")
	case slices.Contains([]string{"recovery", "rescue", "sideload", "bootloader"}, state):
		return fault(remote.Offline, "boot the device into Android: it is in "+state)
	case state == "offline":
		return fault(remote.Offline, "plug it in again or restart it")
	}
	return nil
}
