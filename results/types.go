package results

import "time"

// Outcome says how a trial ended: exactly one of these.
type Outcome string

// The outcomes.
const (
	OK           Outcome = "ok"
	Infeasible   Outcome = "infeasible" // a constraint
	CompileError Outcome = "compile-error"
	PushError    Outcome = "push-error"
	LaunchError  Outcome = "launch-error"
	Crash        Outcome = "crash" // Detail has the signal
	Timeout      Outcome = "timeout"
	WrongAnswer  Outcome = "wrong-answer"
	Unstable     Outcome = "unstable"
	Hot          Outcome = "hot"
	Dropped      Outcome = "dropped" // surely worse; the time is a lower bound
	DeviceLost   Outcome = "device-lost"
	Cancelled    Outcome = "cancelled"
)

// AllOutcomes are all of them, in the order in which reports list them.
var AllOutcomes = []Outcome{OK, Infeasible, CompileError, PushError, LaunchError, Crash, Timeout, WrongAnswer, Unstable,
	Hot, Dropped, DeviceLost, Cancelled}

// Teaches tells whether an optimiser may learn from a trial with this outcome: faults of the device or
// the network, and cancellations, say nothing about the candidate.
func (o Outcome) Teaches() bool {
	switch o {
	case PushError, LaunchError, Hot, Unstable, DeviceLost, Cancelled:
		return false
	}
	return true
}

// Verdict says whether a sample may be scored.
type Verdict string

// The verdicts.
const (
	Valid       Verdict = "valid"
	SampleHot   Verdict = "hot"
	Moved       Verdict = "moved" // frequency or core changed
	Preempted   Verdict = "preempted"
	CanaryDrift Verdict = "canary-drift"
)

// Sample is one timing with the evidence of how it was taken. Values that the device does not tell
// are nil.
type Sample struct {
	// Nanoseconds of one execution: the batch's time divided by Batch.
	Nanoseconds float64 `json:"ns"`
	Batch       int     `json:"batch"`
	Verdict     Verdict `json:"verdict"`
	// Core after the sample, CoreBefore before it.
	CoreBefore *int `json:"core_before,omitempty"`
	Core       *int `json:"core,omitempty"`
	// FrequencyKHz before and after.
	FrequencyBefore *int `json:"khz_before,omitempty"`
	FrequencyAfter  *int `json:"khz_after,omitempty"`
	// MilliCelsius of the hottest readable zone.
	Temperature *int `json:"millicelsius,omitempty"`
	// Throttle is the step of the processor's cooling device; 0: heat does not hold it back.
	Throttle *int `json:"throttle,omitempty"`
	// InvoluntarySwitches during the sample.
	InvoluntarySwitches *int `json:"nivcsw,omitempty"`
	// QueueNS is the longest that a thread waited for a core during the sample.
	QueueNS *int64 `json:"queue_ns,omitempty"`
	// CanaryRatio is the canary's time beside this sample over its first time in the run.
	CanaryRatio *float64 `json:"canary_ratio,omitempty"`
}

// Kind tells what a trial evaluated.
type Kind string

// The kinds.
const (
	KernelTrial Kind = "kernel" // one layer
	ModelTrial  Kind = "model"  // a whole network
)

// Latency is a median with a 95 % order-statistic confidence interval, in milliseconds, over the
// valid samples.
type Latency struct {
	MedianMS float64 `json:"ms"`
	LowMS    float64 `json:"low_ms"`
	HighMS   float64 `json:"high_ms"`
	Valid    int     `json:"valid_samples"`
	// Emulated times are never latencies: reports mark them and fronts refuse them.
	Emulated bool `json:"emulated,omitempty"`
}

