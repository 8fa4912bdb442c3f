package tuner

import (
	"testing"
	"time"
)

// The circumstances of the demonstration: three minutes for everything.
func TestThreeMinutesGiveAFront(t *testing.T) {
	study, _ := newStudy(t, "", Options{Wall: 3 * time.Minute, Seed: 1})
	began := time.Now()
	sum, err := Run(t.Context(), study)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s real; trials %v; stopped %v; elapsed %s", time.Since(began), sum.Trials, sum.Stopped, sum.Elapsed)
	for _, p := range sum.Front {
		t.Logf("%s %.4f ms [%.4f %.4f] accuracy %.4f (%.2fx)", p.Key, p.Latency.MedianMS, p.Latency.LowMS, p.Latency.HighMS, p.Quality, sum.Dense.Latency.MedianMS/p.Latency.MedianMS)
	}
	t.Logf("dense %.4f ms, picked %s tied %v gap %v", sum.Dense.Latency.MedianMS, sum.Picked, sum.Tied, sum.Gap)
	ledger, _ := study.Store.Ledger(t.Context(), study.ID)
	t.Log(ledger)
}
