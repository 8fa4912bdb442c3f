package bench

import "context"

// Prepared is a candidate whose program is built and whose right answers are known: all that is needed to
// time it, now or on another day. Its Candidate needs no graph any more.
type Prepared struct {
	Candidate Candidate
	Artifact  *Artifact
	Expect    *Expectation
	// Workload and MaskHash are for provenance.
	Workload, MaskHash string
}

// Make builds candidates into one binary and computes their right answers, without looking at the device.
// Candidates that cannot be built are in failed, with the outcome that they have for it. The error is that
// of ctx.
func (s *Session) Make(ctx context.Context, candidates []Candidate) (ready []Prepared, failed []Result, err error) {
	items := make([]*item, len(candidates))
	e := &evaluation{session: s, left: map[int]*item{}, out: make(chan Result, len(candidates))}
	for i, c := range candidates {
		items[i] = &item{index: i, candidate: c}
		e.left[i] = items[i]
	}
	b, err := e.build(ctx, items)
	if err != nil {
		return nil, nil, err
	}
	close(e.out)
	for r := range e.out {
		failed = append(failed, r)
	}
	for _, it := range b.items {
		for _, one := range append([]*item{it}, it.twins...) {
			ready = append(ready, Prepared{Candidate: one.candidate, Artifact: one.artifact, Expect: it.expect,
				Workload: one.workload, MaskHash: one.mask})
		}
	}
	return ready, failed, ctx.Err()
}

// Time times prepared candidates of one binary in the given order in one process on the device, equal
// ones each by itself. Results come as Evaluate's do.
func (s *Session) Time(ctx context.Context, prepared []Prepared) <-chan Result {
	e := &evaluation{session: s, left: map[int]*item{}, out: make(chan Result, len(prepared))}
	b := &batch{}
	for i, p := range prepared {
		it := &item{index: i, candidate: p.Candidate, artifact: p.Artifact, expect: p.Expect, workload: p.Workload, mask: p.MaskHash}
		e.left[i] = it
		b.items = append(b.items, it)
	}
	go func() {
		defer close(e.out)
		pushed := make(chan *batch, 1)
		if e.push(ctx, b); len(b.items) > 0 {
			pushed <- b
		}
		close(pushed)
		e.measureAll(ctx, pushed)
		e.cancelRest(ctx)
	}()
	return e.out
}
