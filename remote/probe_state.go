package remote

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// kibibytes reads a line of /proc/meminfo; the kernel's "kB" are 1024 bytes.
func kibibytes(text, key string) *int64 {
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) >= 2 && fields[0] == key+":" {
			return bytesOf(fields[1], 1024)
		}
	}
	return nil
}

// freeBytes reads what is free from df, or else from stat.
func freeBytes(s said) *int64 {
	lines := strings.Split(s["df -kP"], "\n")
	// The file system's name comes first and the directory last, and both may hold blanks: the columns are
	// told by the percentage.
	fields := strings.Fields(lines[len(lines)-1])
	for i, field := range fields {
		if i > 0 && strings.HasSuffix(field, "%") {
			return bytesOf(fields[i-1], 1024)
		}
	}
	if fields = strings.Fields(s["stat -f"]); len(fields) == 2 {
		if size := bytesOf(fields[1], 1); size != nil {
			return bytesOf(fields[0], *size)
		}
	}
	return nil
}

func bytesOf(count string, unit int64) *int64 {
	n, err := strconv.ParseInt(count, 10, 64)
	if err != nil || n < 0 {
		return nil
	}
	n *= unit
	return &n
}

// load reads the mean of the last minute.
func load(s said) *float64 {
	first, _, _ := strings.Cut(s["/proc/loadavg"], " ")
	n, err := strconv.ParseFloat(first, 64)
	if err != nil {
		return nil
	}
	return &n
}

// sharedCores lists the processors that share a core, each set once.
func sharedCores(s said, cores []Core) []string {
	var sets []string
	for _, c := range cores {
		set := s[fmt.Sprintf("%scpu%d/topology/thread_siblings_list", cpuDir, c.ID)]
		if ids, err := parseRanges(set); err == nil && len(ids) > 1 && !slices.Contains(sets, set) {
			sets = append(sets, set)
		}
	}
	return sets
}

