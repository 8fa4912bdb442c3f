package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rt3d-tune/rt3d-tune/ci"
	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/results"
	"github.com/rt3d-tune/rt3d-tune/tuner"
)

// build makes the build of the study's model, with some more subjects.
func (s *study) build(ctx context.Context, label string, more []ci.Subject) (*ci.Build, error) {
	subjects, err := s.subjects(ctx, s.graph)
	if err != nil {
		return nil, err
	}
	return ci.Make(ctx, s.machine.session, s.machine.target.String(), label, append(more, subjects...))
}

// buildOf makes the build of a model with the study's settings.
func (s *study) buildOf(ctx context.Context, g *model.Graph, label string) (*ci.Build, error) {
	subjects, err := s.subjects(ctx, g)
	if err != nil {
		return nil, err
	}
	return ci.Make(ctx, s.machine.session, s.machine.target.String(), label, subjects)
}

// subjects are what is compared of a model: networks, then layers.
func (s *study) subjects(ctx context.Context, g *model.Graph) ([]ci.Subject, error) {
	layers, err := s.layerSubjects(g)
	if err != nil {
		return nil, err
	}
	networks, err := s.networkSubjects(ctx, g)
	if err != nil {
		return nil, err
	}
	return append(networks, layers...), nil
}

// layerSubjects are the distinct layers, dense and at the density of each rate, with random weights.
func (s *study) layerSubjects(g *model.Graph) ([]ci.Subject, error) {
	wanted, err := matchLayers(g, s.config.CI.Layers)
	if err != nil {
		return nil, s.config.Mistake(err, "ci", "layers")
	}
	all, err := kernels.Workloads(g, s.machine.target.DataType)
	if err != nil {
		return nil, usage(err)
	}
	info, err := isa.Of(s.machine.target.ISA, s.machine.target.DataType)
	if err != nil {
		return nil, err
	}
	var subjects []ci.Subject
	seen := map[spec.Workload]bool{}
	for _, l := range all {
		if seen[l.Workload] || !slices.Contains(wanted, l.Name) {
			continue
		}
		seen[l.Workload] = true
		for _, rate := range append([]float64{0}, s.config.CI.Rates...) {
			group, fits := s.groupFor(g, l.Name)
			if rate > 0 && (!fits || group.Scheme == model.Filter) {
				continue
			}
			subject, err := layerSubject(l, info.Vector(), group, rate, s.machine.threads)
			if err != nil {
				return nil, err
			}
			subjects = append(subjects, subject)
		}
	}
	return subjects, nil
}

func layerSubject(l kernels.LayerWorkload, vector spec.Vector, group tuner.Group, rate float64, threads int) (ci.Subject, error) {
	w := kernels.SingleWorkload(l.Workload)
	name, pruning, sparsity := "layer "+l.Name, kernels.Pruning{}, spec.Sparsity{Density: 1}
	if rate > 0 {
		name += fmt.Sprintf(" at rate %g", rate)
		pruning = kernels.Pruning{Scheme: group.Scheme, GM: group.GM, GN: group.GN, Density: 1 - rate}
		sparsity = spec.Sparsity{Density: 1 - rate, GM: group.GM, GN: group.GN}
	}
	g, err := kernels.SingleConv(w, 1, pruning)
	if err != nil {
		return ci.Subject{}, err
	}
	schedule := spec.DefaultScheduleFor(w, vector, sparsity)
	schedule.Threads = threads
	return ci.Subject{Name: name, Kind: results.KernelTrial,
		Program: kernels.Program{Graph: g, Schedules: map[string]spec.Schedule{g.Convs()[0].Name: schedule}, Threads: threads}}, nil
}

// groupFor is the study's first group size, where it fits a layer that may be pruned.
func (s *study) groupFor(g *model.Graph, layer string) (tuner.Group, bool) {
	if len(s.options.Groups) == 0 || slices.Contains(s.options.Keep, layer) {
		return tuner.Group{}, false
	}
	group, c := s.options.Groups[0], g.Node(layer).Op.(*model.Conv)
	return group, group.Scheme == model.Filter || group.GM <= c.Filters && group.GN <= c.Channels/c.Groups
}

// networkSubjects are the dense network and those that are pruned as a whole, with their quality.
func (s *study) networkSubjects(ctx context.Context, g *model.Graph) ([]ci.Subject, error) {
	var subjects []ci.Subject
	for _, rate := range append([]float64{0}, s.config.CI.Rates...) {
		name, network := "network dense", g
		if rate > 0 {
			name = fmt.Sprintf("network at rate %g", rate)
			var choice []tuner.LayerChoice
			for _, n := range g.Convs() {
				if group, fits := s.groupFor(g, n.Name); fits {
					choice = append(choice, tuner.LayerChoice{Layer: n.Name, Group: group, Rate: rate})
				}
			}
			var err error
			if network, err = s.pruner.Apply(ctx, g, choice); err != nil {
				return nil, fmt.Errorf("make %s: %w", name, err)
			}
		}
		schedules, err := kernels.DefaultSchedules(s.machine.target, network, s.machine.threads)
		if err != nil {
			return nil, err
		}
		quality, err := s.quality(ctx, network)
		if err != nil {
			return nil, err
		}
		subjects = append(subjects, ci.Subject{Name: name, Kind: results.ModelTrial, Quality: quality,
			Program: kernels.Program{Graph: network, Schedules: schedules, Threads: s.machine.threads}})
	}
	return subjects, nil
}

// quality evaluates a network on the study's clips.
func (s *study) quality(ctx context.Context, g *model.Graph) (*ci.Quality, error) {
	q := &ci.Quality{Objective: s.accuracy.Name(), Clips: s.accuracy.Clips()}
	perClip, ok := s.accuracy.(interface {
		Right(context.Context, *model.Graph, map[string]spec.Schedule, int) ([]bool, error)
	})
	var err error
	if q.Objective != "accuracy" || !ok {
		q.Value, err = s.accuracy.Measure(ctx, g, nil, 0)
		return q, err
	}
	if q.Right, err = perClip.Right(ctx, g, nil, 0); err != nil {
		return nil, err
	}
	for _, right := range q.Right {
		if right {
			q.Value += 1 / float64(len(q.Right))
		}
	}
	return q, nil
}

// labelOf names the commit that a configuration is in, for people.
func labelOf(ctx context.Context, config string) string {
	dir := filepath.Dir(config)
	commit, err := git(ctx, dir, "rev-parse", "--short=10", "HEAD")
	if err != nil {
		return "this build"
	}
	if changed, err := git(ctx, dir, "status", "--porcelain", "--untracked-files=no"); err == nil && changed != "" {
		commit += " with changes"
	}
	return commit
}

// git runs the program in a directory and gives what it prints.
func git(ctx context.Context, dir string, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, "git", append([]string{"-C", dir}, args...)...).Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = fmt.Errorf("git %s: %s", strings.Join(args, " "), strings.TrimSpace(string(exit.Stderr)))
	}
	return strings.TrimSpace(string(out)), err
}
