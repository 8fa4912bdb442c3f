package remote

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"
)

// probeScript makes the device say what it is; everything it says is understood here, by functions
// that need no device.
//
//go:embed probe.sh
var probeScript string

// probeLimit is far above what the slowest phone takes (a few seconds); only a hung service exceeds it.
const probeLimit = time.Minute

// Probe reads what a device is and in what state it is. It runs one shell script there, makes a work
// directory and removes it again, and needs no rights. c is the configuration that t was opened with. The
// error is the transport's, or a *DeviceError with code Protocol when the script cannot do its work.
func Probe(ctx context.Context, t Transport, c Config) (*Facts, error) {
	dir, err := t.WorkDir(ctx)
	if err != nil {
		return nil, fmt.Errorf("probe %s: %w", t.Name(), err)
	}
	out, err := runProbe(ctx, t, dir)
	if removeErr := t.Remove(context.WithoutCancel(ctx), dir); err == nil && removeErr != nil {
		err = fmt.Errorf("remove %s: %w", dir, removeErr)
	}
	if err != nil {
		return nil, fmt.Errorf("probe %s: %w", t.Name(), err)
	}
	f, err := readFacts(out, c)
	if err != nil {
		return nil, fmt.Errorf("probe %s: %w", t.Name(), Fault(t.Name(), Protocol, "a POSIX sh and the usual small programs must be there", err))
	}
	f.Name, f.Transport, f.WorkDir = c.Name, t.Name(), path.Dir(dir)
	return f, nil
}

func runProbe(ctx context.Context, t Transport, dir string) (string, error) {
	var stdout, stderr bytes.Buffer
	result, err := t.Run(ctx, Command{
		Args: []string{"sh", "-c", probeScript, "probe", dir}, Stdout: &stdout, Stderr: &stderr, Timeout: probeLimit,
	})
	switch {
	case err != nil:
		return "", err
	case result.TimedOut:
		return "", Fault(t.Name(), Protocol, "restart the device", fmt.Errorf("the script did not end within %v", probeLimit))
	case result.ExitCode != 0 || result.Signal != 0:
		return "", Fault(t.Name(), Protocol, "a POSIX sh must be there",
			fmt.Errorf("the script ended with %+v: %s", result, strings.TrimSpace(stderr.String())))
	}
	return stdout.String(), nil
}

// readFacts understands what the script printed. Name, Transport and WorkDir are not in it.
func readFacts(out string, c Config) (*Facts, error) {
	s := split(out)
	if _, ok := s["end"]; !ok {
		return nil, errors.New("the script's output is cut off")
	}
	info := readCPUInfo(s["/proc/cpuinfo"])
	f := &Facts{Arch: arch(s["uname -m"]), Kernel: s["uname -sr"], AndroidVersion: s["getprop ro.build.version.release"]}
	if f.Arch == "" {
		return nil, errors.New("uname -m gave nothing")
	}
	f.OS, f.Machine, f.SoC = operatingSystem(s), machine(s), soc(s)
	f.Cores, f.OfflineCores = cores(s, info)
	f.Clusters = clusters(f.Cores)
	f.CPU, f.Features = processor(f, info), info.features
	f.AllowedCores, _ = parseRanges(after(s["allowed"], ":"))
	f.MemoryBytes, f.AvailableBytes = kibibytes(s["/proc/meminfo"], "MemTotal"), kibibytes(s["/proc/meminfo"], "MemAvailable")
	f.FreeBytes = freeBytes(s)
	f.ThermalZones, f.ThrottleState, f.Battery = thermalZones(s), throttleState(s), battery(s)
	f.SharedCores, f.Load, f.Wakefulness = sharedCores(s, f.Cores), load(s), after(s["dumpsys power"], "mWakefulness=")
	governed := governors(s)
	f.Governors = governed.names()
	f.Fingerprint, f.Identity = fingerprint(s, f, info, c)
	f.Findings = findings(f, governed, append(runnerEvidence(c), emulationEvidence(s, f, info)...), c)
	return f, nil
}

// said is what the device said, by source, without blank space around it.
type said map[string]string

func split(out string) said {
	s := said{}
	source, body := "", []string(nil)
	keep := func() {
		if source != "" {
			s[source] = strings.TrimSpace(strings.Join(body, "\n"))
		}
	}
	// The kernel ends strings of device trees and command lines by a NUL.
	for line := range strings.Lines(strings.NewReplacer("\r\n", "\n", "\x00", "\n").Replace(out)) {
		line = strings.TrimSuffix(line, "\n")
		if next, ok := strings.CutPrefix(line, "@@ "); ok {
			keep()
			source, body = next, nil
			continue
		}
		body = append(body, line)
	}
	keep()
	return s
}

// number gives a source that is one integer; nil when it is absent or something else.
func (s said) number(source string) *int {
	n, err := strconv.Atoi(s[source])
	if err != nil {
		return nil
	}
	return &n
}

// first gives the first of some sources that said something.
func (s said) first(sources ...string) string {
	for _, source := range sources {
		if v := s[source]; v != "" {
			return v
		}
	}
	return ""
}

func after(s, separator string) string {
	_, rest, _ := strings.Cut(s, separator)
	return strings.TrimSpace(rest)
}

// arch translates uname -m into Go's words.
func arch(machine string) string {
	switch machine {
	case "x86_64":
		return "amd64"
	case "aarch64", "armv8l": // armv8l: a 32-bit shell on a 64-bit kernel, which runs 64-bit programs too
		return "arm64"
	case "i386", "i486", "i586", "i686":
		return "386"
	}
	if strings.HasPrefix(machine, "armv") {
		return "arm"
	}
	return machine
}

func operatingSystem(s said) string {
	if v := s["getprop ro.build.version.release"]; v != "" {
		return "Android " + v
	}
	for line := range strings.Lines(s["/etc/os-release"]) {
		if v, ok := strings.CutPrefix(line, "PRETTY_NAME="); ok {
			return strings.Trim(strings.TrimSpace(v), `"'`)
		}
	}
	return ""
}

// machine names the product.
func machine(s said) string {
	const dmi = "/sys/devices/virtual/dmi/id/"
	switch {
	case s["getprop ro.product.model"] != "":
		return joined(s["getprop ro.product.manufacturer"], s["getprop ro.product.model"])
	case s["/proc/device-tree/model"] != "":
		return s["/proc/device-tree/model"]
	}
	return joined(s[dmi+"sys_vendor"], s[dmi+"product_name"])
}

// soc names the chip.
func soc(s said) string {
	if v := joined(s["getprop ro.soc.manufacturer"], s["getprop ro.soc.model"]); v != "" {
		return v
	}
	if v := s["getprop ro.board.platform"]; v != "" {
		return v
	}
	if v := joined(s["/sys/devices/soc0/family"], s["/sys/devices/soc0/soc_id"]); v != "" {
		return v
	}
	// The list goes from the board to the chip.
	lines := strings.Fields(s["/proc/device-tree/compatible"])
	if len(lines) == 0 {
		return ""
	}
	return lines[len(lines)-1]
}

// joined puts a maker before a name that does not begin with it.
func joined(maker, name string) string {
	if strings.HasPrefix(strings.ToLower(name), strings.ToLower(maker)) {
		return name
	}
	return strings.TrimSpace(maker + " " + name)
}
