package remote

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func hintCodes(f *Facts) []HintCode {
	codes := []HintCode{}
	for _, h := range f.Hints() {
		codes = append(codes, h.Code)
	}
	return codes
}

// Each hint comes from what a device says, and not without it.
func TestHints(t *testing.T) {
	pi := recorded(t, "pi")
	end := "\n@@ end\n"
	if !strings.HasSuffix(pi, end) {
		t.Fatal("the recording does not end with its last title")
	}
	quiet := read(t, pi, Config{})
	same(t, "a board at rest", hintCodes(quiet), []HintCode{})
	for name, c := range map[string]struct {
		more string
		want HintCode
		says string
	}{
		"load":     {"\n@@ /proc/loadavg\n3.20 1.00 0.50 2/800 1234\n", Busy, "3.2 on 4 cores"},
		"charging": {"\n@@ /sys/class/power_supply/b/type\nBattery\n@@ /sys/class/power_supply/b/capacity\n80\n@@ /sys/class/power_supply/b/status\nCharging\n", Charging, "slow charger"},
		"screen":   {"\n@@ dumpsys power\n  mWakefulness=Awake\n", ScreenOn, "keyevent 223"},
		"allowed":  {"\n@@ allowed\nCpus_allowed_list:\t0-2\n", Restricted, "cores 3"},
		"off":      {"\n@@ " + cpuDir + "present\n0-5\n", CoresOff, "cores 4-5"},
		"threads":  {fmt.Sprintf("\n@@ %scpu0/topology/thread_siblings_list\n0,2\n@@ %scpu2/topology/thread_siblings_list\n0,2\n", cpuDir, cpuDir), SharedCores, "processors 0,2 are"},
	} {
		t.Run(name, func(t *testing.T) {
			f := read(t, strings.TrimSuffix(pi, end)+c.more+end, Config{})
			same(t, "hints", hintCodes(f), []HintCode{c.want})
			if len(f.Hints()) > 0 && !strings.Contains(f.Hints()[0].Text, c.says) {
				t.Errorf("text %q does not say %q", f.Hints()[0].Text, c.says)
			}
		})
	}
	for _, asleep := range []string{"\n@@ dumpsys power\n  mWakefulness=Asleep\n", "\n@@ /proc/loadavg\n0.30 0.2 0.1 1/100 12\n"} {
		same(t, "no hint", hintCodes(read(t, strings.TrimSuffix(pi, end)+asleep+end, Config{})), []HintCode{})
	}
}

// A virtual machine tells neither clock nor heat, and says so.
func TestHintsOfAVirtualMachine(t *testing.T) {
	codes := hintCodes(read(t, recorded(t, "vm"), Config{}))
	for _, want := range []HintCode{VirtualMachine, NoFrequency, NoTemperature} {
		if !slices.Contains(codes, want) {
			t.Errorf("hints %v lack %s", codes, want)
		}
	}
}
