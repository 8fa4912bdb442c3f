package reports

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/results"
)

func exampleGate() *results.Gate {
	return &results.Gate{ID: 7, Study: "demo-ci", Device: "f00d", Target: "arm64/neon/fp32", Baseline: "main", Candidate: "topic", Verdict: results.Regression,
		Started: noon, Seconds: 42, Simulated: true, Suppressed: []string{"GOVERNOR", "SIMULATED"},
		Comparisons: []results.Comparison{
			{Name: "network dense", Kind: results.TimeComparison, Verdict: "same", Ratio: 1.001, RatioLow: 0.996, RatioHigh: 1.006, Pairs: 10, P: 1, PAdjusted: 1,
				BaselineValue: 12.5, CandidateValue: 12.51},
			{Name: "layer conv2", Kind: results.TimeComparison, Verdict: "different", Worse: true, Ratio: 1.05, RatioLow: 1.043, RatioHigh: 1.058, Pairs: 25, Invalid: 2,
				P: 1e-7, PAdjusted: 4e-7, BaselineValue: 3.2, CandidateValue: 3.36},
			{Name: "layer conv3|a", Kind: results.TimeComparison, Verdict: "need more data", Ratio: 1.01, RatioLow: 0.95, RatioHigh: 1.08, Pairs: 25, P: 0.4, PAdjusted: 1,
				BaselineValue: 1, CandidateValue: 1.02},
			{Name: "layer conv4", Kind: results.TimeComparison, Verdict: "different", Worse: true, Pairs: 0, P: 1, PAdjusted: 1,
				Detail: "the candidate does not work: wrong-answer: position 0 is 1, want 2"},
			{Name: "network dense", Kind: results.AccuracyComparison, Verdict: "same", Ratio: 0.999, RatioLow: 0.999, RatioHigh: 0.999, Pairs: 2000, P: 0.5, PAdjusted: 1,
				BaselineValue: 0.941, CandidateValue: 0.94, Detail: "of 2000 clips 5 are lost and 3 won"},
		}}
}

func TestGateGolden(t *testing.T) {
	for format := range gateFormats {
		t.Run(format, func(t *testing.T) {
			var out bytes.Buffer
			if err := WriteGate(&out, exampleGate(), format); err != nil {
				t.Fatal(err)
			}
			golden(t, "gate."+format, out.Bytes())
		})
	}
	if err := WriteGate(io.Discard, exampleGate(), "pdf"); err == nil {
		t.Error("format pdf is known")
	}
}

// A creep that no gate saw is found over the history, and a device that has become slower as a whole, its
// canary with it, is none.
func TestHistory(t *testing.T) {
	var gates []*results.Gate
	for i := range 16 {
		ms, canary := 10+0.001*float64(i%3), 20000.0
		if i >= 8 {
			ms *= 1.02
		}
		slow := 1.0
		if i >= 12 {
			slow = 1.3
		}
		gates = append(gates, &results.Gate{ID: int64(i + 1), Started: noon, Candidate: fmt.Sprintf("c%d", i+1), Device: "f00d", Comparisons: []results.Comparison{
			{Name: "network dense", Kind: results.TimeComparison, CandidateValue: ms * slow, CanaryNS: canary * slow},
			{Name: "network dense", Kind: results.AccuracyComparison, CandidateValue: 0.94},
		}})
	}
	list := History(gates)
	if len(list) != 2 || len(list[0].Points) != 16 {
		t.Fatalf("series %+v", list)
	}
	if c := list[0].Changes; len(c) != 1 || c[0].Candidate != "c9" || c[0].Ratio < 1.015 || c[0].Ratio > 1.025 {
		t.Errorf("changes of the time: %+v; want one of 2 %% at c9", c)
	}
	if len(list[1].Changes) != 0 {
		t.Errorf("changes of the accuracy: %+v", list[1].Changes)
	}
	var table bytes.Buffer
	if err := WriteHistory(&table, "demo-ci", gates, "table"); err != nil || !strings.Contains(table.String(), "+2.00 % from c9 on") {
		t.Errorf("%v\n%s", err, table.String())
	}
}
