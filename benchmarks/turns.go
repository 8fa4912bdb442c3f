package main

import (
	"math/rand/v2"
	"time"
)

// Turns shorter than leastTurn consist of several executions. Between turns, spinning threads of the
// side that ran before get settle to fall asleep.
const (
	leastTurn = 5 * time.Millisecond
	settle    = 3 * time.Millisecond
)

// A turn in which a side waited for its cores for more than quietShare of it was disturbed by something
// else on this machine. It is taken again, at most attempts times; a round with a turn that never was
// quiet is repeated, at most attempts times as many rounds as asked for.
const (
	quietShare = 0.01
	attempts   = 3
)

// turns are the times of sides that took turns.
type turns struct {
	// ms of one execution, for each side and scored round.
	ms [][]float64
	// disturbed tells that too few rounds were quiet, so that all are scored.
	disturbed bool
}

// takeTurns lets each side run once a round, in random order, until there are as many quiet rounds as
// asked for. An execution that is repeated within a turn is preceded by one that fills the caches.
func takeTurns(sides []*side, rounds int) (turns, error) {
	random := rand.New(rand.NewPCG(uint64(len(sides)), uint64(rounds)))
	counts := make([]int, len(sides))
	for i, s := range sides {
		one, err := s.run(1, 1)
		if err != nil {
			return turns{}, err
		}
		counts[i] = int(leastTurn/max(one, 1)) + 1
	}
	all, quiet := turns{ms: make([][]float64, len(sides))}, turns{ms: make([][]float64, len(sides))}
	for range attempts * rounds {
		round, undisturbed := make([]float64, len(sides)), true
		for _, i := range random.Perm(len(sides)) {
			alone := false
			for try := 0; try < attempts && !alone; try++ {
				var err error
				if round[i], alone, err = takeTurn(sides[i], counts[i]); err != nil {
					return turns{}, err
				}
			}
			undisturbed = undisturbed && alone
		}
		all.add(round)
		if undisturbed {
			quiet.add(round)
		}
		if quiet.rounds() == rounds {
			return quiet, nil
		}
	}
	all.disturbed = true
	return all, nil
}

// takeTurn returns the milliseconds of one execution, and whether the side had its cores for itself.
func takeTurn(s *side, count int) (ms float64, alone bool, err error) {
	time.Sleep(settle)
	before, err := s.waited()
	if err != nil {
		return 0, false, err
	}
	ran, err := s.run(min(1, count-1), count)
	if err != nil {
		return 0, false, err
	}
	after, err := s.waited()
	if err != nil {
		return 0, false, err
	}
	return float64(ran) / 1e6 / float64(count), float64(after-before) <= quietShare*float64(ran), nil
}

func (t *turns) add(round []float64) {
	for i, ms := range round {
		t.ms[i] = append(t.ms[i], ms)
	}
}

func (t *turns) rounds() int { return len(t.ms[0]) }
