package results

import (
	"context"
	"errors"
	"testing"
)

// What was trained is kept by its content, once; a trial cannot name a network that the file lacks.
func TestNetworks(t *testing.T) {
	ctx := context.Background()
	s := open(t)
	first, err := s.SaveNetwork(ctx, []byte("a network"))
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.SaveNetwork(ctx, []byte("a network"))
	if err != nil || again != first {
		t.Errorf("saved again: %s, %v; want %s", again, err, first)
	}
	if got, err := s.Network(ctx, first); err != nil || string(got) != "a network" {
		t.Errorf("read %q, %v", got, err)
	}
	if _, err := s.Network(ctx, "none"); !errors.Is(err, ErrNotFound) {
		t.Errorf("unknown network: %v", err)
	}
	trial := full(study(t, s, "s").ID)
	trial.ReusedFrom, trial.Refined = 0, "0000000000000000000000000000000000000000000000000000000000000000"
	if err := s.AppendTrial(ctx, trial); err == nil {
		t.Error("a trial of a network that is not there was taken")
	}
}
