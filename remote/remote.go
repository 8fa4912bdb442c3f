package remote

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"
)

// Transport is an open connection to one device. Its methods may be called from several goroutines.
// Every error that is the device's or the link's fault is a *DeviceError; a bad argument or a local
// file that cannot be read is an ordinary error.
type Transport interface {
	// Name identifies the device for people: "local", "ssh://pi@board:22", "adb:R5CN30".
	Name() string
	// Run executes a command and waits for it. A command that starts and exits with any status is a
	// Result, not an error. When ctx ends or the command's Timeout passes, its whole process tree on
	// the device is killed before Run returns; Result.TimedOut tells a timeout, ctx.Err() a cancel.
	Run(ctx context.Context, c Command) (Result, error)
	// Push writes the content of r, size bytes long, to an absolute path on the device with the given
	// permission bits and verifies its SHA-256 there. A failed push leaves no partial file under path.
	Push(ctx context.Context, r io.Reader, size int64, path string, perm uint32) error
	// Pull copies a file on the device to w.
	Pull(ctx context.Context, path string, w io.Writer) error
	// WorkDir makes a fresh private directory on the device in which files can be executed, and
	// returns its absolute path.
	WorkDir(ctx context.Context) (string, error)
	// Remove deletes a path on the device and everything below it; a missing path is no error.
	Remove(ctx context.Context, path string) error
	// Close ends the connection. Directories made by WorkDir that were not removed are removed.
	Close() error
}

// File is a file to push: Size bytes from Content go to the absolute path Path with the permission bits
// Perm.
type File struct {
	Content io.Reader
	Size    int64
	Path    string
	Perm    uint32
}

// BatchPusher is a Transport that pushes many files in less time than one after the other.
type BatchPusher interface {
	// PushAll is Push of each file. When one fails, some of the others may be on the device, whole.
	PushAll(ctx context.Context, files []File) error
}

// Command is one program to run on a device. Args[0] is the program; nothing is interpreted by a
// shell. Dir is the working directory (empty: the transport's choice). Env adds variables ("K=V").
// Stdin may be nil; Stdout and Stderr may be nil to discard. Timeout 0 means none.
type Command struct {
	Args           []string
	Dir            string
	Env            []string
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Timeout        time.Duration
}

// Result is how a command ended. Signal is 0 unless a signal ended it.
type Result struct {
	ExitCode int
	Signal   int
	TimedOut bool
}

// FaultCode names a kind of device or link fault.
type FaultCode string

// The faults.
const (
	Unreachable    FaultCode = "unreachable"      // no route, connection refused, name not found
	HostKeyChanged FaultCode = "host-key-changed" // the server's key is not the known one
	HostKeyUnknown FaultCode = "host-key-unknown"
	AuthFailed     FaultCode = "auth-failed"
	Unauthorized   FaultCode = "unauthorized" // adb: the phone has not accepted this computer's key
	Offline        FaultCode = "offline"
	NoSuchDevice   FaultCode = "no-such-device"
	NoProgram      FaultCode = "no-program" // adb or ssh is not installed on this machine
	ConnectionLost FaultCode = "connection-lost"
	NoSpace        FaultCode = "no-space"
	NotWritable    FaultCode = "not-writable"  // no directory in which files may be written and executed
	NotPermitted   FaultCode = "not-permitted" // the device does not let us set what must be set
	Corrupted      FaultCode = "corrupted"     // a pushed file's hash differs on the device
	Protocol       FaultCode = "protocol"      // the device or its server answered something unexpected
)

// DeviceError is a fault of a device or of the link to it: never the candidate's. It ends with exit
// status 5 when it ends the program.
type DeviceError struct {
	Device string
	Code   FaultCode
	// Advice says what would put it right, in one sentence.
	Advice string
	Err    error
}

// Error implements error.
func (e *DeviceError) Error() string {
	s := fmt.Sprintf("device %s: %s: %v", e.Device, e.Code, e.Err)
	if e.Advice != "" {
		s += " (" + e.Advice + ")"
	}
	return s
}

// Unwrap gives the cause.
func (e *DeviceError) Unwrap() error { return e.Err }

// Config describes a device as configurations state it. Unknown or contradictory settings are refused
// by Validate in each transport's package, with the key named.
type Config struct {
	Name      string `yaml:"name" json:"name"`
	Transport string `yaml:"transport" json:"transport"` // local, ssh, adb or sim
	// Runner is put before every program that was compiled for the device, for example
	// ["qemu-aarch64-static"]. It marks every time taken as EMULATED.
	Runner []string `yaml:"runner,omitempty" json:"runner,omitempty"`
	// WorkDir is the parent of work directories on the device; empty means the transport's default.
	WorkDir string `yaml:"work_dir,omitempty" json:"work_dir,omitempty"`
	// Cores that programs are pinned to.
	Cores CoreChoice `yaml:"cores,omitempty" json:"cores,omitempty"`
	// LockClocks is the frequency at which these cores are held while something is timed on a device that
	// grants root: "max" or a number of kHz; empty leaves the frequency alone.
	LockClocks ClockLock  `yaml:"lock_clocks,omitempty" json:"lock_clocks,omitempty"`
	SSH        *SSHConfig `yaml:"ssh,omitempty" json:"ssh,omitempty"`
	ADB        *ADBConfig `yaml:"adb,omitempty" json:"adb,omitempty"`
	Sim        *SimConfig `yaml:"sim,omitempty" json:"sim,omitempty"`
}

