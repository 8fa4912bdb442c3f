package remote

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const cpuDir = "/sys/devices/system/cpu/"

// cpuInfo is what /proc/cpuinfo says: of each processor, and of the machine as a whole.
type cpuInfo struct {
	processors map[int]map[string]string
	whole      map[string]string
	features   []string // sorted, each once
}

func readCPUInfo(text string) cpuInfo {
	info := cpuInfo{processors: map[int]map[string]string{}, whole: map[string]string{}, features: []string{}}
	current := info.whole
	for line := range strings.Lines(text) {
		key, value, ok := strings.Cut(line, ":")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		switch id, err := strconv.Atoi(value); {
		case !ok:
			// A blank line ends a processor. Old Arm kernels say once, after the last one, what holds for
			// one of them or for all: that must not count as the last one's.
			current = info.whole
		case key == "processor" && err == nil:
			current = map[string]string{}
			info.processors[id] = current
		default:
			current[key] = value
		}
	}
	for _, key := range []string{"flags", "Features", "isa"} { // x86, Arm, RISC-V
		if v := info.first(key); v != "" && len(info.features) == 0 {
			info.features = strings.Fields(v)
		}
	}
	slices.Sort(info.features)
	info.features = slices.Compact(info.features)
	return info
}

// first gives a value of the lowest processor that has it, or else the machine's.
func (info cpuInfo) first(key string) string {
	for _, id := range info.ids() {
		if v := info.processors[id][key]; v != "" {
			return v
		}
	}
	return info.whole[key]
}

