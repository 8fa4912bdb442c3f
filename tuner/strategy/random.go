package strategy

import "github.com/rt3d-tune/rt3d-tune/space"

// random proposes feasible points uniformly, none of them twice.
type random struct{ history }

func newRandom(p Problem) (Strategy, error) { return &random{newHistory(p)}, nil }

func (s *random) Ask(n int) ([]space.Point, error) {
	return s.ask(n, func() (space.Point, error) { return s.fresh(s.random()) })
}

func (s *random) Tell(rs []Result) error { _, err := s.tell(rs); return err }

func (s *random) State() State { return s.state("random") }
