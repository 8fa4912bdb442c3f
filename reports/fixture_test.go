package reports

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"testing"
	"time"

	"github.com/rt3d-tune/rt3d-tune/results"
)

// A small study made by code: a network of five layers whose times and accuracies follow formulas.
type fixture struct {
	t       *testing.T
	store   *results.Store
	study   *results.Study
	started time.Time
}

var noon = time.Date(2024, 5, 6, 12, 0, 0, 0, time.UTC)

func newFixture(t *testing.T, name string, objective results.Objective) *fixture {
	t.Helper()
	return newFixtureOf(t, &results.Study{Name: name, Objective: objective})
}

// newFixtureOf completes a study that has a name and an objective.
func newFixtureOf(t *testing.T, study *results.Study) *fixture {
	t.Helper()
	ctx := context.Background()
	store, err := results.Open(filepath.Join(t.TempDir(), "results.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	device := results.Device{Fingerprint: "f00d", Name: "adb:R5CN30", Facts: []byte(`{"model":"SM-G991B","architecture":"aarch64",
		"cores":8,"clusters":[{"cores":"0-3","max_khz":2210000},{"cores":"4-6","max_khz":2808000},{"cores":"7","max_khz":2912000}],
		"memory_bytes":8000000000,"features":["fp","asimd","fphp","asimddp"],"governor":"schedutil","battery":{"percent":83,"charging":true}}`)}
	if err := store.SaveDevice(ctx, device); err != nil {
		t.Fatal(err)
	}
	study.Configuration, study.ConfigurationHash, study.Seed = "model: motion-c3d\n", "c0ffee", 7
	study.Model, study.ModelHash, study.Target, study.Device = "motion-c3d.onnx", "beef", "aarch64-neon-fp32", "f00d"
	if err := store.CreateStudy(ctx, study); err != nil {
		t.Fatal(err)
	}
	return &fixture{t, store, study, noon}
}

var layers = []struct {
	name  string
	ms    float64
	macs  int64
	costs float64 // accuracy lost when all of it is pruned
}{{"conv1", 1.9, 33e6, 0.30}, {"conv2", 6.2, 210e6, 0.10}, {"conv3a", 4.1, 140e6, 0.06}, {"conv3b", 4.6, 160e6, 0.05}, {"conv4", 2.2, 90e6, 0.09}}

func pointer[T any](v T) *T { return &v }

// samplesAround are samples of a time with their evidence, one of each verdict that does not count among
// them.
func samplesAround(ms float64) []results.Sample {
	var list []results.Sample
	for i := range 14 {
		s := results.Sample{Nanoseconds: ms * 1e6 * (1 + 0.004*float64(i%5-2)), Batch: 2, Verdict: results.Valid, CoreBefore: pointer(7), Core: pointer(7),
			FrequencyBefore: pointer(2912000), FrequencyAfter: pointer(2912000), Temperature: pointer(41000 + 300*i), Throttle: pointer(0),
			InvoluntarySwitches: pointer(0), CanaryRatio: pointer(1 + 0.002*float64(i%3))}
		switch i {
		case 4:
			s.Verdict, s.Nanoseconds, s.InvoluntarySwitches = results.Preempted, s.Nanoseconds*1.4, pointer(3)
		case 9:
			s.Verdict, s.Temperature, s.Throttle = results.SampleHot, pointer(86000), pointer(1)
		case 11:
			s.Verdict, s.FrequencyAfter = results.Moved, pointer(1804000)
		case 12:
			s.Verdict, s.CanaryRatio = results.CanaryDrift, pointer(1.13)
		}
		list = append(list, s)
	}
	return list
}

// network appends a model trial with the given rate of every layer.
func (f *fixture) network(phase string, rates [5]float64, change func(*results.Trial)) *results.Trial {
	f.t.Helper()
	trial := &results.Trial{StudyID: f.study.ID, Kind: results.ModelTrial, Phase: phase, Key: fmt.Sprint(rates), Outcome: results.OK,
		Started: f.started, Seconds: 3, Clips: 2000, Density: 1}
	ms, quality := 0.7, 0.9415
	for i, l := range layers {
		layer := results.Layer{Name: l.name, Scheme: "kgs", GM: 8, GN: 4, Rate: rates[i], Algorithm: "direct",
			Schedule: fmt.Sprintf("t%dx8-dhwc-s%d", 4+i, 1+i%3), Workload: "w" + l.name, MACs: int64(float64(l.macs) * (1 - rates[i])),
			MS: pointer(l.ms * (1 - 0.9*rates[i])), DenseMS: pointer(l.ms)}
		if rates[i] == 0 {
			layer.Scheme, layer.GM, layer.GN = "dense", 0, 0
		}
		ms += *layer.MS
		quality -= l.costs * rates[i] * rates[i] * rates[i]
		trial.MACs += layer.MACs
		trial.Layers = append(trial.Layers, layer)
	}
	if f.study.Objective == results.Accuracy {
		quality = math.Round(2000*quality) / 2000 // of 2000 clips
	}
	trial.Latency = &results.Latency{MedianMS: ms, LowMS: ms * 0.99, HighMS: ms * 1.015, Valid: 24}
	trial.Objectives = map[string]float64{string(f.study.Objective): quality}
	trial.Samples = samplesAround(ms)
	trial.Provenance = results.Provenance{Cores: "7", Compiler: "clang 19", SourceHash: "5e1f", MaxError: 1e-6, ErrorAllow: 2e-5, OutputScale: 9.5,
		PeakGFLOPS: 40 + float64(len(trial.Samples)) + float64(int(ms*10)%5)}
	f.started = f.started.Add(20 * time.Second)
	if change != nil {
		change(trial)
	}
	if err := f.store.AppendTrial(context.Background(), trial); err != nil {
		f.t.Fatal(err)
	}
	return trial
}

// fail appends kernel trials that ended otherwise.
func (f *fixture) fail(outcome results.Outcome, n int) {
	f.t.Helper()
	for i := range n {
		trial := &results.Trial{StudyID: f.study.ID, Kind: results.KernelTrial, Phase: "table", Key: fmt.Sprint(outcome, i), Outcome: outcome,
			Detail: "as the test wants", Started: f.started, Workload: "wconv2", Scheme: "kgs", GM: 8, GN: 4, Density: 0.5,
			Provenance: results.Provenance{BuildSeconds: 0.25 + float64(i%2)/2}}
		if err := f.store.AppendTrial(context.Background(), trial); err != nil {
			f.t.Fatal(err)
		}
	}
}

func (f *fixture) spend(activity string, seconds float64) {
	f.t.Helper()
	if err := f.store.AddLedger(context.Background(), f.study.ID, activity, seconds); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) report() *Report {
	f.t.Helper()
	r, err := Build(context.Background(), f.store, f.study.Name)
	if err != nil {
		f.t.Fatal(err)
	}
	r.Created, r.Updated = noon, noon.Add(3*time.Minute) // the store's clock is the wall's
	return r
}

// demo is a finished search: dense, a front, dominated networks, failures and a playoff.
func demo(t *testing.T, name string, objective results.Objective) *fixture {
	f := newFixture(t, name, objective)
	f.fail(results.CompileError, 1)
	f.fail(results.WrongAnswer, 2)
	f.fail(results.Dropped, 9)
	f.network("search", [5]float64{}, nil)
	var series []*results.Trial
	for i := range 10 {
		x := float64(i+1) / 11
		// Good networks spare conv1; poor ones prune it instead of conv2.
		series = append(series, f.network("search", [5]float64{x * 0.4, x * 0.9, x, x, x * 0.8}, nil))
		f.network("search", [5]float64{x, x * 0.3, x * 0.7, x * 0.5, x}, nil)
		f.network("search", [5]float64{x * 0.9, x * 0.6, x * 0.2, x * 0.8, x * 0.4}, nil)
	}
	entries := []results.ContestEntry{{TrialID: series[3].ID, Tied: true, Picked: true}, {TrialID: series[2].ID, Tied: true}, {TrialID: series[0].ID}}
	if err := f.store.SetContest(context.Background(), f.study.ID, results.Contest{Name: "model", Entries: entries}); err != nil {
		t.Fatal(err)
	}
	for activity, seconds := range map[string]float64{"build": 41.5, "push": 3.25, "measure": 88, "evaluate": 37, "prune": 6, "other": 1.5, "cool": 12, "idle": 4.5} {
		f.spend(activity, seconds)
	}
	if err := f.store.SetState(context.Background(), f.study.ID, results.Finished); err != nil {
		t.Fatal(err)
	}
	return f
}
