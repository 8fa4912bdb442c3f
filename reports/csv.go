package reports

import (
	"encoding/csv"
	"io"
	"strconv"
)

// CSV writes one row per measured network, the front first; numbers are complete, unknown ones empty.
func CSV(w io.Writer, r *Report) error {
	out := csv.NewWriter(w)
	quality := string(r.Objective)
	header := []string{"trial", "phase", "front", "dense", "emulated", quality, quality + "_low", quality + "_high", quality + "_change",
		"clips", "latency_ms", "latency_low_ms", "latency_high_ms", "emulated_ms", "speedup", "macs", "layers_ms", "pruned_layers", "layers", "simulated", "refined", "reordered_layers"}
	if err := out.Write(header); err != nil {
		return err
	}
	for _, points := range [][]*Point{r.Front, r.Dominated, r.Emulated} {
		for _, p := range points {
			if err := out.Write(append(csvRow(p), strconv.FormatBool(r.Simulated), strconv.FormatBool(p.Refined), strconv.Itoa(p.Reordered()))); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}

func csvRow(p *Point) []string {
	var low, high *float64
	if i := p.QualityInterval; i != nil {
		low, high = &i.Low, &i.High
	}
	ms, emulated := &p.MS, (*float64)(nil)
	latencyLow, latencyHigh := &p.Latency.Low, &p.Latency.High
	if p.Emulated {
		ms, latencyLow, latencyHigh, emulated = nil, nil, nil, &p.MS
	}
	return []string{strconv.Itoa(p.Trial), p.Phase, strconv.FormatBool(p.Front), strconv.FormatBool(p.Dense),
		strconv.FormatBool(p.Emulated), number(&p.Quality), number(low), number(high), number(p.Change),
		strconv.Itoa(p.Clips), number(ms), number(latencyLow), number(latencyHigh), number(emulated), number(p.Speedup),
		strconv.FormatInt(p.MACs, 10), number(p.LayersMS), strconv.Itoa(p.Pruned()), strconv.Itoa(len(p.Layers))}
}

func number(v *float64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'g', -1, 64)
}
