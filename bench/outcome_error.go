package bench

import (
	"fmt"

	"github.com/rt3d-tune/rt3d-tune/results"
)

// OutcomeError is for callers that cannot go on without the time of a candidate, whose trial ended otherwise.
type OutcomeError struct {
	Key     string
	Outcome results.Outcome
	Detail  string
}

// Error implements error.
func (e *OutcomeError) Error() string {
	return fmt.Sprintf("time %s: %s: %s", e.Key, e.Outcome, e.Detail)
}
