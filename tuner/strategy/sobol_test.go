package strategy

import (
	"testing"

	"github.com/rt3d-tune/rt3d-tune/space"
)

// Points 2^k … 2^(k+1)−1 of a Sobol sequence put exactly one point in each of 2^k equal slices of every
// axis, whatever the digital shift.
func TestSobolStratifiesEveryAxis(t *testing.T) {
	const k = 6
	var ps []space.Parameter
	for i := range 9 {
		ps = append(ps, space.Float(string(rune('a'+i)), 0, 1))
	}
	for _, seed := range []uint64{0, 1, 99} {
		s, err := New("sobol", Problem{Space: newSpace(t, nil, ps...), Objectives: one, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		points, err := s.Ask(1<<(k+1) - 1)
		if err != nil {
			t.Fatal(err)
		}
		for d := range ps {
			hit := map[int]int{}
			for _, p := range points[1<<k-1:] {
				hit[int(p[d]*(1<<k))]++
			}
			if len(hit) != 1<<k {
				t.Errorf("seed %d, axis %d: %d of %d slices are hit", seed, d, len(hit), 1<<k)
			}
		}
	}
}
