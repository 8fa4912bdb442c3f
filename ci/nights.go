package ci

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/rt3d-tune/rt3d-tune/compare"
	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/remote/sim"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// Nights asks how often the rule errs: gates run on a simulated phone, which is hot, throttles, drifts
// and has outliers.
type Nights struct {
	Rule compare.Rule
	// Comparisons in each gate, all unchanged but the first, which is slower by Effect.
	Comparisons int
	Effect      float64
	// Variation is the coefficient of variation of a sample; each side of a pair is one sample.
	Variation float64
}

// Record of many nights.
type Record struct {
	Nights int `json:"nights"`
	// FalseAlarms are nights with a comparison called worse that is not; Found those in which the slower
	// one was.
	FalseAlarms int `json:"false_alarms"`
	Found       int `json:"found"`
	// SlowerPairs is how many pairs the slower comparison took on average; 0 when none is slower.
	SlowerPairs float64 `json:"slower_pairs"`
	// Unanswered is the share of unchanged comparisons that need more data, and UnchangedPairs how many
	// pairs an unchanged comparison took on average, invalid ones left out.
	Unanswered     float64 `json:"unanswered"`
	UnchangedPairs float64 `json:"unchanged_pairs"`
	// InvalidPairs is the share of pairs that did not count.
	InvalidPairs float64 `json:"invalid_pairs"`
}

// Run simulates n nights; the same seed gives the same record.
func (n Nights) Run(ctx context.Context, nights int, seed uint64) (Record, error) {
	r := Record{Nights: nights}
	names := make([]string, n.Comparisons)
	for i := range names {
		names[i] = fmt.Sprintf("layer %d", i)
	}
	var unanswered, unchanged, pairsTaken, valid, invalid float64
	for night := range nights {
		phone := sim.New(&remote.SimConfig{Seed: seed + uint64(night), Noise: n.Variation})
		phone.Heat(5 * time.Minute)
		all, err := collect(ctx, &nightTimer{phone: phone, nights: n, names: names}, names, plan{rule: n.Rule, family: len(names), seed: seed ^ uint64(night)<<20})
		if err != nil {
			return r, err
		}
		var family [][]float64
		for _, p := range all {
			family = append(family, p.logs)
			valid, invalid = valid+float64(len(p.logs)), invalid+float64(p.invalid)
		}
		answers, _ := n.Rule.Decide(family)
		alarm := false
		for i, a := range answers {
			worse := a.Verdict == compare.Different && a.Slower
			if i == 0 && n.Effect != 0 {
				if worse {
					r.Found++
				}
				r.SlowerPairs += float64(a.Pairs) / float64(nights)
				continue
			}
			alarm = alarm || worse
			unchanged++
			pairsTaken += float64(a.Pairs)
			if a.Verdict == compare.NeedMore {
				unanswered++
			}
		}
		if alarm {
			r.FalseAlarms++
		}
	}
	r.Unanswered, r.UnchangedPairs, r.InvalidPairs = unanswered/max(1, unchanged), pairsTaken/max(1, unchanged), invalid/max(1, valid+invalid)
	return r, nil
}

// nightTimer is the Timer of a simulated phone without programs.
type nightTimer struct {
	phone  *sim.Phone
	nights Nights
	names  []string
}

// attemptsPerSide at a sample without evidence of a disturbance, as a runner takes several.
const attemptsPerSide = 4

// Time implements Timer: one undisturbed sample.
func (t *nightTimer) Time(ctx context.Context, side Side, name string) (Timing, error) {
	for _, r := range t.phone.Process(t.work(name, side), attemptsPerSide) {
		if !r.Disturbed {
			return Timing{MS: r.Nanoseconds / 1e6, KHz: r.KHz, CanaryNS: r.CanaryNS}, ctx.Err()
		}
	}
	return Timing{Failure: results.Unstable}, ctx.Err()
}

// work of a program: from half a millisecond to twenty, as layers of networks are.
func (t *nightTimer) work(name string, side Side) sim.Work {
	at := 0
	for i, n := range t.names {
		if n == name {
			at = i
		}
	}
	macs := 10e6 * math.Pow(40, float64(at)/float64(max(1, len(t.names)-1)))
	if at == 0 && side == Candidate {
		macs *= 1 + t.nights.Effect
	}
	return sim.Work{MACs: int64(macs), Efficiency: 0.5}
}
