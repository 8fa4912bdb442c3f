package reports

import (
	"bytes"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/results"
)

// Every format says of which layers the filters are in another order.
func TestReorderedLayersAreMarked(t *testing.T) {
	f := newFixture(t, "reordered", results.Accuracy)
	f.network("search", [5]float64{}, nil)
	f.network("search", [5]float64{.1, .5, .5, .5, .5}, func(t *results.Trial) { t.Layers[2].Reordered = true })
	r := f.report()
	for name, write := range map[string]func(*bytes.Buffer) error{
		"table":    func(b *bytes.Buffer) error { return Table(b, r, 0) },
		"markdown": func(b *bytes.Buffer) error { return Markdown(b, r) },
		"html":     func(b *bytes.Buffer) error { return HTML(b, r) },
		"json":     func(b *bytes.Buffer) error { return JSON(b, r) },
		"csv":      func(b *bytes.Buffer) error { return CSV(b, r) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		want := map[string]string{"json": `"reordered": true`, "csv": ",false,1\n", "table": "1 reordered", "markdown": "×4 reordered",
			"html": `"reordered":true`}[name]
		if n := strings.Count(b.String(), want); n != 1 {
			t.Errorf("%s: %d layers are marked by %q, want one", name, n, want)
		}
	}
}
