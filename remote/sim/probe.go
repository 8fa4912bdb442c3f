package sim

import (
	"fmt"
	"strings"
)

// describe is what the probe's script (remote/probe.sh) would print on the phone; mu is held.
func (p *Phone) describe() string {
	var b strings.Builder
	say := func(source, format string, args ...any) {
		fmt.Fprintf(&b, "\n@@ %s\n%s\n", source, fmt.Sprintf(format, args...))
	}
	say("uname -m", "aarch64")
	say("uname -sr", "Linux SIMULATED")
	cores, clusters := p.spec.all()
	var info strings.Builder
	for i, id := range cores {
		fmt.Fprintf(&info, "processor\t: %d\nFeatures\t: fp asimd fphp asimdhp asimddp\nCPU implementer\t: 0x41\nCPU part\t: %s\n\n", id, clusters[i].part)
	}
	say("/proc/cpuinfo", "%s", info.String())
	say("/proc/meminfo", "MemTotal: 8000000 kB\nMemAvailable: 6000000 kB")
	say("/etc/os-release", `PRETTY_NAME="SIMULATED phone"`)
	last := cores[len(cores)-1]
	say("allowed", "Cpus_allowed_list:\t0-%d", last)
	const cpu = "/sys/devices/system/cpu"
	say(cpu+"/online", "0-%d", last)
	say(cpu+"/present", "0-%d", last)
	fastest := clusters[len(clusters)-1]
	for i, id := range cores {
		c := clusters[i]
		say(fmt.Sprintf("%s/cpu%d/cpufreq/cpuinfo_max_freq", cpu, id), "%d", c.maxKHz)
		say(fmt.Sprintf("%s/cpu%d/cpufreq/scaling_governor", cpu, id), "%s", p.config.Governor)
		say(fmt.Sprintf("%s/cpu%d/cpu_capacity", cpu, id), "%.0f",
			1024*float64(c.maxKHz)*c.macsPerCycle/(float64(fastest.maxKHz)*fastest.macsPerCycle))
	}
	say("/sys/class/thermal/thermal_zone0/type", "cpu-thermal")
	say("/sys/class/thermal/thermal_zone0/temp", "%d", int(p.body.celsius*1000))
	say("/sys/class/thermal/cooling_device0/type", "cpufreq-cpu")
	say("/sys/class/thermal/cooling_device0/cur_state", "%d", p.body.throttleStep())
	const supply = "/sys/class/power_supply/battery"
	say(supply+"/type", "Battery")
	say(supply+"/capacity", "%d", int(100*p.body.charge))
	say(supply+"/status", "Discharging")
	say("/proc/device-tree/model", "SIMULATED %s phone", p.spec.name)
	say("/proc/device-tree/serial-number", "simulated-%s-%d", p.spec.name, p.config.Seed)
	held := int64(0)
	for _, f := range p.files {
		held += int64(len(f.data))
	}
	say("df -kP", "Filesystem 1024-blocks Used Available Capacity Mounted on\nsim %d %d %d 1%% /data", storage>>10, held>>10, (storage-held)>>10)
	say("end", "")
	return b.String()
}
