package reports

import (
	"fmt"
	"io"
	"strings"
)

// Markdown writes the report for a page that renders Markdown: the front, and the layers of every point
// on it.
func Markdown(w io.Writer, r *Report) error {
	p := &printer{w: w}
	title := r.title()
	p.line("# " + escapeMarkdown(title[0]))
	p.line("")
	p.line(escapeMarkdown(title[1]))
	for _, line := range r.warnings() {
		p.line("")
		p.line("> " + escapeMarkdown(line))
	}
	section := func(name string, header []string, rows [][]string) {
		if len(rows) == 0 {
			return
		}
		p.line("")
		p.line(name)
		p.line("")
		for _, row := range rows {
			for i := range row {
				row[i] = escapeMarkdown(row[i])
			}
		}
		p.table(header, rows, markdownTable)
	}
	header, rows := r.frontTable()
	section("## Front", header, rows)
	header, rows = r.emulatedTable()
	section("## EMULATED: not latencies", header, rows)
	for i, line := range r.findings() {
		if i == 0 {
			p.line("")
		}
		p.line("- " + escapeMarkdown(line))
	}
	p.line("")
	p.line("## Trials and time")
	p.line("")
	for _, x := range []struct {
		name  string
		items []string
	}{{"trials", r.outcomes()}, {"samples", r.verdicts()}, {"timed at", r.trust()}, {"wall time", r.ledger()}, {"lost", r.lost()}} {
		if len(x.items) > 0 {
			p.line(fmt.Sprintf("- %s: %s", x.name, escapeMarkdown(strings.Join(x.items, ", "))))
		}
	}
	for i, point := range r.Front {
		if i == 0 {
			p.line("")
			p.line("## Layers")
		}
		header, rows := layerTable(point)
		section(fmt.Sprintf("### Trial %d", point.Trial), header, rows)
	}
	return p.err
}

// escapeMarkdown keeps names from becoming markup, links, HTML or a table's next cell.
var escapeMarkdown = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", "&lt;",
	">", "&gt;", "|", `\|`, "#", `\#`).Replace
