package tuner

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/rt3d-tune/rt3d-tune/bench"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// timekeeper holds the limits of kernels against the times that it saw before.
type timekeeper struct {
	bench.Evaluator
	t              *testing.T
	fastest, first map[string]float64 // in ms, by cell
	limited        int
}

func (k *timekeeper) Evaluate(ctx context.Context, candidates []bench.Candidate) <-chan bench.Result {
	cells := map[string]string{}
	for _, c := range candidates {
		if c.Kind != results.KernelTrial {
			continue
		}
		cell := c.Key[:strings.LastIndex(c.Key, "/")]
		cells[c.Key] = cell
		first, known := k.first[cell]
		limit := float64(c.Limit) / float64(time.Millisecond)
		switch {
		case known && (limit < 2*k.fastest[cell]-1e-5 || limit > 2*first+1e-5):
			k.t.Errorf("%s may take %g ms; want twice the best so far, which took between %g and %g", c.Key, limit, k.fastest[cell], first)
		case !known && limit != 0:
			k.t.Errorf("%s may take %g ms, and nothing was timed before", c.Key, limit)
		case known && c.Reference.MS < dropMargin*k.fastest[cell]:
			k.t.Errorf("%s is dropped above %g ms; want nothing dropped below %g times the best so far, %g", c.Key, c.Reference.MS, dropMargin, k.fastest[cell])
		case !known && c.Reference != (bench.Reference{}):
			k.t.Errorf("%s is dropped above %+v, and nothing was timed before", c.Key, c.Reference)
		case known:
			k.limited++
		}
	}
	out := make(chan bench.Result)
	go func() {
		defer close(out)
		for r := range k.Evaluator.Evaluate(ctx, candidates) {
			if cell := cells[r.Key]; cell != "" && r.Outcome == results.OK {
				ms := r.Latency.MedianMS
				if _, known := k.first[cell]; !known {
					k.first[cell], k.fastest[cell] = ms, ms
				}
				k.fastest[cell] = min(k.fastest[cell], ms)
			}
			out <- r
		}
	}()
	return out
}

// A kernel may take twice as long as the best so far for its workload and density; the device drops what
// surely takes longer.
func TestKernelsMayTakeTwiceTheBest(t *testing.T) {
	study, _ := newStudy(t, "", Options{Trials: 250, Seed: 3, Shares: Shares{Table: 0.9, Sensitivity: 0.05, Search: 0.05}})
	k := &timekeeper{Evaluator: study.Evaluator, t: t, first: map[string]float64{}, fastest: map[string]float64{}}
	study.Evaluator = k
	mustRun(t, study)
	if k.limited < 100 {
		t.Errorf("only %d kernels had a limit", k.limited)
	}
}
