package reports

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"
)

// factUnits are the endings of names that say a unit: what to divide by, and what to write.
var factUnits = []struct {
	ending string
	scale  float64
	unit   string
}{{"_khz", 1e6, "GHz"}, {"_bytes", 1 << 30, "GiB"}, {"_kb", 1 << 20, "GiB"}, {"_millicelsius", 1000, "°C"}, {"_ms", 1, "ms"}, {"_percent", 1, "%"}}

// factName makes a name of the probe readable: the unit goes to the value.
func factName(key string) string {
	for _, u := range factUnits {
		key = strings.TrimSuffix(key, u.ending)
	}
	return printable(strings.ReplaceAll(key, "_", " "))
}

// factValue writes a value of the probe; empty values are empty.
func factValue(key string, value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case json.Number:
		return factNumber(key, v)
	case []any:
		var items []string
		structured := false
		for _, item := range v {
			_, inner := item.(map[string]any)
			structured = structured || inner
			if text := factValue(key, item); text != "" {
				items = append(items, text)
			}
		}
		if structured {
			return strings.Join(items, "; ")
		}
		return strings.Join(items, " ")
	case map[string]any:
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		var items []string
		for _, k := range keys {
			if text := factValue(k, v[k]); text != "" {
				items = append(items, factName(k)+" "+text)
			}
		}
		return strings.Join(items, ", ")
	}
	return fmt.Sprint(value)
}

func factNumber(key string, n json.Number) string {
	v, err := n.Float64()
	if err != nil {
		return n.String()
	}
	for _, u := range factUnits {
		if strings.HasSuffix(key, u.ending) {
			return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", v/u.scale), "0"), ".") + " " + u.unit
		}
	}
	return n.String()
}
