package main

import (
	"strings"
	"testing"
	"time"

	"github.com/rt3d-tune/rt3d-tune/tuner"
)

func TestProgressSaysHowFarAndHowLong(t *testing.T) {
	whole := tuner.Progress{Phase: tuner.SearchPhase, Done: 7, Total: 20, Best: "1.2 ms (3.1x) at accuracy 0.9",
		Trial: "model-1 1.2 ms", Elapsed: 61*time.Second + 400*time.Millisecond, Left: 90 * time.Second}
	unknown := tuner.Progress{Phase: tuner.TablePhase, Left: -1}
	for want, e := range map[string]tuner.Progress{
		"demo: search      7/20  1m1s, 1m30s left  1.2 ms (3.1x) at accuracy 0.9": whole,
		"demo: table       0  0s": unknown,
	} {
		if got := newProgress(nil, "demo").line(e); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
}

// Where there is no terminal, each phase has its line, and trials in between do not flood the log; on a
// terminal there is one line, which log lines are printed above.
func TestProgressIsQuietInFiles(t *testing.T) {
	var out strings.Builder
	p := newProgress(&out, "demo")
	for _, phase := range []tuner.Phase{tuner.TablePhase, tuner.SearchPhase} {
		for done := range 50 {
			p.show(tuner.Progress{Phase: phase, Done: done, Left: -1})
		}
	}
	p.end()
	if lines := strings.Split(strings.TrimSpace(out.String()), "\n"); len(lines) != 2 {
		t.Errorf("100 trials in two phases gave %d lines:\n%s", len(lines), out.String())
	}
	if strings.Contains(out.String(), "\r") {
		t.Error("a file has rewritten lines")
	}

	out.Reset()
	p = newProgress(&out, "demo")
	p.terminal, p.width = true, 40
	p.show(tuner.Progress{Phase: tuner.TablePhase, Done: 1, Best: strings.Repeat("x", 100)})
	p.log(false).Warn("left the playoff")
	p.log(false).Info("trial") // only with --verbose
	p.show(tuner.Progress{Phase: tuner.TablePhase, Done: 2})
	p.end()
	parts := strings.Split(out.String(), "\r")
	for _, part := range parts {
		if !strings.Contains(part, "left the playoff") && len(strings.TrimRight(part, "\n")) > 39 {
			t.Errorf("a line of %d columns on a terminal of 40: %q", len(part), part)
		}
	}
	if strings.Contains(out.String(), "msg=trial") || !strings.Contains(out.String(), "\rtime=") || !strings.HasSuffix(out.String(), "\n") {
		t.Errorf("terminal shows %q", out.String())
	}
}
