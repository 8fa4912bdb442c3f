package sim

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rt3d-tune/rt3d-tune/remote"
)

// Validate refuses settings that cannot be meant. The error is a *remote.ConfigError.
func Validate(c remote.Config) error {
	wrong := func(key, format string, args ...any) error {
		return &remote.ConfigError{Key: key, Problem: fmt.Sprintf(format, args...)}
	}
	switch {
	case c.SSH != nil:
		return wrong("ssh", "belongs to transport ssh; this is sim")
	case c.ADB != nil:
		return wrong("adb", "belongs to transport adb; this is sim")
	case len(c.Runner) > 0:
		return wrong("runner", "a simulated phone executes no code; leave it out")
	case c.WorkDir != "":
		return wrong("work_dir", "a simulated phone has its own; leave it out")
	case c.Sim == nil:
		return nil
	}
	s := *c.Sim
	if _, ok := specs[s.Phone]; s.Phone != "" && !ok {
		return wrong("sim.phone", "%q is not known; use %s", s.Phone, strings.Join(phoneNames(), " or "))
	}
	if s.Governor != "" && s.Governor != "schedutil" && s.Governor != "performance" {
		return wrong("sim.governor", "%q is not known; use schedutil or performance", s.Governor)
	}
	if !(s.Noise >= 0 && s.Noise <= 0.5) {
		return wrong("sim.noise", "%g is no coefficient of variation; give 0 to 0.5, for example 0.01", s.Noise)
	}
	if !(s.Ambient >= -20 && s.Ambient <= 60) {
		return wrong("sim.ambient", "%g °C is where no phone works; give -20 to 60", s.Ambient)
	}
	if s.Battery < 0 || s.Battery > 100 {
		return wrong("sim.battery", "%d is no charge in percent; give 1 to 100", s.Battery)
	}
	sum := 0.0
	for name, rate := range s.Rates {
		if !slices.Contains(allFaults, Fault(name)) {
			return wrong("sim.rates."+name, "no such fault; use %s", strings.Join(faultNames(), ", "))
		}
		if !(rate >= 0 && rate <= 1) {
			return wrong("sim.rates."+name, "%g is no probability; give 0 to 1", rate)
		}
		sum += rate
	}
	if sum > 1 {
		return wrong("sim.rates", "add up to %g; give at most 1", sum)
	}
	for i, f := range s.Script {
		if !slices.Contains(allFaults, Fault(f.Fault)) {
			return wrong(fmt.Sprintf("sim.script[%d].fault", i), "%q is not known; use %s", f.Fault, strings.Join(faultNames(), ", "))
		}
		if f.Job < 0 {
			return wrong(fmt.Sprintf("sim.script[%d].job", i), "%d is no number of a job; they count from 0", f.Job)
		}
	}
	return nil
}

// withDefaults fills in what a configuration left open.
func withDefaults(c *remote.SimConfig) *remote.SimConfig {
	s := remote.SimConfig{}
	if c != nil {
		s = *c
	}
	if s.Phone == "" {
		s.Phone = "flagship"
	}
	if s.Governor == "" {
		s.Governor = "schedutil"
	}
	if s.Noise == 0 {
		s.Noise = 0.01
	}
	if s.Ambient == 0 {
		s.Ambient = 25
	}
	if s.Battery == 0 {
		s.Battery = 90
	}
	return &s
}
