package reports

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/rt3d-tune/rt3d-tune/results"
)

// SensitivityReport says what pruning each layer alone costs in accuracy (or fidelity), and what it saves on
// the study's device.
type SensitivityReport struct {
	Study     string            `json:"study"`
	Objective results.Objective `json:"objective"`
	// Device by name; empty until it was probed.
	Device    string           `json:"device"`
	Simulated bool             `json:"simulated"`
	Layers    []SensitivityRow `json:"layers"`
}

// SensitivityRow is one layer pruned in one way.
type SensitivityRow struct {
	Layer  string  `json:"layer"`
	Scheme string  `json:"scheme"`
	GM     int     `json:"gm"`
	GN     int     `json:"gn"`
	Rate   float64 `json:"rate"`
	Clips  int     `json:"clips"`
	// Lost accuracy or fidelity, as a share.
	Lost float64 `json:"lost"`
	// SavedMS is by how much the layer's time falls; null where it was never timed.
	SavedMS *float64 `json:"saved_ms"`
	// LostPerMS is Lost for each ms saved; null where none is.
	LostPerMS *float64 `json:"lost_per_ms"`
}

// BuildSensitivity reads a study's sensitivities: layers in the order of the most that pruning them saves,
// the ways to prune each by what they lose for a ms.
func BuildSensitivity(ctx context.Context, store *results.Store, name string) (*SensitivityReport, error) {
	study, err := find(ctx, store, name)
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	r := &SensitivityReport{Study: study.Name, Objective: study.Objective, Simulated: study.Simulated, Layers: []SensitivityRow{}}
	if study.Device != "" {
		device, err := store.DeviceByFingerprint(ctx, study.Device)
		if err != nil {
			return nil, fmt.Errorf("report study %q: %w", study.Name, err)
		}
		r.Device = device.Name
	}
	list, err := store.Sensitivities(ctx, study.ID)
	if err != nil {
		return nil, fmt.Errorf("report study %q: %w", study.Name, err)
	}
	most := map[string]float64{}
	for _, v := range list {
		row := SensitivityRow{Layer: v.Layer, Scheme: v.Scheme, GM: v.GM, GN: v.GN, Rate: v.Rate, Clips: v.Clips, Lost: v.Lost, SavedMS: v.SavedMS}
		if v.SavedMS != nil && *v.SavedMS > 0 {
			per := v.Lost / *v.SavedMS
			row.LostPerMS = &per
			most[v.Layer] = max(most[v.Layer], *v.SavedMS)
		}
		r.Layers = append(r.Layers, row)
	}
	slices.SortStableFunc(r.Layers, func(a, b SensitivityRow) int {
		if a.Layer != b.Layer {
			return cmp.Or(cmp.Compare(most[b.Layer], most[a.Layer]), cmp.Compare(a.Layer, b.Layer))
		}
		if a.LostPerMS == nil || b.LostPerMS == nil {
			return cmp.Compare(boolInt(a.LostPerMS == nil), boolInt(b.LostPerMS == nil))
		}
		return cmp.Compare(*a.LostPerMS, *b.LostPerMS)
	})
	return r, nil
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// WriteSensitivity writes it as table, md or json.
func WriteSensitivity(w io.Writer, r *SensitivityReport, format string) error {
	kind := plainTable
	switch format {
	case "json":
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(r)
	case "md":
		kind = markdownTable
	case "table":
	default:
		return fmt.Errorf("write sensitivities: format %q: known are json, md, table", format)
	}
	p := &printer{w: w}
	p.line(fmt.Sprintf("sensitivities of %s: %s lost when one layer alone is pruned, against the time that saves on %s",
		printable(r.Study), r.Objective, orElse(printable(r.Device), "its device")))
	if r.Simulated {
		p.line("SIMULATED: the times are those of a phone in software.")
	}
	if len(r.Layers) == 0 {
		p.line("none were measured yet")
		return p.err
	}
	var rows [][]string
	for _, v := range r.Layers {
		group := ""
		if v.GM > 0 {
			group = fmt.Sprintf("%dx%d", v.GM, v.GN)
		}
		saved, per := "", ""
		if v.SavedMS != nil {
			saved = fmt.Sprintf("%.4f", *v.SavedMS)
		}
		if v.LostPerMS != nil {
			per = fmt.Sprintf("%.2f", 100**v.LostPerMS)
		}
		rows = append(rows, []string{printable(v.Layer), v.Scheme, group, fmt.Sprintf("%.3f", v.Rate), fmt.Sprintf("%.2f", 100*v.Lost), saved, per})
	}
	p.line("")
	p.table([]string{"layer", "scheme", "group", "rate", "points lost", "ms saved", "points per ms"}, rows, kind)
	p.line("")
	p.line(fmt.Sprintf("on %s; a point is 0.01. Differences of a point or less may be chance. Nothing is saved where a dense kernel is as fast.", plural(r.Layers[0].Clips, "clip")))
	return p.err
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
