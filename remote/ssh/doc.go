// Package ssh is the transport to a device over SSH, in two ways. Mode native speaks the protocol
// itself (golang.org/x/crypto/ssh): keys and agent, a jump host, sftp with concurrent writes, and
// keepalives that notice a dead link. Mode exec runs the user's ssh program over one shared
// connection and so has all of ~/.ssh/config: ProxyJump, certificates, hardware keys.
//
// Host keys are enforced: an unknown or changed key is a fault and never accepted. It asks for no
// password and no passphrase; keys that need one belong in the agent. How commands run, end and are
// killed is package posix's part.
package ssh
