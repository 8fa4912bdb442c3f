package reports

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// Table writes the report for a terminal of that many columns, 0 for no bound: the front with dense
// beside it, and what to know about it. On a narrow one headings take two lines, then the last columns,
// which other formats have, are left out.
func Table(w io.Writer, r *Report, columns int) error {
	p := &printer{w: w, columns: columns}
	for _, line := range append(r.title(), r.warnings()...) {
		p.text(line, 0)
	}
	header, rows := r.frontTable()
	if len(rows) > 0 {
		p.line("")
		p.narrow(header, rows, frontKeeps)
	}
	if len(r.Emulated) > 0 {
		p.line("")
		header, rows := r.emulatedTable()
		p.narrow(header, rows, emulatedKeeps)
	}
	p.line("")
	for _, line := range r.findings() {
		p.text(line, 0)
	}
	for _, x := range []struct {
		name  string
		items []string
	}{{"trials", r.outcomes()}, {"samples", r.verdicts()}, {"timed at", r.trust()}, {"wall time", r.ledger()}, {"lost", r.lost()}} {
		if len(x.items) > 0 {
			p.text(fmt.Sprintf("%-10s%s", x.name, strings.Join(x.items, ", ")), 10)
		}
	}
	if n := len(r.Dominated); n > 0 {
		p.line(fmt.Sprintf("%-10s%s", "dominated", plural(n, "network")+" measured and beaten"))
	}
	return p.err
}

// The columns that no terminal is too narrow for: all before MACs.
const (
	frontKeeps    = 7
	emulatedKeeps = 5
)

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
		if p.Refined {
			name += " refined"
		}
		if p.Reordered() > 0 {
			name += " reordered"
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
		if p.Refined {
			name += " refined"
		}
		if p.Reordered() > 0 {
			name += " reordered"
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
		schedule := strings.TrimSpace(l.Algorithm + " " + l.Schedule)
		if strings.HasPrefix(l.Schedule, l.Algorithm) {
			schedule = l.Schedule // its name says the algorithm
		}
		rows = append(rows, []string{printable(l.Name), group(l), fmt.Sprintf("%.3f", l.Rate), optionalMS(l.DenseMS), optionalMS(l.MS),
			speedup, count(l.MACs), printable(schedule)})
	}
	return header, rows
}

// printer keeps the first error of many writes.
type printer struct {
	w       io.Writer
	columns int // of the terminal; 0: no bound
	err     error
}

// text prints a line, broken at spaces where the terminal ends; what follows is indented.
func (p *printer) text(text string, indent int) {
	for p.columns > indent && utf8.RuneCountInString(text) > p.columns {
		line := []rune(text)
		at := p.columns
		for at > indent && line[at] != ' ' {
			at--
		}
		if at == indent { // one long word
			break
		}
		p.line(string(line[:at]))
		text = strings.Repeat(" ", indent) + string(line[at+1:])
	}
	p.line(text)
}

// narrow prints a table as the terminal has room: its headings in two lines where they make it too wide,
// and then without columns from the end, down to as many as are to be kept.
func (p *printer) narrow(header []string, rows [][]string, keep int) {
	broken := make([]string, len(header))
	for i, h := range header {
		broken[i] = h
		if at := strings.LastIndexByte(h, ' '); at >= 0 {
			broken[i] = h[:at] + "\n" + h[at+1:]
		}
	}
	text, err := renderPlain(header, rows, len(header))
	if p.columns > 0 && width(text) > p.columns {
		for _, row := range rows {
			row[0] = strings.Replace(row[0], " (", "\n(", 1)
		}
	}
	for n := len(header); err == nil && n >= keep && p.columns > 0 && width(text) > p.columns; n-- {
		text, err = renderPlain(broken, rows, n)
	}
	if p.err == nil {
		p.err = err
	}
	if p.err == nil {
		_, p.err = io.WriteString(p.w, text)
	}
}

// renderPlain draws the first n columns of a table.
func renderPlain(header []string, rows [][]string, n int) (string, error) {
	var b strings.Builder
	p := &printer{w: &b}
	short := make([][]string, len(rows))
	for i, row := range rows {
		short[i] = row[:n]
	}
	p.table(header[:n], short, plainTable)
	return b.String(), p.err
}

// width is that of the longest line.
func width(text string) int {
	most := 0
	for line := range strings.Lines(text) {
		most = max(most, utf8.RuneCountInString(strings.TrimRight(line, " \n")))
	}
	return most
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