// numbered gives the directories "PREFIXn" of which the device said something, by their number.
func (s said) numbered(prefix string) []string {
	var ids []int
	for source := range s {
		if rest, ok := strings.CutPrefix(source, prefix); ok {
			number, _, _ := strings.Cut(rest, "/")
			if id, err := strconv.Atoi(number); err == nil {
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	var dirs []string
	for _, id := range slices.Compact(ids) {
		dirs = append(dirs, fmt.Sprintf("%s%d/", prefix, id))
	}
	return dirs
}

// processorZone matches the sensors at or in the processor. A sensor named "soc" alone is none: on
// Qualcomm chips that is the battery's state of charge.
var processorZone = regexp.MustCompile(`(?i)cpu|^soc[-_]thermal|^x86_pkg_temp$|^coretemp$|^k10temp$|^zenpower$|^(big|mid|little)$`)

func thermalZones(s said) []ThermalZone {
	var zones []ThermalZone
	known := map[string]bool{}
	add := func(name string, celsius *int) {
		zones = append(zones, ThermalZone{Type: name, MilliCelsius: plausible(name, celsius)})
		known[strings.ReplaceAll(name, "-", "_")] = true
	}
	for _, dir := range s.numbered("/sys/class/thermal/thermal_zone") {
		if name := s[dir+"type"]; name != "" {
			add(name, s.number(dir+"temp"))
		}
	}
	// The kernel shows most thermal zones a second time as hardware monitors.
	for _, dir := range s.numbered("/sys/class/hwmon/hwmon") {
		name := s[dir+"name"]
		if t := s.number(dir + "temp1_input"); name != "" && t != nil && !known[name] {
			add(name, t)
		}
	}
	return zones
}

// plausible drops what a switched-off sensor of the processor reads, and translates the whole degrees
// that older Qualcomm kernels give for them. Other sensors are left as they are: some of them give
// something else than temperatures.
func plausible(name string, t *int) *int {
	if t == nil || !processorZone.MatchString(name) {
		return t
	}
	milli := *t
	if milli > 0 && milli < 200 {
		milli *= 1000
	}
	if milli < -40_000 || milli > 150_000 {
		return nil
	}
	return &milli
}

// throttleState asks the kernel's cooling devices, Android's thermal service and the Raspberry Pi's
// firmware; nil when there is none of these.
func throttleState(s said) *ThrottleState {
	readable := false
	var reasons []string
	for _, dir := range s.numbered("/sys/class/thermal/cooling_device") {
		name, state := s[dir+"type"], s.number(dir+"cur_state")
		if state == nil || !coolsProcessor.MatchString(name) || strings.Contains(strings.ToLower(name), "fan") {
			continue
		}
		readable = true
		if *state > 0 {
			reasons = append(reasons, fmt.Sprintf("cooling device %s is at step %d", name, *state))
		}
	}
	if m := androidStatus.FindStringSubmatch(s["dumpsys thermalservice"]); m != nil {
		readable = true
		if level, err := strconv.Atoi(m[1]); err == nil && level > 0 {
			reasons = append(reasons, fmt.Sprintf("Android's thermal status is %d (%s)", level, androidLevel(level)))
		}
	}
	if bits, err := strconv.ParseUint(after(s["vcgencmd get_throttled"], "="), 0, 32); err == nil {
		readable = true
		for bit, what := range firmwareBits {
			if bits>>bit&1 == 1 {
				reasons = append(reasons, "the firmware reports "+what)
			}
		}
	}
	if !readable {
		return nil
	}
	return &ThrottleState{Active: len(reasons) > 0, Reasons: reasons}
}

var (
	coolsProcessor = regexp.MustCompile(`(?i)cpu|^processor$`)
	androidStatus  = regexp.MustCompile(`(?m)^\s*Thermal Status:\s*(\d+)`)
	// firmwareBits are what vcgencmd get_throttled says of the present moment (bits 16 and up: of the past).
	firmwareBits = [...]string{"too low a voltage: use a stronger power supply", "a capped frequency", "throttling", "the soft temperature limit"}
)

// androidLevel names PowerManager.THERMAL_STATUS_*.
func androidLevel(level int) string {
	names := []string{"none", "light", "moderate", "severe", "critical", "emergency", "shutdown"}
	if level < len(names) {
		return names[level]
	}
	return "unknown"
}

// battery finds the device's own battery, in the kernel's words or, where a phone hides these, in
// Android's.
func battery(s said) *Battery {
	const dir = "/sys/class/power_supply/"
	var names []string
	for source, kind := range s {
		rest, ok := strings.CutPrefix(source, dir)
		name, isType := strings.CutSuffix(rest, "/type")
		// Scope Device is a mouse's or a keyboard's.
		if ok && isType && kind == "Battery" && s[dir+name+"/scope"] != "Device" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		b := Battery{Percent: s.number(dir + name + "/capacity"), Status: s[dir+name+"/status"]}
		b.MilliCelsius = tenths(s.number(dir + name + "/temp"))
		if b.Status == "Unknown" {
			b.Status = ""
		}
		if b.Percent != nil || b.Status != "" {
			return &b
		}
	}
	return androidBattery(s["dumpsys battery"])
}

func androidBattery(text string) *Battery {
	values := said{}
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(line, ":")
		values[strings.TrimSpace(key)] = strings.TrimSpace(value)
	}
	if values["present"] != "true" {
		return nil
	}
	b := &Battery{MilliCelsius: tenths(values.number("temperature"))}
	if level, scale := values.number("level"), values.number("scale"); level != nil && scale != nil && *scale > 0 {
		percent := *level * 100 / *scale
		b.Percent = &percent
	}
	// BatteryManager.BATTERY_STATUS_*; 1 is unknown.
	b.Status = map[string]string{"2": "Charging", "3": "Discharging", "4": "Not charging", "5": "Full"}[values["status"]]
	return b
}

// tenths translates tenths of a degree into thousandths.
func tenths(t *int) *int {
	if t == nil {
		return nil
	}
	milli := *t * 100
	return &milli
}