func (info cpuInfo) ids() []int {
	var ids []int
	for id := range info.processors {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// cores lists the processors that are online, and the numbers of those that are not.
func cores(s said, info cpuInfo) (online []Core, offline []int) {
	ids, err := parseRanges(s[cpuDir+"online"])
	if err != nil || len(ids) == 0 {
		ids = info.ids()
	}
	if present, err := parseRanges(s[cpuDir+"present"]); err == nil {
		for _, id := range present {
			if !slices.Contains(ids, id) {
				offline = append(offline, id)
			}
		}
	}
	online = []Core{}
	for _, id := range ids {
		dir := fmt.Sprintf("%scpu%d/", cpuDir, id)
		c := Core{ID: id, MaxKHz: s.number(dir + "cpufreq/cpuinfo_max_freq"), Capacity: s.number(dir + "cpu_capacity")}
		c.Implementer, c.Part = info.processors[id]["CPU implementer"], info.processors[id]["CPU part"]
		if midr, err := strconv.ParseUint(s[dir+"regs/identification/midr_el1"], 0, 64); err == nil {
			c.Implementer, c.Part = fmt.Sprintf("0x%02x", midr>>24&0xff), fmt.Sprintf("0x%03x", midr>>4&0xfff)
		}
		c.Name = armName(c.Implementer, c.Part)
		online = append(online, c)
	}
	return online, offline
}

// kind says that two cores are of the same cluster.
type kind struct{ khz, capacity, implementer, part string }

func (c Core) kind() kind {
	k := kind{khz: fmt.Sprint(deref(c.MaxKHz)), implementer: c.Implementer, part: c.Part}
	if c.MaxKHz == nil { // of two x86 cores of one kind one may have some capacity more
		k.capacity = fmt.Sprint(deref(c.Capacity))
	}
	return k
}

// clusters groups cores by greatest frequency and part, fastest first, and numbers them in the cores.
func clusters(cores []Core) []Cluster {
	type group struct {
		kind  kind
		cores []*Core
	}
	var groups []*group
	capacities := true
	for i := range cores {
		c := &cores[i]
		capacities = capacities && c.Capacity != nil
		at := slices.IndexFunc(groups, func(g *group) bool { return g.kind == c.kind() })
		if at < 0 {
			at = len(groups)
			groups = append(groups, &group{kind: c.kind()})
		}
		groups[at].cores = append(groups[at].cores, c)
	}
	slices.SortStableFunc(groups, func(a, b *group) int {
		x, y := a.cores[0], b.cores[0]
		// A small core may run at a higher frequency than a big one: where the kernel knows, it is asked.
		if capacities && *x.Capacity != *y.Capacity {
			return cmp.Compare(*y.Capacity, *x.Capacity)
		}
		return cmp.Compare(deref(y.MaxKHz), deref(x.MaxKHz))
	})
	made := []Cluster{}
	for i, g := range groups {
		c := Cluster{Name: clusterName(i, len(groups)), MaxKHz: g.cores[0].MaxKHz, Part: g.cores[0].label()}
		for _, core := range g.cores {
			core.Cluster = i
			c.Cores = append(c.Cores, core.ID)
		}
		made = append(made, c)
	}
	return made
}

func clusterName(i, n int) string {
	switch {
	case n == 1:
		return "all"
	case i == n-1:
		return "little"
	case n == 2:
		return "big"
	case i == 0:
		return "prime"
	case i == 1:
		return "big"
	}
	return fmt.Sprintf("big-%d", i)
}

// label names what a core is; empty when the device does not say.
func (c Core) label() string {
	switch {
	case c.Name != "":
		return c.Name
	case c.Part != "":
		return c.Implementer + "/" + c.Part
	}
	return ""
}

// processor names the model, or the kinds of cores with their numbers, fastest first.
func processor(f *Facts, info cpuInfo) string {
	for _, key := range []string{"model name", "uarch"} {
		// Some Arm kernels have a model name too, the same for all cores: "ARMv8 Processor rev 0 (v8l)".
		if v := info.first(key); v != "" && info.first("CPU part") == "" {
			return v
		}
	}
	var parts []string
	for _, c := range f.Clusters {
		if c.Part == "" {
			return info.first("Hardware")
		}
		parts = append(parts, fmt.Sprintf("%dx %s", len(c.Cores), c.Part))
	}
	return strings.Join(parts, " + ")
}

// governed maps the name of a frequency governor to the cores that it governs.
type governed map[string][]int

func governors(s said) governed {
	g := governed{}
	for source, name := range s {
		rest, ok := strings.CutPrefix(source, cpuDir+"cpu")
		if !ok {
			continue
		}
		number, ok := strings.CutSuffix(rest, "/cpufreq/scaling_governor")
		if id, err := strconv.Atoi(number); ok && err == nil {
			g[name] = append(g[name], id)
		}
	}
	for _, ids := range g {
		slices.Sort(ids)
	}
	return g
}

func (g governed) names() []string {
	var names []string
	for name := range g {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// parseRanges reads the kernel's lists of numbers: "0-3,6".
func parseRanges(text string) ([]int, error) {
	var ids []int
	if text == "" {
		return nil, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		from, to, isRange := strings.Cut(part, "-")
		if !isRange {
			to = from
		}
		a, errA := strconv.Atoi(from)
		b, errB := strconv.Atoi(to)
		if errA != nil || errB != nil || a < 0 || b < a || b-a > 1<<16 {
			return nil, fmt.Errorf("read list of processors %q: want numbers and ranges like 0-3,6", text)
		}
		for id := a; id <= b; id++ {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// formatRanges is parseRanges' inverse for sorted numbers.
func formatRanges(ids []int) string {
	var parts []string
	for i := 0; i < len(ids); {
		j := i
		for j+1 < len(ids) && ids[j+1] == ids[j]+1 {
			j++
		}
		if i == j {
			parts = append(parts, strconv.Itoa(ids[i]))
		} else {
			parts = append(parts, fmt.Sprintf("%d-%d", ids[i], ids[j]))
		}
		i = j + 1
	}
	return strings.Join(parts, ",")
}

// deref orders what is absent below everything that is there.
func deref(n *int) int {
	if n == nil {
		return -1
	}
	return *n
}
