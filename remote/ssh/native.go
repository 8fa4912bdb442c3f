package ssh

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/remote/posix"
)

// native is one connection to a device, made anew after it was lost.
type native struct {
	device   string
	config   remote.SSHConfig
	commands chan struct{} // slots for commands
	kills    chan struct{} // the slot for killing them

	dialing sync.Mutex // held while a connection or its file session is made, so that one is

	mu      sync.Mutex
	current *chain
	files   *sftp.Client
	noFiles bool  // the server has no sftp
	lost    error // why the last connection ended
	closed  bool
}

// client returns the connection, a new one if need be.
func (n *native) client(ctx context.Context) (*chain, error) {
	n.dialing.Lock()
	defer n.dialing.Unlock()
	n.mu.Lock()
	current, closed := n.current, n.closed
	n.mu.Unlock()
	if closed {
		return nil, remote.ErrClosed
	}
	if current != nil {
		return current, nil
	}
	c, err := connect(ctx, n.config)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	n.current, n.lost = c, nil
	n.mu.Unlock()
	go keepAlive(c, n.config.KeepAlive, func(err error) { n.drop(c, err) })
	go func() { n.drop(c, c.Wait()) }()
	return c, nil
}

// drop gives up a connection; everything that runs over it ends.
func (n *native) drop(c *chain, why error) {
	n.mu.Lock()
	if n.current == c {
		n.current, n.lost = nil, why
		n.files, n.noFiles = nil, false
	}
	n.mu.Unlock()
	c.Close()
}

// Close implements posix.Shell.
func (n *native) Close() error {
	n.mu.Lock()
	current := n.current
	n.closed = true
	n.mu.Unlock()
	if current != nil {
		n.drop(current, remote.ErrClosed)
	}
	return nil
}

// Exec implements posix.Shell.
func (n *native) Exec(ctx context.Context, r posix.Request) error {
	slots := n.commands
	if r.Urgent {
		slots = n.kills
	}
	select {
	case slots <- struct{}{}:
		defer func() { <-slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	c, err := n.client(ctx)
	if err != nil {
		return err
	}
	// Opening a session waits for the server, which may be silent; ctx must end that too.
	type opened struct {
		session *ssh.Session
		err     error
	}
	opening := make(chan opened, 1)
	go func() {
		s, err := n.session(c, r)
		opening <- opened{s, err}
	}()
	var session *ssh.Session
	select {
	case o := <-opening:
		if o.err != nil {
			return o.err
		}
		session = o.session
	case <-ctx.Done():
		go func() {
			if o := <-opening; o.session != nil {
				o.session.Close()
			}
		}()
		return ctx.Err()
	}
	defer session.Close()
	if r.Started != nil {
		r.Started()
	}
	ended := make(chan error, 1)
	go func() { ended <- session.Wait() }()
	select {
	case err := <-ended:
		var exit *ssh.ExitError
		if errors.As(err, &exit) {
			return nil
		}
		return n.why(err)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// session starts the line on a new session.
func (n *native) session(c *chain, r posix.Request) (*ssh.Session, error) {
	session, err := c.NewSession()
	var refused *ssh.OpenChannelError
	// The server counts a session that has just ended for a moment longer.
	for end := time.Now().Add(patience); errors.As(err, &refused) && time.Now().Before(end); {
		time.Sleep(50 * time.Millisecond)
		session, err = c.NewSession()
		if err == nil {
			break
		}
	}
	if err != nil {
		if errors.As(err, &refused) {
			return nil, remote.Fault(n.device, remote.Protocol, "raise MaxSessions in the server's sshd_config to 10", err)
		}
		return nil, n.why(err)
	}
	session.Stdout, session.Stderr = r.Stdout, r.Stderr
	var stdin io.WriteCloser
	if r.Stdin != nil {
		// Not session.Stdin: Wait would wait for the reader, which may never end.
		if stdin, err = session.StdinPipe(); err != nil {
			session.Close()
			return nil, err
		}
	}
	if err := session.Start(r.Line); err != nil {
		session.Close()
		return nil, n.why(err)
	}
	if stdin != nil {
		go func() {
			io.Copy(stdin, r.Stdin)
			stdin.Close()
		}()
	}
	return session, nil
}

// why turns the end of a stream into the fault that ended it.
func (n *native) why(err error) error {
	if err == nil {
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.lost != nil {
		err = fmt.Errorf("%w (%w)", err, n.lost)
	}
	return remote.Fault(n.device, remote.ConnectionLost, "check the network and whether the device still runs", err)
}
