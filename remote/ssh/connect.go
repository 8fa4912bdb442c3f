package ssh

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/rt3d-tune/rt3d-tune/remote"
)

// chain is a client and the clients that it is reached through.
type chain struct {
	*ssh.Client
	through *chain
}

// Close ends all connections of the chain.
func (c *chain) Close() error {
	err := c.Client.Close()
	if c.through != nil {
		c.through.Close()
	}
	return err
}

// connect dials a server, through its jump hosts where it has some, and shakes hands. All faults are
// named after the server at which they occurred.
func connect(ctx context.Context, s remote.SSHConfig) (*chain, error) {
	s = withDefaults(s)
	keys, err := loadHostKeys(s)
	if err != nil {
		return nil, err
	}
	credentials, err := loadCredentials(s)
	if err != nil {
		return nil, err
	}
	defer credentials.close()

	var through *chain
	if s.Jump != nil {
		if through, err = connect(ctx, *s.Jump); err != nil {
			return nil, fmt.Errorf("reach %s: jump host: %w", deviceName(s), err)
		}
	}
	client, err := handshake(ctx, s, through, keys, credentials)
	if err != nil {
		if through != nil {
			through.Close()
		}
		return nil, err
	}
	return &chain{Client: client, through: through}, nil
}

func handshake(ctx context.Context, s remote.SSHConfig, through *chain, keys *hostKeys, auth *credentials) (*ssh.Client, error) {
	limited, cancel := context.WithTimeout(ctx, s.ConnectTimeout)
	defer cancel()
	dial := (&net.Dialer{}).DialContext
	if through != nil {
		dial = through.DialContext
	}
	conn, err := dial(limited, "tcp", address(s))
	if err != nil {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("connect to %s: %w", deviceName(s), ctx.Err())
		}
		return nil, remote.Fault(deviceName(s), remote.Unreachable, "check host and port, and whether the SSH server runs there", err)
	}
	// A connection through a jump host knows no deadlines, so the handshake is bounded by closing it.
	stop := context.AfterFunc(limited, func() { conn.Close() })
	inner, channels, requests, err := ssh.NewClientConn(conn, address(s), &ssh.ClientConfig{
		User:              s.User,
		Auth:              []ssh.AuthMethod{ssh.PublicKeys(auth.signers...)},
		HostKeyCallback:   keys.check(s),
		HostKeyAlgorithms: keys.algorithms(address(s)),
	})
	if !stop() && err == nil {
		inner.Close()
		err = limited.Err()
	}
	if err == nil {
		return ssh.NewClient(inner, channels, requests), nil
	}
	conn.Close()
	switch changed := keys.negotiation(s, err); {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("connect to %s: %w", deviceName(s), ctx.Err())
	case keys.fault != nil:
		return nil, keys.fault
	case changed != nil:
		return nil, changed
	case limited.Err() != nil:
		return nil, remote.Fault(deviceName(s), remote.Unreachable, "check whether an SSH server runs there",
			fmt.Errorf("no handshake within %v", s.ConnectTimeout))
	case strings.Contains(err.Error(), "unable to authenticate"):
		return nil, remote.Fault(deviceName(s), remote.AuthFailed, "install a public key there: ssh-copy-id",
			fmt.Errorf("%w; tried: %s", err, strings.Join(auth.notes, ", ")))
	}
	return nil, remote.Fault(deviceName(s), remote.Unreachable, "check host and port, and whether an SSH server runs there", err)
}

// errSilent is why a connection whose keepalive was not answered was closed.
var errSilent = errors.New("the server does not answer any more")

// keepAlive asks the server for a sign of life at each interval and closes the connection when it does
// not answer within the next.
func keepAlive(c *chain, interval time.Duration, lost func(error)) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		answered := make(chan error, 1)
		go func() {
			_, _, err := c.SendRequest("keepalive@openssh.com", true, nil)
			answered <- err
		}()
		select {
		case err := <-answered:
			if err != nil {
				lost(err)
				return
			}
		case <-time.After(max(interval, time.Second)):
			lost(fmt.Errorf("%w: no answer to a keepalive within %v", errSilent, max(interval, time.Second)))
			return
		}
		<-ticker.C
	}
}
