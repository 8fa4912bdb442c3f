package ssh

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"github.com/rt3d-tune/rt3d-tune/remote"
)

// credentials are the keys that may be shown to a server.
type credentials struct {
	signers []ssh.Signer
	notes   []string // what was tried and what was passed over, for the error message
	agent   io.Closer
}

// loadCredentials reads the configured key files, or the usual ones where none are configured, and asks
// the agent. A configured file that cannot be used is an error; a usual one is passed over.
func loadCredentials(s remote.SSHConfig) (*credentials, error) {
	c := &credentials{}
	names := s.Keys
	if len(names) == 0 {
		names = []string{"~/.ssh/id_ed25519", "~/.ssh/id_ecdsa", "~/.ssh/id_rsa"}
	}
	for _, name := range names {
		file, err := expand(name)
		if err != nil {
			return nil, err
		}
		signer, err := readKey(file)
		var locked *ssh.PassphraseMissingError
		switch {
		case err == nil:
			c.signers = append(c.signers, signer)
			c.notes = append(c.notes, "key "+file)
		case errors.As(err, &locked):
			c.notes = append(c.notes, "key "+file+" passed over: it has a passphrase (ssh-add it)")
		case len(s.Keys) > 0:
			return nil, fmt.Errorf("read key %s: %w", file, err)
		}
	}
	c.askAgent()
	return c, nil
}

// readKey reads a private key, with its certificate where one lies beside it.
func readKey(file string) (ssh.Signer, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	signer, err := ssh.ParsePrivateKey(data)
	if err != nil {
		return nil, err
	}
	data, err = os.ReadFile(file + "-cert.pub")
	if errors.Is(err, os.ErrNotExist) {
		return signer, nil
	}
	if err != nil {
		return nil, err
	}
	key, _, _, _, err := ssh.ParseAuthorizedKey(data)
	if err != nil {
		return nil, fmt.Errorf("read certificate %s-cert.pub: %w", file, err)
	}
	certificate, ok := key.(*ssh.Certificate)
	if !ok {
		return nil, fmt.Errorf("read certificate %s-cert.pub: it is a plain key", file)
	}
	return ssh.NewCertSigner(certificate, signer)
}

// askAgent adds the agent's keys. The agent is the user's session's, known by SSH_AUTH_SOCK as to
// every SSH program.
func (c *credentials) askAgent() {
	socket := os.Getenv("SSH_AUTH_SOCK")
	if socket == "" {
		c.notes = append(c.notes, "no agent (SSH_AUTH_SOCK is not set)")
		return
	}
	conn, err := net.Dial("unix", socket)
	if err != nil {
		c.notes = append(c.notes, "agent not reachable: "+err.Error())
		return
	}
	signers, err := agent.NewClient(conn).Signers()
	if err != nil {
		conn.Close()
		c.notes = append(c.notes, "agent does not answer: "+err.Error())
		return
	}
	c.agent = conn
	c.signers = append(c.signers, signers...)
	c.notes = append(c.notes, fmt.Sprintf("%d keys of the agent", len(signers)))
}

func (c *credentials) close() {
	if c.agent != nil {
		c.agent.Close()
	}
}
