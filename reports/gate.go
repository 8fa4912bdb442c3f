package reports

import (
	"fmt"
	"io"
	"strings"

	"github.com/rt3d-tune/rt3d-tune/results"
)

// gateFormats are the formats in which a comparison of two builds is shown.
var gateFormats = map[string]func(io.Writer, *results.Gate) error{
	"table": gateTable, "json": gateJSON, "md": gateMarkdown, "junit": gateJUnit,
}

// WriteGate writes a comparison of two builds as table, json, md or junit.
func WriteGate(w io.Writer, g *results.Gate, format string) error {
	write, ok := gateFormats[format]
	if !ok {
		return fmt.Errorf("write comparison: format %q is not known", format)
	}
	return write(w, g)
}

// gateWords are the lines above the comparisons.
func gateWords(g *results.Gate) []string {
	counts := map[string]int{}
	for _, c := range g.Comparisons {
		counts[answer(c)]++
	}
	var parts []string
	for _, a := range []string{"worse", "better", "need more data", "same"} {
		if counts[a] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[a], a))
		}
	}
	lines := []string{fmt.Sprintf("%s: %s against %s, %s: %s", g.Verdict, printable(g.Candidate), printable(g.Baseline), printable(g.Target), strings.Join(parts, ", "))}
	if g.Simulated {
		lines = append(lines, "SIMULATED: the device is a phone in software. All times come from a model and are those of no device.")
	}
	if len(g.Suppressed) > 0 {
		lines = append(lines, "SUPPRESSED: timed although the device was found unfit: "+printable(strings.Join(g.Suppressed, ", "))+".")
	}
	return lines
}

// answer is a comparison's verdict with its direction.
func answer(c results.Comparison) string {
	switch {
	case c.Worse:
		return "worse"
	case c.Verdict == "different":
		return "better"
	}
	return c.Verdict
}

// split gives the comparisons to look at, the worst first, and those that are the same.
func splitGate(g *results.Gate) (look, same []results.Comparison) {
	for _, wanted := range []string{"worse", "need more data", "better"} {
		for _, c := range g.Comparisons {
			if answer(c) == wanted {
				look = append(look, c)
			}
		}
	}
	for _, c := range g.Comparisons {
		if answer(c) == "same" {
			same = append(same, c)
		}
	}
	return look, same
}

var gateHeader = []string{"what", "answer", "change", "95 % interval", "baseline", "candidate", "pairs", "p adjusted", "note"}

func gateRow(c results.Comparison) []string {
	row := []string{printable(c.Name), answer(c), "", "", "", "", fmt.Sprint(c.Pairs), fmt.Sprintf("%.2g", c.PAdjusted), printable(c.Detail)}
	switch {
	case c.Ratio == 0:
	case c.Kind == results.TimeComparison:
		row[2] = percent(c.Ratio)
		row[3] = percent(c.RatioLow) + " … " + percent(c.RatioHigh)
		row[4], row[5] = milliseconds(c.BaselineValue)+" ms", milliseconds(c.CandidateValue)+" ms"
	default:
		row[0] += ", " + string(c.Kind)
		row[2] = signed(100*(c.CandidateValue-c.BaselineValue), 2) + " points"
		row[4], row[5] = fmt.Sprintf("%.2f %%", 100*c.BaselineValue), fmt.Sprintf("%.2f %%", 100*c.CandidateValue)
	}
	return row
}

// percent is a ratio as a change.
func percent(ratio float64) string { return signed(100*(ratio-1), 2) + " %" }

func gateTable(w io.Writer, g *results.Gate) error {
	p := &printer{w: w}
	for _, line := range gateWords(g) {
		p.line(line)
	}
	p.line("")
	look, same := splitGate(g)
	var rows [][]string
	for _, c := range append(look, same...) {
		rows = append(rows, gateRow(c))
	}
	p.table(gateHeader, rows, plainTable)
	return p.err
}

// gateMarkdown folds away what did not change.
func gateMarkdown(w io.Writer, g *results.Gate) error {
	p := &printer{w: w}
	words := gateWords(g)
	p.line("### " + escapeMarkdown(words[0]))
	for _, line := range words[1:] {
		p.line("")
		p.line("> " + escapeMarkdown(line))
	}
	look, same := splitGate(g)
	section := func(list []results.Comparison) {
		var rows [][]string
		for _, c := range list {
			row := gateRow(c)
			for i := range row {
				row[i] = escapeMarkdown(row[i])
			}
			rows = append(rows, row)
		}
		p.line("")
		p.table(gateHeader, rows, markdownTable)
	}
	if len(look) > 0 {
		section(look)
	}
	if len(same) > 0 {
		p.line("")
		p.line(fmt.Sprintf("<details><summary>%d the same</summary>", len(same)))
		section(same)
		p.line("")
		p.line("</details>")
	}
	return p.err
}
