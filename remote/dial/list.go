package dial

import (
	"context"

	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/remote/adb"
)

// Listed is a device that can be seen from here without any configuration.
type Listed struct {
	// Name is "local", or "adb:" and the serial: the Transport's Name once it is open.
	Name      string `json:"name"`
	Transport string `json:"transport"`
	// State is "this machine", or adb's word: "device" means ready.
	State string `json:"state"`
	// Advice says what would make the device ready; empty when it is.
	Advice string `json:"advice,omitempty"`
}

// List gives this machine and the devices attached to an adb server. An empty program means adb from
// PATH, port 0 adb's own default. Where no adb can be asked, the error (a *remote.DeviceError; NoProgram
// where adb is not installed) comes together with what else was found. SSH devices cannot be seen.
func List(ctx context.Context, program string, port int) ([]Listed, error) {
	list := []Listed{{Name: "local", Transport: "local", State: "this machine"}}
	attached, err := adb.List(ctx, remote.ADBConfig{Program: program, ServerPort: port})
	for _, a := range attached {
		list = append(list, Listed{Name: "adb:" + a.Serial, Transport: "adb", State: a.State, Advice: a.Advice})
	}
	return list, err
}
