package remote

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// recorded reads a script's output for a device. The files are made after what such devices print.
func recorded(t *testing.T, device string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "probe", device+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func read(t *testing.T, text string, c Config) *Facts {
	t.Helper()
	f, err := readFacts(text, c)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: %+v, want %+v", what, got, want)
	}
}

func ptr[T any](v T) *T { return &v }

func codes(f *Facts) []FindingCode {
	list := []FindingCode{}
	for _, finding := range f.Findings {
		list = append(list, finding.Code)
	}
	return list
}

func TestPhoneWithThreeClusters(t *testing.T) {
	f := read(t, recorded(t, "phone"), Config{})
	same(t, "arch", f.Arch, "arm64")
	same(t, "Android", f.Android(), true)
	same(t, "OS", f.OS, "Android 13")
	same(t, "machine", f.Machine, "Google Pixel 6")
	same(t, "SoC", f.SoC, "Google Tensor")
	same(t, "CPU", f.CPU, "2x Cortex-X1 + 2x Cortex-A76 + 4x Cortex-A55")
	same(t, "clusters", f.Clusters, []Cluster{
		{"prime", []int{6, 7}, ptr(2802000), "Cortex-X1"},
		{"big", []int{4, 5}, ptr(2253000), "Cortex-A76"},
		{"little", []int{0, 1, 2, 3}, ptr(1803000), "Cortex-A55"},
	})
	same(t, "core 4", f.Cores[4], Core{ID: 4, MaxKHz: ptr(2253000), Capacity: ptr(498), Implementer: "0x41", Part: "0xd0b", Name: "Cortex-A76", Cluster: 1})
	same(t, "has fphp", f.Has("fphp"), true)
	same(t, "has avx2", f.Has("avx2"), false)
	same(t, "memory", f.MemoryBytes, ptr(int64(7700204*1024)))
	same(t, "available", f.AvailableBytes, ptr(int64(3301744*1024)))
	same(t, "free", f.FreeBytes, ptr(int64(74434068*1024)))
	same(t, "governors", f.Governors, []string{"sched_pixel"})
	same(t, "battery", f.Battery, &Battery{ptr(12), "Discharging", ptr(31100)})
	same(t, "identity", f.Identity, "serial")
	same(t, "zones", f.ThermalZones, []ThermalZone{
		{"BIG", ptr(81000)}, {"MID", ptr(52000)}, {"LITTLE", ptr(47000)}, {"G3D", ptr(44000)},
		{"soc", ptr(97)}, {"battery", ptr(31100)}, {"cpu-off", nil}, {"neutral_therm", nil},
	})
	same(t, "throttle state", f.ThrottleState, &ThrottleState{true, []string{
		"cooling device thermal-cpufreq-2 is at step 3", "Android's thermal status is 2 (moderate)",
	}})
	same(t, "findings", codes(f), []FindingCode{LowBattery, ThermalStatus, Governor})
	if text := f.Findings[1].Text; !strings.Contains(text, "sensor BIG is at 81 °C") || strings.Contains(text, "soc") {
		t.Errorf("thermal finding: %s", text)
	}
}

func TestBoard(t *testing.T) {
	f := read(t, recorded(t, "pi"), Config{})
	same(t, "Android", f.Android(), false)
	same(t, "machine", f.Machine, "Raspberry Pi 5 Model B Rev 1.0")
	same(t, "SoC", f.SoC, "brcm,bcm2712")
	same(t, "CPU", f.CPU, "4x Cortex-A76")
	same(t, "OS", f.OS, "Debian GNU/Linux 12 (bookworm)")
	same(t, "clusters", f.Clusters, []Cluster{{"all", []int{0, 1, 2, 3}, ptr(2400000), "Cortex-A76"}})
	// The monitor of the zone cpu-thermal is the same sensor again; the other is one of its own.
	same(t, "zones", f.ThermalZones, []ThermalZone{{"cpu-thermal", ptr(48850)}, {"rp1_adc", ptr(51022)}})
	// The firmware was throttled in the past, and a running fan holds nothing back.
	same(t, "throttle state", f.ThrottleState, &ThrottleState{})
	same(t, "battery", f.Battery, (*Battery)(nil))
	same(t, "identity", f.Identity, "machine-id")
	same(t, "findings", codes(f), []FindingCode{LowSpace})
}

func TestVirtualMachineWithoutFrequencies(t *testing.T) {
	f := read(t, recorded(t, "vm"), Config{})
	same(t, "arch", f.Arch, "amd64")
	same(t, "CPU", f.CPU, "AMD EPYC")
	same(t, "machine", f.Machine, "QEMU Standard PC (Q35 + ICH9, 2009)")
	same(t, "clusters", f.Clusters, []Cluster{{Name: "all", Cores: []int{0, 1}}})
	same(t, "core", f.Cores[1], Core{ID: 1})
	same(t, "governors", f.Governors, []string(nil))
	same(t, "has avx2", f.Has("avx2"), true)
	// A virtual machine is not an emulated one.
	same(t, "findings", codes(f), []FindingCode{LowMemory})
}

