package main

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/rt3d-tune/rt3d-tune/tuner"
)

// progress shows how far a search is: on a terminal one line that is rewritten, elsewhere a line at the
// start of each phase and then at most one every interval.
type progress struct {
	w        io.Writer
	study    string
	terminal bool
	width    int

	mu    sync.Mutex
	shown bool // a line on the terminal is to be rewritten
	phase tuner.Phase
	last  time.Time
}

// interval between lines where there is no terminal.
const interval = 15 * time.Second

func newProgress(w io.Writer, study string) *progress {
	p := &progress{w: w, study: study, width: 100}
	if columns := terminalColumns(w); columns > 0 {
		p.terminal, p.width = true, columns
	}
	return p
}

// show prints one event of the search.
func (p *progress) show(e tuner.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	line := p.line(e)
	if p.terminal {
		fmt.Fprintf(p.w, "\r%-*.*s", max(0, p.width-1), max(0, p.width-1), line)
		p.shown = true
		return
	}
	if now := time.Now(); e.Phase != p.phase || now.Sub(p.last) >= interval {
		p.phase, p.last = e.Phase, now
		fmt.Fprintln(p.w, line)
	}
}

func (p *progress) line(e tuner.Progress) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %-11s %d", p.study, e.Phase, e.Done)
	if e.Total > 0 {
		fmt.Fprintf(&b, "/%d", e.Total)
	}
	fmt.Fprintf(&b, "  %s", e.Elapsed.Round(time.Second))
	if e.Left >= 0 {
		fmt.Fprintf(&b, ", %s left", e.Left.Round(time.Second))
	}
	if e.Best != "" {
		fmt.Fprintf(&b, "  %s", e.Best)
	}
	return b.String()
}

// log is where warnings go: above the rewritten line. With verbose, so does a line for each trial, from
// which it can be run again.
func (p *progress) log(verbose bool) *slog.Logger {
	level := slog.LevelWarn
	if verbose {
		level = slog.LevelInfo
	}
	return slog.New(slog.NewTextHandler(aboveLine{p}, &slog.HandlerOptions{Level: level}))
}

// aboveLine clears the rewritten line before it prints.
type aboveLine struct{ p *progress }

func (a aboveLine) Write(text []byte) (int, error) {
	a.p.mu.Lock()
	defer a.p.mu.Unlock()
	if a.p.shown {
		fmt.Fprintf(a.p.w, "\r%-*s\r", max(0, a.p.width-1), "")
		a.p.shown = false
	}
	return a.p.w.Write(text)
}

// end leaves the last line as it is and goes to the next.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown {
		fmt.Fprintln(p.w)
		p.shown = false
	}
}

// note shows a line of free text in place of an event.
func (p *progress) note(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	line := p.study + ": " + text
	if p.terminal {
		fmt.Fprintf(p.w, "\r%-*.*s", max(0, p.width-1), max(0, p.width-1), line)
		p.shown = true
		return
	}
	fmt.Fprintln(p.w, line)
}
