package remote

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// CoreChoice names the cores that programs are pinned to: a cluster of the probe ("prime", "big",
// "little", "all"), or the kernel's list of numbers ("4-6,7"). Empty means the fastest.
type CoreChoice string

// UnmarshalYAML also takes a number and a list of numbers.
func (c *CoreChoice) UnmarshalYAML(unmarshal func(any) error) error {
	var value any
	if err := unmarshal(&value); err != nil {
		return err
	}
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	words := make([]string, len(list))
	for i, v := range list {
		words[i] = fmt.Sprint(v)
	}
	*c = CoreChoice(strings.Join(words, ","))
	return nil
}

// Resolve gives the cores that are meant, in the order given; nil for the empty choice. The error names
// what this device has.
func (c CoreChoice) Resolve(f *Facts) ([]int, error) {
	if c == "" {
		return nil, nil
	}
	for _, cluster := range f.Clusters {
		if cluster.Name == string(c) {
			return slices.Clone(cluster.Cores), nil
		}
	}
	ids, err := parseRanges(string(c))
	switch {
	case err != nil && strings.ContainsFunc(string(c), unicode.IsLetter):
		return nil, fmt.Errorf("is %q, which is no cluster of device %s; it has %s", string(c), f.Name, f.clusterNames())
	case err != nil:
		return nil, fmt.Errorf("is %q; want numbers and ranges like 0-3,6", string(c))
	}
	have := slices.Clone(f.OfflineCores) // they may come back
	for _, core := range f.Cores {
		have = append(have, core.ID)
	}
	for i, id := range ids {
		if len(have) > 0 && !slices.Contains(have, id) {
			slices.Sort(have)
			return nil, fmt.Errorf("there is no core %d; device %s has %s", id, f.Name, formatRanges(have))
		}
		if slices.Contains(ids[:i], id) {
			return nil, fmt.Errorf("names core %d twice", id)
		}
	}
	return ids, nil
}

// clusterNames lists the clusters with their cores: "prime (7), big (4-6), little (0-3)".
func (f *Facts) clusterNames() string {
	var words []string
	for _, c := range f.Clusters {
		words = append(words, fmt.Sprintf("%s (%s)", c.Name, formatRanges(c.Cores)))
	}
	if len(words) == 0 {
		return "none that it tells of"
	}
	return strings.Join(words, ", ")
}
