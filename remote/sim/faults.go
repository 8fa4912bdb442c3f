package sim

import (
	"math/rand/v2"
	"slices"

	"github.com/rt3d-tune/rt3d-tune/remote"
)

// Fault is a way in which a job goes wrong.
type Fault string

// The faults, in the order in which rates are drawn.
const (
	Hang   Fault = "hang"   // the program never ends
	Crash  Fault = "crash"  // it dies of SIGSEGV
	Wrong  Fault = "wrong"  // it gives wrong values
	Reboot Fault = "reboot" // the phone restarts
	Lost   Fault = "lost"   // the link breaks
)

var allFaults = []Fault{Hang, Crash, Wrong, Reboot, Lost}

func faultNames() []string {
	var names []string
	for _, f := range allFaults {
		names = append(names, string(f))
	}
	return names
}

// faultOf tells what goes wrong with a job; empty when nothing does. It depends on the seed and the job's
// number alone, so that a second run meets the same faults.
func faultOf(c *remote.SimConfig, job int) Fault {
	if at := slices.IndexFunc(c.Script, func(f remote.SimFault) bool { return f.Job == job }); at >= 0 {
		return Fault(c.Script[at].Fault)
	}
	draw := rand.New(rand.NewPCG(c.Seed, uint64(job)^0xfa017)).Float64()
	for _, f := range allFaults {
		if draw -= c.Rates[string(f)]; draw < 0 {
			return f
		}
	}
	return ""
}
