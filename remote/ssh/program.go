package ssh

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/remote/posix"
	"github.com/rt3d-tune/rt3d-tune/remote/shellquote"
)

// program runs the user's ssh program. One process of it, the master, keeps the connection; the others
// are sessions on it, over a socket in a private directory.
type program struct {
	device   string
	config   remote.SSHConfig
	path     string
	dir      string
	commands chan struct{}
	kills    chan struct{}

	starting sync.Mutex
	mu       sync.Mutex
	master   *master
	closed   bool
}

// master is the process that keeps the connection.
type master struct {
	cmd   *exec.Cmd
	says  *lastWords
	ended chan struct{}
}

func openProgram(ctx context.Context, device string, s remote.SSHConfig) (*program, error) {
	path, err := exec.LookPath("ssh")
	if err != nil {
		return nil, remote.Fault(device, remote.NoProgram, "install an OpenSSH client or use mode: native", err)
	}
	// The socket's path must fit into some hundred bytes, whatever TMPDIR is.
	dir, err := os.MkdirTemp("/tmp", "rt3d-ssh-")
	if err != nil {
		return nil, fmt.Errorf("make a directory for ssh's socket: %w", err)
	}
	p := &program{device: device, config: s, path: path, dir: dir, commands: make(chan struct{}, maxCommands), kills: make(chan struct{}, 1)}
	if err := p.connected(ctx); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	return p, nil
}

func (p *program) socket() string { return filepath.Join(p.dir, "s") }

// args are the arguments of every ssh of ours. The first mention of an option counts, so what must hold
// stands before the user's own options.
func (p *program) args(first ...string) []string {
	args := append([]string{"-T", "-a", "-x", "-S", p.socket(), "-o", "BatchMode=yes", "-o", "ControlPersist=no"}, first...)
	args = append(args, hostArgs(p.config)...)
	return append(args, "--", p.config.Host)
}

// hostArgs say how to reach and whom to trust.
func hostArgs(s remote.SSHConfig) []string {
	seconds := func(d time.Duration) string { return strconv.Itoa(max(1, int(d.Round(time.Second)/time.Second))) }
	args := []string{
		"-o", "ConnectTimeout=" + seconds(s.ConnectTimeout),
		"-o", "ServerAliveInterval=" + seconds(s.KeepAlive), "-o", "ServerAliveCountMax=1",
	}
	if s.Port != 0 {
		args = append(args, "-p", strconv.Itoa(s.Port))
	}
	if s.User != "" {
		args = append(args, "-l", s.User)
	}
	for _, key := range s.Keys {
		args = append(args, "-i", key)
	}
	if s.KnownHosts != "" {
		// Named files only: a key must not be trusted because of another list. The option's value is a
		// list of words, so blanks in the name need its own quotes.
		args = append(args, "-o", `UserKnownHostsFile="`+s.KnownHosts+`"`, "-o", "GlobalKnownHostsFile=/dev/null")
	}
	args = append(args, s.Options...)
	if s.Jump != nil {
		// Not -J, which would not take the jump host's keys and known_hosts.
		jump := append([]string{"ssh", "-o", "BatchMode=yes", "-W", "[%h]:%p"}, hostArgs(withDefaults(*s.Jump))...)
		args = append(args, "-o", "ProxyCommand="+shellquote.Join(append(jump, "--", s.Jump.Host)...))
	}
	return args
}

