package ci

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/compare"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// noisyTimer has a noise for each name; what is called "broken" never gives a time.
type noisyTimer struct {
	noise  map[string]float64
	random *rand.Rand
}

func (n noisyTimer) Time(ctx context.Context, side Side, name string) (Timing, error) {
	if name == "broken" {
		return Timing{Failure: results.Unstable}, nil
	}
	return Timing{MS: 10 * (1 + n.noise[name]*n.random.NormFloat64())}, ctx.Err()
}

// Progress counts up to the end: pairs that were timed, comparisons that are done, and what is ahead until
// the next look.
func TestProgress(t *testing.T) {
	timer := noisyTimer{map[string]float64{"still": 0.001, "loud": 0.04}, rand.New(rand.NewPCG(1, 1))}
	rule := compare.Rule{First: 10, Most: 40, Tolerance: 0.005, Margin: 0.03, Alpha: 0.01}
	var seen []Progress
	all, err := collect(t.Context(), timer, []string{"still", "loud", "broken"},
		plan{rule: rule, family: 3, seed: 1, report: func(p Progress) { seen = append(seen, p) }})
	if err != nil {
		t.Fatal(err)
	}
	attempts := 0
	for _, p := range all {
		attempts += p.attempts
	}
	if len(all[0].logs) != 10 || len(all[1].logs) <= 10 || len(all[2].logs) != 0 || !all[2].unfinished {
		t.Errorf("pairs %d, %d, %d, want 10, more, and none", len(all[0].logs), len(all[1].logs), len(all[2].logs))
	}
	if len(seen) != attempts {
		t.Errorf("%d reports of %d pairs", len(seen), attempts)
	}
	first, last := seen[0], seen[len(seen)-1]
	if first.Comparisons != 3 || first.Done != 0 || first.Pairs != 1 || first.Ahead < 29 {
		t.Errorf("first report: %+v", first)
	}
	if last.Pairs != attempts || last.Invalid != 2*rule.Most || last.Done != 2 {
		t.Errorf("last report: %+v", last)
	}
}
