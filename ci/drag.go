package ci

import (
	"context"
	"fmt"
	"slices"

	"github.com/rt3d-tune/rt3d-tune/bench"
	"github.com/rt3d-tune/rt3d-tune/compare"
)

const (
	// dragTimings are taken of a program before its loop is made, and of the loop.
	dragTimings = 7
	// calibrationRounds make a loop that is long beside what the clock and the device's noise are uncertain by.
	calibrationRounds = 1_000_000
	// leastRounds of a loop that is some percent of a program: fewer cannot be made to measure.
	leastRounds = 20
)

// MakeSlower builds subjects with a loop in each program that takes a share of the time that the program
// takes in build b, to see whether a comparison finds it. Programs too short for such a loop are left out,
// so that the build may have fewer items than b. The error is a device's, ctx's, or that of this host.
func MakeSlower(ctx context.Context, s *bench.Session, b *Build, subjects []Subject, share float64) (*Build, error) {
	label := fmt.Sprintf("%s with a loop of %g %%", b.Label, 100*share)
	perRound, err := roundMS(ctx, s, b, subjects)
	if err != nil {
		return nil, fmt.Errorf("make %s: %w", label, err)
	}
	var slower []Subject
	for _, subject := range subjects {
		item, ok := b.item(subject.Name)
		if !ok || item.Failure != "" {
			continue
		}
		ms, err := medianMS(ctx, s, item)
		if err != nil {
			return nil, fmt.Errorf("make %s: time %s: %w", label, subject.Name, err)
		}
		if subject.Program.Drag = int(share*ms/perRound + 0.5); subject.Program.Drag >= leastRounds {
			slower = append(slower, subject)
		}
	}
	if len(slower) == 0 {
		return nil, fmt.Errorf("make %s: every program takes less than %d rounds of a loop: compare larger layers", label, leastRounds)
	}
	return Make(ctx, s, b.Target, label, slower)
}

// roundMS is how long a round of the loop takes: what a long loop adds to the first program that was built.
func roundMS(ctx context.Context, s *bench.Session, b *Build, subjects []Subject) (float64, error) {
	for _, subject := range subjects {
		item, ok := b.item(subject.Name)
		if !ok || item.Failure != "" {
			continue
		}
		subject.Program.Drag = calibrationRounds
		long, err := Make(ctx, s, b.Target, "a loop", []Subject{subject})
		if err != nil {
			return 0, err
		}
		without, err := medianMS(ctx, s, item)
		if err != nil {
			return 0, err
		}
		with, err := medianMS(ctx, s, long.Items[0])
		if err != nil {
			return 0, err
		}
		if with <= without {
			return 0, fmt.Errorf("%s takes %.4g ms, and %.4g ms with a loop of %d rounds: a loop takes no time on this device", subject.Name, without, with, calibrationRounds)
		}
		return (with - without) / calibrationRounds, nil
	}
	return 0, fmt.Errorf("nothing of %s could be built", b.Label)
}

// medianMS times an item in processes of its own. The device's faults and troubles are errors: no verdict
// hangs on these times.
func medianMS(ctx context.Context, s *bench.Session, item Item) (float64, error) {
	t := builds{session: s, items: [2]map[string]Item{{item.Name: item}}}
	var ms []float64
	var last Timing
	for range 2 * dragTimings {
		var err error
		if last, err = t.Time(ctx, Baseline, item.Name); err != nil {
			return 0, err
		}
		if last.Failure != "" && last.Failure.Teaches() {
			break
		}
		if last.Failure == "" {
			ms = append(ms, last.MS)
		}
		if len(ms) == dragTimings {
			return compare.Median(ms), nil
		}
	}
	return 0, fmt.Errorf("%d of %d processes gave a time, the last: %s: %s", len(ms), 2*dragTimings, last.Failure, last.Detail)
}

// With is the build with one item taken from another build, and the label given. The name must be one of
// its items.
func (b *Build) With(name string, from *Build, label string) (*Build, error) {
	item, ok := from.item(name)
	at := slices.IndexFunc(b.Items, func(i Item) bool { return i.Name == name })
	if !ok || at < 0 {
		return nil, fmt.Errorf("take %s from %s into %s: not in both", name, from.Label, b.Label)
	}
	mixed := *b
	mixed.Label, mixed.Items = label, slices.Clone(b.Items)
	mixed.Items[at].prepared = item.prepared
	return &mixed, nil
}
