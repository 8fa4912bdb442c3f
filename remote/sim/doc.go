// Package sim is a phone in software: a remote.Transport that answers the probe and the runner's
// protocol (kernels/runner/PROTOCOL.md) without any hardware, for tests, demonstrations and the study of
// searches and gates. What lies above it - pipeline, checks, verdicts, search - runs unchanged.
//
// A simulated program is data: the work of its kernels and the answers that it gives (program.go). The
// phone turns work into time: multiply-adds and bytes on big and little cores (spec.go), a frequency
// that follows load and heat (physics.go), noise (noise.go). Faults come by script or by rate
// (faults.go). Time is virtual and passes only by what the phone does, so that a night takes seconds.
//
// It executes no code and computes no network: it refuses the runner's mode eval. Nothing that it says
// is a measurement, and all of it is marked SIMULATED.
package sim
