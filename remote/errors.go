package remote

import (
	"errors"
	"fmt"
)

// ErrClosed is returned by every method of a Transport that was closed.
var ErrClosed = errors.New("connection is closed")

// StartError tells that a command's program could not be started: it does not exist, may not be
// executed, or its directory is missing. It is neither the link's fault nor a way of exiting.
type StartError struct {
	Device string
	Args   []string
	Err    error
}

// Error implements error.
func (e *StartError) Error() string {
	program := ""
	if len(e.Args) > 0 {
		program = e.Args[0]
	}
	return fmt.Sprintf("start %q on %s: %v", program, e.Device, e.Err)
}

// Unwrap gives the cause; it is fs.ErrNotExist or fs.ErrPermission where one of these fits.
func (e *StartError) Unwrap() error { return e.Err }

// ConfigError tells which setting of a device's configuration is wrong and what would be right.
type ConfigError struct {
	// Key is the setting's path below the device, for example "ssh.jump.port".
	Key string
	// Problem says what is wrong and what would be right.
	Problem string
}

// Error implements error.
func (e *ConfigError) Error() string { return fmt.Sprintf("device setting %s: %s", e.Key, e.Problem) }

// Fault makes a *DeviceError.
func Fault(device string, code FaultCode, advice string, err error) *DeviceError {
	return &DeviceError{Device: device, Code: code, Advice: advice, Err: err}
}

// IsFault tells whether err is a *DeviceError with the given code.
func IsFault(err error, code FaultCode) bool {
	var fault *DeviceError
	return errors.As(err, &fault) && fault.Code == code
}