func TestContainerWithoutThermalZones(t *testing.T) {
	f := read(t, recorded(t, "container"), Config{})
	same(t, "OS", f.OS, "Alpine Linux v3.19")
	same(t, "allowed cores", f.AllowedCores, []int{1, 3})
	same(t, "offline cores", f.OfflineCores, []int{4, 5})
	same(t, "zones", f.ThermalZones, []ThermalZone(nil))
	same(t, "throttle state", f.ThrottleState, (*ThrottleState)(nil))
	same(t, "machine", f.Machine, "")
	same(t, "identity", f.Identity, "")
	same(t, "free without df", f.FreeBytes, ptr(int64(50000*4096)))
	// The other battery is a mouse's.
	same(t, "battery", f.Battery, &Battery{Percent: ptr(21), Status: "Charging"})
	same(t, "findings", codes(f), []FindingCode{LowBattery, Governor})
	if text := f.Findings[1].Text; !strings.Contains(text, "governor powersave of cores 0-1,3") {
		t.Errorf("governor finding: %s", text)
	}
}

// TestFindings changes one thing about a device in good order and says what is found then.
func TestFindings(t *testing.T) {
	healthy := strings.NewReplacer(
		"level: 12", "level: 80", "status: 3", "status: 5", "\n81000\n", "\n40000\n", "Thermal Status: 2", "Thermal Status: 0",
		"cooling_device1/cur_state\n3", "cooling_device1/cur_state\n0", "sched_pixel", "performance",
	).Replace(recorded(t, "phone"))
	for name, c := range map[string]struct {
		old, new string
		config   Config
		want     []FindingCode
		says     string
	}{
		"nothing":                      {want: []FindingCode{}},
		"emulated by the runner":       {config: Config{Runner: []string{"qemu-aarch64-static", "-cpu", "max"}}, want: []FindingCode{Emulated}, says: "qemu-aarch64-static -cpu max"},
		"inside qemu-user":             {old: "@@ cmdline\nsh", new: "@@ cmdline\n/usr/bin/qemu-aarch64-static", want: []FindingCode{Emulated}, says: "qemu-aarch64-static"},
		"the host's cpuinfo":           {old: "BogoMIPS", new: "vendor_id\t: GenuineIntel\nBogoMIPS", want: []FindingCode{Emulated}, says: "GenuineIntel"},
		"Android emulator":             {old: "ro.boot.qemu\n0", new: "ro.boot.qemu\n1", want: []FindingCode{Emulated}, says: "Android emulator"},
		"Android emulator by hardware": {old: "oriole", new: "ranchu", want: []FindingCode{Emulated}, says: "Android emulator"},
		"translated processor":         {old: "BogoMIPS", new: "model name\t: QEMU TCG CPU version 2.5+\nBogoMIPS", want: []FindingCode{Emulated}, says: "translator"},
		"63 MiB free":                  {old: "74434068", new: "64512", want: []FindingCode{LowSpace}, says: "63 MiB"},
		"64 MiB free":                  {old: "74434068", new: "65536", want: []FindingCode{}},
		"255 MiB available":            {old: "3301744", new: "261120", want: []FindingCode{LowMemory}, says: "255 MiB"},
		"sensor in whole degrees":      {old: "\n52000\n", new: "\n76\n", want: []FindingCode{ThermalStatus}, says: "MID is at 76 °C"},
		"75 degrees":                   {old: "\n52000\n", new: "\n75000\n", want: []FindingCode{}},
		"cooling device":               {old: "cooling_device0/cur_state\n0", new: "cooling_device0/cur_state\n1", want: []FindingCode{ThermalStatus}, says: "thermal-cpufreq-0 is at step 1"},
		"low voltage on a board":       {old: "@@ end", new: "@@ vcgencmd get_throttled\nthrottled=0x1\n@@ end", want: []FindingCode{ThermalStatus}, says: "power supply"},
		"one core's governor":          {old: "cpu5/cpufreq/scaling_governor\nperformance", new: "cpu5/cpufreq/scaling_governor\nschedutil", want: []FindingCode{Governor}, says: "schedutil of cores 5;"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.old != "" && !strings.Contains(healthy, c.old) {
				t.Fatalf("the recording does not say %q", c.old)
			}
			f := read(t, strings.Replace(healthy, c.old, c.new, 1), c.config)
			same(t, "findings", codes(f), c.want)
			if len(c.want) > 0 && !strings.Contains(f.Findings[0].Text, strings.TrimSuffix(c.says, ";")) {
				t.Errorf("text %q does not say %q", f.Findings[0].Text, c.says)
			}
		})
	}
}

