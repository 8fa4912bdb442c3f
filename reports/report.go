package reports

import (
	"time"

	"github.com/rt3d-tune/rt3d-tune/results"
)

// Report is everything that the renderers show of one study.
type Report struct {
	Study string
	State results.State
	// Objective is accuracy or fidelity: what Point.Quality is.
	Objective         results.Objective
	Model, ModelHash  string
	Target            string
	Seed              uint64
	ConfigurationHash string
	Created, Updated  time.Time
	Device            *results.Device // nil when none was probed
	// Simulated: the device is a phone in software, and every time is a model's.
	Simulated bool

	// Dense is the network without pruning; nil when it was not measured.
	Dense *Point
	// Front and Dominated are the measured networks, the fastest first. Dense is in one of the two.
	Front, Dominated []*Point
	// Emulated networks ran under an emulator: they are shown apart, and are on no front.
	Emulated []*Point

	// Suppressed findings under which any of the networks was timed.
	Suppressed []string
	Playoffs   []Playoff
	Trials     map[results.Outcome]int
	// Reused trials were not measured for this study, but took over a measurement of the file.
	Reused  int
	Samples map[results.Verdict]int
	// Ledger is the wall time in seconds per activity.
	Ledger map[string]float64
	// KernelBuild is the mean of the seconds that it took to build one kernel; 0 where none was built.
	KernelBuild float64
	// Conditions are those of all networks together; SpoiltSeconds is the time of the study's samples that
	// do not count; Speed follows the device over all trials.
	Conditions    Conditions
	SpoiltSeconds float64
	Speed         []SpeedPoint
}

// Point is one network that was made, evaluated and timed end to end.
type Point struct {
	// Trial is the trial's number within the study.
	Trial int
	Phase string
	// Quality is the study's objective, a share; Clips is how many clips it was computed on, and
	// QualityInterval its 95 % Wilson interval, nil for fidelity.
	Quality         float64
	Clips           int
	QualityInterval *Interval
	// Latency in milliseconds. Emulated says that it is none: an emulator took the time.
	Latency  Interval
	MS       float64
	Emulated bool
	// Speedup over dense, and Change of the quality against dense; nil when there is no dense network
	// measured in the same way.
	Speedup *float64
	Change  *float64
	MACs    int64
	// LayersMS is the sum of the layers' times in the latency table, nil when one was never timed. What
	// the network takes beyond it is spent between the tuned layers.
	LayersMS *float64
	Layers   []results.Layer
	Dense    bool
	// Refined tells that it was trained on after it was pruned.
	Refined bool
	// Evidence of how the latency was taken.
	Evidence   Evidence
	Front      bool
	Suppressed []string
	// Reused: the time was measured for another trial of the file, with the same provenance key.
	Reused bool

	trial *results.Trial
}

// Interval is a 95 % confidence interval.
type Interval struct{ Low, High float64 }

// Playoff is a set of candidates that were timed again, interleaved with each other.
type Playoff struct {
	Name string
	// Picked was chosen among Tied, which cannot be told apart; Apart are surely slower. Numbers of
	// trials.
	Picked int
	Tied   []int
	Apart  []int
}

// Pruned counts the layers with weights removed.
func (p *Point) Pruned() int {
	n := 0
	for _, l := range p.Layers {
		if pruned(l) {
			n++
		}
	}
	return n
}

// Reordered counts the layers whose filters are in an order in which like masks meet.
func (p *Point) Reordered() int {
	n := 0
	for _, l := range p.Layers {
		if l.Reordered {
			n++
		}
	}
	return n
}

func pruned(l results.Layer) bool { return l.Scheme != "dense" && l.Rate > 0 }

// Choice is the point most people want: the network that the playoff picked, and before there was one
// the fastest on the front that loses no more than two points of accuracy (0.02 of fidelity) against
// dense; nil when there is none but dense itself.
func (r *Report) Choice() *Point {
	if p := r.picked(); p != nil {
		return p
	}
	for _, p := range r.Front {
		if !p.Dense && p.Change != nil && *p.Change >= -acceptable {
			return p
		}
	}
	return nil
}

// acceptable is the loss of quality that Choice accepts, as a share, with room for the last digit.
const acceptable = 0.02 + 1e-12

// picked is the pruned network that the playoff of networks picked; nil when there is none on the front.
func (r *Report) picked() *Point {
	for _, playoff := range r.Playoffs {
		for _, p := range r.Front {
			if playoff.Name == networks && p.Trial == playoff.Picked && !p.Dense {
				return p
			}
		}
	}
	return nil
}

// networks is the name of the playoff of whole networks.
const networks = "model"
