package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
)

// report is what one comparison found.
type report struct {
	section string // of the document
	table   table
	summary string // a sentence below the table
	raw     any    // for machines
	abouts  []string
	peak    float64 // of one core, the highest that the run measured, in GFLOP/s
}

// about notes what ran.
func (r *report) about(engine string) {
	if !slices.Contains(r.abouts, engine) {
		r.abouts = append(r.abouts, engine)
	}
}

// markdown is the section's text: how it was made, the table, what follows.
func (r *report) markdown(origin string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s; %s; peak of a core %.1f GFLOP/s.\n\n%s", origin, strings.Join(r.abouts, ", "), r.peak, r.table.markdown())
	if r.table.marked {
		b.WriteString("\n\\* other work on the machine disturbed too many rounds; all are scored.\n")
	}
	if r.summary != "" {
		b.WriteString("\n" + r.summary + "\n")
	}
	return b.String()
}

// The text between a begin and an end marker belongs to a comparison, all else to people.
func markers(section string) (begin, end string) {
	return "<!-- begin " + section + ": written by benchmarks -->\n", "<!-- end " + section + " -->\n"
}

// writeSection replaces the text of a section in a document that has its markers.
func writeSection(path, section, text string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	begin, end := markers(section)
	before, rest, ok := strings.Cut(string(content), begin)
	_, after, ended := strings.Cut(rest, end)
	if !ok || !ended {
		return fmt.Errorf("write %s: want the lines %q and %q, between which the table goes", path, strings.TrimSpace(begin), strings.TrimSpace(end))
	}
	return os.WriteFile(path, []byte(before+begin+"\n"+text+"\n"+end+after), 0o644)
}

// writeRaw writes the figures that the tables are made of.
func writeRaw(path, origin string, reports []report) error {
	sections := map[string]any{"origin": origin}
	for _, r := range reports {
		sections[r.section] = r.raw
	}
	content, err := json.MarshalIndent(sections, "", " ")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.WriteFile(path, content, 0o644)
}
