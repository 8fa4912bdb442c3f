package bench

import (
	"context"
	"time"
)

// How a hot device is left alone: it is asked again and again, through nothing but a greeting.
const (
	coolPoll = 5 * time.Second
	// coolMost is waited before one process; then it is measured as hot as it is, for its samples to tell.
	coolMost = 5 * time.Minute
	// coolFall, in thousandths of a degree below what it was when hot: less, and it is hot again at once.
	coolFall = 8000
	// heats is how often a candidate is measured again because the device was hot.
	heats = 3
)

// noteHeat remembers how hot the device was when a process ended hot; nil: it was not.
func (s *Session) noteHeat(samples []sampleEvent) {
	if len(samples) == 0 {
		return
	}
	var hottest *heat
	if last := samples[len(samples)-1].heat; s.thresholds.hot(last) {
		hottest = &last
		for _, sample := range samples {
			if h := sample.MilliCelsius; h != nil && hottest.MilliCelsius != nil && *h > *hottest.MilliCelsius {
				hottest = &heat{h, last.Throttle}
			}
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hot = hottest
}

// coolDown leaves the device alone while it is hot. A device that is not costs no time. it is an item
// whose binary is on the device. The error is the link's or ctx's.
func (s *Session) coolDown(ctx context.Context, it *item) error {
	s.mu.Lock()
	hot := s.hot
	s.mu.Unlock()
	if hot == nil || s.emulated {
		return nil
	}
	began := s.clock.Now()
	defer func() { s.spent.add(Cooling, s.clock.Now().Sub(began)) }()
	for s.clock.Now().Sub(began) < coolMost {
		if err := s.clock.Sleep(ctx, coolPoll); err != nil {
			return err
		}
		hello, err := s.hail(ctx, it)
		if err != nil {
			return err
		}
		if s.cooled(*hot, hello.heat) {
			break
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hot = nil
	return nil
}

// cooled tells whether a device that was hot may be measured again.
func (s *Session) cooled(hot, now heat) bool {
	if s.thresholds.hot(now) {
		return false
	}
	return hot.MilliCelsius == nil || now.MilliCelsius == nil || *now.MilliCelsius <= *hot.MilliCelsius-coolFall
}
