package reports

import (
	"encoding/json"
	"io"
	"time"

	"github.com/rt3d-tune/rt3d-tune/results"
)

// The names below are used by scripts: they may be added to, not changed.

type jsonReport struct {
	Study             string             `json:"study"`
	State             results.State      `json:"state"`
	Objective         results.Objective  `json:"objective"`
	Model             string             `json:"model"`
	ModelHash         string             `json:"model_sha256"`
	Target            string             `json:"target"`
	Seed              uint64             `json:"seed"`
	ConfigurationHash string             `json:"configuration_sha256"`
	Created           time.Time          `json:"created"`
	Updated           time.Time          `json:"updated"`
	Device            *jsonDevice        `json:"device"`
	Simulated         bool               `json:"simulated"`
	Emulated          bool               `json:"emulated"`
	Suppressed        []string           `json:"suppressed"`
	Dense             *jsonPoint         `json:"dense"`
	Front             []*jsonPoint       `json:"front"`
	Dominated         []*jsonPoint       `json:"dominated"`
	EmulatedPoints    []*jsonPoint       `json:"emulated_points,omitempty"`
	Playoff           []jsonPlayoff      `json:"playoff"`
	Trials            map[string]int     `json:"trials"`
	Reused            int                `json:"reused,omitempty"`
	Samples           map[string]int     `json:"samples"`
	Ledger            map[string]float64 `json:"ledger"`
	KernelBuild       float64            `json:"kernel_build_seconds,omitempty"`
	// SpoiltSeconds is the time of samples that do not count.
	SpoiltSeconds float64 `json:"spoilt_s"`
}

type jsonDevice struct {
	Name        string          `json:"name"`
	Fingerprint string          `json:"fingerprint"`
	Facts       json.RawMessage `json:"facts"`
}

// jsonPoint has either accuracy or fidelity, and either latency or emulated time.
type jsonPoint struct {
	Trial          int         `json:"trial"`
	Phase          string      `json:"phase"`
	Accuracy       *float64    `json:"accuracy,omitempty"`
	AccuracyCI     *[2]float64 `json:"accuracy_ci,omitempty"`
	AccuracyChange *float64    `json:"accuracy_change,omitempty"`
	Fidelity       *float64    `json:"fidelity,omitempty"`
	FidelityChange *float64    `json:"fidelity_change,omitempty"`
	Metric         *float64    `json:"metric,omitempty"`
	MetricChange   *float64    `json:"metric_change,omitempty"`
	Clips          int         `json:"clips"`
	LatencyMS      *float64    `json:"latency_ms,omitempty"`
	LatencyCI      *[2]float64 `json:"latency_ci_ms,omitempty"`
	EmulatedMS     *float64    `json:"emulated_ms,omitempty"`
	Speedup        *float64    `json:"speedup,omitempty"`
	MACs           int64       `json:"macs"`
	LayersMS       *float64    `json:"layers_ms"`
	Suppressed     []string    `json:"suppressed,omitempty"`
	Reused         bool        `json:"reused,omitempty"`
	// Conditions in which it was timed; null when nothing is known of them.
	Conditions *jsonConditions `json:"conditions"`
	Dense      bool            `json:"dense"`
	Refined    bool            `json:"refined"`
	Layers     []jsonLayer     `json:"layers"`
}

// jsonConditions leaves out what the device did not tell.
type jsonConditions struct {
	Samples      int            `json:"samples"`
	Valid        int            `json:"valid"`
	Verdicts     map[string]int `json:"verdicts"`
	Cores        []int          `json:"cores,omitempty"`
	KHz          *[2]int        `json:"khz,omitempty"` // least and most
	MilliCelsius *[2]int        `json:"millicelsius,omitempty"`
	CanaryRatio  *[2]float64    `json:"canary_ratio,omitempty"`
	Throttle     *int           `json:"throttle,omitempty"`
	Switches     *int           `json:"nivcsw,omitempty"`
}

type jsonLayer struct {
	Name      string   `json:"name"`
	Scheme    string   `json:"scheme"`
	GM        int      `json:"gm"`
	GN        int      `json:"gn"`
	Rate      float64  `json:"rate"`
	Algorithm string   `json:"algorithm"`
	Schedule  string   `json:"schedule"`
	MACs      int64    `json:"macs"`
	MS        *float64 `json:"ms"`
	DenseMS   *float64 `json:"dense_ms"`
	Reordered bool     `json:"reordered"`
}

