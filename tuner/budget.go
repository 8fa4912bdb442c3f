package tuner

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/rt3d-tune/rt3d-tune/results"
)

// budget divides trials and wall time among the phases. Trials are counted over the whole study, so
// that a resumed search ends where an uninterrupted one does; wall time over this invocation.
type budget struct {
	options  Options
	record   *record
	started  time.Time
	deadline time.Time // of the invocation; zero: none
	// Of the phase that was entered.
	phase Phase
	until time.Time // zero: none
	quota int       // trials of this phase in the whole study; math.MaxInt: no bound
	begun int       // trials of this phase before this invocation
}

var order = []Phase{TablePhase, SensitivityPhase, SearchPhase, ReorderPhase, PlayoffPhase}

func newBudget(o Options, r *record) *budget {
	b := &budget{options: o, record: r, started: o.Now()}
	if o.Wall > 0 {
		b.deadline = b.started.Add(o.Wall)
	}
	return b
}

func (b *budget) share(p Phase) float64 {
	s := b.options.Shares
	if !b.options.Reorder {
		s.Reorder = 0
	}
	return map[Phase]float64{TablePhase: s.Table, SensitivityPhase: s.Sensitivity, SearchPhase: s.Search,
		ReorderPhase: s.Reorder, PlayoffPhase: s.Playoff}[p]
}

// enter gives a phase its part of what is left: what earlier phases did not use is shared among it and
// the later ones.
func (b *budget) enter(phase Phase) {
	b.phase = phase
	b.begun = b.record.count(phase)
	rest, earlier, before := 0.0, 0, true
	for _, p := range order {
		if p == phase {
			before = false
		}
		if before {
			earlier += b.record.count(p)
		} else {
			rest += b.share(p)
		}
	}
	part := 1.0
	if rest > 0 {
		part = b.share(phase) / rest
	}
	b.until = time.Time{}
	if !b.deadline.IsZero() {
		now := b.options.Now()
		b.until = now.Add(time.Duration(part * float64(b.deadline.Sub(now))))
	}
	b.quota = math.MaxInt
	if b.options.Trials > 0 {
		left := b.options.Trials - earlier
		if phase != PlayoffPhase {
			left -= b.reserve()
			part = b.share(phase) / max(rest-b.share(PlayoffPhase), b.share(phase), 1e-9)
		}
		// What later phases cannot do without is theirs.
		after := map[Phase]int{TablePhase: 2, SensitivityPhase: 1}[phase]
		b.quota = max(0, min(int(math.Round(part*float64(left))), left-after))
	}
}

// unspent trials of the whole study.
func (b *budget) unspent() int {
	if b.options.Trials == 0 {
		return math.MaxInt
	}
	left := b.options.Trials
	for _, p := range order {
		left -= b.record.count(p)
	}
	return max(0, left)
}

// reserve is what is kept back for the playoff: a fifth of the trials, as far as it needs them.
func (b *budget) reserve() int {
	return min(b.options.Contenders, max(leastContenders, b.options.Trials/5))
}

// trials left for this phase.
func (b *budget) trials() int {
	if b.quota == math.MaxInt {
		return math.MaxInt
	}
	return max(0, b.quota-b.record.count(b.phase))
}

// spent says why the phase should end before work that takes about `next`, or is empty.
func (b *budget) spent(next time.Duration) string {
	switch {
	case b.unspent() == 0:
		return fmt.Sprintf("%d trials are spent", b.options.Trials)
	case b.trials() == 0:
		return fmt.Sprintf("its %d trials are spent", b.record.count(b.phase))
	}
	if !b.until.IsZero() && b.options.Now().Add(next).After(b.until) {
		return "time is up"
	}
	return ""
}

// remaining wall time of the phase; ok is false when there is no bound.
func (b *budget) remaining() (d time.Duration, ok bool) {
	if b.until.IsZero() {
		return 0, false
	}
	return max(0, b.until.Sub(b.options.Now())), true
}

// pause moves the bounds of wall time by what is not counted.
func (b *budget) pause(d time.Duration) {
	if !b.deadline.IsZero() {
		b.deadline, b.until = b.deadline.Add(d), b.until.Add(d)
	}
}

func (b *budget) elapsed() time.Duration { return b.options.Now().Sub(b.started) }

// left estimates the time left in this invocation; negative: not known.
func (b *budget) left() time.Duration {
	if !b.deadline.IsZero() {
		return max(0, b.deadline.Sub(b.options.Now()))
	}
	done, total := 0, b.options.Trials
	for _, p := range order {
		done += b.record.count(p)
	}
	fresh := done - b.record.found
	if fresh <= 0 || total <= 0 {
		return -1
	}
	return time.Duration(float64(b.elapsed()) / float64(fresh) * float64(max(0, total-done)))
}

// expected estimates the trials of this phase in this invocation.
func (b *budget) expected(done int) int {
	if b.quota != math.MaxInt {
		return max(done, b.quota-b.begun)
	}
	return 0
}

// ledger gathers where the wall time goes. Building overlaps with measuring, so that the activities may
// sum to more than the search took.
type ledger struct {
	store   *results.Store
	study   int64
	seconds map[string]float64
}

// The activities.
const (
	activityBuild    = "build"    // generating and compiling
	activityPush     = "push"     // bringing programs to the device
	activityMeasure  = "measure"  // running on the device
	activityPrune    = "prune"    // masks and recovery
	activityAccuracy = "accuracy" // evaluating on data
	activityPropose  = "propose"  // strategies and predictors
	activityRefine   = "refine"   // training pruned networks on
)

func newLedger(s *results.Store, study int64) *ledger {
	return &ledger{store: s, study: study, seconds: map[string]float64{}}
}

func (l *ledger) add(activity string, d time.Duration) {
	if d > 0 {
		l.seconds[activity] += d.Seconds()
	}
}

func (l *ledger) flush(ctx context.Context) error {
	for activity, seconds := range l.seconds {
		if err := l.store.AddLedger(ctx, l.study, activity, seconds); err != nil {
			return err
		}
		delete(l.seconds, activity)
	}
	return nil
}
