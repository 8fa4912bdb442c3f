package reports

import (
	"fmt"
	"io"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// Table writes the report for a terminal: the front with dense beside it, and what to know about it.
func Table(w io.Writer, r *Report) error {
	p := &printer{w: w}
	for _, line := range append(r.title(), r.warnings()...) {
		p.line(line)
	}
	header, rows := r.frontTable()
	if len(rows) > 0 {
		p.line("")
		p.table(header, rows, plainTable)
	}
	if len(r.Emulated) > 0 {
		p.line("")
		header, rows := r.emulatedTable()
		p.table(header, rows, plainTable)
	}
	p.line("")
	for _, line := range r.findings() {
		p.line(line)
	}
	for _, x := range []struct {
		name  string
		items []string
	}{{"trials", r.outcomes()}, {"samples", r.verdicts()}, {"wall time", r.ledger()}} {
		if len(x.items) > 0 {
			p.line(fmt.Sprintf("%-10s%s", x.name, strings.Join(x.items, ", ")))
		}
	}
	if n := len(r.Dominated); n > 0 {
		p.line(fmt.Sprintf("%-10s%s", "dominated", plural(n, "network")+" measured and beaten by one on the front"))
	}
	return p.err
}

// frontTable is the front from the fastest to the slowest; dense stands in its place, on the front or
// not.
func (r *Report) frontTable() (header []string, rows [][]string) {
	header = []string{"trial", r.qualityUnit(), "95 % interval", r.changeUnit(), "latency ms", "95 % interval", "speed-up", "MACs", "pruned"}
	denseShown := r.Dense == nil || r.Dense.Emulated
	row := func(p *Point) []string {
		name := fmt.Sprint(p.Trial)
		if p.Dense {
			name += " dense"
		}
		if !p.Front {
			name += " (beaten)"
		}
		return []string{name, r.quality(p.Quality), r.qualityInterval(p), r.change(p.Change), milliseconds(p.MS),
			interval(p.MS, p.Latency), times(p.Speedup), count(p.MACs), fmt.Sprintf("%d/%d", p.Pruned(), len(p.Layers))}
	}
	for _, p := range r.Front {
		if !denseShown && p != r.Dense && p.MS > r.Dense.MS {
			rows, denseShown = append(rows, row(r.Dense)), true
		}
		if p == r.Dense {
			denseShown = true
		}
		rows = append(rows, row(p))
	}
	if !denseShown {
		rows = append(rows, row(r.Dense))
	}
	return header, rows
}

func (r *Report) emulatedTable() (header []string, rows [][]string) {
	header = []string{"trial", r.qualityUnit(), "95 % interval", r.changeUnit(), "EMULATED ms", "MACs", "pruned"}
	for _, p := range r.Emulated {
		name := fmt.Sprint(p.Trial)
		if p.Dense {
			name += " dense"
		}
		rows = append(rows, []string{name, r.quality(p.Quality), r.qualityInterval(p), r.change(p.Change),
			milliseconds(p.MS), count(p.MACs), fmt.Sprintf("%d/%d", p.Pruned(), len(p.Layers))})
	}
	return header, rows
}

func layerTable(p *Point) (header []string, rows [][]string) {
	header = []string{"layer", "group", "rate", "dense ms", "ms", "speed-up", "MACs", "schedule"}
	for _, l := range p.Layers {
		speedup := "–"
		if l.MS != nil && l.DenseMS != nil {
			ratio := *l.DenseMS / *l.MS
			speedup = times(&ratio)
		}
		schedule := l.Algorithm
		if l.Schedule != "" {
			schedule = strings.TrimSpace(l.Algorithm + " " + l.Schedule)
		}
		rows = append(rows, []string{printable(l.Name), group(l), fmt.Sprintf("%.3f", l.Rate), optionalMS(l.DenseMS), optionalMS(l.MS),
			speedup, count(l.MACs), printable(schedule)})
	}
	return header, rows
}

// printer keeps the first error of many writes.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(text string) {
	if p.err == nil {
		_, p.err = fmt.Fprintln(p.w, text)
	}
}

func (p *printer) table(header []string, rows [][]string, kind func(io.Writer) *tablewriter.Table) {
	if p.err != nil {
		return
	}
	table := kind(p.w)
	table.Header(header)
	if p.err = table.Bulk(rows); p.err == nil {
		p.err = table.Render()
	}
}

// numbersRight aligns every column but the first to the right.
var numbersRight = tw.CellAlignment{Global: tw.AlignRight, PerColumn: []tw.Align{tw.AlignLeft}}

func config() tablewriter.Config {
	return tablewriter.Config{
		Header: tw.CellConfig{Alignment: numbersRight, Formatting: tw.CellFormatting{AutoFormat: tw.Off, AutoWrap: tw.WrapNone}},
		Row:    tw.CellConfig{Alignment: numbersRight, Formatting: tw.CellFormatting{AutoFormat: tw.Off, AutoWrap: tw.WrapNone}},
	}
}

func plainTable(w io.Writer) *tablewriter.Table {
	return tablewriter.NewTable(w, tablewriter.WithConfig(config()), tablewriter.WithRendition(tw.Rendition{
		Borders:  tw.BorderNone,
		Symbols:  tw.NewSymbols(tw.StyleLight),
		Settings: tw.Settings{Separators: tw.Separators{BetweenColumns: tw.Off}, Lines: tw.Lines{ShowHeaderLine: tw.On}},
	}))
}

func markdownTable(w io.Writer) *tablewriter.Table {
	return tablewriter.NewTable(w, tablewriter.WithConfig(config()), tablewriter.WithRenderer(renderer.NewMarkdown()))
}
