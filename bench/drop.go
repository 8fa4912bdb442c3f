package bench

import (
	"fmt"

	"github.com/rt3d-tune/rt3d-tune/internal/sequential"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// judgeDrop looks again at a candidate that the device has dropped: the test is counted once more, over
// the samples whose evidence holds, and the device must be about as fast as it was when the reference was
// taken. If not, the candidate is timed to the end.
func (s *Session) judgeDrop(it *item, samples []results.Sample, result Result) (Result, bool) {
	reference := it.candidate.Reference
	slow := reference.PeakGFLOPS > 0 && result.Provenance.PeakGFLOPS < reference.PeakGFLOPS/(1+s.thresholds.CanaryDrift)
	test := sequential.New(reference.MS * 1e6)
	for i, sample := range samples {
		if sample.Verdict != results.Valid {
			continue
		}
		if slow { // a fixed reference kernel says so
			samples[i].Verdict = results.CanaryDrift
			continue
		}
		test.Add(sample.Nanoseconds)
	}
	result.Samples = append(it.earlier, samples...)
	if !test.Sure() {
		it.kept, it.earlier = true, result.Samples
		return Result{}, true
	}
	result.Outcome = results.Dropped
	result.Detail = fmt.Sprintf("surely takes more than %.4g ms, after %d samples (error rate %g)", reference.MS, len(samples), sequential.ErrorRate)
	result.Latency = &results.Latency{LowMS: reference.MS}
	return result, false
}
