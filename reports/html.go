package reports

import (
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/rt3d-tune/rt3d-tune/results"
)

//go:embed page
var pageFiles embed.FS

// pageTemplate escapes every text by its place: HTML, attribute or JSON in a script.
var pageTemplate = template.Must(template.ParseFS(pageFiles, "page/page.html"))

// page is what the template shows; the plot and the layer table are drawn by the script from Data.
type page struct {
	Title, State, Model, Target, Device string
	Style                               template.CSS
	Script                              template.JS
	Data                                jsonReport
	Warnings                            []string
	Findings                            []string
	Cards                               []card
	FrontHeader                         []string
	Front                               []pageRow
	EmulatedHeader                      []string
	Emulated                            [][]string
	Facts                               []fact
	Activities                          []pageActivity
	Total                               string
	Outcomes                            []string
	Verdicts                            []pageVerdict
	// Trust are the conditions of all networks, Lost where time went without a sample that counts.
	Trust, Lost []string
	Suppressed  []fact
	SpeedWords  string
	Speed       template.HTML
	Evidence    map[string]pageEvidence
	Marks       []pageVerdict
	Study       []fact
	Picture     template.HTML
	// Selected is the trial shown first; -1 when there is none.
	Selected int
	HasPlot  bool
	Hidden   int
}

type card struct{ Name, Value, Note string }

type fact struct{ Name, Value string }

type pageRow struct {
	Trial                  int
	Dense, Refined, Beaten bool
	Cells                  []string
}

type pageActivity struct {
	Name, Time string
	Percent    string
	Share      float64
	Color      int
}

// HTML writes one self-contained page: it loads nothing, and its policy forbids it to.
func HTML(w io.Writer, r *Report) error {
	style, err := pageFiles.ReadFile("page/page.css")
	if err != nil {
		return err
	}
	script, err := pageFiles.ReadFile("page/page.js")
	if err != nil {
		return err
	}
	p := page{Title: printable(r.Study), State: string(r.State), Model: printable(r.Model), Target: printable(r.Target),
		Style: template.CSS(style), Script: template.JS(script), Data: r.json(), Warnings: r.warnings(),
		Findings: r.findings(), Cards: r.cards(), Outcomes: r.outcomes(), Verdicts: r.pageVerdicts(),
		Trust: r.trust(), Lost: r.lost(), Suppressed: r.suppressedFindings(), SpeedWords: r.speedWords(), Speed: r.speedPicture(),
		Evidence: r.pageEvidence(), Marks: verdictMarks,
		Study: r.studyFacts(), Selected: -1, HasPlot: len(r.Front) > 0}
	if r.Device != nil {
		p.Device, p.Facts = printable(r.Device.Name), deviceFacts(r.Device)
	}
	if p.HasPlot {
		p.Picture = template.HTML(FrontPicture(r)) // every name in it is escaped
		p.Selected = r.Front[0].Trial
		if choice := r.Choice(); choice != nil {
			p.Selected = choice.Trial
		}
		p.FrontHeader, p.Front = r.pageFront()
	}
	p.EmulatedHeader, p.Emulated = r.emulatedTable()
	activities, total := r.activities()
	p.Total = duration(total)
	for i, a := range activities {
		share := a.Seconds / max(total, 1e-9)
		p.Activities = append(p.Activities, pageActivity{printable(a.Name), duration(a.Seconds), fmt.Sprintf("%.0f %%", 100*share), share, i % 8})
	}
	return pageTemplate.Execute(w, p)
}

// pageFront is the terminal's table with the trial numbers as buttons.
func (r *Report) pageFront() (header []string, rows []pageRow) {
	header, cells := r.frontTable()
	byTrial := map[string]*Point{}
	for _, p := range append(append([]*Point{}, r.Front...), r.Dominated...) {
		byTrial[fmt.Sprint(p.Trial)] = p
	}
	for _, row := range cells {
		number, _, _ := strings.Cut(row[0], " ")
		p := byTrial[number]
		rows = append(rows, pageRow{p.Trial, p.Dense, p.Refined, !p.Front, row[1:]})
	}
	return header, rows
}

// cards are the four numbers to see first.
func (r *Report) cards() []card {
	quality := func(p *Point) string {
		if r.Objective == results.Accuracy {
			return r.quality(p.Quality) + " % accuracy"
		}
		return string(r.Objective) + " " + r.quality(p.Quality)
	}
	against := func(p *Point) string {
		unit := " points"
		if r.Objective != results.Accuracy {
			unit = " " + string(r.Objective)
		}
		return r.change(p.Change) + unit + ", " + milliseconds(p.MS) + " ms"
	}
	var list []card
	if p := r.Dense; p != nil && !p.Emulated {
		list = append(list, card{"Dense", milliseconds(p.MS) + " ms", quality(p)})
	}
	if p := r.Choice(); p != nil && p.Speedup != nil {
		name := "At most 2 points lost"
		switch {
		case r.picked() != nil:
			name = "Picked by the playoff"
		case r.Objective != results.Accuracy:
			name = "At most 0.02 lost"
		}
		list = append(list, card{name, times(p.Speedup), against(p)})
	}
	if len(r.Front) > 0 {
		if p := r.Front[0]; p.Speedup != nil && !p.Dense {
			list = append(list, card{"Fastest", times(p.Speedup), against(p)})
		}
	}
	trials := 0
	for _, n := range r.Trials {
		trials += n
	}
	return append(list, card{"Measured", fmt.Sprint(trials), fmt.Sprintf("trials, %s on the front", plural(len(r.Front), "network"))})
}

func (r *Report) studyFacts() []fact {
	return []fact{
		{"model", printable(r.Model)},
		{"model SHA-256", r.ModelHash},
		{"target", printable(r.Target)},
		{"seed", fmt.Sprint(r.Seed)},
		{"configuration SHA-256", r.ConfigurationHash},
		{"begun", r.Created.UTC().Format("2006-01-02 15:04:05 UTC")},
		{"last written", r.Updated.UTC().Format("2006-01-02 15:04:05 UTC")},
	}
}

// deviceFacts flattens what the probe found into names and values, in the order it gave them.
func deviceFacts(d *results.Device) []fact {
	list := []fact{{"name", printable(d.Name)}, {"fingerprint", printable(d.Fingerprint)}}
	decoder := json.NewDecoder(strings.NewReader(string(d.Facts)))
	decoder.UseNumber()
	if entries, ok := object(decoder); ok {
		list = append(list, entries...)
	}
	return list
}

// object reads a JSON object token by token, for a map would lose the order.
func object(decoder *json.Decoder) ([]fact, bool) {
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return nil, false
	}
	var list []fact
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return list, false
		}
		var value any
		if err := decoder.Decode(&value); err != nil {
			return list, false
		}
		key := fmt.Sprint(name)
		if _, each := value.([]any); key == "cores" && each || key == "name" || key == "fingerprint" {
			continue // the clusters tell the cores; name and fingerprint head the card already
		}
		if text := factValue(key, value); text != "" {
			list = append(list, fact{factName(key), printable(text)})
		}
	}
	return list, true
}
