package bench

import (
	"context"
	"errors"
	"fmt"

	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// exitISA is the runner's exit status on a processor without its vector extension.
const exitISA = 6

// measure times the items of a batch: all in one runner process, those that it did not reach because it
// died in another, and those with too few valid samples once more.
func (e *evaluation) measure(ctx context.Context, b *batch) {
	losses := 0 // of the link, in a row without a result between them
	for len(b.items) > 0 && !stop(ctx) {
		before := len(b.items)
		err := e.prepare(ctx, b)
		if err == nil && len(b.items) > 0 {
			b.items, err = e.runOnce(ctx, b.items)
		}
		switch {
		case err == nil || ctx.Err() != nil:
		case !lostLink(err):
			e.fail(b.items, err)
			return
		default:
			if len(b.items) < before {
				losses = 0
			}
			if losses++; losses > 1 || e.session.options.Dial == nil {
				e.lose(b.items, err)
				return
			}
		}
	}
}

// lose and fail give what is left of a batch a result.
func (e *evaluation) lose(items []*item, err error) {
	for _, it := range items {
		e.send(it, Result{Outcome: results.DeviceLost, Detail: err.Error(), Err: err})
	}
}

func (e *evaluation) fail(items []*item, err error) {
	for _, it := range items {
		e.send(it, Result{Outcome: results.LaunchError, Detail: err.Error(), Err: err})
	}
}

// runOnce runs one runner process for as many items as a device that gets hot bears. It returns the items
// that need another: those left out, those that have no result when the process ended early, and those
// that are worth a second measurement.
func (e *evaluation) runOnce(ctx context.Context, items []*item) (rest []*item, err error) {
	n := e.session.atOnce(len(items))
	rest, err = e.runTogether(ctx, items[:n])
	return append(rest, items[n:]...), err
}

// runTogether runs one runner process for all items.
func (e *evaluation) runTogether(ctx context.Context, items []*item) (rest []*item, err error) {
	s := e.session
	link, _ := s.device.current()
	if err := s.coolDown(ctx, items[0]); err != nil {
		if lostLink(err) {
			s.noteLost(link, err)
		}
		return items, err
	}
	release, err := s.alone(ctx)
	if err != nil {
		return items, err
	}
	defer release()
	if err := s.holdClocks(ctx, items); err != nil {
		if lostLink(err) {
			s.noteLost(link, err)
		}
		return items, err
	}
	if err := s.greet(ctx, items[0]); err != nil {
		if lostLink(err) {
			s.noteLost(link, err)
		}
		return items, err
	}
	if items = e.recall(ctx, items); len(items) == 0 {
		return nil, nil
	}
	began := s.clock.Now()
	defer func() { s.spent.add(Measuring, s.clock.Now().Sub(began)) }()

	jobs, limit := s.jobs(items)
	byKey := make(map[string]*item, len(items))
	for i, j := range jobs {
		byKey[j.key] = items[i]
	}
	talk := newConversation(s.clock.Now)
	x, err := s.device.measure(ctx, binaryName(items[0].artifact), jobs, limit, talk.add)
	if ctx.Err() != nil {
		return items, ctx.Err()
	}
	if lostLink(err) {
		s.noteLost(link, err)
	}
	if why := talk.distrust(x, items[0].artifact); why != nil {
		if err == nil {
			err = why
		}
		return items, err // what it said of jobs is not believed either
	}
	s.noteHeat(talk.samples, len(items))
	for i, j := range jobs {
		it, r := items[i], talk.jobs[j.key]
		if r == nil || r.end == nil {
			rest = append(rest, it)
			continue
		}
		it.measure += r.measured
		it.own += r.own()
		result, again := s.judge(it, j, r)
		if again {
			rest = append(rest, it)
			continue
		}
		e.send(it, result)
	}
	if err == nil && len(rest) > 0 {
		rest = e.blame(rest, jobs, byKey, talk, x)
	}
	return rest, err
}

// blame finds the item during which a runner process ended without a word, gives it a result and
// returns the others: without it, they would be tried for ever.
func (e *evaluation) blame(rest []*item, jobs []job, byKey map[string]*item, talk *conversation, x exit) []*item {
	for _, j := range jobs {
		it := byKey[j.key]
		if r := talk.jobs[j.key]; r != nil && r.end != nil {
			continue // measured: it is in rest for its samples
		}
		r := Result{Outcome: results.Crash, Detail: "the runner died: " + x.describe()}
		if x.result.TimedOut {
			r = Result{Outcome: results.Timeout, Detail: "the runner did not end in time"}
		}
		e.send(it, r)
		var others []*item
		for _, o := range rest {
			if o != it {
				others = append(others, o)
			}
		}
		return others
	}
	return rest
}

// distrust says why nothing of a conversation is believed: the runner did not start, or did not echo
// what it was given.
func (c *conversation) distrust(x exit, a *Artifact) error {
	switch {
	case x.result.ExitCode == exitISA:
		return fmt.Errorf("start the runner: %s", x.stderr)
	case c.hello == nil:
		return fmt.Errorf("start the runner: it said nothing: %s", x.describe())
	case c.hello.Nonce != x.nonce:
		return fmt.Errorf("start the runner: it echoed nonce %q, want %q", c.hello.Nonce, x.nonce)
	case c.hello.BinarySHA256 != a.Binary.SHA256:
		return fmt.Errorf("start the runner: it is the binary %q, want %q", c.hello.BinarySHA256, a.Binary.SHA256)
	}
	return nil
}

// describe says how a process ended.
func (x exit) describe() string {
	how := fmt.Sprintf("exit status %d", x.result.ExitCode)
	if x.result.Signal != 0 {
		how = fmt.Sprintf("signal %d", x.result.Signal)
	}
	if x.result.TimedOut {
		how = "killed after its time limit"
	}
	if x.stderr != "" {
		how += ": " + x.stderr
	}
	return how
}

// prepare connects again if the link was lost, and pushes what is not on the device yet. Items that
// cannot be pushed by their own fault leave the batch.
func (e *evaluation) prepare(ctx context.Context, b *batch) error {
	if err := e.session.redial(ctx); err != nil {
		return err
	}
	return e.pushItems(ctx, b)
}

// noteLost remembers that the link is gone, unless another has taken its place since.
func (s *Session) noteLost(t remote.Transport, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now, _ := s.device.current(); now == t {
		s.lost = err
	}
}

// redial connects again after a loss. It tries once: how patient to be is for Options.Dial to know.
func (s *Session) redial(ctx context.Context) error {
	s.mu.Lock()
	lost := s.lost
	s.mu.Unlock()
	if lost == nil {
		return nil
	}
	if s.options.Dial == nil {
		return lost
	}
	t, err := s.options.Dial(ctx)
	if err != nil {
		return errors.Join(err, lost)
	}
	old, _ := s.device.current()
	if err := s.device.connect(ctx, t); err != nil {
		return errors.Join(err, t.Close())
	}
	s.mu.Lock()
	own := s.redialled
	s.lost, s.redialled = nil, true
	s.mu.Unlock()
	s.log.Info("connected again", "device", t.Name(), "lost", lost)
	if own && old != t { // the first transport is the caller's to close
		_ = old.Close() // it is broken: there is nothing to be told
	}
	return nil
}
