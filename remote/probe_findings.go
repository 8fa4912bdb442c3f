package remote

import (
	"fmt"
	"path"
	"strings"
)

// Limits of findings.
const (
	// lowBatteryPercent: below it phones begin to save power, and near criticalPercent they switch off.
	lowBatteryPercent = 30
	criticalPercent   = 15
	// hotMilliCelsius of a processor that does nothing: phones and boards hold theirs back from 80 °C or
	// so, which a search reaches at once from here.
	hotMilliCelsius = 75_000
	// lowSpaceBytes hold a few binaries and the weights of a small network.
	lowSpaceBytes = 64 << 20
	// lowMemoryBytes hold a small network's weights and activations.
	lowMemoryBytes = 256 << 20
)

// findings lists what makes timings bad, in the order of the codes.
func findings(f *Facts, g governed, emulation []string, c Config) []Finding {
	found := []Finding{}
	add := func(code FindingCode, format string, args ...any) {
		found = append(found, Finding{Code: code, Text: fmt.Sprintf(format, args...)})
	}
	if b := f.Battery; b != nil && b.Percent != nil && *b.Percent < lowBatteryPercent && b.Status != "Full" {
		status := strings.ToLower(b.Status)
		if status == "" {
			status = "in an unknown state"
		}
		if *b.Percent < criticalPercent && b.Status == "Discharging" {
			add(LowBattery, "the battery is at %d %% and discharging: the device may switch off during a search; charge it to %d %% or more", *b.Percent, lowBatteryPercent)
		} else {
			add(LowBattery, "the battery is at %d %% and %s, and devices save power below %d %%; charge it first", *b.Percent, status, lowBatteryPercent)
		}
	}
	if why := overheated(f); len(why) > 0 {
		add(ThermalStatus, "the processor is held back or about to be: %s; let the device cool down, out of its case and away from a fast charger", strings.Join(why, "; "))
	}
	// While it is timed, a device with lock_clocks is held at one frequency, or the session fails.
	if loose := g.loose(); len(loose) > 0 && c.LockClocks == "" {
		add(Governor, "the frequency follows the load (%s); set lock_clocks on a device that grants root; a phone that is not rooted does not allow that, and there only suppressing %s is left",
			strings.Join(loose, "; "), Governor)
	}
	if len(emulation) > 0 {
		add(Emulated, "%s: results are exact, but times are not latencies of any device and enter no front; to time, use a real device", strings.Join(emulation, "; "))
	}
	if c.Transport == "sim" {
		add(Simulated, "the phone is software: its times come from a model, are those of no device and enter no study of one; to time, use a real device")
	}
	if n := f.FreeBytes; n != nil && *n < lowSpaceBytes {
		add(LowSpace, "%d MiB are free for work directories; %d MiB are needed at least: delete something, or set work_dir to another file system", *n>>20, lowSpaceBytes>>20)
	}
	if n := f.AvailableBytes; n != nil && *n < lowMemoryBytes {
		add(LowMemory, "%d MiB of memory are available, and a device with less than %d MiB swaps or kills programs; close other programs", *n>>20, lowMemoryBytes>>20)
	}
	return found
}

func overheated(f *Facts) []string {
	var why []string
	if f.ThrottleState != nil {
		why = append(why, f.ThrottleState.Reasons...)
	}
	for _, z := range f.ThermalZones {
		if z.MilliCelsius != nil && *z.MilliCelsius > hotMilliCelsius && processorZone.MatchString(z.Type) {
			why = append(why, fmt.Sprintf("sensor %s is at %d °C, above %d °C", z.Type, *z.MilliCelsius/1000, hotMilliCelsius/1000))
		}
	}
	return why
}

// loose names the cores whose governor does not hold the frequency at its maximum.
func (g governed) loose() []string {
	var list []string
	for _, name := range g.names() {
		if name != "performance" {
			list = append(list, fmt.Sprintf("governor %s of cores %s", name, formatRanges(g[name])))
		}
	}
	return list
}

func runnerEvidence(c Config) []string {
	if len(c.Runner) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("programs run behind %q", strings.Join(c.Runner, " "))}
}

// emulationEvidence lists the signs that the device itself is emulated. A virtual machine is none: its
// instructions are the processor's.
func emulationEvidence(s said, f *Facts, info cpuInfo) []string {
	var why []string
	if program := path.Base(firstLine(s["cmdline"])); strings.HasPrefix(program, "qemu-") {
		why = append(why, "the device's programs run in "+program)
	} else if vendor := info.first("vendor_id"); vendor != "" && strings.HasPrefix(f.Arch, "arm") {
		// Older releases of qemu-user show the host's /proc/cpuinfo.
		why = append(why, fmt.Sprintf("the machine says it is %s, but its processor is %s's", f.Arch, vendor))
	}
	if strings.Contains(info.first("model name"), "QEMU TCG") {
		why = append(why, "the processor is QEMU's translator")
	}
	hardware := s["getprop ro.hardware"]
	if s["getprop ro.kernel.qemu"] == "1" || s["getprop ro.boot.qemu"] == "1" || hardware == "ranchu" || hardware == "goldfish" {
		why = append(why, "the phone is the Android emulator")
	}
	return why
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
