package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/rt3d-tune/rt3d-tune/internal/testtool"
	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/remote/adb/adbdouble"
	"github.com/rt3d-tune/rt3d-tune/remote/ssh/sshdtest"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// The harness over a real sshd and over the real adb client: every trial is compiled, pushed, checked and
// timed, nothing comes from a cache or is done twice, and the shares add up.
func TestBenchHarnessOverLinks(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles kernels")
	}
	for name, start := range map[string]func(t *testing.T) remote.Config{
		"ssh": func(t *testing.T) remote.Config {
			c, _ := sshdtest.Start(t)
			return remote.Config{Name: "board", Transport: "ssh", SSH: &c}
		},
		"adb": func(t *testing.T) remote.Config {
			testtool.Need(t, "adb")
			c, _ := adbdouble.Start(t)
			c.Name = "board"
			return c
		},
	} {
		t.Run(name, func(t *testing.T) {
			text, err := yaml.Marshal(map[string]any{"devices": []remote.Config{start(t)}})
			if err != nil {
				t.Fatal(err)
			}
			inventory := filepath.Join(t.TempDir(), "devices.yaml")
			if err := os.WriteFile(inventory, text, 0o600); err != nil {
				t.Fatal(err)
			}
			const trials = 4
			out, _ := command(t, exitOK, "bench", "harness", "--device", "board", "--devices", inventory, "--trials", "4", "--measure", "20ms", "--json")
			var got harnessTimes
			if err := json.Unmarshal([]byte(out), &got); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			ended := got.Outcomes[results.OK] + got.Outcomes[results.Unstable] // a busy machine preempts samples
			if got.Trials != trials || ended != trials || got.Simulated || got.Device != "board" {
				t.Errorf("%d trials on %s, outcomes %v, simulated %v", got.Trials, got.Device, got.Outcomes, got.Simulated)
			}
			busy := got.DeviceBusyShare
			if busy == nil || *busy <= 0 || *busy > 1 || got.OverheadMS <= 0 || got.OwnMS <= 0 || got.TrialsPerMinute <= 0 {
				t.Errorf("shares that cannot be: %s", out)
			}
			if got.FillSeconds > got.WallSeconds || got.Seconds["measure"] > got.WallSeconds || got.Seconds["push"] <= 0 || got.Seconds["build"] <= 0 {
				t.Errorf("seconds that cannot be: %s", out)
			}
		})
	}
}
