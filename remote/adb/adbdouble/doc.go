// Package adbdouble is the device side of the ADB protocol, for tests: the real adb client connects to
// it as to a phone over TCP, and what it asks for is executed on this machine. Faults are ordered by
// the test: an unauthorized or offline device, silence, a full disk, a connection that breaks in the
// middle of a transfer.
//
// It speaks what package adb uses (shell v2, the older shell and exec services, sync with STAT, LSTAT,
// SEND, RECV and LIST in both versions) and refuses every other service, as a device would that lacks
// it. It maps no paths: tests give the transport a work directory of this machine.
package adbdouble
