package ssh

import (
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"

	"github.com/skeema/knownhosts"
	"golang.org/x/crypto/ssh"

	"github.com/rt3d-tune/rt3d-tune/remote"
)

// hostKeys checks a server's key against known_hosts.
type hostKeys struct {
	db    *knownhosts.HostKeyDB // nil: no file exists
	files []string              // to name in advice
	fault *remote.DeviceError   // why check refused
}

func loadHostKeys(s remote.SSHConfig) (*hostKeys, error) {
	names := []string{s.KnownHosts}
	if s.KnownHosts == "" {
		names = []string{"~/.ssh/known_hosts", "/etc/ssh/ssh_known_hosts"}
	}
	k := &hostKeys{}
	var present []string
	for _, name := range names {
		file, err := expand(name)
		if err != nil {
			return nil, err
		}
		k.files = append(k.files, file)
		if _, err := os.Stat(file); err == nil {
			present = append(present, file)
		}
	}
	if len(present) == 0 {
		return k, nil
	}
	db, err := knownhosts.NewDB(present...)
	if err != nil {
		return nil, fmt.Errorf("read known_hosts %s: %w", strings.Join(present, ", "), err)
	}
	k.db = db
	return k, nil
}

// algorithms are the kinds of key that known_hosts has for the server. Offering others would make a
// server with several keys look like one whose key changed.
func (k *hostKeys) algorithms(addr string) []string {
	if k.db == nil {
		return nil
	}
	return k.db.HostKeyAlgorithms(addr)
}

// check returns the callback for one server.
func (k *hostKeys) check(s remote.SSHConfig) ssh.HostKeyCallback {
	return func(hostname string, addr net.Addr, key ssh.PublicKey) error {
		var err error = &unknownKey{}
		if k.db != nil {
			err = k.db.HostKeyCallback()(hostname, addr, key)
		}
		var unknown *unknownKey
		switch {
		case err == nil:
			return nil
		case knownhosts.IsHostKeyChanged(err):
			k.fault = k.changed(s, fmt.Errorf("the server's %s key %s is not the one in known_hosts", key.Type(), ssh.FingerprintSHA256(key)))
		case knownhosts.IsHostUnknown(err), errors.As(err, &unknown):
			k.fault = remote.Fault(deviceName(s), remote.HostKeyUnknown,
				fmt.Sprintf("compare the fingerprint with the device's and then add it: ssh-keyscan -p %d %s >> %s", s.Port, s.Host, k.files[0]),
				fmt.Errorf("no known_hosts entry for %s in %s; its %s key is %s", hostname, strings.Join(k.files, ", "), key.Type(), ssh.FingerprintSHA256(key)))
		default: // a revoked key
			k.fault = k.changed(s, fmt.Errorf("the server's key was refused: %w", err))
		}
		return k.fault
	}
}

func (k *hostKeys) changed(s remote.SSHConfig, err error) *remote.DeviceError {
	return remote.Fault(deviceName(s), remote.HostKeyChanged,
		fmt.Sprintf("if the device was set up anew, remove the old key: ssh-keygen -f %s -R '%s'; if not, somebody may be in between",
			k.files[0], knownhosts.Normalize(address(s))), err)
}

// negotiation tells whether a handshake failed because the server has no key of a kind that
// known_hosts lists, which is a changed key too.
func (k *hostKeys) negotiation(s remote.SSHConfig, err error) *remote.DeviceError {
	var mismatch *ssh.AlgorithmNegotiationError
	known := k.algorithms(address(s))
	if !errors.As(err, &mismatch) || len(known) == 0 || !slices.Equal(mismatch.SupportedAlgorithms, known) {
		return nil
	}
	return k.changed(s, fmt.Errorf("known_hosts has keys of the kinds %s, the server offers %s", strings.Join(known, ", "), strings.Join(mismatch.RequestedAlgorithms, ", ")))
}

// unknownKey stands for the answer of a known_hosts file that does not exist.
type unknownKey struct{}

func (*unknownKey) Error() string { return "no known_hosts file" }
