package runner_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/internal/sequential"
	"github.com/rt3d-tune/rt3d-tune/kernels/runner/runnertest"
)

// The heat is that of the processor, where a zone says that it is the processor's, and only what slows the
// processor down throttles it.
func TestHeat(t *testing.T) {
	sysfs := t.TempDir()
	program := component(t, append([]string{fmt.Sprintf("-DRT3D_SYSFS=%q", sysfs)}, strict...), "heat_test.c", "rt3d_heat.c", "rt3d_host.c")
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"nothing to read": {nil, "-1 -1"},
		"processor and battery": {map[string]string{
			"class/thermal/thermal_zone0/type": "battery", "class/thermal/thermal_zone0/temp": "61000",
			"class/thermal/thermal_zone1/type": "cpu-0-0-usr", "class/thermal/thermal_zone1/temp": "45000",
			"class/thermal/thermal_zone2/type": "cpu-1-0-usr", "class/thermal/thermal_zone2/temp": "52000",
			"class/thermal/thermal_zone3/type": "cpu-off", "class/thermal/thermal_zone3/temp": "-40000",
		}, "52000 -1"},
		"only others": {map[string]string{
			"class/thermal/thermal_zone0/type": "acpitz", "class/thermal/thermal_zone0/temp": "38000",
		}, "38000 -1"},
		"held back": {map[string]string{
			"class/thermal/cooling_device0/type": "thermal-cpufreq-0", "class/thermal/cooling_device0/cur_state": "0",
			"class/thermal/cooling_device1/type": "thermal-cpufreq-1", "class/thermal/cooling_device1/cur_state": "3",
			"class/thermal/cooling_device2/type": "cpu-fan", "class/thermal/cooling_device2/cur_state": "7",
			"class/thermal/cooling_device3/type": "gpu", "class/thermal/cooling_device3/cur_state": "9",
		}, "-1 3"},
		"free": {map[string]string{
			"class/thermal/cooling_device0/type": "Processor", "class/thermal/cooling_device0/cur_state": "0",
		}, "-1 0"},
		"firmware":            {map[string]string{"devices/platform/soc/soc:firmware/get_throttled": "4"}, "-1 1"},
		"firmware, long past": {map[string]string{"devices/platform/soc/soc:firmware/get_throttled": "50000"}, "-1 0"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, top := range []string{"class", "devices"} {
				if err := os.RemoveAll(filepath.Join(sysfs, top)); err != nil {
					t.Fatal(err)
				}
			}
			for path, text := range c.files {
				path = filepath.Join(sysfs, path)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text+"\n"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if got := strings.TrimSpace(output(t, program)); got != c.want {
				t.Errorf("heat %s, want %s (millidegrees, step)", got, c.want)
			}
		})
	}
}

// The runner drops after the same sample as the rule in Go, whose error rate is known.
func TestSequentialIsTheSameInC(t *testing.T) {
	program := component(t, strict, "sequential_test.c", "rt3d_sequential.c")
	r := rand.New(rand.NewPCG(5, 6))
	for range 60 {
		test, want := sequential.New(1000), 0
		center := 990 + 40*r.Float64()
		var input strings.Builder
		fmt.Fprintln(&input, 1000)
		for i := range 60 {
			ns := float64(int(center + 20*r.NormFloat64()))
			fmt.Fprintln(&input, ns)
			if test.Add(ns) && want == 0 {
				want = i + 1
			}
		}
		cmd := exec.Command(program)
		cmd.Stdin = strings.NewReader(input.String())
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.TrimSpace(string(out)); got != fmt.Sprint(want) {
			t.Errorf("around %.0f ns: sure after %s samples in C, %d in Go", center, got, want)
		}
	}
}

// A program that surely takes longer than the reference ends early, with its samples and its answer; one
// that does not is timed to the end.
func TestDrop(t *testing.T) {
	files := sources(map[string]runnertest.Behaviour{"tardy": runnertest.Tardy}, false)
	program := compile(t, "gcc", strict, files)
	blob := filepath.Join(t.TempDir(), "blob")
	if err := os.WriteFile(blob, runnertest.Blob(2), 0o644); err != nil {
		t.Fatal(err)
	}
	job := "key=k program=tardy blob=" + blob + " min_samples=300 max_samples=300 min_batch_ns=1 warm_min_ns=1 warm_max_ns=1 positions=0 drop_ns="
	for drop, c := range map[string]struct {
		status  string
		samples int
	}{"50000": {"dropped", sequential.Fewest}, "3000000000": {"done", 300}} {
		samples, results, status := 0, 0, ""
		for _, e := range events(t, program, job+drop) {
			switch e.Event {
			case "sample":
				samples++
			case "result":
				results++
			case "end":
				status = e.Status
			}
		}
		// A busy machine may disturb samples, which then do not count.
		if status != c.status || results != 1 || samples < c.samples || c.status == "done" && samples != c.samples {
			t.Errorf("drop_ns=%s: %s after %d samples, %d results; want %s after %d, with a result", drop, status, samples, results, c.status, c.samples)
		}
	}
}
