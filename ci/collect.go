package ci

import (
	"context"
	"math"
	"math/rand/v2"

	"github.com/rt3d-tune/rt3d-tune/bench"
	"github.com/rt3d-tune/rt3d-tune/compare"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// Side is one of the two builds.
type Side int

// The sides.
const (
	Baseline Side = iota
	Candidate
)

// Timing is what one process said of one program of a build.
type Timing struct {
	MS float64
	// KHz and CanaryNS are the conditions; 0 where the device does not tell.
	KHz, CanaryNS float64
	// Failure says why there is no time; empty when there is one. It is the program's when Teaches, else
	// the device's.
	Failure results.Outcome
	Detail  string
}

// Timer times one program of a build, by name, in a process of its own: the two sides of a pair then lie
// a tenth of a second apart, and what disturbs one disturbs the other.
type Timer interface {
	Time(ctx context.Context, side Side, name string) (Timing, error)
}

// pairs is what was collected for one comparison.
type pairs struct {
	name string
	// logs are ln(candidate / baseline) of the valid pairs.
	logs       []float64
	ms         [2][]float64 // of the valid pairs
	canary     []float64
	invalid    int
	failed     [2]Timing // the first failure of each side that is the program's own
	attempts   int
	unfinished bool
}

// broken tells that a side does not work at all.
func (p *pairs) broken() bool { return p.failed[0].Failure != "" || p.failed[1].Failure != "" }

// Progress says how far a comparison of two builds is.
type Progress struct {
	// Comparisons of times, and how many of them need no more pairs.
	Comparisons, Done int
	// Pairs that were timed, invalid ones among them; Ahead is how many are needed at least until each
	// comparison is looked at again.
	Pairs, Invalid, Ahead int
}

// plan is what collect needs to know beside the names.
type plan struct {
	rule compare.Rule
	// family is the number of comparisons that are decided together, those of qualities among them.
	family int
	seed   uint64
	// report is called after each pair; nil when nobody looks.
	report func(Progress)
}

// collect times pairs until the rule needs no more of any comparison, or a comparison has had twice the
// pairs that it may have: a device on which half of the pairs are invalid gives no answer.
func collect(ctx context.Context, t Timer, names []string, how plan) ([]*pairs, error) {
	rule, seed := how.rule, how.seed
	random := rand.New(rand.NewPCG(seed, 0xab))
	all := make([]*pairs, len(names))
	for i, n := range names {
		all[i] = &pairs{name: n}
	}
	for {
		var open []*pairs
		for _, i := range random.Perm(len(all)) {
			p := all[i]
			switch {
			case p.broken() || !rule.More(p.logs, how.family):
			case p.attempts >= 2*rule.Most:
				p.unfinished = true
			default:
				open = append(open, p)
			}
		}
		if len(open) == 0 {
			return all, nil
		}
		for _, p := range open {
			var times [2]Timing
			first := Side(random.IntN(2))
			for _, side := range []Side{first, 1 - first} {
				var err error
				if times[side], err = t.Time(ctx, side, p.name); err != nil {
					return all, err
				}
			}
			p.add(times[Baseline], times[Candidate])
			if how.report != nil {
				how.report(progress(all, how))
			}
		}
	}
}

// progress counts what was timed and what is ahead.
func progress(all []*pairs, how plan) Progress {
	now := Progress{Comparisons: len(all)}
	for _, p := range all {
		now.Pairs, now.Invalid = now.Pairs+p.attempts, now.Invalid+p.invalid
		if p.broken() || !how.rule.More(p.logs, how.family) {
			now.Done++
			continue
		}
		for _, look := range how.rule.Looks() {
			if look > len(p.logs) {
				now.Ahead += look - len(p.logs)
				break
			}
		}
	}
	return now
}

// add files one pair.
func (p *pairs) add(baseline, candidate Timing) {
	p.attempts++
	for side, t := range []Timing{baseline, candidate} {
		if t.Failure != "" && t.Failure.Teaches() {
			p.failed[side] = t
		}
	}
	if baseline.Failure != "" || candidate.Failure != "" || !comparable(baseline, candidate) {
		p.invalid++
		return
	}
	p.logs = append(p.logs, math.Log(candidate.MS/baseline.MS))
	p.ms[Baseline] = append(p.ms[Baseline], baseline.MS)
	p.ms[Candidate] = append(p.ms[Candidate], candidate.MS)
	p.canary = append(p.canary, baseline.CanaryNS, candidate.CanaryNS)
}

// comparable tells that both sides of a pair ran under the same conditions: the device's frequency, and
// the canary, a reference that neither build changes.
func comparable(a, b Timing) bool {
	near := func(x, y, share float64) bool {
		return x == 0 || y == 0 || math.Abs(x-y) <= share*min(x, y)
	}
	limits := bench.DefaultThresholds
	return near(a.KHz, b.KHz, limits.FrequencyChange/2) && near(a.CanaryNS, b.CanaryNS, limits.CanaryDrift)
}