type jsonPlayoff struct {
	Name   string `json:"name"`
	Picked int    `json:"picked"`
	Tied   []int  `json:"tied"`
	Apart  []int  `json:"apart"`
}

// JSON writes the report for machines.
func JSON(w io.Writer, r *Report) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r.json())
}

func (r *Report) json() jsonReport {
	v := jsonReport{Study: r.Study, State: r.State, Objective: r.Objective, Model: r.Model, ModelHash: r.ModelHash,
		Target: r.Target, Seed: r.Seed, ConfigurationHash: r.ConfigurationHash, Created: r.Created, Updated: r.Updated,
		Simulated: r.Simulated, Emulated: len(r.Emulated) > 0, Suppressed: orEmpty(r.Suppressed), Front: r.jsonPoints(r.Front),
		Dominated: r.jsonPoints(r.Dominated), EmulatedPoints: r.jsonPoints(r.Emulated), Playoff: []jsonPlayoff{},
		Trials: map[string]int{}, Reused: r.Reused, Samples: map[string]int{}, Ledger: r.Ledger, KernelBuild: r.KernelBuild, SpoiltSeconds: r.SpoiltSeconds}
	if d := r.Device; d != nil {
		v.Device = &jsonDevice{d.Name, d.Fingerprint, d.Facts}
	}
	if r.Dense != nil {
		v.Dense = r.jsonPoint(r.Dense)
	}
	for _, p := range r.Playoffs {
		v.Playoff = append(v.Playoff, jsonPlayoff{p.Name, p.Picked, orEmpty(p.Tied), orEmpty(p.Apart)})
	}
	for outcome, n := range r.Trials {
		v.Trials[string(outcome)] = n
	}
	for verdict, n := range r.Samples {
		v.Samples[string(verdict)] = n
	}
	return v
}

func (r *Report) jsonPoints(points []*Point) []*jsonPoint {
	list := []*jsonPoint{}
	for _, p := range points {
		list = append(list, r.jsonPoint(p))
	}
	return list
}

func (r *Report) jsonPoint(p *Point) *jsonPoint {
	v := &jsonPoint{Trial: p.Trial, Phase: p.Phase, Clips: p.Clips, Speedup: p.Speedup, MACs: p.MACs,
		LayersMS: p.LayersMS, Suppressed: p.Suppressed, Reused: p.Reused, Dense: p.Dense, Refined: p.Refined, Layers: []jsonLayer{}}
	switch r.Objective {
	case results.Fidelity:
		v.Fidelity, v.FidelityChange = &p.Quality, p.Change
	case results.Metric:
		v.Metric, v.MetricChange = &p.Quality, p.Change
	default:
		v.Accuracy, v.AccuracyChange = &p.Quality, p.Change
	}
	if p.QualityInterval != nil {
		v.AccuracyCI = &[2]float64{p.QualityInterval.Low, p.QualityInterval.High}
	}
	if p.Emulated {
		v.EmulatedMS = &p.MS
	} else {
		v.LatencyMS, v.LatencyCI = &p.MS, &[2]float64{p.Latency.Low, p.Latency.High}
	}
	v.Conditions = p.Evidence.Conditions.json()
	for _, l := range p.Layers {
		v.Layers = append(v.Layers, jsonLayer{l.Name, l.Scheme, l.GM, l.GN, l.Rate, l.Algorithm, l.Schedule, l.MACs, l.MS, l.DenseMS, l.Reordered})
	}
	return v
}

func (c Conditions) json() *jsonConditions {
	v := &jsonConditions{Valid: c.Valid, Verdicts: map[string]int{}, Cores: c.Cores, KHz: c.KHz, MilliCelsius: c.MilliCelsius, CanaryRatio: c.Canary}
	for verdict, n := range c.Verdicts {
		v.Samples += n
		v.Verdicts[string(verdict)] = n
	}
	if v.Samples == 0 {
		return nil
	}
	if c.Throttle >= 0 {
		v.Throttle = &c.Throttle
	}
	if c.Switches >= 0 {
		v.Switches = &c.Switches
	}
	return v
}

// orEmpty makes a nil list an empty one, which JSON writes as [].
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
