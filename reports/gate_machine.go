package reports

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/rt3d-tune/rt3d-tune/results"
)

// The names below are used by scripts: they may be added to, not changed.

type jsonGate struct {
	Verdict     results.GateVerdict `json:"verdict"`
	Study       string              `json:"study"`
	Baseline    string              `json:"baseline"`
	Candidate   string              `json:"candidate"`
	Device      string              `json:"device"` // fingerprint
	Target      string              `json:"target"`
	Simulated   bool                `json:"simulated"`
	Suppressed  []string            `json:"suppressed"`
	Seconds     float64             `json:"seconds"`
	Comparisons []jsonComparison    `json:"comparisons"`
}

type jsonComparison struct {
	Name      string                 `json:"name"`
	Kind      results.ComparisonKind `json:"kind"`
	Verdict   string                 `json:"verdict"`
	Worse     bool                   `json:"worse"`
	Ratio     *float64               `json:"ratio"`
	RatioCI   *[2]float64            `json:"ratio_ci"`
	Pairs     int                    `json:"pairs"`
	Invalid   int                    `json:"invalid_pairs"`
	P         float64                `json:"p"`
	PAdjusted float64                `json:"p_adjusted"`
	Baseline  *float64               `json:"baseline"` // ms, or a share
	Candidate *float64               `json:"candidate"`
	Detail    string                 `json:"detail,omitempty"`
}

func gateJSON(w io.Writer, g *results.Gate) error {
	v := jsonGate{Verdict: g.Verdict, Study: g.Study, Baseline: g.Baseline, Candidate: g.Candidate, Device: g.Device, Target: g.Target,
		Simulated: g.Simulated, Suppressed: orEmpty(g.Suppressed), Seconds: g.Seconds, Comparisons: []jsonComparison{}}
	for _, c := range g.Comparisons {
		j := jsonComparison{Name: c.Name, Kind: c.Kind, Verdict: c.Verdict, Worse: c.Worse, Pairs: c.Pairs, Invalid: c.Invalid, P: c.P,
			PAdjusted: c.PAdjusted, Detail: c.Detail}
		if c.Ratio > 0 {
			j.Ratio, j.RatioCI = &c.Ratio, &[2]float64{c.RatioLow, c.RatioHigh}
			j.Baseline, j.Candidate = &c.BaselineValue, &c.CandidateValue
		}
		v.Comparisons = append(v.Comparisons, j)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Time     string      `xml:"time,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	Failure *junitMessage `xml:"failure,omitempty"`
	Skipped *junitMessage `xml:"skipped,omitempty"`
	Output  string        `xml:"system-out,omitempty"`
}

type junitMessage struct {
	Message string `xml:"message,attr"`
}

// gateJUnit makes a failed test of what is worse, and a skipped one of what has no answer.
func gateJUnit(w io.Writer, g *results.Gate) error {
	suite := junitSuite{Name: "rt3d-tune " + g.Study, Tests: len(g.Comparisons), Time: fmt.Sprintf("%.3f", g.Seconds)}
	for _, c := range g.Comparisons {
		row := gateRow(c)
		said := strings.Join(strings.Fields(strings.Join(row[2:6], " ")+" "+row[8]), " ")
		one := junitCase{Name: c.Name, Class: "rt3d-tune." + g.Study + "." + string(c.Kind), Output: said}
		switch answer(c) {
		case "worse":
			suite.Failures++
			one.Failure = &junitMessage{fmt.Sprintf("worse than %s: %s", g.Baseline, said)}
		case "need more data":
			suite.Skipped++
			one.Skipped = &junitMessage{fmt.Sprintf("no answer after %d pairs (%d invalid)", c.Pairs, c.Invalid)}
		}
		suite.Cases = append(suite.Cases, one)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(suite); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
