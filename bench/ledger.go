package bench

import (
	"sync"
	"time"
)

// Activity is what wall time was spent on.
type Activity string

// The activities. They overlap where the pipeline does, so that their sum may exceed the wall time.
const (
	Building  Activity = "build"   // generate, pack, compile, link
	Checking  Activity = "check"   // float64 references
	Pushing   Activity = "push"    // to the device
	Measuring Activity = "measure" // runner processes on the device
	Waiting   Activity = "wait"    // for other measurements, or other work on the host
	Cooling   Activity = "cool"    // for the device to cool down
	Idle      Activity = "idle"    // the device has nothing to measure until a program is built and pushed
	Running   Activity = "eval"    // programs executed on data
)

// ledger adds up wall time by activity.
type ledger struct {
	mu    sync.Mutex
	spent map[Activity]time.Duration
}

func (l *ledger) add(a Activity, d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.spent == nil {
		l.spent = map[Activity]time.Duration{}
	}
	l.spent[a] += d
}

// since adds the time since began and returns it.
func (l *ledger) since(a Activity, began time.Time) time.Duration {
	d := time.Since(began)
	l.add(a, d)
	return d
}

func (l *ledger) copy() map[Activity]time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := make(map[Activity]time.Duration, len(l.spent))
	for a, d := range l.spent {
		c[a] = d
	}
	return c
}
