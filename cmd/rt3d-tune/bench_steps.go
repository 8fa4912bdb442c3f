package main

import (
	"fmt"
	"io"

	"github.com/olekukonko/tablewriter/tw"

	"github.com/rt3d-tune/rt3d-tune/bench"
	"github.com/rt3d-tune/rt3d-tune/kernels/network"
)

// stepTime is one step of a network as `bench model --steps` prints it.
type stepTime struct {
	Step     string   `json:"step"`
	Kind     string   `json:"kind"`
	MS       float64  `json:"ms"`
	Share    float64  `json:"share"`
	GFLOPS   float64  `json:"gflops,omitempty"` // executed
	Schedule string   `json:"schedule,omitempty"`
	With     []string `json:"with,omitempty"` // nodes that run in the same step
}

// stepTimes names the parts of an execution.
func stepTimes(s network.Summary, times []bench.StepTime) ([]stepTime, error) {
	var total float64
	for _, t := range times {
		total += milliseconds(t)
	}
	var all []stepTime
	for _, t := range times {
		row := stepTime{Step: t.Part, Kind: t.Part, MS: milliseconds(t), Share: milliseconds(t) / total}
		if t.Part == "run" {
			if t.Step < 0 || t.Step >= len(s.Steps) {
				return nil, fmt.Errorf("name the steps of %s: the device timed step %d of %d", s.Program, t.Step, len(s.Steps))
			}
			step := s.Steps[t.Step]
			row.Step, row.Kind, row.Schedule, row.With = step.Name, step.Kind, step.Schedule, step.Nodes[1:]
			row.GFLOPS = 2 * float64(step.ExecutedMACs) / row.MS / 1e6
		}
		all = append(all, row)
	}
	return all, nil
}

func milliseconds(t bench.StepTime) float64 { return float64(t.Median.Nanoseconds()) / 1e6 }

// writeSteps prints the steps in the order in which they run, and what each kind comes to.
func writeSteps(w io.Writer, steps []stepTime) error {
	var rows, sums [][]string
	kinds := map[string]float64{}
	shares := map[string]float64{}
	var order []string
	for _, s := range steps {
		gflops := ""
		if s.GFLOPS > 0 {
			gflops = fmt.Sprintf("%.1f", s.GFLOPS)
		}
		rows = append(rows, []string{s.Step, s.Kind, fmt.Sprintf("%.3f", s.MS), fmt.Sprintf("%.1f %%", 100*s.Share), gflops, s.Schedule})
		if _, known := kinds[s.Kind]; !known {
			order = append(order, s.Kind)
		}
		kinds[s.Kind] += s.MS
		shares[s.Kind] += s.Share
	}
	right := []tw.Align{tw.AlignLeft, tw.AlignLeft, tw.AlignRight, tw.AlignRight, tw.AlignRight, tw.AlignLeft}
	if err := writeTable(w, []string{"step", "kind", "ms", "share", "GFLOP/s", "schedule"}, rows, right...); err != nil {
		return err
	}
	for _, k := range order {
		sums = append(sums, []string{k, fmt.Sprintf("%.3f", kinds[k]), fmt.Sprintf("%.1f %%", 100*shares[k])})
	}
	return writeTable(w, []string{"kind", "ms", "share"}, sums, tw.AlignLeft, tw.AlignRight, tw.AlignRight)
}
