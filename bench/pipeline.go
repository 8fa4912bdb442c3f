package bench

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// Evaluate builds, pushes, checks and times candidates. While the device measures one batch, the next is
// built and pushed, unless the device is this machine (Options.Exclusive). Within one call, candidates
// with the same code, weights and effort are timed once and get the same result.
func (s *Session) Evaluate(ctx context.Context, candidates []Candidate) <-chan Result {
	e := &evaluation{session: s, left: map[int]*item{}, out: make(chan Result, len(candidates))}
	batches := split(candidates, s.options.Batch)
	for _, items := range batches {
		for _, i := range items {
			e.left[i.index] = i
		}
	}
	go func() {
		defer close(e.out)
		built, pushed := make(chan *batch), make(chan *batch)
		var stages sync.WaitGroup
		stages.Go(func() {
			defer close(built)
			e.buildAll(ctx, batches, built)
		})
		stages.Go(func() {
			defer close(pushed)
			e.pushAll(ctx, built, pushed)
		})
		e.measureAll(ctx, pushed)
		stages.Wait()
		e.cancelRest(ctx)
	}()
	return e.out
}

// evaluation is one call of Evaluate.
type evaluation struct {
	session *Session
	out     chan Result // has room for all

	mu   sync.Mutex
	left map[int]*item // without a result yet
}

// send gives an item, and those that share its fate, a result. A second result is ignored.
func (e *evaluation) send(i *item, r Result) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, one := range append([]*item{i}, i.twins...) {
		if e.left[one.index] == nil {
			continue
		}
		delete(e.left, one.index)
		r.Key = one.candidate.Key
		r.Build, r.Push, r.Measure, r.Own = one.build, one.push, one.measure, one.own
		e.out <- r
	}
}

func (e *evaluation) cancelRest(ctx context.Context) {
	e.mu.Lock()
	rest := make([]*item, 0, len(e.left))
	for _, i := range e.left {
		rest = append(rest, i)
	}
	e.mu.Unlock()
	for _, i := range rest {
		e.send(i, Result{Outcome: results.Cancelled, Detail: fmt.Sprint(context.Cause(ctx))})
	}
}

// stop tells a stage to go on to the end without work.
func stop(ctx context.Context) bool { return ctx.Err() != nil }

// buildAll makes artifacts and expectations, batch by batch.
func (e *evaluation) buildAll(ctx context.Context, batches [][]*item, built chan<- *batch) {
	for _, items := range batches {
		if stop(ctx) {
			return
		}
		b, err := e.build(ctx, items)
		if err != nil { // only ctx ends the wait for the gate
			return
		}
		if len(b.items) == 0 {
			continue
		}
		select {
		case built <- b:
		case <-ctx.Done():
			return
		}
	}
}

