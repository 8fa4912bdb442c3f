// Package local is the transport to this machine: commands are its own child processes and pushed
// files are written in place. It starts no shell. It does not survive its own death: children die
// with it (their descendants need not).
package local
