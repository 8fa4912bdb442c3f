package bench

import (
	"context"
	"time"

	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// Candidate is one thing to build, check and time.
type Candidate struct {
	// Key identifies the candidate within a study.
	Key     string
	Kind    results.Kind
	Program kernels.Program
	// Limit bounds one execution on the device: a candidate that takes longer is stopped and its outcome
	// is dropped (its time is a lower bound). 0 means the runner's own generous limit.
	Limit time.Duration
	// Reference is what the candidate is up against: as soon as it is surely slower, it is dropped. The
	// zero value means nothing.
	Reference Reference
	// Fresh asks for a measurement of its own, whatever was measured before: times that are compared with
	// each other must have been taken together.
	Fresh bool
	// Effort bounds the samples; the zero value means DefaultEffort.
	Effort Effort
}

// Reference is a time that was measured on the same device before, and how fast the device was then.
type Reference struct {
	MS float64
	// PeakGFLOPS of multiply-adds in the process of that measurement; 0 when it is not known.
	PeakGFLOPS float64
}

// Effort says how much measuring a candidate is worth.
type Effort struct {
	// MinSamples valid samples at least, MaxSamples at most.
	MinSamples, MaxSamples int
	// MinBatch is the least duration of one sample: short kernels are run several times in it.
	MinBatch time.Duration
	// MaxTime bounds warm-up and samples together.
	MaxTime time.Duration
	// StepRounds more executions are timed step by step, behind the samples; 0 means none.
	StepRounds int
}

// FirstExecution is what the first execution after loading took: what a user waits for once.
type FirstExecution struct {
	Time       time.Duration
	PageFaults int64
}

// StepTime is how long one part of an execution takes.
type StepTime struct {
	// Part is load, run or store; Step is the index of the program's step for run, else -1.
	Part string
	Step int
	// Median of the times of Effort.StepRounds executions, the reading of the clock included.
	Median time.Duration
}

// Result is how one candidate ended.
type Result struct {
	Key     string
	Outcome results.Outcome
	// Detail is the error, signal or constraint in words; empty for ok.
	Detail string
	// Err is the cause when something else than the candidate was at fault: the device or the link (a
	// *remote.DeviceError), or this host (for example a *toolchain.NoSpaceError).
	Err error
	// ReusedFrom is the trial whose measurement this is (Session.Remember); 0 when it was measured now.
	ReusedFrom int64
	Latency    *results.Latency // nil unless Outcome is ok (or dropped: then a lower bound in LowMS)
	Samples    []results.Sample
	// First is the execution whose answer was checked.
	First FirstExecution
	// Steps are in the order in which they run; none unless Effort.StepRounds asks for them.
	Steps      []StepTime
	Provenance results.Provenance
	// Canary is the median time of the fixed reference kernel beside the samples; 0 when none was taken.
	Canary time.Duration
	// Times spent, for the ledger.
	Build, Push, Measure time.Duration
	// Own is the part of Measure in which the program itself ran: its first execution, warm-up and samples.
	Own time.Duration
}

// Evaluator evaluates candidates and sends each result as soon as it is known. The channel is closed
// when all are done or ctx has ended; candidates that were not finished then are results with the
// outcome cancelled. The device pipeline implements it, and so does replay of a recorded study.
type Evaluator interface {
	Evaluate(ctx context.Context, candidates []Candidate) <-chan Result
}
