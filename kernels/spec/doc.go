// Package spec names what a kernel computes and how: the workload (what fixes the answer), the
// schedule (what changes only the time), the memory layouts and the target. Values are plain data that
// can be compared, printed and hashed; legal values are tables (axes.go), each refusal of an
// impossible combination is a named reason (check.go), and every value has a readable name that
// parses back (name.go).
//
// It owns the words "workload", "schedule" and "target". It refuses to write C.
package spec
