package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
	"golang.org/x/term"
)

// simulatedWarning stands above times of a simulated phone.
const simulatedWarning = "SIMULATED: the device is a phone in software; its times come from a model and are those of no device."

// writeJSON prints a value for machines.
func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// terminalColumns is the width of the terminal that w is, 0 when it is none.
func terminalColumns(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0
	}
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 80 // a terminal that does not say
	}
	return columns
}

// writeTable prints a table without borders; alignments missing at the end are left. A terminal that is
// too narrow gets as many of the first columns as fit, and is told which are missing.
func writeTable(w io.Writer, header []string, rows [][]string, align ...tw.Align) error {
	for len(align) < len(header) {
		align = append(align, tw.AlignLeft)
	}
	text, err := fitTable(header, rows, align, terminalColumns(w))
	if err != nil {
		return fmt.Errorf("print table: %w", err)
	}
	_, err = io.WriteString(w, text)
	return err
}

// fitTable draws a table of at most so many columns of text; 0 is no bound.
func fitTable(header []string, rows [][]string, align []tw.Align, columns int) (string, error) {
	for n := len(header); ; n-- {
		text, err := drawTable(header[:n], rows, align[:n])
		if err != nil {
			return "", err
		}
		first, _, _ := strings.Cut(text, "\n")
		if columns == 0 || n == 1 || utf8.RuneCountInString(first) <= columns {
			if n < len(header) {
				text += fmt.Sprintf("in a wider terminal: %s\n", strings.Join(header[n:], ", "))
			}
			return text, nil
		}
	}
}

// drawTable draws the columns of the header; rows may have more.
func drawTable(header []string, rows [][]string, align []tw.Align) (string, error) {
	var w strings.Builder
	t := tablewriter.NewTable(&w,
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithAlignment(align),
		tablewriter.WithHeaderAlignmentConfig(tw.CellAlignment{PerColumn: align}),
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders: tw.BorderNone,
			Settings: tw.Settings{
				Separators: tw.Separators{BetweenColumns: tw.Off, BetweenRows: tw.Off},
				Lines:      tw.Lines{ShowHeaderLine: tw.On},
			},
		})))
	t.Header(header)
	for _, row := range rows {
		if err := t.Append(row[:len(header)]); err != nil {
			return "", err
		}
	}
	err := t.Render()
	return w.String(), err
}
