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
	// Where it is warm, a device at rest does not fall so far: it is as cool as it gets when it falls by
	// less than coolSlow in coolLooks looks.
	coolFall  = 8000
	coolSlow  = 500
	coolLooks = 6
	// heats is how often a candidate is measured again because the device was hot.
	heats = 3
)

// atOnce says how many of n items one process may measure: fewer on a device that gets hot meanwhile,
// because what comes after that is timed for nothing.
func (s *Session) atOnce(n int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.most == 0 {
		return n
	}
	return min(n, s.most)
}

// noteHeat remembers how hot the device was when a process with n items ended hot; nil: it was not.
func (s *Session) noteHeat(samples []sampleEvent, n int) {
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
	switch {
	case hottest != nil:
		s.most = max(1, n/2)
	case s.most > 0:
		s.most = max(s.most, 2*n)
	}
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
	var seen []heat
	for s.clock.Now().Sub(began) < coolMost {
		if err := s.clock.Sleep(ctx, coolPoll); err != nil {
			return err
		}
		hello, err := s.hail(ctx, it)
		if err != nil {
			return err
		}
		if seen = append(seen, hello.heat); s.cooled(*hot, seen) {
			break
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hot = nil
	return nil
}

// cooled tells whether a device that was hot, and was seen so since, may be measured again.
func (s *Session) cooled(hot heat, seen []heat) bool {
	now := seen[len(seen)-1]
	switch {
	case s.thresholds.hot(now):
		return false
	case hot.MilliCelsius == nil || now.MilliCelsius == nil:
		return true
	case *now.MilliCelsius <= *hot.MilliCelsius-coolFall:
		return true
	case len(seen) <= coolLooks:
		return false
	}
	before := seen[len(seen)-1-coolLooks]
	return !s.thresholds.hot(before) && before.MilliCelsius != nil && *before.MilliCelsius-*now.MilliCelsius < coolSlow
}