func TestLowBattery(t *testing.T) {
	for _, c := range []struct {
		battery *Battery
		want    string // part of the text; empty: no finding
	}{
		{nil, ""},
		{&Battery{}, ""},
		{&Battery{Percent: ptr(30), Status: "Discharging"}, ""},
		{&Battery{Percent: ptr(29), Status: "Full"}, ""},
		{&Battery{Percent: ptr(29), Status: "Charging"}, "29 % and charging"},
		{&Battery{Percent: ptr(29), Status: "Discharging"}, "29 % and discharging"},
		{&Battery{Percent: ptr(29)}, "unknown state"},
		{&Battery{Percent: ptr(14), Status: "Discharging"}, "may switch off"},
	} {
		got := findings(&Facts{Battery: c.battery}, nil, nil, Config{})
		if (c.want == "") != (len(got) == 0) || len(got) > 0 && (got[0].Code != LowBattery || !strings.Contains(got[0].Text, c.want)) {
			t.Errorf("battery %+v: %+v, want a text with %q", c.battery, got, c.want)
		}
	}
}

func TestFingerprint(t *testing.T) {
	phone := recorded(t, "phone")
	base := read(t, phone, Config{}).Fingerprint
	if len(base) != 64 || strings.Trim(base, "0123456789abcdef") != "" {
		t.Fatalf("fingerprint %q is not 64 hexadecimal digits", base)
	}
	for name, c := range map[string]struct {
		old, new string
		config   Config
		same     bool
	}{
		"other state":                  {"level: 12", "level: 99", Config{Name: "other"}, true},
		"other kernel":                 {"5.10.157", "5.10.198", Config{}, true},
		"frequency limit":              {"\n2802000", "\n2401000", Config{}, true},
		"less memory":                  {"MemTotal:        7700204", "MemTotal:        7600204", Config{}, true},
		"a core switched off":          {cpuDir + "online\n0-7", cpuDir + "online\n0-6", Config{}, true},
		"other serial":                 {"1A2B3C4D5E6F7G", "1A2B3C4D5E6F7H", Config{}, false},
		"other model":                  {"Pixel 6", "Pixel 6 Pro", Config{}, false},
		"no serial":                    {"1A2B3C4D5E6F7G", "unknown", Config{}, false},
		"a whole cluster switched off": {cpuDir + "online\n0-7", cpuDir + "online\n0-5", Config{}, true},
		"fewer cores":                  {"-7", "-5", Config{}, false},
		"behind an emulator":           {"sh", "sh", Config{Runner: []string{"qemu-aarch64-static"}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(phone, c.old) {
				t.Fatalf("the recording does not say %q", c.old)
			}
			got := read(t, strings.ReplaceAll(phone, c.old, c.new), c.config).Fingerprint
			if (got == base) != c.same {
				t.Errorf("same fingerprint: %v, want %v", got == base, c.same)
			}
		})
	}
}

// TestFingerprintWithoutIdentity: then the sorts of cores tell devices apart as far as they can.
func TestFingerprintWithoutIdentity(t *testing.T) {
	anonymous := strings.ReplaceAll(recorded(t, "phone"), "1A2B3C4D5E6F7G", "")
	other := strings.ReplaceAll(anonymous, "0xd44", "0xd4c")
	a, b := read(t, anonymous, Config{}), read(t, other, Config{})
	if a.Identity != "" || a.Fingerprint == b.Fingerprint || a.Fingerprint != read(t, anonymous, Config{}).Fingerprint {
		t.Errorf("fingerprints %s and %s of different phones, identity %q", a.Fingerprint, b.Fingerprint, a.Identity)
	}
	vm := recorded(t, "vm")
	if read(t, vm, Config{}).Fingerprint == read(t, strings.ReplaceAll(vm, "AMD EPYC", "AMD EPYC 9R14"), Config{}).Fingerprint {
		t.Error("a virtual machine on another processor has the same fingerprint")
	}
}

// TestFingerprintKeepsTheIdentitySecret: machine-id(5) asks that it is only shown hashed.
func TestFingerprintKeepsTheIdentitySecret(t *testing.T) {
	f := read(t, recorded(t, "pi"), Config{})
	if text := strings.ToLower(strings.Join([]string{f.Fingerprint, f.Machine, f.CPU, f.SoC, f.Identity}, " ")); strings.Contains(text, "0123456789abcdef") {
		t.Errorf("the machine's id is in the facts: %s", text)
	}
}

