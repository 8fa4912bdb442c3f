package main

import (
	"strings"
	"testing"

	"github.com/olekukonko/tablewriter/tw"
)

// A terminal that is too narrow gets the first columns and the names of the others, never broken lines.
func TestTablesFitTheTerminal(t *testing.T) {
	header := []string{"layer", "ms", "schedule"}
	rows := [][]string{{"layer1.0.conv1.0.0", "0.3380", "direct_6x1x2_filter_c0_g4_t1"}, {"fc", "0.0001", "matvec"}}
	align := []tw.Align{tw.AlignLeft, tw.AlignRight, tw.AlignLeft}
	for _, c := range []struct {
		columns int
		shown   []string
		missing string
	}{
		{0, header, ""},
		{80, header, ""},
		{40, header[:2], "schedule"},
		{24, header[:1], "ms, schedule"},
		{5, header[:1], "ms, schedule"}, // too narrow for anything
	} {
		text, err := fitTable(header, rows, align, c.columns)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(text, "\n")
		if got := strings.Fields(lines[0]); strings.Join(got, " ") != strings.Join(c.shown, " ") {
			t.Errorf("%d columns: shows %v, want %v", c.columns, got, c.shown)
		}
		if _, missing, _ := strings.Cut(text, "in a wider terminal: "); strings.TrimSpace(missing) != c.missing {
			t.Errorf("%d columns: calls %q missing, want %q", c.columns, missing, c.missing)
		}
	}
}
