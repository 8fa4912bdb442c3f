package tuner

import (
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
)

// keepCompiled is how much slower, as a share of the layers' sum, schedules may be that were compiled for
// another network already: masks are data, so the same schedules need no compiler. It is well below
// what a measurement can tell apart.
const keepCompiled = 0.01

// schedulesFor chooses the schedules of a network: the best of each layer in the table, unless those of
// an earlier network do nearly as well. Layers that were never measured are left to the default.
func (s *search) schedulesFor(choice []LayerChoice) map[string]spec.Schedule {
	best := map[string]spec.Schedule{}
	least := 0.0
	for _, l := range s.layers {
		group, density := chosenFor(l.name, choice)
		k, ok := s.table.schedule(l.id, group, density)
		if !ok {
			continue
		}
		best[l.name] = k
		if ms, ok := s.table.time(l.id, group, density, k); ok {
			least += ms
		} else if ms, ok := s.table.estimate(l.id, group, density); ok {
			least += ms
		}
	}
	chosen, limit := best, least*(1+keepCompiled)
	for _, set := range s.compiled {
		if ms, ok := s.sumWith(choice, set, len(best)); ok && ms <= limit {
			chosen, limit = set, ms
		}
	}
	return chosen
}

// sumWith predicts the convolutions' time with given schedules; ok is false unless all were measured.
func (s *search) sumWith(choice []LayerChoice, set map[string]spec.Schedule, layers int) (sum float64, ok bool) {
	if len(set) != layers {
		return 0, false
	}
	for _, l := range s.layers {
		k, has := set[l.name]
		if !has {
			continue
		}
		group, density := chosenFor(l.name, choice)
		ms, known := s.table.time(l.id, group, density, k)
		if !known {
			return 0, false
		}
		sum += ms
	}
	return sum, true
}

// noteCompiled remembers the schedules of a network in the record.
func (s *search) noteCompiled(p modelParameters) error {
	set, err := p.schedules()
	if err != nil {
		return err
	}
	s.compiled = append(s.compiled, set)
	return nil
}
