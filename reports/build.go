package reports

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/rt3d-tune/rt3d-tune/results"
)

// Build reads a study, by name, into a report. An empty name means the file's only study, or the one
// written to last. results.ErrNotFound when there is none.
func Build(ctx context.Context, store *results.Store, name string) (*Report, error) {
	study, err := find(ctx, store, name)
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	r := &Report{Study: study.Name, State: study.State, Objective: study.Objective, Model: study.Model,
		ModelHash: study.ModelHash, Target: study.Target, Seed: study.Seed,
		ConfigurationHash: study.ConfigurationHash, Simulated: study.Simulated, Created: study.Created, Updated: study.Updated}
	if err := r.read(ctx, store, study); err != nil {
		return nil, fmt.Errorf("report study %q: %w", study.Name, err)
	}
	return r, nil
}

func find(ctx context.Context, store *results.Store, name string) (*results.Study, error) {
	if name != "" {
		study, err := store.StudyByName(ctx, name)
		if errors.Is(err, results.ErrNotFound) {
			if list, listErr := store.Studies(ctx); listErr == nil && len(list) > 0 {
				var names []string
				for _, s := range list {
					names = append(names, fmt.Sprintf("%q", s.Name))
				}
				err = fmt.Errorf("%w; studies in the file: %v", err, names)
			}
		}
		return study, err
	}
	list, err := store.Studies(ctx)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s holds no study: %w", store.Path(), results.ErrNotFound)
	}
	return list[0], nil
}

func (r *Report) read(ctx context.Context, store *results.Store, study *results.Study) (err error) {
	if study.Device != "" {
		if r.Device, err = store.DeviceByFingerprint(ctx, study.Device); err != nil {
			return err
		}
	}
	points, err := store.Points(ctx, study.ID)
	if err != nil {
		return err
	}
	for _, p := range points {
		point := newPoint(p.Trial, study.Objective)
		point.Front = p.Front
		if p.Front {
			r.Front = append(r.Front, point)
		} else {
			r.Dominated = append(r.Dominated, point)
		}
	}
	trials, err := store.Trials(ctx, study.ID, results.TrialFilter{Kind: results.ModelTrial, Outcome: results.OK})
	if err != nil {
		return err
	}
	r.Emulated = emulated(trials, study.Objective)
	r.compare()
	if err := r.readEvidence(ctx, store, study.ID); err != nil {
		return err
	}
	if err := r.readPlayoffs(ctx, store, study.ID); err != nil {
		return err
	}
	if r.Trials, err = store.Outcomes(ctx, study.ID); err != nil {
		return err
	}
	if r.Reused, err = store.Reused(ctx, study.ID); err != nil {
		return err
	}
	if r.Samples, err = store.Verdicts(ctx, study.ID); err != nil {
		return err
	}
	if r.Ledger, err = store.Ledger(ctx, study.ID); err != nil {
		return err
	}
	r.KernelBuild, err = store.MeanKernelBuild(ctx, study.ID)
	return err
}

// emulated finds the networks that ran under an emulator; of one candidate the last.
func emulated(trials []*results.Trial, objective results.Objective) []*Point {
	var list []*Point
	seen := map[string]bool{}
	for _, t := range slices.Backward(trials) {
		_, evaluated := t.Objectives[string(objective)]
		if t.Latency == nil || !t.Latency.Emulated || !evaluated || seen[t.Key] {
			continue
		}
		seen[t.Key] = true
		list = append(list, newPoint(t, objective))
	}
	slices.SortStableFunc(list, func(a, b *Point) int { return a.Trial - b.Trial })
	return list
}

func newPoint(t *results.Trial, objective results.Objective) *Point {
	p := &Point{trial: t, Trial: t.Number, Phase: t.Phase, Quality: t.Objectives[string(objective)], Clips: t.Clips,
		MS: t.Latency.MedianMS, Latency: Interval{t.Latency.LowMS, t.Latency.HighMS}, Emulated: t.Latency.Emulated,
		MACs: t.MACs, Layers: t.Layers, Suppressed: t.Provenance.Suppressed, Refined: t.Refined != ""}
	if objective == results.Accuracy && t.Clips > 0 {
		interval := wilson(p.Quality, t.Clips)
		p.QualityInterval = &interval
	}
	sum := 0.0
	known := len(t.Layers) > 0
	for _, l := range t.Layers {
		if l.MS == nil {
			known = false
			break
		}
		sum += *l.MS
	}
	if known {
		p.LayersMS = &sum
	}
	p.Dense = len(t.Layers) > 0 && p.Pruned() == 0
	return p
}

// compare finds the dense network and sets speed-ups and changes against it. Emulated networks are
// compared in quality alone: the ratio of two emulated times says nothing of a device.
func (r *Report) compare() {
	measured := slices.Concat(r.Front, r.Dominated)
	slices.SortStableFunc(measured, func(a, b *Point) int { return compareFloat(a.MS, b.MS) })
	all := slices.Concat(measured, r.Emulated)
	for _, p := range all { // the measured first
		if p.Dense {
			r.Dense = p
			break
		}
	}
	for _, p := range all {
		for _, name := range p.Suppressed {
			if !slices.Contains(r.Suppressed, name) {
				r.Suppressed = append(r.Suppressed, name)
			}
		}
		if r.Dense == nil {
			continue
		}
		change := p.Quality - r.Dense.Quality
		p.Change = &change
		if !p.Emulated && !r.Dense.Emulated {
			speedup := r.Dense.MS / p.MS
			p.Speedup = &speedup
		}
	}
	slices.Sort(r.Suppressed)
}

func compareFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func (r *Report) readPlayoffs(ctx context.Context, store *results.Store, studyID int64) error {
	contests, err := store.Contests(ctx, studyID)
	if err != nil {
		return err
	}
	for _, c := range contests {
		playoff := Playoff{Name: c.Name}
		for _, e := range c.Entries {
			trial, err := store.Trial(ctx, e.TrialID)
			if err != nil {
				return err
			}
			if e.Picked {
				playoff.Picked = trial.Number
			}
			if e.Tied {
				playoff.Tied = append(playoff.Tied, trial.Number)
			} else {
				playoff.Apart = append(playoff.Apart, trial.Number)
			}
		}
		r.Playoffs = append(r.Playoffs, playoff)
	}
	return nil
}

// wilson is the 95 % score interval of a share seen in n trials (Wilson 1927), which stays inside 0 … 1
// and is right near its ends.
func wilson(share float64, n int) Interval {
	const z = 1.959963984540054 // the normal distribution's 0.975 quantile
	count := float64(n)
	middle := (share + z*z/(2*count)) / (1 + z*z/count)
	half := z / (1 + z*z/count) * math.Sqrt(share*(1-share)/count+z*z/(4*count*count))
	return Interval{max(0, middle-half), min(1, middle+half)}
}
