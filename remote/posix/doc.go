// Package posix implements remote.Transport on top of anything that can hand one line to a shell on
// a Linux or Android device: an SSH session or `adb shell`. What such links lack is supplied here by
// a wrapper script that runs beside each command (wrapper.sh): exit codes and signals that cannot be
// confused with a fault of the link, a timeout that holds even when the link is gone, and processes
// that are really killed, with all that they started.
//
// On this machine it notes in the user's cache which directories it made where (claim.go), so that what a
// killed process leaves on a device is removed by the next.
//
// It needs a POSIX sh, grep, sleep, cat, env and /proc on the device; sha256sum is used where it is
// there. It keeps no connection and knows no protocol: its sub-package's callers (remote/ssh,
// remote/adb) do. A process that clears its environment, leaves its session and outlives its parent
// (all three) is not found, and SIGINT and SIGPIPE are reported as exit codes 130 and 141, because
// shells do not tell those two apart.
package posix