func (e *evaluation) build(ctx context.Context, items []*item) (*batch, error) {
	s := e.session
	done, err := s.work(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	began := time.Now()
	programs := make([]kernels.Program, len(items))
	for i, it := range items {
		programs[i] = it.candidate.Program
		programs[i].Threads = threadsOf(it.candidate)
	}
	made := s.builder.Build(ctx, programs)
	s.spent.since(Building, began)

	b := &batch{}
	twins := map[twinKey]*item{}
	for i, it := range items {
		if made[i].Artifact == nil {
			e.send(it, buildFailure(made[i]))
			continue
		}
		it.artifact = made[i].Artifact
		it.workload, it.mask = it.candidate.Program.Graph.Name, maskHash(it.candidate.Program.Graph)
		it.build = it.artifact.Duration
		if first := twins[it.key()]; first != nil {
			first.twins = append(first.twins, it)
			continue
		}
		twins[it.key()] = it
		b.items = append(b.items, it)
	}
	return b, e.expectAll(ctx, b)
}

// expectAll computes the references. A graph that has none cannot be checked and is not timed.
func (e *evaluation) expectAll(ctx context.Context, b *batch) error {
	defer e.session.spent.since(Checking, time.Now())
	var kept []*item
	for _, it := range b.items {
		if stop(ctx) {
			return ctx.Err()
		}
		var err error
		it.expect, err = expect(it.candidate.Program, e.session.target.DataType, e.session.options.Seed, e.session.references)
		if err != nil {
			e.send(it, Result{Outcome: results.LaunchError, Detail: err.Error(), Err: err})
			continue
		}
		kept = append(kept, it)
	}
	b.items = kept
	return nil
}

func buildFailure(b Built) Result {
	r := Result{Outcome: b.Outcome, Detail: b.Err.Error()}
	if b.Outcome == results.LaunchError {
		r.Err = b.Err
	}
	return r
}

// pushAll puts binaries and blobs on the device ahead of their turn.
func (e *evaluation) pushAll(ctx context.Context, built <-chan *batch, pushed chan<- *batch) {
	for b := range built {
		if stop(ctx) {
			continue
		}
		e.push(ctx, b)
		if len(b.items) == 0 {
			continue
		}
		select {
		case pushed <- b:
		case <-ctx.Done():
		}
	}
}

// push puts a batch on the device; where this machine is the device, as work that measurements must not
// suffer from. When the link is lost, it is left to the measuring stage to notice.
func (e *evaluation) push(ctx context.Context, b *batch) {
	done, err := e.session.work(ctx)
	if err != nil {
		return // ctx has ended
	}
	defer done()
	if b.items = e.recall(ctx, b.items); len(b.items) == 0 {
		return
	}
	if err := e.pushItems(ctx, b); err != nil {
		e.session.log.Debug("push ahead", "error", err) // it is tried again when it is needed
	}
}

// pushItems pushes what is not on the device yet. Items whose push fails by itself leave the batch; the
// error is the link's.
func (e *evaluation) pushItems(ctx context.Context, b *batch) error {
	defer e.session.spent.since(Pushing, time.Now())
	link, _ := e.session.device.current()
	if err := e.pushTogether(ctx, b); lostLink(err) && ctx.Err() == nil {
		e.session.noteLost(link, err)
		return err
	}
	var kept []*item
	for n, it := range b.items {
		err := e.pushItem(ctx, b, it)
		switch {
		case err == nil:
			kept = append(kept, it)
		case lostLink(err) || ctx.Err() != nil:
			if ctx.Err() == nil {
				e.session.noteLost(link, err)
			}
			b.items = append(kept, b.items[n:]...)
			return err
		default:
			e.send(it, Result{Outcome: results.PushError, Detail: err.Error(), Err: err})
		}
	}
	b.items = kept
	return nil
}

// pushTogether pushes a batch's files in one go. Faults of single files show again when each is pushed.
func (e *evaluation) pushTogether(ctx context.Context, b *batch) error {
	began := time.Now()
	var all []payload
	for _, it := range b.items {
		binary, err := binaryPayload(it.artifact)
		if err != nil {
			return nil // push says so for the item
		}
		all = append(all, binary, blobPayload(it.artifact))
	}
	err := e.session.device.pushTogether(ctx, all)
	for _, it := range b.items {
		it.push += time.Since(began) / time.Duration(len(b.items))
	}
	return err
}

func (e *evaluation) pushItem(ctx context.Context, b *batch, it *item) error {
	began := time.Now()
	defer func() { it.push += time.Since(began) }()
	binary, err := binaryPayload(it.artifact)
	if err != nil {
		return err
	}
	for _, p := range []payload{binary, blobPayload(it.artifact)} {
		if err := e.session.device.push(ctx, p); err != nil {
			return err
		}
		b.pushed = append(b.pushed, p.name)
	}
	return nil
}

// lostLink tells a fault of the whole device from one of a single push.
func lostLink(err error) bool {
	if err == nil {
		return false
	}
	var fault *remote.DeviceError
	if !errors.As(err, &fault) {
		return errors.Is(err, remote.ErrClosed)
	}
	switch fault.Code {
	case remote.NoSpace, remote.Corrupted, remote.NotWritable, remote.NotPermitted:
		return false
	}
	return true
}

func (e *evaluation) measureAll(ctx context.Context, pushed <-chan *batch) {
	idle := time.Now()
	for b := range pushed {
		e.session.spent.since(Idle, idle)
		if !stop(ctx) {
			e.measure(ctx, b)
		}
		idle = time.Now()
		for _, name := range b.pushed {
			e.session.device.release(name)
		}
	}
}
