package main

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// table is printed as Markdown, which people can read too.
type table struct {
	header []string
	left   []int // columns that are text; others are numbers and lie right
	rows   [][]string
	marked bool // a row is disturbed
}

// disturbedMark stands behind the name of a row whose rounds were disturbed.
const disturbedMark = " *"

func (t *table) add(disturbed bool, cells ...string) {
	if disturbed {
		cells[0] += disturbedMark
		t.marked = true
	}
	t.rows = append(t.rows, cells)
}

func (t *table) markdown() string {
	width := make([]int, len(t.header))
	for _, row := range append([][]string{t.header}, t.rows...) {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell), 3)
		}
	}
	var b strings.Builder
	line := func(cell func(i int) string) {
		for i := range t.header {
			b.WriteString("| " + cell(i) + " ")
		}
		b.WriteString("|\n")
	}
	text := func(row []string) {
		line(func(i int) string {
			padding := strings.Repeat(" ", width[i]-utf8.RuneCountInString(row[i]))
			if slices.Contains(t.left, i) {
				return row[i] + padding
			}
			return padding + row[i]
		})
	}
	text(t.header)
	line(func(i int) string {
		if slices.Contains(t.left, i) {
			return strings.Repeat("-", width[i])
		}
		return strings.Repeat("-", width[i]-1) + ":"
	})
	for _, row := range t.rows {
		text(row)
	}
	return b.String()
}

// milliseconds prints a time with four digits that count.
func milliseconds(ms float64) string {
	digits := 3
	for limit := 10.0; ms >= limit && digits > 0; limit *= 10 {
		digits--
	}
	return fmt.Sprintf("%.*f", digits, ms)
}

func percent(share float64) string { return fmt.Sprintf("%.0f %%", 100*share) }
