package results

import "time"

// Objective names what a study maximises beside minimising latency.
type Objective string

// The objectives. Metric is what a command of the user's prints. Fidelity stands where no labels are: 1 − the relative L2 distance of the outputs to
// those of the dense network. It is never called accuracy.
const (
	Accuracy Objective = "accuracy" // share of clips classified right, 0 … 1
	Fidelity Objective = "fidelity" // 1 − relative L2 distance, at most 1
	Metric   Objective = "metric"   // the study's own, larger is better, in its own units
)

// Names of the other objectives that Trial.Objectives may hold.
const (
	// LatencyMS repeats Trial.Latency.MedianMS; the store refuses it for emulated trials.
	LatencyMS = "latency_ms"
	// EmulatedMS is what an emulated trial may carry in its place.
	EmulatedMS = "emulated_ms"
)

// State says where a study stands.
type State string

// The states.
const (
	Running     State = "running"
	Interrupted State = "interrupted" // resumable
	Finished    State = "finished"    // its budget is spent or its space exhausted
	Failed      State = "failed"      // ended by an error; resumable
)

// Study is one search.
type Study struct {
	ID   int64
	Name string // unique in the file
	// Configuration is the text as it was read, ConfigurationHash its SHA-256 in hex.
	Configuration     string
	ConfigurationHash string
	Seed              uint64
	Model             string // file name or zoo:NAME
	ModelHash         string // SHA-256 in hex of the ONNX bytes
	Target            string
	// Device is the fingerprint of a device saved with SaveDevice; empty when none is known yet.
	Device    string
	Objective Objective
	// Basis is a hash of all that the quality of a pruned network depends on: model, data, recovery. Studies
	// of equal basis share their sensitivities, whatever their devices and targets are. Empty: with nobody.
	Basis string
	// Simulated: its device is a simulated phone. Trials with times of real devices are refused, and
	// simulated ones by all other studies.
	Simulated        bool
	State            State
	Created, Updated time.Time
}

// Device is a machine that was timed. Facts is the JSON object that the probe gave: the report's
// device card shows its entries by name.
type Device struct {
	Fingerprint string
	Name        string
	Facts       []byte
	Seen        time.Time // when the facts were last saved
}

// Sensitivity is what pruning one layer alone costs.
type Sensitivity struct {
	Layer  string
	Scheme string
	GM, GN int
	Rate   float64
	// Lost is the dense network's accuracy (or fidelity) minus that of the network with only this layer
	// pruned, as a share: 0.02 is two points. It may be negative.
	Lost float64
	// Clips evaluated; DenseCorrect and Correct of them classified right before and after, nil for
	// fidelity.
	Clips                 int
	DenseCorrect, Correct *int
	// SavedMS is by how much the layer's time falls on the study's device, by its latency table; nil where
	// that has no times yet, or emulated ones.
	SavedMS *float64
}

// LatencyEntry is one cell of a study's latency table: the kernel trial that holds the best schedule of
// a workload at one scheme and density.
type LatencyEntry struct {
	Workload, Scheme string
	GM, GN           int
	Density          float64
	TrialID          int64
	// Schedule and Latency are read from the trial; SetLatency ignores them. Latency.Emulated is set
	// when the trial was.
	Schedule string
	Latency  *Latency
}

// Contest is one playoff: candidates timed again, interleaved with each other.
type Contest struct {
	// Name is "model" for whole networks, or a workload's name with its scheme and density.
	Name    string
	Entries []ContestEntry
}

// ContestEntry is one candidate of a playoff.
type ContestEntry struct {
	TrialID int64
	// Tied entries cannot be told apart from the best one. Picked is the one chosen among them by the
	// stable tie-break; a contest has exactly one, and it is tied.
	Tied, Picked bool
}

// TrialFilter chooses trials; empty fields choose all.
type TrialFilter struct {
	Kind    Kind
	Phase   string
	Outcome Outcome
	Key     string
	// After chooses trials with a greater number; nil chooses all.
	After *int
}