// ClockLock is "max", or a frequency in kHz.
type ClockLock string

// MaxClock is the highest frequency that each core has.
const MaxClock ClockLock = "max"

// UnmarshalYAML also takes a number.
func (l *ClockLock) UnmarshalYAML(unmarshal func(any) error) error {
	var value any
	if err := unmarshal(&value); err != nil {
		return err
	}
	*l = ClockLock(fmt.Sprint(value))
	return nil
}

// KHz is the frequency asked for; 0 for the highest. ok is false for what is neither.
func (l ClockLock) KHz() (khz int, ok bool) {
	if l == MaxClock {
		return 0, true
	}
	khz, err := strconv.Atoi(string(l))
	return khz, err == nil && khz > 0
}

// SSHConfig says how to reach a device over SSH.
type SSHConfig struct {
	Host string `yaml:"host" json:"host"`
	Port int    `yaml:"port,omitempty" json:"port,omitempty"` // 22
	User string `yaml:"user,omitempty" json:"user,omitempty"`
	// Mode is "native" (default) or "exec": run the user's ssh program, with all of ~/.ssh/config.
	Mode string `yaml:"mode,omitempty" json:"mode,omitempty"`
	// Keys are private key files; empty means the agent and ~/.ssh/id_{ed25519,ecdsa,rsa}.
	Keys       []string `yaml:"keys,omitempty" json:"keys,omitempty"`
	KnownHosts string   `yaml:"known_hosts,omitempty" json:"known_hosts,omitempty"` // ~/.ssh/known_hosts
	// Jump is a host to go through: another SSHConfig.
	Jump *SSHConfig `yaml:"jump,omitempty" json:"jump,omitempty"`
	// Options are extra arguments for the ssh program in mode exec.
	Options []string `yaml:"options,omitempty" json:"options,omitempty"`
	// ConnectTimeout bounds dial and handshake (default 10s); KeepAlive is the interval of keepalive
	// requests (default 15s).
	ConnectTimeout time.Duration `yaml:"connect_timeout,omitempty" json:"connect_timeout,omitempty"`
	KeepAlive      time.Duration `yaml:"keepalive,omitempty" json:"keepalive,omitempty"`
}

// ADBConfig says how to reach an Android device.
type ADBConfig struct {
	// Program is the adb executable; empty means "adb" from PATH.
	Program string `yaml:"program,omitempty" json:"program,omitempty"`
	// Serial chooses the device when several are attached ("127.0.0.1:5555" for adb over TCP).
	Serial string `yaml:"serial,omitempty" json:"serial,omitempty"`
	// ServerPort is the adb server's port; 0 means adb's default (5037).
	ServerPort int `yaml:"server_port,omitempty" json:"server_port,omitempty"`
}

// SimConfig describes a phone in software (package remote/sim). Its times are SIMULATED.
type SimConfig struct {
	// Phone is the kind of phone: flagship (default) or midrange.
	Phone string `yaml:"phone,omitempty" json:"phone,omitempty"`
	// Seed of noise and faults: the same seed and the same jobs give the same times.
	Seed uint64 `yaml:"seed,omitempty" json:"seed,omitempty"`
	// Governor of the frequency: schedutil (default), which follows the load, or performance.
	Governor string `yaml:"governor,omitempty" json:"governor,omitempty"`
	// Noise is the coefficient of variation of a sample, as a share; default 0.01.
	Noise float64 `yaml:"noise,omitempty" json:"noise,omitempty"`
	// Ambient is the temperature around the phone in °C; default 25.
	Ambient float64 `yaml:"ambient,omitempty" json:"ambient,omitempty"`
	// Battery is the charge at the start in percent; default 90.
	Battery int `yaml:"battery,omitempty" json:"battery,omitempty"`
	// Rates are probabilities of faults (hang, crash, wrong, reboot, lost) for each job.
	Rates map[string]float64 `yaml:"rates,omitempty" json:"rates,omitempty"`
	// Script orders faults for jobs by their number, from 0.
	Script []SimFault `yaml:"script,omitempty" json:"script,omitempty"`
}

// SimFault is one fault that a simulated phone has on order.
type SimFault struct {
	Job   int    `yaml:"job" json:"job"`
	Fault string `yaml:"fault" json:"fault"`
}
