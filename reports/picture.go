package reports

import (
	"bytes"
	"fmt"
	"html"
	"math"
	"slices"
	"unicode/utf8"

	"github.com/rt3d-tune/rt3d-tune/results"
)

// The picture's size and the place of the plot in it, in pixels.
const (
	pictureWidth, pictureHeight = 860, 480
	plotLeft, plotRight         = 66, 836
	plotTop, plotBottom         = 58, 424
)

// FrontPicture draws the front as a static SVG that follows the reader's light or dark mode: the points
// of the front with error bars, dense marked, the dominated in grey. Emulated networks are not drawn.
func FrontPicture(r *Report) []byte {
	d := &drawing{r: r}
	d.printf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-labelledby="t" font-family="system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif" font-size="13">`+"\n",
		pictureWidth, pictureHeight)
	d.printf(`<title id="t">%s against latency, study %s</title>`+"\n", r.Objective, escape(r.Study))
	d.buffer.WriteString(pictureStyle)
	d.printf(`<rect class="page" width="%d" height="%d" rx="10"/>`+"\n", pictureWidth, pictureHeight)
	device := ""
	if r.Device != nil {
		device = " on " + r.Device.Name
	}
	if r.Simulated {
		device += " (SIMULATED)"
	}
	d.printf(`<text class="title" x="24" y="32">%s%s</text>`+"\n", escape(r.Model), escape(device))
	if len(r.Front) == 0 {
		d.printf(`<text class="axis" x="%d" y="%d" text-anchor="middle">no network has been measured</text>`+"\n", pictureWidth/2, pictureHeight/2)
	} else {
		d.setAxes()
		d.grid()
		d.points()
		d.labels()
		d.legend()
	}
	d.printf("</svg>\n")
	return d.buffer.Bytes()
}

const pictureStyle = `<style>
.page{fill:#fff;stroke:#dfe4ea}.grid{stroke:#e6eaef}.axis{fill:#5b6876}.title{fill:#17212b;font-size:16px;font-weight:600}
.front{stroke:#0b6bcb;fill:none;stroke-width:2}.area{fill:#0b6bcb;opacity:.06}.bar{stroke:#0b6bcb;opacity:.7;stroke-width:1.5;fill:none}
.on{fill:#0b6bcb;stroke:#fff;stroke-width:1.5}.off{fill:#98a4b1;opacity:.55}.dense{fill:#d9480f;stroke:#fff;stroke-width:1.5}
.note{fill:#17212b;font-weight:600;paint-order:stroke;stroke:#fff;stroke-width:4;stroke-linejoin:round}
@media(prefers-color-scheme:dark){.page{fill:#11171f;stroke:#27313d}.grid{stroke:#222c37}.axis{fill:#9aa7b5}.title,.note{fill:#e8edf3}.note{stroke:#11171f}
.front,.bar{stroke:#5aa9ff}.area,.on{fill:#5aa9ff}.area{opacity:.09}.on,.dense{stroke:#11171f}.dense{fill:#ff9255}.off{fill:#728092}}
</style>
`

// drawing is a picture being written.
type drawing struct {
	r      *Report
	buffer bytes.Buffer
	x, y   axis
	hidden int // dominated networks that lie outside
}

func (d *drawing) printf(format string, args ...any) { fmt.Fprintf(&d.buffer, format, args...) }

// escape makes a name safe in SVG and HTML text.
func escape(name string) string { return html.EscapeString(printable(name)) }

// setAxes covers the front and dense. Dominated networks far below or far slower would press the front
// into a corner: those beyond half of the front's extent are left out and counted.
func (d *drawing) setAxes() {
	fast, slow, low, high := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	cover := func(p *Point) {
		fast, slow = math.Min(fast, p.Latency.Low), math.Max(slow, p.Latency.High)
		low, high = math.Min(low, p.Quality), math.Max(high, p.Quality)
	}
	for _, p := range d.r.Front {
		cover(p)
	}
	if d.r.Dense != nil && !d.r.Dense.Emulated {
		cover(d.r.Dense)
	}
	slowest, lowest := slow+0.5*(slow-fast), low-0.5*(high-low)
	for _, p := range d.r.Dominated {
		if p.MS <= slowest && p.Quality >= lowest {
			cover(p)
		}
	}
	d.x = newAxis(fast, slow, 0.05, plotLeft, plotRight)
	d.y = newAxis(low, high, 0.07, plotBottom, plotTop)
	for _, p := range d.r.Dominated {
		if !d.x.holds(p.MS) || !d.y.holds(p.Quality) {
			d.hidden++
		}
	}
}

func (d *drawing) grid() {
	values, digits := d.x.ticks(8)
	for _, v := range values {
		x := d.x.place(v)
		d.printf(`<path class="grid" d="M%.1f %dV%d"/><text class="axis" x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n",
			x, plotTop, plotBottom, x, plotBottom+20, fixed(v, digits))
	}
	// Ticks of accuracy are chosen in per cent, as they are printed.
	scale, unit := 1.0, ""
	if d.r.Objective == results.Accuracy {
		scale, unit = 100, " %"
	}
	values, digits = axis{low: d.y.low * scale, high: d.y.high * scale}.ticks(6)
	for _, v := range values {
		y := d.y.place(v / scale)
		d.printf(`<path class="grid" d="M%d %.1fH%d"/><text class="axis" x="%d" y="%.1f" text-anchor="end">%s%s</text>`+"\n",
			plotLeft, y, plotRight, plotLeft-8, y+4.5, fixed(v, digits), unit)
	}
	d.printf(`<text class="axis" x="%d" y="%d" text-anchor="middle">latency, ms (median, 95 %% interval)</text>`+"\n",
		(plotLeft+plotRight)/2, pictureHeight-16)
}

func (d *drawing) points() {
	for _, p := range d.r.Dominated {
		if !p.Dense && d.x.holds(p.MS) && d.y.holds(p.Quality) {
			d.printf(`<circle class="off" cx="%.1f" cy="%.1f" r="3.5"/>`+"\n", d.x.place(p.MS), d.y.place(p.Quality))
		}
	}
	// What the front reaches at a latency is its best point so far: steps, not slopes.
	var steps bytes.Buffer
	for i, p := range d.r.Front {
		x, y := d.x.place(p.MS), d.y.place(p.Quality)
		if i == 0 {
			fmt.Fprintf(&steps, "M%.1f %.1f", x, y)
		} else {
			fmt.Fprintf(&steps, "H%.1fV%.1f", x, y)
		}
	}
	fmt.Fprintf(&steps, "H%d", plotRight)
	d.printf(`<path class="area" d="%sV%dH%.1fZ"/>`+"\n", steps.String(), plotBottom, d.x.place(d.r.Front[0].MS))
	d.printf(`<path class="front" d="%s"/>`+"\n", steps.String())
	for _, p := range d.r.Front {
		low, high, y := d.x.place(p.Latency.Low), d.x.place(p.Latency.High), d.y.place(p.Quality)
		d.printf(`<path class="bar" d="M%.1f %.1fv8M%.1f %.1fH%.1fM%.1f %.1fv8"/>`+"\n", low, y-4, low, y, high, high, y-4)
		if !p.Dense {
			d.printf(`<circle class="on" cx="%.1f" cy="%.1f" r="5"/>`+"\n", d.x.place(p.MS), d.y.place(p.Quality))
		}
	}
	if p := d.r.Dense; p != nil && !p.Emulated {
		d.diamond(d.x.place(p.MS), d.y.place(p.Quality))
	}
}

func (d *drawing) diamond(x, y float64) {
	d.printf(`<path class="dense" d="M%.1f %.1fl7 7l-7 7l-7 -7z"/>`+"\n", x, y-7)
}

// labels name dense and the point that most people want.
func (d *drawing) labels() {
	var taken []box
	label := func(p *Point, text string) {
		at, anchor := d.labelPlace(d.x.place(p.MS), d.y.place(p.Quality), 7.6*float64(utf8.RuneCountInString(text)), taken)
		taken = append(taken, at)
		x := at.left
		if anchor == "end" {
			x = at.right
		}
		d.printf(`<text class="note" x="%.1f" y="%.1f" text-anchor="%s">%s</text>`+"\n", x, at.bottom-4, anchor, html.EscapeString(text))
	}
	if p := d.r.Choice(); p != nil && p.Speedup != nil {
		unit := "points"
		if d.r.Objective != results.Accuracy {
			unit = string(d.r.Objective)
		}
		label(p, fmt.Sprintf("%s, %s %s", times(p.Speedup), d.r.change(p.Change), unit))
	}
	if p := d.r.Dense; p != nil && !p.Emulated {
		label(p, fmt.Sprintf("dense %s ms", milliseconds(p.MS)))
	}
}

// box is a rectangle in the picture.
type box struct{ left, top, right, bottom float64 }

func (b box) overlaps(o box) bool {
	return b.left < o.right && o.left < b.right && b.top < o.bottom && o.top < b.bottom
}

// labelPlace finds room for a label of a width beside a point: below it, then further down, then above, on
// the side that has more room. Where all is taken the first place is.
func (d *drawing) labelPlace(x, y, width float64, taken []box) (at box, anchor string) {
	const high = 18
	anchor, left := "start", x+10
	if x > (plotLeft+plotRight)*0.6 {
		anchor, left = "end", x-4-width
	}
	var first *box
	for _, top := range []float64{y + 10, y + 10 + high, y + 10 + 2*high, y - 10 - high, y - 10 - 2*high} {
		b := box{left, top, left + width, top + high}
		if b.bottom > plotBottom-2 || b.top < plotTop {
			continue
		}
		if first == nil {
			first = &b
		}
		if !slices.ContainsFunc(taken, b.overlaps) {
			return b, anchor
		}
	}
	if first != nil {
		return *first, anchor
	}
	return box{left, plotBottom - 2 - high, left + width, plotBottom - 2}, anchor
}

func (d *drawing) legend() {
	items := []struct{ mark, text string }{
		{`<circle class="on" cx="%.0f" cy="27" r="5"/>`, "front"},
		{`<path class="dense" d="M%.0f 20l7 7l-7 7l-7 -7z"/>`, "dense"},
		{`<circle class="off" cx="%.0f" cy="27" r="3.5"/>`, "beaten"},
	}
	if d.hidden > 0 {
		items[2].text += fmt.Sprintf(" (%d outside)", d.hidden)
	}
	// From the right; a letter is about seven pixels wide.
	x := float64(plotRight)
	for _, item := range slices.Backward(items) {
		x -= 7 * float64(len(item.text))
		d.printf(item.mark+`<text class="axis" x="%.0f" y="32">%s</text>`+"\n", x-12, x, item.text)
		x -= 40
	}
}