func TestOutputThatCannotBe(t *testing.T) {
	whole := recorded(t, "vm")
	for name, text := range map[string]string{
		"cut off": whole[:len(whole)/2],
		"empty":   "",
		"no arch": strings.Replace(whole, "@@ uname -m", "@@ uname -x", 1),
	} {
		if f, err := readFacts(text, Config{}); err == nil {
			t.Errorf("%s: %+v, want an error", name, f)
		}
	}
	// Where nothing but the architecture can be read, nothing is made up.
	f := read(t, "@@ uname -m\nx86_64\n@@ end\n", Config{})
	fingerprint := f.Fingerprint
	want := &Facts{Arch: "amd64", Cores: []Core{}, Clusters: []Cluster{}, Features: []string{}, Findings: []Finding{}, Fingerprint: fingerprint}
	same(t, "facts", f, want)
}

func TestCPUInfoOfOldArmKernels(t *testing.T) {
	info := readCPUInfo("Processor\t: AArch64 Processor rev 4 (aarch64)\nprocessor\t: 0\nprocessor\t: 1\n\n" +
		"Features\t: fp asimd\nCPU implementer\t: 0x41\nCPU part\t: 0xd03\n\nHardware\t: Qualcomm Technologies, Inc MSM8953\n")
	s := said{cpuDir + "cpu1/regs/identification/midr_el1": "0x00000000410fd092"}
	online, offline := cores(s, info)
	// The part at the end is one core's, nobody knows whose; only core 1 tells of itself.
	same(t, "cores", online, []Core{{ID: 0}, {ID: 1, Implementer: "0x41", Part: "0xd09", Name: "Cortex-A73"}})
	same(t, "offline", offline, []int(nil))
	same(t, "features", info.features, []string{"asimd", "fp"})
	same(t, "CPU", processor(&Facts{Clusters: clusters(online)}, info), "Qualcomm Technologies, Inc MSM8953")
}

func TestClusters(t *testing.T) {
	core := func(id, khz, capacity int, part string) Core {
		c := Core{ID: id, Implementer: "0x41", Part: part}
		if khz > 0 {
			c.MaxKHz = &khz
		}
		if capacity > 0 {
			c.Capacity = &capacity
		}
		return c
	}
	for name, c := range map[string]struct {
		cores []Core
		want  string
	}{
		"none":                               {nil, ""},
		"two":                                {[]Core{core(0, 2000, 0, "a"), core(1, 1000, 0, "b")}, "big 0, little 1"},
		"four, two of one frequency":         {[]Core{core(0, 2000, 300, "s"), core(1, 2800, 800, "b"), core(2, 2800, 790, "c"), core(3, 3200, 1024, "p")}, "prime 3, big 1, big-2 2, little 0"},
		"a small core clocked above the big": {[]Core{core(0, 2400, 400, "s"), core(1, 2200, 1024, "b")}, "big 1, little 0"},
		"interleaved":                        {[]Core{core(0, 1, 0, "a"), core(1, 2, 0, "a"), core(2, 1, 0, "a")}, "big 1, little 0,2"},
		"capacities without frequencies":     {[]Core{core(0, 0, 512, ""), core(1, 0, 1024, "")}, "big 1, little 0"},
		"one of unknown frequency":           {[]Core{core(0, 0, 0, "a"), core(1, 1000, 0, "a")}, "big 1, little 0"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			made := clusters(c.cores)
			for i, cluster := range made {
				got = append(got, cluster.Name+" "+formatRanges(cluster.Cores))
				for _, id := range cluster.Cores {
					at := slices.IndexFunc(c.cores, func(c Core) bool { return c.ID == id })
					same(t, "cluster of core", c.cores[at].Cluster, i)
				}
			}
			same(t, "clusters", strings.Join(got, ", "), c.want)
		})
	}
}

func TestRanges(t *testing.T) {
	for text, want := range map[string][]int{"": nil, "0": {0}, "0-3": {0, 1, 2, 3}, "0,2-3,7": {0, 2, 3, 7}} {
		got, err := parseRanges(text)
		if err != nil {
			t.Error(err)
		}
		same(t, text, got, want)
		same(t, "back", formatRanges(got), text)
	}
	for _, text := range []string{"a", "3-1", "-1", "0-", "1,,2", "0-99999999"} {
		if got, err := parseRanges(text); err == nil {
			t.Errorf("%q: %v, want an error", text, got)
		}
	}
}

func TestSplit(t *testing.T) {
	// Device trees end strings by NUL, adb lines by CR LF; a source may be empty or have lines of its own.
	got := split("noise\n\n@@ compatible\nboard\x00chip\x00\n@@ empty\n\n@@ two words\r\na\r\n\r\nb\r\n\n@@ end\n")
	same(t, "sources", got, said{"compatible": "board\nchip", "empty": "", "two words": "a\n\nb", "end": ""})
}

func TestArch(t *testing.T) {
	for machine, want := range map[string]string{"x86_64": "amd64", "aarch64": "arm64", "armv8l": "arm64", "armv7l": "arm", "i686": "386", "riscv64": "riscv64"} {
		same(t, machine, arch(machine), want)
	}
}
