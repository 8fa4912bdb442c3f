package ci

import (
	"testing"

	"github.com/rt3d-tune/rt3d-tune/compare"
)

// A smaller run of `rt3d-tune bench gate`: no alarm without a change, and a slowdown of 3 % found.
func TestNights(t *testing.T) {
	n := Nights{Rule: compare.DefaultRule, Comparisons: 30, Variation: 0.01}
	quiet, err := n.Run(t.Context(), 60, 1)
	if err != nil {
		t.Fatal(err)
	}
	// At 1 % a night, three of 60 come about once in a hundred runs of another seed.
	if quiet.FalseAlarms > 2 || quiet.Unanswered > 0.01 || quiet.UnchangedPairs > 12 {
		t.Errorf("A against A: %+v", quiet)
	}
	n.Effect = 0.03
	slow, err := n.Run(t.Context(), 40, 2)
	if err != nil {
		t.Fatal(err)
	}
	if slow.Found < 36 || slow.FalseAlarms > 1 {
		t.Errorf("3 %% slower: %+v", slow)
	}
	again, err := n.Run(t.Context(), 40, 2)
	if err != nil || again != slow {
		t.Errorf("the same seed gives %+v, then %+v (%v)", slow, again, err)
	}
}
