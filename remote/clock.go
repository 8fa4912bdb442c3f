package remote

import (
	"context"
	"time"
)

// Clock is the time by which measuring on a device goes. Devices live in the time of this machine, but
// for a simulated one: its nights pass in seconds.
type Clock interface {
	Now() time.Time
	// Sleep waits; the error is ctx's when it ends before.
	Sleep(ctx context.Context, d time.Duration) error
}

// ClockOf gives the clock of the device behind a transport: its own where it has one (a method Clock),
// else this machine's.
func ClockOf(t Transport) Clock {
	if own, ok := t.(interface{ Clock() Clock }); ok {
		return own.Clock()
	}
	return systemClock{}
}

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

func (systemClock) Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
