package remote

import (
	"fmt"
	"slices"
	"strings"
)

// HintCode names a kind of hint.
type HintCode string

// The hints.
const (
	Busy           HintCode = "BUSY"            // other programs run
	Charging       HintCode = "CHARGING"        // which heats
	ScreenOn       HintCode = "SCREEN-ON"       // which heats, and runs programs
	Restricted     HintCode = "RESTRICTED"      // not all cores may be used
	CoresOff       HintCode = "CORES-OFF"       // some are switched off
	SharedCores    HintCode = "SHARED-CORES"    // several processors are threads of one core
	VirtualMachine HintCode = "VIRTUAL-MACHINE" // its neighbours are not seen
	NoFrequency    HintCode = "NO-FREQUENCY"    // the device does not tell it
	NoTemperature  HintCode = "NO-TEMPERATURE"  // nor how hot it is
	Anonymous      HintCode = "ANONYMOUS"       // others of its kind have the same fingerprint
)

// Hint is something that makes timings worse, or hides what does, and stops nothing.
type Hint struct {
	Code HintCode `json:"code"`
	// Text says what was found and what to do about it.
	Text string `json:"text"`
}

// busyLoad is the load of a device at rest, with room for what Android does there.
const busyLoad = 0.7

// Hints lists what is known of a device besides its findings.
func (f *Facts) Hints() []Hint {
	found := []Hint{}
	add := func(code HintCode, format string, args ...any) {
		found = append(found, Hint{code, fmt.Sprintf(format, args...)})
	}
	if f.Load != nil && *f.Load > busyLoad {
		add(Busy, "the load of the last minute was %.1f on %d cores: other programs take turns with what is timed, and share its caches and memory; stop them, and wait a minute", *f.Load, len(f.Cores))
	}
	if b := f.Battery; b != nil && b.Status == "Charging" {
		add(Charging, "the battery is charging, which heats the device; let it become full, or take a slow charger")
	}
	if f.Wakefulness == "Awake" {
		add(ScreenOn, "the screen is on: it heats, and what it shows runs on the cores; switch it off (adb shell input keyevent 223), and airplane mode on")
	}
	if missing := f.forbidden(); len(missing) > 0 {
		add(Restricted, "this connection's programs may not run on cores %s; connect as a user who may, or choose other cores", formatRanges(missing))
	}
	if len(f.OfflineCores) > 0 {
		add(CoresOff, "cores %s are switched off, and may come back while something is timed; keep the device's own power control from it, or choose other cores", formatRanges(f.OfflineCores))
	}
	if len(f.SharedCores) > 0 {
		add(SharedCores, "processors %s are threads of one core each: what runs on one slows the other down; choose one of each with cores, or switch the threads off", strings.Join(f.SharedCores, " and "))
	}
	if f.Has("hypervisor") {
		add(VirtualMachine, "this is a virtual machine: its neighbours take processor time and memory bandwidth that nothing here shows; take a machine of your own, or more samples")
	}
	if len(f.Governors) == 0 && !slices.ContainsFunc(f.Cores, func(c Core) bool { return c.MaxKHz != nil }) {
		add(NoFrequency, "the device does not tell its frequency: only the canary sees the clock change; time it twice, at other hours, before you believe small differences")
	}
	if f.ThrottleState == nil && !slices.ContainsFunc(f.ThermalZones, func(z ThermalZone) bool { return z.MilliCelsius != nil }) {
		add(NoTemperature, "the device does not tell how hot it is: only the canary sees that heat holds it back; give it pauses")
	}
	if f.Identity == "" {
		add(Anonymous, "the device has no serial number to read: others of its kind have the same fingerprint; keep their results in files of their own")
	}
	return found
}

// forbidden lists the cores that this connection's programs may not run on.
func (f *Facts) forbidden() []int {
	var ids []int
	for _, c := range f.Cores {
		if len(f.AllowedCores) > 0 && !slices.Contains(f.AllowedCores, c.ID) {
			ids = append(ids, c.ID)
		}
	}
	return ids
}
