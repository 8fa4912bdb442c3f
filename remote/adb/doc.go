// Package adb is the transport to an Android device through the adb program. It asks the adb server
// for the device's state and turns what is not "device" into a fault with advice; commands go through
// `adb shell` (shell v2), and where a device is too old for that through `adb exec-out`; files go
// through `adb push` and `adb pull`. How commands run, end and are killed is package posix's part.
//
// It restarts no server, reboots nothing and changes no setting of the device.
package adb
