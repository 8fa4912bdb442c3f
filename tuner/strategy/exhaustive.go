package strategy

import (
	"fmt"

	"github.com/rt3d-tune/rt3d-tune/space"
)

// exhaustiveLimit is the largest space that is worth listing, constraints aside.
const exhaustiveLimit = 1 << 20

// exhaustive proposes every feasible point once, in the order of space.All.
type exhaustive struct {
	history
	points []space.Point
	next   int
}

func newExhaustive(p Problem) (Strategy, error) {
	size, ok := p.Space.Size()
	if !ok || size > exhaustiveLimit {
		return nil, fmt.Errorf("space is real or has more than %d points: %w", exhaustiveLimit, ErrUnsuited)
	}
	s := &exhaustive{history: newHistory(p)}
	for q := range p.Space.All() {
		s.points = append(s.points, q)
	}
	return s, nil
}

func (s *exhaustive) Ask(n int) ([]space.Point, error) {
	return s.ask(n, func() (space.Point, error) {
		for ; s.next < len(s.points); s.next++ {
			if p := s.points[s.next]; s.unseen(p) {
				return p.Clone(), nil
			}
		}
		return nil, fmt.Errorf("all %d points: %w", len(s.points), ErrExhausted)
	})
}

func (s *exhaustive) Tell(rs []Result) error { _, err := s.tell(rs); return err }

func (s *exhaustive) State() State { return s.state("exhaustive") }
