// Package bench turns candidates into measurements: build on this host, push, run on the device, check
// the values, take samples, judge them. Builder and Runner are two contracts; a pipeline overlaps them
// and keeps one measurement at a time per device.
//
// It owns the words "candidate" and "canary", warm-up, verdicts and checks. It knows nothing about
// search: which candidates, in which order and what they are good for is the tuner's business.
package bench
