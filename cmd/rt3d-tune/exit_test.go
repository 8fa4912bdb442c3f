package main

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/bench"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// A device that gives no time is a fault of the device; a candidate that crashes on it is not.
func TestExitStatusOfOutcomes(t *testing.T) {
	for outcome, want := range map[results.Outcome]int{
		results.Unstable: exitDevice, results.Hot: exitDevice, results.PushError: exitDevice,
		results.Crash: exitFailed, results.WrongAnswer: exitFailed,
	} {
		err := fmt.Errorf("search: %w", &bench.OutcomeError{Key: "dense", Outcome: outcome, Detail: "so"})
		if got := exitStatus(t.Context(), err, io.Discard); got != want {
			t.Errorf("%v: exit status %d, want %d", err, got, want)
		}
	}
	if got := exitStatus(t.Context(), errors.New("else"), io.Discard); got != exitFailed {
		t.Errorf("another error: exit status %d", got)
	}
}
