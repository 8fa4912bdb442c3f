package bench

import (
	"context"
	"time"

	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/remote/clocks"
)

const (
	// leaseLeast is how long clocks are held at least; leaseJob is added for each job, beside its effort.
	leaseLeast = time.Minute
	leaseJob   = 2 * time.Second
	// releaseLimit bounds the wait for another process's measurement before clocks are given back. After it
	// the device gives them back by itself, when the lease ends.
	releaseLimit = 30 * time.Second
)

// tryClocks finds out whether the device lets its clocks be held, where the configuration asks for it.
func (s *Session) tryClocks(ctx context.Context, config remote.Config) error {
	if config.LockClocks == "" {
		return nil
	}
	khz, ok := config.LockClocks.KHz()
	if !ok {
		return &remote.ConfigError{Key: "lock_clocks", Problem: "want max or a frequency in kHz"}
	}
	s.clocks = &clocks.Lock{KHz: khz, Cores: s.options.Cores}
	release, err := s.alone(ctx)
	if err != nil {
		return err
	}
	defer release()
	return s.holdClocks(ctx, nil)
}

// holdClocks holds the clocks for a process with these items; the caller is alone on the device.
func (s *Session) holdClocks(ctx context.Context, items []*item) error {
	if s.clocks == nil {
		return nil
	}
	lease := leaseLeast
	for _, it := range items {
		lease += 2*it.candidate.Effort.orDefault().MaxTime + leaseJob
	}
	t, _ := s.device.current()
	held, err := s.clocks.Hold(ctx, t, lease)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.held = held
	s.mu.Unlock()
	return nil
}

// releaseClocks gives the clocks back, unless another process measures for long.
func (s *Session) releaseClocks(ctx context.Context, t remote.Transport) error {
	s.mu.Lock()
	held := s.held
	s.mu.Unlock()
	if held == "" {
		return nil
	}
	waiting, cancel := context.WithTimeout(ctx, releaseLimit)
	defer cancel()
	release, err := s.alone(waiting)
	if err != nil {
		s.log.Warn("the clocks are given back when their lease ends", "device", t.Name(), "cause", err)
		return nil
	}
	defer release()
	return s.clocks.Release(ctx, t)
}
