package reports

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/results"
)

// Every format marks a network that was trained on after it was pruned, and only that.
func TestRefinedNetworksAreMarked(t *testing.T) {
	f := newFixture(t, "refined", results.Accuracy)
	f.network("search", [5]float64{}, nil)
	f.network("search", [5]float64{.1, .5, .5, .5, .5}, nil)
	network, err := f.store.SaveNetwork(context.Background(), []byte("onnx"))
	if err != nil {
		t.Fatal(err)
	}
	trained := f.network("refine", [5]float64{.1, .8, .8, .8, .8}, func(t *results.Trial) { t.Key, t.Refined = "refined-1", network })
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
		want := map[string]string{"table": "2 refined", "markdown": "2 refined", "html": `<span class="tag">refined</span>`,
			"json": `"refined": true`, "csv": ",true,0\n"}[name]
		if n := strings.Count(b.String(), want); n != 1 {
			t.Errorf("%s: %d networks are marked by %q, want trial %d alone", name, n, want, trained.Number)
		}
	}
}
