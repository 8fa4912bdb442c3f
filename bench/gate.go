package bench

import (
	"context"
	"fmt"
	"sync"
)

// Gate keeps work on this host apart from measurements on it: many may work at the same time, one
// measures alone. A measurement that waits goes before new work. A nil Gate lets everything pass, which
// is right when the device is another machine.
type Gate struct {
	mu        sync.Mutex
	workers   int
	measuring bool
	waiting   int           // measurements that wait
	changed   chan struct{} // closed and replaced whenever something was released
}

// NewGate makes an open gate.
func NewGate() *Gate { return &Gate{changed: make(chan struct{})} }

// Work enters as a worker: a compile, an evaluation on the host. Call the returned function once when
// it is done. The error is ctx's.
func (g *Gate) Work(ctx context.Context) (done func(), err error) {
	return g.enter(ctx, false)
}

// Measure enters alone.
func (g *Gate) Measure(ctx context.Context) (done func(), err error) {
	return g.enter(ctx, true)
}

func (g *Gate) enter(ctx context.Context, alone bool) (func(), error) {
	if g == nil {
		return func() {}, ctx.Err()
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if alone {
		g.waiting++
		defer func() { g.waiting-- }()
	}
	for g.measuring || alone && g.workers > 0 || !alone && g.waiting > 0 {
		changed := g.changed
		g.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
		}
		g.mu.Lock()
		if ctx.Err() != nil {
			if alone {
				g.wake() // work may have waited for this measurement
			}
			return nil, fmt.Errorf("wait for other work on this host: %w", ctx.Err())
		}
	}
	if alone {
		g.measuring = true
	} else {
		g.workers++
	}
	var once sync.Once
	return func() {
		once.Do(func() {
			g.mu.Lock()
			defer g.mu.Unlock()
			if alone {
				g.measuring = false
			} else {
				g.workers--
			}
			g.wake()
		})
	}, nil
}

// wake lets everybody who waits look again; mu is held.
func (g *Gate) wake() {
	close(g.changed)
	g.changed = make(chan struct{})
}
