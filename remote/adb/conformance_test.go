package adb

import (
	"os"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/remote/adb/adbdouble"
	"github.com/rt3d-tune/rt3d-tune/remote/remotetest"
)

func TestConformance(t *testing.T) {
	for _, kind := range []struct {
		name      string
		behaviour adbdouble.Behaviour
		options   remotetest.Options
	}{
		{"shell v2", adbdouble.Behaviour{}, remotetest.Options{}},
		{"without shell v2", adbdouble.Behaviour{NoShellV2: true, NoStatV2: true}, remotetest.Options{LateStdin: true}},
	} {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			config, double := adbdouble.Start(t)
			double.Behave(kind.behaviour)
			kind.options.BreakLink = func(*testing.T, remote.Transport) { double.Break() }
			remotetest.Run(t, func(t *testing.T) remote.Transport {
				tr, err := Open(t.Context(), config)
				if err != nil {
					t.Fatal(err)
				}
				return tr
			}, kind.options)
			// Each transport had its directories there, and all are closed.
			if left, err := os.ReadDir(config.WorkDir); err != nil || len(left) > 0 {
				t.Errorf("left on the device: %v, %v", left, err)
			}
		})
	}
}
