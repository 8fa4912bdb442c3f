package remote

import "slices"

// Facts are what Probe could read of a device. What could not be read is absent (nil or empty): nothing
// is guessed and nothing is filled in.
type Facts struct {
	// Name is the device's name in the configuration, Transport the Transport's Name.
	Name      string `json:"name"`
	Transport string `json:"transport"`
	// Arch is the architecture in Go's words: amd64, arm64, arm, riscv64 ...
	Arch string `json:"arch,omitempty"`
	// Machine is the product: "Google Pixel 6", "Raspberry Pi 5 Model B Rev 1.0".
	Machine string `json:"machine,omitempty"`
	// CPU is the processor's model, or its cores by name, fastest first: "2x Cortex-X1 + 2x Cortex-A76".
	CPU            string `json:"cpu,omitempty"`
	OS             string `json:"os,omitempty"`
	Kernel         string `json:"kernel,omitempty"`
	AndroidVersion string `json:"android_version,omitempty"`
	SoC            string `json:"soc,omitempty"`
	Cores          []Core `json:"cores"`
	// OfflineCores are there and switched off; Cores are those that run.
	OfflineCores []int `json:"offline_cores,omitempty"`
	// Clusters are the cores of one kind (greatest frequency and part), fastest kind first.
	Clusters []Cluster `json:"clusters"`
	// AllowedCores are the cores that this connection's programs may run on.
	AllowedCores []int `json:"allowed_cores,omitempty"`
	// Features are the processor's, in the kernel's words ("avx2", "asimd", "fphp"), sorted.
	Features []string `json:"features"`
	// MemoryBytes is the size of the main memory, AvailableBytes what programs can still get of it.
	MemoryBytes    *int64 `json:"memory_bytes,omitempty"`
	AvailableBytes *int64 `json:"available_bytes,omitempty"`

	// SharedCores are processors that are threads of one core, as the kernel lists them: "0,4".
	SharedCores []string `json:"shared_cores,omitempty"`
	// Load is the number of processes that ran or wanted to, the mean of the last minute.
	Load *float64 `json:"load,omitempty"`
	// Wakefulness is Android's word: Awake, Asleep, Dozing, Dreaming.
	Wakefulness string `json:"wakefulness,omitempty"`

	ThermalZones  []ThermalZone  `json:"thermal_zones,omitempty"`
	ThrottleState *ThrottleState `json:"throttle_state,omitempty"`
	Battery       *Battery       `json:"battery,omitempty"`
	// Governors of the processor's frequency in use, sorted, each once.
	Governors []string `json:"governors,omitempty"`
	// WorkDir is the directory in which work directories can be made, FreeBytes what this user may still
	// write there.
	WorkDir   string `json:"work_dir"`
	FreeBytes *int64 `json:"free_bytes,omitempty"`
	// Fingerprint identifies the device: 64 hexadecimal digits, the same after a restart and over another
	// connection. Identity names what it stands on: "machine-id", "serial" or "product-uuid"; empty means
	// that the device has none of these to read, and that others of its kind have the same fingerprint.
	Fingerprint string `json:"fingerprint"`
	Identity    string `json:"identity,omitempty"`

	Findings []Finding `json:"findings"`
}

// Core is one logical processor.
type Core struct {
	ID int `json:"id"`
	// MaxKHz is the greatest frequency that the hardware allows.
	MaxKHz *int `json:"max_khz,omitempty"`
	// Capacity is the kernel's figure for the core's speed; the fastest core of a device has 1024.
	Capacity *int `json:"capacity,omitempty"`
	// Implementer and Part are the Arm identification ("0x41", "0xd0b"), Name what they stand for.
	Implementer string `json:"implementer,omitempty"`
	Part        string `json:"part,omitempty"`
	Name        string `json:"name,omitempty"`
	// Cluster is the core's index in Facts.Clusters.
	Cluster int `json:"cluster"`
}

// Cluster is all cores of one kind.
type Cluster struct {
	// Name is "all" on a device with one kind of core, else "prime" (of three kinds or more), "big" (then
	// "big-2" ...) and "little".
	Name   string `json:"name"`
	Cores  []int  `json:"cores"`
	MaxKHz *int   `json:"max_khz,omitempty"`
	Part   string `json:"part,omitempty"` // the core's name where it is known, else implementer and part
}

// ThermalZone is one temperature sensor. MilliCelsius is nil when it is there and cannot be read.
type ThermalZone struct {
	Type         string `json:"type"`
	MilliCelsius *int   `json:"milli_celsius,omitempty"`
}

// ThrottleState tells whether the device holds its processor back at the moment.
type ThrottleState struct {
	Active bool `json:"active"`
	// Reasons says what holds it back; empty when nothing does.
	Reasons []string `json:"reasons,omitempty"`
}

// Battery is the device's own battery.
type Battery struct {
	Percent      *int   `json:"percent,omitempty"`
	Status       string `json:"status,omitempty"` // Charging, Discharging, Not charging or Full
	MilliCelsius *int   `json:"milli_celsius,omitempty"`
}

// FindingCode names a kind of finding; configurations suppress findings by it.
type FindingCode string

// The findings of a probe; configs/schema.json lists them for measure.suppress.
const (
	LowBattery    FindingCode = "LOW-BATTERY"    // below 30 % and not full
	ThermalStatus FindingCode = "THERMAL-STATUS" // the processor is above 75 °C, or is held back
	Governor      FindingCode = "GOVERNOR"       // the frequency follows the load
	Emulated      FindingCode = "EMULATED"       // instructions are emulated
	Simulated     FindingCode = "SIMULATED"      // the device is software: its times are a model's
	LowSpace      FindingCode = "NO-SPACE"       // less than 64 MiB free in the work directory
	LowMemory     FindingCode = "LOW-MEMORY"     // less than 256 MiB available
)

// Finding is a state of the device that makes its timings bad.
type Finding struct {
	Code FindingCode `json:"code"`
	// Text says what was found and what to do about it.
	Text string `json:"text"`
	// Suppressed: it stops nothing, and its name is stamped on every number.
	Suppressed bool `json:"suppressed"`
}

// Suppress marks the findings with these names.
func (f *Facts) Suppress(names []string) {
	for i := range f.Findings {
		f.Findings[i].Suppressed = slices.Contains(names, string(f.Findings[i].Code))
	}
}

// Has tells whether the processor has a feature, in the kernel's words.
func (f *Facts) Has(feature string) bool {
	return slices.Contains(f.Features, feature)
}

// Android tells whether the device runs Android.
func (f *Facts) Android() bool { return f.AndroidVersion != "" }
