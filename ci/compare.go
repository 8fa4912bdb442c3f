package ci

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rt3d-tune/rt3d-tune/bench"
	"github.com/rt3d-tune/rt3d-tune/compare"
	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// Settings of a comparison: how to decide, and the seed of the order in which pairs are timed.
type Settings struct {
	Rule compare.Rule
	Seed uint64
	// Report, unless nil, is called after each pair.
	Report func(Progress)
}

// Compare times two builds against each other on the session's device and gives the comparisons: of the
// times of all subjects that both builds have, and of the qualities of networks. The error is a
// *MismatchError, a *remote.DeviceError, or ctx's.
func Compare(ctx context.Context, s *bench.Session, baseline, candidate *Build, settings Settings) (*results.Gate, error) {
	if baseline.Target != candidate.Target {
		return nil, &MismatchError{"target", baseline.Target, candidate.Target}
	}
	g := &results.Gate{Target: candidate.Target, Baseline: baseline.Label, Candidate: candidate.Label, Started: time.Now()}
	timer := &builds{session: s, items: [2]map[string]Item{{}, {}}}
	var names []string
	var qualities []quality
	var unbuilt []results.Comparison
	for _, now := range candidate.Items {
		before, ok := baseline.item(now.Name)
		if !ok {
			continue // it is new: there is nothing to compare it with
		}
		if now.Failure != "" || before.Failure != "" {
			unbuilt = append(unbuilt, buildFailure(before, now))
			continue
		}
		timer.items[Baseline][now.Name], timer.items[Candidate][now.Name] = before, now
		names = append(names, now.Name)
		if before.Quality != nil && now.Quality != nil {
			if before.Quality.Objective != now.Quality.Objective || before.Quality.Clips != now.Quality.Clips {
				return nil, &MismatchError{"data for " + now.Name, before.Quality.describe(), now.Quality.describe()}
			}
			qualities = append(qualities, quality{now.Name, *before.Quality, *now.Quality})
		}
	}
	for _, before := range baseline.Items {
		if _, ok := candidate.item(before.Name); !ok && before.Failure == "" {
			unbuilt = append(unbuilt, results.Comparison{Name: before.Name, Kind: results.TimeComparison, Verdict: string(compare.Different), Worse: true,
				P: 0, PAdjusted: 0, Detail: "the candidate has it no more"})
		}
	}
	if len(names) == 0 && len(unbuilt) == 0 {
		return nil, &MismatchError{"list of layers and networks", "of other names", "not in it"}
	}
	all, err := collect(ctx, timer, names, plan{settings.Rule, len(names) + len(qualities), settings.Seed, settings.Report})
	if err != nil {
		return nil, err
	}
	g.Comparisons = append(decide(all, qualities, settings.Rule), unbuilt...)
	g.Verdict, g.Seconds, g.Simulated = Verdict(g.Comparisons), time.Since(g.Started).Seconds(), timer.simulated
	return g, nil
}

// Verdict sums comparisons up: one that is worse is a regression, one without an answer leaves the gate
// without one.
func Verdict(list []results.Comparison) results.GateVerdict {
	verdict := results.Pass
	for _, c := range list {
		switch {
		case c.Worse:
			return results.Regression
		case c.Verdict == string(compare.NeedMore):
			verdict = results.Inconclusive
		}
	}
	return verdict
}

func (q *Quality) describe() string { return fmt.Sprintf("%s on %d clips", q.Objective, q.Clips) }

func (b *Build) item(name string) (Item, bool) {
	for _, i := range b.Items {
		if i.Name == name {
			return i, true
		}
	}
	return Item{}, false
}

// buildFailure compares what could not be built in one of the builds or both.
func buildFailure(before, now Item) results.Comparison {
	c := results.Comparison{Name: now.Name, Kind: results.TimeComparison, Verdict: string(compare.Different), P: 1, PAdjusted: 1}
	switch {
	case before.Failure == "":
		c.Worse, c.P, c.PAdjusted = true, 0, 0
		c.Detail = fmt.Sprintf("the candidate cannot be built: %s: %s", now.Failure, now.Detail)
	case now.Failure == "":
		c.Detail = fmt.Sprintf("the baseline could not be built: %s: %s", before.Failure, before.Detail)
	default:
		c.Verdict = string(compare.Same)
		c.Detail = fmt.Sprintf("neither build can be built: %s: %s", now.Failure, now.Detail)
	}
	return c
}

// builds is the Timer of two builds on a device.
type builds struct {
	session   *bench.Session
	items     [2]map[string]Item
	simulated bool
}

// Time implements Timer.
func (b *builds) Time(ctx context.Context, side Side, name string) (Timing, error) {
	var t Timing
	var fault error
	for r := range b.session.Time(ctx, []bench.Prepared{b.items[side][name].prepared}) {
		var device *remote.DeviceError
		if errors.As(r.Err, &device) {
			fault = r.Err
		}
		t = timing(r)
		b.simulated = b.simulated || r.Provenance.Simulated
	}
	return t, errors.Join(ctx.Err(), fault)
}

// timing takes from a result what a pair needs.
func timing(r bench.Result) Timing {
	if r.Outcome != results.OK || r.Latency == nil {
		return Timing{Failure: r.Outcome, Detail: r.Detail}
	}
	t := Timing{MS: r.Latency.MedianMS, CanaryNS: float64(r.Canary.Nanoseconds())}
	var khz []float64
	for _, s := range r.Samples {
		if s.Verdict == results.Valid && s.FrequencyAfter != nil {
			khz = append(khz, float64(*s.FrequencyAfter))
		}
	}
	if len(khz) > 0 {
		t.KHz = compare.Median(khz)
	}
	return t
}
