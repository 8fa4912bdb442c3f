package reports

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/rt3d-tune/rt3d-tune/compare"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// Series is the history of one layer or network on one device: what the candidates of gates took, oldest
// first.
type Series struct {
	Name      string                 `json:"name"`
	Kind      results.ComparisonKind `json:"kind"`
	Device    string                 `json:"device"`
	Simulated bool                   `json:"simulated"`
	Points    []HistoryPoint         `json:"points"`
	canary    float64                // of the last gate: the unit of the others
	// Changes are where the series moves, found over all of it: also what crept in too slowly for any
	// single gate.
	Changes []HistoryChange `json:"changes"`
}

// HistoryPoint is one gate's.
type HistoryPoint struct {
	Gate      int64     `json:"gate"`
	Started   time.Time `json:"started"`
	Candidate string    `json:"candidate"`
	// Value in ms, or a share. Times are corrected by the canary: the device's own changes are taken out.
	Value float64 `json:"value"`
}

// HistoryChange is a change point.
type HistoryChange struct {
	Gate      int64   `json:"gate"` // the first one after it
	Candidate string  `json:"candidate"`
	Ratio     float64 `json:"ratio"` // of the medians after and before
	P         float64 `json:"p"`
}

// changeLevel is the level of the test behind a change point.
const changeLevel = 0.01

// History reads the gates of a study into series, in the order of the last gate.
func History(gates []*results.Gate) []*Series {
	var list []*Series
	for _, g := range slices.Backward(gates) {
		for _, c := range g.Comparisons {
			if c.CandidateValue == 0 {
				continue
			}
			at := slices.IndexFunc(list, func(s *Series) bool { return s.Name == c.Name && s.Kind == c.Kind && s.Device == g.Device })
			if at < 0 {
				at = len(list)
				list = append(list, &Series{Name: c.Name, Kind: c.Kind, Device: g.Device, Simulated: g.Simulated})
			}
			s, value := list[at], c.CandidateValue
			if s.canary == 0 {
				s.canary = c.CanaryNS
			}
			if s.canary > 0 && c.CanaryNS > 0 {
				value *= s.canary / c.CanaryNS
			}
			s.Points = append(s.Points, HistoryPoint{g.ID, g.Started, g.Candidate, value})
		}
	}
	for _, s := range list {
		slices.Reverse(s.Points)
		s.Changes = []HistoryChange{}
		var values []float64
		for _, p := range s.Points {
			values = append(values, p.Value)
		}
		for _, c := range compare.Changes(values, changeLevel, 1) {
			p := s.Points[c.Index]
			s.Changes = append(s.Changes, HistoryChange{Gate: p.Gate, Candidate: p.Candidate, Ratio: c.Ratio, P: c.P})
		}
	}
	return list
}

// WriteHistory writes the history of a study's gates as table, md or json.
func WriteHistory(w io.Writer, study string, gates []*results.Gate, format string) error {
	list := History(gates)
	if format == "json" {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(map[string]any{"study": study, "gates": len(gates), "series": orEmpty(list)})
	}
	kind := plainTable
	switch format {
	case "table":
	case "md":
		kind = markdownTable
	default:
		return fmt.Errorf("write history: format %q: known are json, md, table", format)
	}
	p := &printer{w: w}
	p.line(fmt.Sprintf("history of %s: %s", printable(study), plural(len(gates), "gate")))
	var rows [][]string
	for _, s := range list {
		if s.Simulated {
			p.line("SIMULATED: " + printable(s.Name))
		}
		value := func(v float64) string {
			if s.Kind == results.TimeComparison {
				return milliseconds(v) + " ms"
			}
			return fmt.Sprintf("%.2f %%", 100*v)
		}
		change := "none"
		for i, c := range s.Changes {
			if i == 0 {
				change = ""
			} else {
				change += "; "
			}
			change += fmt.Sprintf("%s from %s on", percent(c.Ratio), printable(c.Candidate))
		}
		if n := len(s.Points); n < 2*compare.LeastSegment {
			change = fmt.Sprintf("too short to tell (%d of %d)", n, 2*compare.LeastSegment)
		}
		rows = append(rows, []string{printable(s.Name), string(s.Kind), fmt.Sprint(len(s.Points)), value(s.Points[0].Value),
			value(s.Points[len(s.Points)-1].Value), change})
	}
	p.line("")
	p.table([]string{"what", "kind", "gates", "first", "last", "changes"}, rows, kind)
	return p.err
}
