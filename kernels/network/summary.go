package network

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/rt3d-tune/rt3d-tune/kernels/pack"
)

// Summary says what a plan runs and needs, for people and for tables.
type Summary struct {
	Program, ISA string
	Steps        []StepSummary
	// ArenaBytes hold the activations, BlobBytes the weights.
	ArenaBytes, BlobBytes int64
	// MACs of a dense execution, KeptMACs those that the masks keep, ExecutedMACs those that the
	// kernels run: whole vectors of whole entries.
	MACs, KeptMACs, ExecutedMACs int64
}

// StepSummary is one step of a plan.
type StepSummary struct {
	// Nodes of the graph that run together, the leading one first in Name.
	Name  string
	Nodes []string
	Kind  string
	// Output is the layout of what the step writes, as text; Offset its first byte in the arena.
	Output string
	Offset int64
	// Workload and Schedule are names (spec.Workload.Name, spec.Schedule.Name) of a convolution.
	Workload, Schedule           string
	MACs, KeptMACs, ExecutedMACs int64
	// SectionBytes of weights in the blob.
	SectionBytes int64
}

// Summary counts what the plan's steps cost with the masks of its graph.
func (p *Plan) Summary() (Summary, error) {
	s := Summary{Program: p.Name, ISA: string(p.Info.Name), ArenaBytes: p.arenaBytes, BlobBytes: int64(p.blobHeaderBytes())}
	for _, step := range p.Steps {
		row := StepSummary{Name: step.Name, Nodes: step.Nodes, Kind: step.Op.Kind(),
			Output: describe(step.Output.Layout()), Offset: step.Output.Start() * int64(p.Info.DataType.Bytes())}
		if step.Pooled != nil {
			row.Kind += "+" + string(step.Pooled.op.Function)
		}
		switch c := step.Conv(); {
		case c != nil:
			cost, err := pack.Measure(step.Kernel, p.Info, c)
			if err != nil {
				return Summary{}, fmt.Errorf("summarise program %q: node %q: %w", p.Name, step.Name, err)
			}
			row.Workload, row.Schedule = step.Kernel.Workload.Name(), step.Kernel.Schedule.Name()
			row.MACs, row.KeptMACs, row.ExecutedMACs = step.Kernel.Workload.MACs(), cost.KeptMACs, cost.ExecutedMACs
			row.SectionBytes = cost.Bytes
		case step.Section >= 0:
			row.SectionBytes = int64(8 * affineFloats(step.Out.C, p.Info.Lanes))
		}
		if row.SectionBytes > 0 {
			s.BlobBytes = (s.BlobBytes+alignment-1)/alignment*alignment + row.SectionBytes
		}
		s.MACs += row.MACs
		s.KeptMACs += row.KeptMACs
		s.ExecutedMACs += row.ExecutedMACs
		s.Steps = append(s.Steps, row)
	}
	return s, nil
}

// String prints the summary as a table.
func (s Summary) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "program %s on %s: %d steps, arena %.1f MiB, blob %.1f MiB, %.3f GMACs (kept %.3f, executed %.3f)\n",
		s.Program, s.ISA, len(s.Steps), mebi(s.ArenaBytes), mebi(s.BlobBytes), giga(s.MACs), giga(s.KeptMACs), giga(s.ExecutedMACs))
	w := tabwriter.NewWriter(&b, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "step\tkind\toutput\tMMACs\texecuted\tschedule\twith")
	for _, r := range s.Steps {
		fmt.Fprintf(w, "%s\t%s\t%s\t%.1f\t%.1f\t%s\t%s\n", r.Name, r.Kind, r.Output, float64(r.MACs)/1e6, float64(r.ExecutedMACs)/1e6,
			r.Schedule, strings.Join(r.Nodes[1:], ", "))
	}
	w.Flush() // writes to memory
	return b.String()
}

func mebi(bytes int64) float64 { return float64(bytes) / (1 << 20) }
func giga(n int64) float64     { return float64(n) / 1e9 }
