package bench

import (
	"context"

	"github.com/rt3d-tune/rt3d-tune/results"
)

// Memory is what was measured before, on this device and others.
type Memory interface {
	// Recall gives the latest trial that was measured with this provenance key (results.Provenance.Key),
	// with its samples; nil when there is none.
	Recall(ctx context.Context, p results.Provenance) (*results.Trial, error)
}

// Remember lets the session take times from a memory: a candidate whose program, mask, device and all else
// in its provenance key are those of an earlier measurement is not measured again, unless it asks to be
// (Candidate.Fresh).
func (s *Session) Remember(m Memory) { s.memory = m }

// recall gives items that the memory knows their result, and returns the others. Before the device has said
// who it is, nothing can be recalled.
func (e *evaluation) recall(ctx context.Context, items []*item) []*item {
	s := e.session
	s.mu.Lock()
	greeted := s.hello != nil
	s.mu.Unlock()
	if s.memory == nil || s.emulated || !greeted {
		return items
	}
	var unknown []*item
	for _, it := range items {
		if it.asked || it.candidate.Fresh || it.candidate.Effort.StepRounds > 0 {
			unknown = append(unknown, it)
			continue
		}
		it.asked = true
		p := s.known(it, s.chooseCores(threadsOf(it.candidate)), true)
		t, err := s.memory.Recall(ctx, p)
		switch {
		case err != nil:
			s.log.Warn("an earlier measurement cannot be read, and is taken again", "candidate", it.candidate.Key, "cause", err)
			fallthrough
		case t == nil || !suffices(t, p, it.candidate):
			unknown = append(unknown, it)
		default:
			latency := *t.Latency
			e.send(it, Result{Outcome: results.OK, Latency: &latency, Provenance: t.Provenance, ReusedFrom: t.ID})
		}
	}
	return unknown
}

// suffices tells whether an earlier measurement is as good as the one that is asked for: of the same
// world, as thorough, and for a network of the very same weights, whose answer was checked then.
func suffices(t *results.Trial, p results.Provenance, c Candidate) bool {
	if t.Outcome != results.OK || t.Latency == nil || t.Latency.Emulated || t.Provenance.Simulated != p.Simulated {
		return false
	}
	if c.Kind == results.ModelTrial && t.Provenance.BlobHash != p.BlobHash {
		return false
	}
	effort := c.Effort.orDefault()
	var durations []float64
	for _, sample := range t.Samples {
		if sample.Verdict == results.Valid {
			durations = append(durations, sample.Nanoseconds*float64(sample.Batch))
		}
	}
	// A batch is planned from single executions, which take longer than those in a row: it may be somewhat
	// shorter than asked for.
	return len(durations) >= effort.MinSamples && median(durations) >= 0.5*float64(effort.MinBatch.Nanoseconds())
}
