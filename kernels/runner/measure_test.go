package runner_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/kernels/runner/runnertest"
)

// measured is what these tests read of an event.
type measured struct {
	Event, Status, Cores string
	Pinned               bool
	Batch                int
	NS                   float64 `json:"ns"`
	CoreBefore           *int    `json:"core_before"`
	CoreAfter            *int    `json:"core_after"`
	Switches             *int    `json:"nivcsw"`
	CanaryNS             int64   `json:"canary_ns"`
	WarmIterations       int     `json:"warm_iterations"`
	PeakGFLOPS           float64 `json:"peak_gflops"`
	PeakRSS              int64   `json:"peak_rss_bytes"`
	FirstOutput          string  `json:"first_output_sha256"`
	LastOutput           string  `json:"last_output_sha256"`
}

func events(t *testing.T, program, job string) []measured {
	t.Helper()
	stdout, stderr, status := run(t, job+"\n", program, "measure")
	if status != 0 || stderr != "" {
		t.Fatalf("status %d, stderr %q", status, stderr)
	}
	var all []measured
	for line := range strings.Lines(stdout) {
		var e measured
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		all = append(all, e)
	}
	return all
}

// A canary is the time of one number of rounds in every process, however many a process needs to time it.
// In the second binary multiply-adds seem slow while their number is chosen, as they do when the process is
// preempted then, and few are chosen.
func TestCanariesOfProcessesCompare(t *testing.T) {
	_, blob := goodBinary(t)
	canary := func(slow string) float64 {
		files := sources(map[string]runnertest.Behaviour{"good": runnertest.Good}, false)
		const begin = "int64_t rt3d_fma_rounds(int64_t rounds) {\n"
		peak := strings.Replace(string(files["rt3d_peak.c"]), begin, begin+slow, 1)
		files["rt3d_peak.c"] = []byte(peak)
		least := math.Inf(1)
		for _, e := range events(t, compile(t, "gcc", strict, files), "key=k program=good blob="+blob+" min_samples=5 max_samples=5") {
			if e.Event == "sample" {
				least = min(least, float64(e.CanaryNS))
			}
		}
		return least
	}
	usual := canary("")
	few := canary("  static int calls;\n  for (volatile int i = 0; calls < 2 && i < 3000000; ++i) (void)i;\n  calls++;\n")
	if ratio := few / usual; ratio < 0.25 || ratio > 4 {
		t.Errorf("the canary takes %.0f ns, and %.0f ns in a process that times few rounds", usual, few)
	}
}

// A measurement checks first, warms up, batches what is short, stays on its core, and brings the evidence
// of each sample along.
func TestMeasurementBringsItsEvidence(t *testing.T) {
	program, blob := goodBinary(t)
	hello := events(t, program, "")[0]
	entries := strings.Split(hello.Cores, ",")
	id, _, _ := strings.Cut(entries[len(entries)-1], ":")
	core, err := strconv.Atoi(id)
	if err != nil {
		t.Fatalf("cores %q: %v", hello.Cores, err)
	}
	all := events(t, program, fmt.Sprintf("key=k program=good blob=%s cores=%d min_samples=3 max_samples=5 min_batch_ns=1000000 warm_min_ns=1000000 positions=0", blob, core))
	var order []string
	samples := 0
	for _, e := range all {
		if len(order) == 0 || order[len(order)-1] != e.Event {
			order = append(order, e.Event)
		}
		switch e.Event {
		case "start":
			if !e.Pinned {
				t.Errorf("not pinned to core %d", core)
			}
		case "sample":
			samples++
			if e.Batch < 2 || e.NS <= 0 {
				t.Errorf("%d executions in a sample of at least a millisecond, each of %g ns", e.Batch, e.NS)
			}
			if e.CoreBefore == nil || e.CoreAfter == nil || *e.CoreBefore != core || *e.CoreAfter != core {
				t.Errorf("ran on cores %v and %v, want %d", e.CoreBefore, e.CoreAfter, core)
			}
			if e.Switches == nil || e.CanaryNS <= 0 {
				t.Errorf("switches %v, canary %d ns", e.Switches, e.CanaryNS)
			}
		case "result":
			if e.WarmIterations < 10 || e.PeakGFLOPS <= 0 || e.PeakRSS <= 0 || e.FirstOutput == "" || e.FirstOutput != e.LastOutput {
				t.Errorf("result %+v", e)
			}
		}
	}
	if want := []string{"hello", "start", "values", "sample", "result", "end"}; !slices.Equal(order, want) {
		t.Errorf("events came in the order %v, want %v: nothing is timed before it is checked", order, want)
	}
	if samples < 3 || samples > 5 {
		t.Errorf("%d samples, want 3 to 5", samples)
	}
	// A core that is not there: nothing is claimed.
	for _, e := range events(t, program, fmt.Sprintf("key=k program=good blob=%s cores=4000 min_samples=1 max_samples=1 max_ns=1 warm_max_ns=1", blob)) {
		if e.Event == "start" && e.Pinned {
			t.Error("pinned to core 4000")
		}
	}
}
