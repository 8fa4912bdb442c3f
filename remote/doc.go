// Package remote is how the project reaches a machine that runs programs: push files, run commands,
// fetch files, remove what was left. Its sub-packages implement one contract: local (this machine),
// ssh (golang.org/x/crypto/ssh, or the user's own ssh program) and adb (the adb program);
// remote/remotetest holds the conformance suite that all of them pass. Sub-package sim stands apart: a
// phone in software, which answers as one and executes nothing.
//
// It owns the word "device". It decides nothing about timing, kernels or search.
package remote
