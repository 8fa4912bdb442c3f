// Package remotetest is the one conformance suite that every transport passes. It looks at the
// device from behind, through this machine's files and processes, so the device must be this machine:
// a loopback sshd, or a double of an Android device that executes here. It is for tests only.
package remotetest