// Provenance is what must be equal for a measurement to be reused.
type Provenance struct {
	SourceHash string   `json:"source_sha256"`
	BinaryHash string   `json:"binary_sha256"`
	BlobHash   string   `json:"blob_sha256"`
	Compiler   string   `json:"compiler"` // name, version and target triple
	Flags      string   `json:"flags"`
	Target     string   `json:"target"`
	Device     string   `json:"device"` // fingerprint
	Cores      string   `json:"cores"`
	Clocks     string   `json:"clocks,omitempty"` // that were held still: governor and kHz
	Runner     string   `json:"runner"`           // version of the runner, and prefix such as an emulator
	Workload   string   `json:"workload"`
	MaskHash   string   `json:"mask_sha256"`
	Threads    int      `json:"threads,omitempty"`
	Timed      string   `json:"timed,omitempty"`      // run: the kernel alone; all: with loading and storing
	Suppressed []string `json:"suppressed,omitempty"` // names of findings that were suppressed
	PeakGFLOPS float64  `json:"peak_gflops"`          // FMA peak measured in the same process
	PeakRSS    int64    `json:"peak_rss_bytes"`
	// WarmMS is how long the program ran before its samples; WarmStable tells that its time had settled by
	// then, and was not cut off.
	WarmMS      float64 `json:"warm_ms,omitempty"`
	WarmStable  bool    `json:"warm_stable,omitempty"`
	Nonce       string  `json:"nonce"`
	MaxError    float64 `json:"max_error"`    // largest difference from the float64 reference
	ErrorAllow  float64 `json:"error_allow"`  // what was allowed
	OutputScale float64 `json:"output_scale"` // largest magnitude of the reference
	// BuildSeconds is the wall time for generating and packing the program, and its share of compiling and
	// linking the binary that it was in; 0 in trials of before it was kept.
	BuildSeconds float64 `json:"build_seconds,omitempty"`
	// Simulated: a simulated phone said it. Such a time enters no study of a real device.
	Simulated bool `json:"simulated,omitempty"`
}

// Layer is the choice for one layer of a model trial.
type Layer struct {
	Name      string  `json:"name"`
	Scheme    string  `json:"scheme"` // dense, filter, vanilla, kgs
	GM        int     `json:"gm"`
	GN        int     `json:"gn"`
	Rate      float64 `json:"rate"` // share of the weights removed
	Algorithm string  `json:"algorithm"`
	Schedule  string  `json:"schedule"` // spec.Schedule by name
	Workload  string  `json:"workload"`
	MACs      int64   `json:"macs"` // kept
	// MS is the layer's time from the latency table, or of its own kernel where it is Reordered; DenseMS is that
	// of its best dense kernel; nil when never measured.
	MS      *float64 `json:"ms"`
	DenseMS *float64 `json:"dense_ms"`
	// Reordered: its filters are in an order in which like masks meet.
	Reordered bool `json:"reordered"`
}

// Trial is one evaluated candidate. Parameters are the named values that the strategy chose, as JSON,
// so that the trial can be told to it again or run again.
type Trial struct {
	ID         int64
	StudyID    int64
	Number     int // 0, 1, 2 ... within the study
	Kind       Kind
	Phase      string // for example "table", "sensitivity", "search", "playoff"
	Key        string // identity of the candidate: equal keys are the same candidate
	Parameters []byte // JSON
	Outcome    Outcome
	Detail     string // the error's text, a signal, a constraint
	Started    time.Time
	Seconds    float64 // wall time the trial took
	Latency    *Latency
	// Objectives are named and directed: accuracy or fidelity (maximised), latency_ms (minimised) ...
	Objectives map[string]float64
	// Kernel trials: the layer's workload, scheme, density and schedule by name.
	Workload, Scheme, Schedule string
	GM, GN                     int
	Density                    float64
	MACs                       int64
	Layers                     []Layer // model trials
	Provenance                 Provenance
	Samples                    []Sample
	// Clips that the accuracy or fidelity was computed on; 0 when none was.
	Clips int
	// ReusedFrom is the ID of the trial whose measurement this one takes over because the provenance
	// keys are equal; 0 when this trial was measured itself.
	ReusedFrom int64
	// Refined is the SHA-256 of the network that was measured (Store.Network) where it was trained on after
	// it was pruned; empty for one-shot pruning and kernels.
	Refined string
}