// connected makes sure that a master runs and answers.
func (p *program) connected(ctx context.Context) error {
	p.starting.Lock()
	defer p.starting.Unlock()
	p.mu.Lock()
	m, closed := p.master, p.closed
	p.mu.Unlock()
	if closed {
		return remote.ErrClosed
	}
	if m != nil {
		select {
		case <-m.ended:
		default:
			return nil
		}
	}
	os.Remove(p.socket())
	m = &master{says: &lastWords{}, ended: make(chan struct{})}
	m.cmd = exec.Command(p.path, p.args("-M", "-N")...)
	m.cmd.Stderr = m.says
	m.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	m.cmd.WaitDelay = time.Second
	started := make(chan error)
	go func() {
		// The master dies with us; the kernel takes that from the thread that starts it.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := m.cmd.Start()
		started <- err
		if err == nil {
			_ = m.cmd.Wait() // its words tell more than its status
			close(m.ended)
		}
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("start %s: %w", p.path, err)
	}
	limit := time.NewTimer(2*p.config.ConnectTimeout + 5*time.Second)
	defer limit.Stop()
	for {
		if _, err := os.Stat(p.socket()); err == nil {
			p.mu.Lock()
			p.master = m
			p.mu.Unlock()
			return nil
		}
		select {
		case <-m.ended:
			return p.fault(m.says.String())
		case <-ctx.Done():
			m.stop()
			return fmt.Errorf("connect to %s: %w", p.device, ctx.Err())
		case <-limit.C:
			m.stop()
			return remote.Fault(p.device, remote.Unreachable, "try the same with ssh by hand", errors.New("ssh made no connection in time"))
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (m *master) stop() {
	// The group, because a ProxyCommand is a process of its own.
	_ = syscall.Kill(-m.cmd.Process.Pid, syscall.SIGTERM)
	select {
	case <-m.ended:
	case <-time.After(2 * time.Second):
		_ = syscall.Kill(-m.cmd.Process.Pid, syscall.SIGKILL)
		<-m.ended
	}
}

// fault reads from ssh's words what was wrong.
func (p *program) fault(says string) error {
	err := fmt.Errorf("ssh: %s", says)
	if says == "" {
		err = errors.New("ssh ended without a word")
	}
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(says, w) {
				return true
			}
		}
		return false
	}
	switch {
	case has("IDENTIFICATION HAS CHANGED", "REVOKED HOST KEY"):
		return remote.Fault(p.device, remote.HostKeyChanged, "if the device was set up anew, remove the old key: ssh-keygen -R "+p.config.Host+"; if not, somebody may be in between", err)
	case has("Host key verification failed", "host key is known for"):
		return remote.Fault(p.device, remote.HostKeyUnknown, "connect once by hand with ssh and compare the fingerprint", err)
	case has("Permission denied (", "Too many authentication failures"):
		return remote.Fault(p.device, remote.AuthFailed, "install a public key there: ssh-copy-id; mode exec asks for no password", err)
	case has("Bad configuration option", "command-line:", "usage: ssh", "unknown option", "Bad owner or permissions"):
		return fmt.Errorf("run %s: %w", p.path, err)
	}
	return remote.Fault(p.device, remote.Unreachable, "check host and port, and whether an SSH server runs there", err)
}

// Close implements posix.Shell.
func (p *program) Close() error {
	p.mu.Lock()
	m := p.master
	p.closed = true
	p.mu.Unlock()
	if m != nil {
		m.stop()
	}
	return os.RemoveAll(p.dir)
}

// Exec implements posix.Shell.
func (p *program) Exec(ctx context.Context, r posix.Request) error {
	slots := p.commands
	if r.Urgent {
		slots = p.kills
	}
	select {
	case slots <- struct{}{}:
		defer func() { <-slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := p.connected(ctx); err != nil {
		return err
	}
	// ProxyCommand=false: a session whose master is gone must fail, not make a connection of its own.
	args := append(p.args("-o", "ControlMaster=no", "-o", "ProxyCommand=false"), r.Line)
	said := &lastWords{to: r.Stderr}
	r.Stderr = said
	err := posix.RunProgram(ctx, r, p.path, args...)
	var exit *exec.ExitError
	// The server counts a session that has just ended for a moment longer.
	for end := time.Now().Add(patience); errors.As(err, &exit) && said.has("open refused by peer") && time.Now().Before(end); {
		time.Sleep(50 * time.Millisecond)
		said.forget()
		err = posix.RunProgram(ctx, r, p.path, args...)
	}
	if errors.As(err, &exit) && exit.ExitCode() == 255 {
		p.mu.Lock()
		m := p.master
		p.mu.Unlock()
		return remote.Fault(p.device, remote.ConnectionLost, "check the network and whether the device still runs", fmt.Errorf("ssh: %s", m.says.String()))
	}
	return err
}

// lastWords keeps what a program said last, and passes it on to another writer unless that is nil.
type lastWords struct {
	to   io.Writer
	mu   sync.Mutex
	text []byte
}

// Write implements io.Writer.
func (l *lastWords) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, p...)
	if n := len(l.text) - 4096; n > 0 {
		l.text = l.text[n:]
	}
	if l.to == nil {
		return len(p), nil
	}
	return l.to.Write(p)
}

func (l *lastWords) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.TrimSpace(strings.ReplaceAll(string(l.text), "\r", ""))
}

func (l *lastWords) has(words string) bool { return strings.Contains(l.String(), words) }

func (l *lastWords) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = nil
}
