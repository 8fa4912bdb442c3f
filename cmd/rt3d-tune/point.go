package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rt3d-tune/rt3d-tune/accuracy"
	"github.com/rt3d-tune/rt3d-tune/configs"
	"github.com/rt3d-tune/rt3d-tune/kernels/export"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/prune/recover"
	"github.com/rt3d-tune/rt3d-tune/results"
	"github.com/rt3d-tune/rt3d-tune/tuner"
	"github.com/rt3d-tune/rt3d-tune/tuner/pruning"
)

// fromPoint makes a measured network again.
func (o exportOptions) fromPoint(c *cobra.Command, point string) (l export.Library, err error) {
	ctx := c.Context()
	record, trial, refined, err := findPoint(c, o.db, point)
	if err != nil {
		return l, err
	}
	if l.Target, err = spec.ParseTarget(record.Target); err != nil {
		return l, fmt.Errorf("study %q: %w", record.Name, err)
	}
	config, err := studyConfig(record, o.config)
	if err != nil {
		return l, err
	}
	s, err := reopenStudy(ctx, config, record)
	if err != nil {
		return l, err
	}
	defer closing(s, &err)
	l.Program, err = tuner.Rebuild(ctx, tuner.Origin{Dense: s.graph, Pruner: s.pruner, Refined: refined}, l.Target, trial)
	if errors.Is(err, tuner.ErrNotReproduced) {
		err = fmt.Errorf("export %s/%d: %w: calibration data, this machine's vector extension or rt3d-tune itself is not that of the search; export where and with what was searched", record.Name, trial.Number, err)
	}
	l.Origin = fmt.Sprintf("point %s/%d", record.Name, trial.Number)
	l.Normalisation = normalisation(config, s.graph.Input.Dims[1])
	return l, err
}

// findPoint reads the study and the trial that NUMBER or STUDY/NUMBER names, and the network itself where it
// was trained on.
func findPoint(c *cobra.Command, db, point string) (*results.Study, *results.Trial, []byte, error) {
	study, text := "", point
	if i := strings.LastIndexByte(point, '/'); i >= 0 {
		study, text = point[:i], point[i+1:]
	}
	number, err := strconv.Atoi(text)
	if err != nil {
		return nil, nil, nil, usagef("point %q: want NUMBER or STUDY/NUMBER, the number being the trial's in `rt3d-tune report`", point)
	}
	store, err := results.OpenReadOnly(db)
	if err != nil {
		return nil, nil, nil, usage(err)
	}
	defer store.Close()
	if study, err = chooseStudy(c, store, study); err != nil {
		return nil, nil, nil, err
	}
	record, err := store.StudyByName(c.Context(), study)
	if err != nil {
		if errors.Is(err, results.ErrNotFound) {
			err = usage(err)
		}
		return nil, nil, nil, err
	}
	trial, refined, err := readPoint(c.Context(), store, record, number)
	if err == nil && trial == nil {
		err = usagef("point %s/%d: no network was measured in this trial; `rt3d-tune report %s --db %s` lists those that were", study, number, study, db)
	}
	return record, trial, refined, err
}

// readPoint reads the trial of a number, and the network itself where it was trained on; nil when no network
// was measured in it.
func readPoint(ctx context.Context, store *results.Store, record *results.Study, number int) (*results.Trial, []byte, error) {
	trials, err := store.Trials(ctx, record.ID, results.TrialFilter{Kind: results.ModelTrial, Outcome: results.OK})
	if err != nil {
		return nil, nil, err
	}
	for _, t := range trials {
		if t.Number == number && t.Provenance.BlobHash != "" {
			if t.Refined == "" {
				return t, nil, nil
			}
			refined, err := store.Network(ctx, t.Refined)
			return t, refined, err
		}
	}
	return nil, nil, nil
}

// studyConfig is the configuration of a recorded study. Its relative paths start at its file, which the
// record does not know.
func studyConfig(record *results.Study, file string) (*configs.Config, error) {
	if file != "" {
		config, err := configs.Load(file)
		if err != nil {
			return nil, err
		}
		if string(config.Text) != record.Configuration {
			return nil, usagef("--config %s: not the file that study %q was searched with", file, record.Name)
		}
		return config, nil
	}
	config, err := configs.Parse(fmt.Sprintf("study %q", record.Name), []byte(record.Configuration))
	if err != nil {
		return nil, err
	}
	paths := []string{config.Model, config.Calibration.File}
	if config.Data != nil {
		paths = append(paths, config.Data.Path, config.Data.List, config.Data.Labels)
	}
	for _, p := range paths {
		if besides("/", p) != p {
			return nil, usagef("study %q names %s relative to its file: give the file by --config", record.Name, filepath.ToSlash(p))
		}
	}
	return config, nil
}

// reopenStudy opens of a study what its networks are made again with: the model, the calibration clips, and
// what ran the network on them then. Devices stay alone unless they did. A model that is no longer the
// recorded one is refused.
func reopenStudy(ctx context.Context, config *configs.Config, record *results.Study) (s *study, err error) {
	s = &study{config: config}
	if s.graph, err = studyModel(config); err != nil {
		return nil, err
	}
	hash, err := hashModel(s.graph)
	if err != nil {
		return nil, err
	}
	if hash != record.ModelHash {
		return nil, usagef("model %s: it has changed since study %q (SHA-256 %.16s, then %.16s)", config.Model, record.Name, hash, record.ModelHash)
	}
	clips, err := openClips(config, s.graph)
	if err != nil {
		return nil, err
	}
	var network accuracy.Compiled
	if clips.mode != recover.None {
		if config.OnDevice() || s.onHost() {
			if s.machine, err = openMachine(ctx, config.Device, sessionOptions{target: config.Target}); err != nil {
				return nil, err
			}
		}
		if network, err = s.network(ctx, nil); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	s.pruner = &pruning.Pruner{Mode: clips.mode, Clips: clips.calibration, Executor: network}
	return s, nil
}

// normalisation of the frames that the study's accuracy was measured on; nil when its data says nothing of
// pixels.
func normalisation(config *configs.Config, channels int) *export.Normalisation {
	if config.Data == nil || config.Data.Type != "frames" && config.Data.Type != "video" {
		return nil
	}
	n := &export.Normalisation{Mean: config.Data.Mean, Std: config.Data.Std}
	if n.Mean == nil {
		n.Mean, n.Std = make([]float64, channels), slices.Repeat([]float64{1}, channels)
	}
	return n
}
