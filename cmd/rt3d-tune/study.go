package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rt3d-tune/rt3d-tune/accuracy"
	"github.com/rt3d-tune/rt3d-tune/bench"
	"github.com/rt3d-tune/rt3d-tune/configs"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/model/onnx"
	"github.com/rt3d-tune/rt3d-tune/prune/recover"
	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/remote/dial"
	"github.com/rt3d-tune/rt3d-tune/results"
	"github.com/rt3d-tune/rt3d-tune/tuner"
	"github.com/rt3d-tune/rt3d-tune/tuner/pruning"
	"github.com/rt3d-tune/rt3d-tune/tuner/refining"
)

// study is everything that a configuration asks for, opened.
type study struct {
	config   *configs.Config
	graph    *model.Graph
	machine  *machine
	host     *machine // another session on this machine, when the device is not this machine itself
	clips    *clips
	accuracy tuner.Accuracy
	pruner   tuner.Pruner
	options  tuner.Options
}

// openStudy opens the model, the data and the device, in this order: what is cheap to check comes first.
func openStudy(ctx context.Context, config *configs.Config) (s *study, err error) {
	s = &study{config: config}
	if s.graph, err = studyModel(config); err != nil {
		return nil, err
	}
	if s.options, err = searchOptions(config, s.graph); err != nil {
		return nil, err
	}
	if err := checkDevice(config); err != nil {
		return nil, err
	}
	clips, err := openClips(config, s.graph)
	if err != nil {
		return nil, err
	}
	gate := bench.NewGate()
	s.machine, err = openMachine(ctx, config.Device, sessionOptions{target: config.Target, study: config, suppress: config.Measure.Suppress, gate: gate})
	if err != nil {
		return nil, err
	}
	if err := s.open(ctx, clips, gate); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// checkDevice points at what cannot be meant in the device's settings.
func checkDevice(config *configs.Config) error {
	err := dial.Validate(config.Device)
	var setting *remote.ConfigError
	if !errors.As(err, &setting) {
		return err
	}
	keys := strings.FieldsFunc("device."+setting.Key, func(r rune) bool { return strings.ContainsRune(".[]", r) })
	return config.Mistake(errors.New(setting.Problem), keys...)
}

func (s *study) open(ctx context.Context, clips *clips, gate *bench.Gate) error {
	if err := refuseFindings(s.machine); err != nil {
		return err
	}
	network, err := s.network(ctx, gate)
	if err != nil {
		return err
	}
	s.clips = clips
	s.pruner = &pruning.Pruner{Mode: clips.mode, Clips: clips.calibration, Executor: network}
	o := accuracy.Options{Seed: clipSeed, Workers: network.Workers, Skip: clips.skip}
	if d := s.config.Data; d != nil && d.Metric != nil {
		metric := *d.Metric
		metric.Dir = filepath.Dir(s.config.Path)
		s.accuracy, err = accuracy.NewMetric(clips.data, network, metric, o)
	} else if clips.labelled {
		s.accuracy, err = accuracy.NewEvaluator(clips.data, network, o)
	} else {
		s.accuracy, err = accuracy.NewFidelity(ctx, clips.data, network, s.graph, o)
	}
	return err
}

// network is what accuracy and calibration run on: this host, or the device where the study says so.
func (s *study) network(ctx context.Context, gate *bench.Gate) (accuracy.Compiled, error) {
	if s.config.OnDevice() {
		return accuracy.Compiled{Session: s.machine.session, Tuned: true, Workers: 1}, nil
	}
	if s.onHost() {
		return hostNetwork(s.machine.session), nil
	}
	if s.config.Device.Transport != "local" {
		gate = nil // another machine is timed: work here disturbs nothing
	}
	var err error
	s.host, err = openMachine(ctx, remote.Config{Name: "host", Transport: "local"},
		sessionOptions{target: anyTarget, gate: gate})
	if err != nil {
		return accuracy.Compiled{}, err
	}
	return hostNetwork(s.host.session), nil
}

// onHost tells that the device is this machine itself.
func (s *study) onHost() bool {
	return s.config.Device.Transport == "local" && len(s.config.Device.Runner) == 0
}

// Close ends the sessions.
func (s *study) Close() (err error) {
	if s.machine != nil {
		err = s.machine.Close()
	}
	if s.host != nil {
		err = errors.Join(err, s.host.Close())
	}
	return err
}

// besides takes a path as relative to the file that names it.
func besides(file, path string) string {
	if path == "" || filepath.IsAbs(path) || strings.HasPrefix(path, "zoo:") {
		return path
	}
	return filepath.Join(filepath.Dir(file), path)
}

// searchOptions turns the configuration into the tuner's options.
func searchOptions(config *configs.Config, g *model.Graph) (tuner.Options, error) {
	keep, err := matchLayers(g, config.Prune.Keep)
	if err != nil {
		return tuner.Options{}, config.Mistake(err, "prune", "keep")
	}
	o := tuner.Options{
		Seed: config.Search.Seed, Trials: config.Search.Trials, Wall: config.Search.Wall,
		Shares:    tuner.DefaultShares,
		Densities: config.Search.Kernels.Densities, Rates: config.Prune.Rates, Keep: keep,
		Threads: config.Target.Threads, Kernels: config.Search.Kernels.Strategy, Models: config.Search.Models.Strategy,
		SensitivityClips: config.Search.Models.SensitivityClips, Rounds: config.Search.Playoff.Rounds, Loss: config.Search.Loss,
		Reorder: config.Search.Reorder == "auto",
		ModelEffort: bench.Effort{MinSamples: config.Measure.MinSamples, MaxSamples: config.Measure.MaxSamples,
			MinBatch: config.Measure.MinBatch, MaxTime: config.Measure.MaxTime},
	}
	if share := config.Search.Kernels.Share; share > 0 {
		o.Shares.Table = share
	}
	if share := config.Search.Models.Share; share > 0 {
		o.Shares.Search = share
	}
	if config.Refine != nil {
		if err := refining.Check(config.Refine.Command); err != nil {
			return o, config.Mistake(err, "refine", "command")
		}
		o.Refined, o.RefinedLoss = config.Refine.Networks, config.Refine.Loss
	}
	for _, name := range config.Prune.Schemes {
		scheme, err := model.ParseScheme(name)
		if err != nil {
			return o, config.Mistake(err, "prune", "schemes")
		}
		if scheme == model.Filter {
			o.Groups = append(o.Groups, tuner.Group{Scheme: scheme})
			continue
		}
		for _, g := range config.Prune.Groups {
			o.Groups = append(o.Groups, tuner.Group{Scheme: scheme, GM: g[0], GN: g[1]})
		}
	}
	return o, refuseUselessGroups(config, g)
}

// refiner trains networks on as the configuration says; nil when it does not. log gets what the command
// prints; nil: nobody looks.
func (s *study) refiner(log io.Writer) tuner.Refiner {
	r := s.config.Refine
	if r == nil {
		return nil
	}
	return &refining.Command{Args: r.Command, Dir: filepath.Dir(s.config.Path), Timeout: r.Timeout, Log: log}
}

// refuseUselessGroups names a group size that fits no layer that may be pruned.
func refuseUselessGroups(config *configs.Config, g *model.Graph) error {
	for i, group := range config.Prune.Groups {
		if err := checkGroup(g, group[0], group[1]); err != nil {
			return config.Mistake(err, "prune", "groups", strconv.Itoa(i))
		}
	}
	return nil
}

// refuseFindings makes an error of what the probe found and nobody suppressed.
func refuseFindings(m *machine) error {
	var open []string
	for _, f := range m.facts.Findings {
		if !f.Suppressed {
			open = append(open, fmt.Sprintf("%s: %s", f.Code, f.Text))
		}
	}
	if len(open) == 0 {
		return nil
	}
	return &findingError{m.transport.Name(), open}
}

// findingError says what makes timings bad on a device.
type findingError struct {
	device string
	found  []string
}

func (e *findingError) Error() string {
	return fmt.Sprintf("device %s: timings would be bad: %s; put it right, or list the names under measure.suppress to have them stamped on every number",
		e.device, strings.Join(e.found, "; "))
}

// device is the study's, as the store keeps it.
func (s *study) device() (results.Device, error) {
	facts, err := json.Marshal(s.machine.facts)
	if err != nil {
		return results.Device{}, fmt.Errorf("store device: %w", err)
	}
	return results.Device{Fingerprint: s.machine.facts.Fingerprint, Name: s.config.Device.Name, Facts: facts}, nil
}

// record finds or makes the study in the store.
func (s *study) record(ctx context.Context, store *results.Store) (*results.Study, error) {
	device, err := s.device()
	if err != nil {
		return nil, err
	}
	if err := store.SaveDevice(ctx, device); err != nil {
		return nil, err
	}
	modelHash, err := hashModel(s.graph)
	if err != nil {
		return nil, err
	}
	basis, err := s.basis(modelHash)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(s.config.Text)
	if s.options.Seed > math.MaxInt64 {
		return nil, usagef("seed %d: want at most %d", s.options.Seed, int64(math.MaxInt64))
	}
	fresh := &results.Study{
		Name: s.config.Study, Configuration: string(s.config.Text), ConfigurationHash: hex.EncodeToString(sum[:]),
		Seed: s.options.Seed, Model: s.config.Model, ModelHash: modelHash,
		Target: s.machine.target.String(), Device: device.Fingerprint, Objective: results.Objective(s.accuracy.Name()),
		Simulated: s.config.Device.Transport == "sim", Basis: basis,
	}
	err = store.CreateStudy(ctx, fresh)
	if !errors.Is(err, results.ErrExists) {
		return fresh, err
	}
	old, err := store.StudyByName(ctx, fresh.Name)
	if err != nil {
		return nil, err
	}
	for _, d := range []struct{ what, old, now string }{
		{"configuration", old.ConfigurationHash, fresh.ConfigurationHash},
		{"seed", fmt.Sprint(old.Seed), fmt.Sprint(fresh.Seed)},
		{"model", old.ModelHash, fresh.ModelHash},
		{"target", old.Target, fresh.Target},
		{"device", old.Device, fresh.Device},
	} {
		if d.old != d.now {
			return nil, usagef("study %q is in %s with another %s (%.16s, now %.16s): give it another name, or another --db", fresh.Name, store.Path(), d.what, d.old, d.now)
		}
	}
	return old, nil
}

// hashModel is the SHA-256 of the model as ONNX.
func hashModel(g *model.Graph) (string, error) {
	h := sha256.New()
	if err := onnx.Write(h, g); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// clips are the data of a study.
type clips struct {
	data        accuracy.Dataset
	labelled    bool
	calibration [][]float32
	mode        recover.Mode
	skip        int // clips of data that calibration has taken
}

// clipSeed shuffles clips: the same for everyone, so that figures can be compared.
const clipSeed = 1

// generatedClips is how many inputs fidelity is measured on when there is no data.
const generatedClips = 8

// openClips opens the data that accuracy is measured on and reads the calibration clips.
func openClips(config *configs.Config, g *model.Graph) (*clips, error) {
	shape, err := g.InputShape()
	if err != nil {
		return nil, usage(err)
	}
	c := &clips{}
	if c.mode, err = recover.ParseMode(config.Prune.Recover); err != nil {
		return nil, config.Mistake(err, "prune", "recover")
	}
	if config.Data != nil && config.Data.Metric != nil {
		if err := config.Data.Metric.Check(); err != nil {
			return nil, config.Mistake(err, "data", "metric", "command")
		}
	}
	if config.Data == nil {
		c.data = accuracy.Generated{Size: shape, Count: generatedClips, Seed: 2}
	} else {
		data := config.Data.Config
		data.Path, data.List, data.Labels = besides(config.Path, data.Path), besides(config.Path, data.List), besides(config.Path, data.Labels)
		if c.data, err = accuracy.Open(data); err != nil {
			return nil, config.Mistake(err, "data")
		}
		c.labelled = c.data.Classes() != nil || data.List != "" || data.Labels != ""
	}
	if c.data.Shape() != shape {
		return nil, config.Mistake(fmt.Errorf("clips have shape %s, model %s wants %s", c.data.Shape(), g.Name, shape), "data")
	}
	if c.mode == recover.None {
		return c, nil
	}
	c.calibration, c.skip, err = calibrationClips(config, g, shape, c.data)
	return c, err
}

// calibrationClips reads the clips behind the recovery's statistics, and says how many of the evaluated
// data they take away.
func calibrationClips(config *configs.Config, g *model.Graph, shape model.Shape, data accuracy.Dataset) (clips [][]float32, taken int, err error) {
	n := config.Calibration.Clips
	if config.Calibration.File != "" {
		clips, err = loadInputs(besides(config.Path, config.Calibration.File), g)
		if err != nil {
			return nil, 0, config.Mistake(err, "calibration", "file")
		}
		return clips[:min(n, len(clips))], 0, nil
	}
	switch {
	case config.Data == nil:
		data = accuracy.Generated{Size: shape, Count: n, Seed: 3}
	case config.Data.Type == "motion":
		train := config.Data.Config
		train.Split, train.Count = "train", n
		if data, err = accuracy.Open(train); err != nil {
			return nil, 0, err
		}
	default:
		// A user's clips serve either purpose, never both.
		n = min(n, data.Len()/4)
		taken = n
		if n == 0 {
			err := fmt.Errorf("%d clips are too few to set some apart for calibration; name calibration.file or prune.recover: none", data.Len())
			return nil, 0, config.Mistake(err, "data")
		}
	}
	clips, err = accuracy.Calibration(data, n, clipSeed)
	return clips, taken, usage(err)
}
