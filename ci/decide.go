package ci

import (
	"fmt"
	"hash/fnv"
	"math"

	"github.com/rt3d-tune/rt3d-tune/compare"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// confidence of the intervals beside ratios.
const confidence = 0.95

// decide answers all comparisons of times and qualities together.
func decide(all []*pairs, qualities []quality, rule compare.Rule) []results.Comparison {
	var family [][]float64
	for _, p := range all {
		family = append(family, p.logs)
	}
	var others []float64
	for _, q := range qualities {
		others = append(others, q.p())
	}
	answers, adjusted := rule.Decide(family, others...)
	var list []results.Comparison
	for i, p := range all {
		list = append(list, p.answer(answers[i]))
	}
	for i, q := range qualities {
		list = append(list, q.answer(adjusted[i], rule.Alpha))
	}
	return list
}

// answer puts a decision into words for the record.
func (p *pairs) answer(d compare.Decision) results.Comparison {
	c := results.Comparison{Name: p.name, Kind: results.TimeComparison, Verdict: string(d.Verdict), Pairs: d.Pairs, Invalid: p.invalid,
		P: d.P, PAdjusted: d.PAdjusted, LogRatios: p.logs}
	if d.Pairs > 0 {
		seed := fnv.New64a()
		fmt.Fprint(seed, p.name)
		interval := compare.Bootstrap(p.logs, confidence, seed.Sum64())
		c.Ratio, c.RatioLow, c.RatioHigh = d.Ratio, math.Exp(interval.Low), math.Exp(interval.High)
		c.BaselineValue, c.CandidateValue = compare.Median(p.ms[Baseline]), compare.Median(p.ms[Candidate])
		c.CanaryNS = compare.Median(p.canary)
	}
	c.Worse = d.Verdict == compare.Different && d.Slower
	switch before, now := p.failed[Baseline], p.failed[Candidate]; {
	case now.Failure != "" && before.Failure == "":
		c.Verdict, c.Worse = string(compare.Different), true
		c.Detail = fmt.Sprintf("the candidate does not work: %s: %s", now.Failure, now.Detail)
	case before.Failure != "" && now.Failure == "":
		c.Verdict, c.Worse = string(compare.Different), false
		c.Detail = fmt.Sprintf("the baseline does not work: %s: %s", before.Failure, before.Detail)
	case before.Failure != "":
		c.Verdict = string(compare.NeedMore)
		c.Detail = fmt.Sprintf("neither build works: %s: %s", now.Failure, now.Detail)
	case p.unfinished:
		c.Detail = fmt.Sprintf("%d of %d pairs were invalid: the device is not steady enough", p.invalid, p.attempts)
	}
	return c
}

// Quality is how good a network's answers are, over a fixed list of clips.
type Quality struct {
	// Objective is accuracy or fidelity.
	Objective string  `json:"objective"`
	Value     float64 `json:"value"`
	Clips     int     `json:"clips"`
	// Right says for each clip whether it was classified right; nil for fidelity.
	Right []bool `json:"right,omitempty"`
}

// quality is one network's in both builds.
type quality struct {
	name                string
	baseline, candidate Quality
}

// fidelityLoss is the loss of fidelity that counts: outputs then differ from the dense network's by a
// percent more of their size.
const fidelityLoss = 0.01

// lost counts clips that only the baseline has right, and those that only the candidate has.
func (q quality) lost() (lost, won int) {
	for i, before := range q.baseline.Right {
		switch now := q.candidate.Right[i]; {
		case before && !now:
			lost++
		case now && !before:
			won++
		}
	}
	return lost, won
}

// p of an accuracy that is worse by chance; fidelity has no chance in it.
func (q quality) p() float64 {
	if q.baseline.Right == nil {
		if q.baseline.Value-q.candidate.Value > fidelityLoss {
			return 0
		}
		return 1
	}
	return compare.McNemar(q.lost())
}

func (q quality) answer(adjusted, alpha float64) results.Comparison {
	c := results.Comparison{Name: q.name, Kind: results.ComparisonKind(q.baseline.Objective), Verdict: string(compare.Same), Pairs: q.baseline.Clips,
		BaselineValue: q.baseline.Value, CandidateValue: q.candidate.Value, P: q.p(), PAdjusted: adjusted}
	if q.baseline.Value > 0 {
		c.Ratio = q.candidate.Value / q.baseline.Value
		c.RatioLow, c.RatioHigh = c.Ratio, c.Ratio
	}
	if adjusted <= alpha {
		c.Verdict, c.Worse = string(compare.Different), true
	}
	if q.baseline.Right != nil {
		lost, won := q.lost()
		c.Detail = fmt.Sprintf("of %d clips %d are lost and %d won", q.baseline.Clips, lost, won)
	}
	return c
}
