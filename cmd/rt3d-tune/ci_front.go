package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/rt3d-tune/rt3d-tune/ci"
	"github.com/rt3d-tune/rt3d-tune/configs"
	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/results"
	"github.com/rt3d-tune/rt3d-tune/tuner"
)

// keptBytes bounds the build that a search leaves in the results file. The front of a study whose networks
// are larger is made again when it is wanted.
const keptBytes = 64 << 20

// frontName is the name under which the build of a searched study's front is kept, apart from builds that
// have passed under the study's own.
func frontName(study string) string { return "front of " + study }

// pointPrefix begins the names of items that are points of a study: "point demo/40".
const pointPrefix = "point "

// keepFront keeps the programs of the front with their right answers, so that other builds can be timed
// against them on another day, whatever has changed by then.
func (s *study) keepFront(ctx context.Context, store *results.Store, record *results.Study) error {
	front, err := store.Front(ctx, record.ID)
	if err != nil || len(front) == 0 || int64(len(front))*weightBytes(s.graph) > keptBytes {
		return err
	}
	origin := tuner.Origin{Dense: s.graph, Pruner: s.pruner}
	subjects, err := frontSubjects(ctx, store, record, func(t *results.Trial, refined []byte) (kernels.Program, error) {
		origin.Refined = refined
		return tuner.Remake(ctx, origin, s.machine.target, t)
	})
	if err != nil {
		return err
	}
	b, err := ci.Make(ctx, s.machine.session, record.Target, "study "+record.Name, subjects)
	if err != nil {
		return err
	}
	content, err := b.Encode()
	if err != nil {
		return err
	}
	return store.SaveBuild(ctx, frontName(record.Name), b.Target, b.Label, content)
}

// weightBytes of a network's convolutions, before anything is removed.
func weightBytes(g *model.Graph) (bytes int64) {
	for _, n := range g.Convs() {
		bytes += 4 * int64(len(n.Op.(*model.Conv).Weight))
	}
	return bytes
}

// rebuildFront makes the front of a searched study again as it was measured, and refuses what comes out
// otherwise: it is not what the study has found.
func (s *study) rebuildFront(ctx context.Context, store *results.Store, record *results.Study) (b *ci.Build, err error) {
	if now := s.machine.target.String(); record.Target != now {
		return nil, usagef("--baseline %s: this study was searched for %s, this build is for %s", record.Name, record.Target, now)
	}
	target, err := spec.ParseTarget(record.Target)
	if err != nil {
		return nil, fmt.Errorf("study %q: %w", record.Name, err)
	}
	config, err := configs.Parse(fmt.Sprintf("study %q", record.Name), []byte(record.Configuration))
	if err != nil {
		return nil, err
	}
	config.Path = s.config.Path // where the recorded paths start, which the record does not know
	then, err := reopenStudy(ctx, config, record)
	if err != nil {
		return nil, fmt.Errorf("--baseline %s: %w", record.Name, err)
	}
	defer closing(then, &err)
	origin := tuner.Origin{Dense: then.graph, Pruner: then.pruner}
	subjects, err := frontSubjects(ctx, store, record, func(t *results.Trial, refined []byte) (kernels.Program, error) {
		origin.Refined = refined
		return tuner.Rebuild(ctx, origin, target, t)
	})
	switch {
	case errors.Is(err, tuner.ErrNotReproduced):
		return nil, usagef("--baseline %s: %w: calibration data, model or rt3d-tune itself is not that of the search; go on with the search by the version that began it, which then keeps its networks, or name a commit", record.Name, err)
	case err != nil:
		return nil, err
	case len(subjects) == 0:
		return nil, usagef("--baseline %s: this study in %s has measured no network yet; go on with `rt3d-tune search`", record.Name, store.Path())
	}
	return ci.Make(ctx, s.machine.session, record.Target, "study "+record.Name, subjects)
}

// frontSubjects are the networks on a study's front, with the quality that was measured then.
func frontSubjects(ctx context.Context, store *results.Store, record *results.Study,
	program func(t *results.Trial, refined []byte) (kernels.Program, error)) ([]ci.Subject, error) {
	front, err := store.Front(ctx, record.ID)
	if err != nil {
		return nil, err
	}
	var subjects []ci.Subject
	for _, point := range front {
		trial, refined, err := readPoint(ctx, store, record, point.Number)
		if err != nil {
			return nil, err
		}
		if trial == nil { // compiled by a version that did not say what
			continue
		}
		subject := ci.Subject{Name: fmt.Sprintf("%s%s/%d", pointPrefix, record.Name, point.Number), Kind: results.ModelTrial}
		if subject.Program, err = program(trial, refined); err != nil {
			return nil, fmt.Errorf("study %q: %w", record.Name, err)
		}
		if record.Objective == results.Accuracy || record.Objective == results.Fidelity {
			subject.Quality = &ci.Quality{Objective: string(record.Objective), Value: point.Quality, Clips: trial.Clips}
		}
		subjects = append(subjects, subject)
	}
	return subjects, nil
}

// pointsOf makes the points that a baseline has of searched studies, as this build makes them: with the
// model, recovery and data of the configuration and this program's generator.
func (s *study) pointsOf(ctx context.Context, store *results.Store, baseline *ci.Build) ([]ci.Subject, error) {
	var subjects []ci.Subject
	for _, item := range baseline.Items {
		point, ok := strings.CutPrefix(item.Name, pointPrefix)
		if !ok {
			continue
		}
		program, err := s.remakePoint(ctx, store, point)
		if err != nil {
			return nil, err
		}
		subject := ci.Subject{Name: item.Name, Kind: results.ModelTrial, Program: program}
		if item.Quality != nil {
			if subject.Quality, err = s.quality(ctx, program.Graph); err != nil {
				return nil, err
			}
		}
		subjects = append(subjects, subject)
	}
	return subjects, nil
}

// remakePoint makes STUDY/NUMBER of the results file from the configuration's model.
func (s *study) remakePoint(ctx context.Context, store *results.Store, point string) (program kernels.Program, err error) {
	at := strings.LastIndexByte(point, '/')
	number, err := strconv.Atoi(point[at+1:])
	if at < 0 || err != nil {
		return program, usagef("the baseline has a point %q: want STUDY/NUMBER", point)
	}
	missing := usagef("the baseline has point %s, which %s does not have: name the results file of the search by --db", point, store.Path())
	record, err := store.StudyByName(ctx, point[:at])
	if errors.Is(err, results.ErrNotFound) {
		return program, missing
	}
	if err != nil {
		return program, err
	}
	trial, refined, err := readPoint(ctx, store, record, number)
	if err == nil && trial == nil {
		err = missing
	}
	if err != nil {
		return program, err
	}
	program, err = tuner.Remake(ctx, tuner.Origin{Dense: s.graph, Pruner: s.pruner, Refined: refined}, s.machine.target, trial)
	if err != nil && ctx.Err() == nil {
		err = usagef("make point %s of model %s: %w", point, s.config.Model, err)
	}
	return program, err
}
