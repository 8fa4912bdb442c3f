package strategy

import (
	"math/rand/v2"

	engine "github.com/c-bata/goptuna/sobol"

	"github.com/rt3d-tune/rt3d-tune/space"
)

// sobol walks a Sobol sequence (goptuna's engine, direction numbers of Joe and Kuo 2008) with a digital
// shift drawn from the seed (Cranley and Patterson 1976, in base 2), which keeps the sequence's even
// cover and makes seeds matter. Each level of a discrete parameter, the last one included, owns an equal
// share of the axis. Positions that are infeasible or were proposed before are passed over.
type sobol struct {
	history
	engine *engine.Engine
	shift  []uint32
	passed int // positions passed over since the last proposal
}

// sobolPatience bounds the positions passed over before a uniform draw takes over: in a crowded space
// the sequence would walk for ever.
const sobolPatience = 1 << 14

func newSobol(p Problem) (Strategy, error) {
	return &sobol{
		history: newHistory(p),
		engine:  engine.NewEngine(uint32(max(1, p.Space.Dimensions()))),
		shift:   sobolShift(p.Seed, p.Space.Dimensions()),
	}, nil
}

func sobolShift(seed uint64, dimensions int) []uint32 {
	r := rand.New(rand.NewPCG(seed, 0x50b01))
	shift := make([]uint32, dimensions)
	for i := range shift {
		shift[i] = r.Uint32()
	}
	return shift
}

// shifted applies the digital shift to a position; the engine's numbers are multiples of 2^-32.
func shifted(u []float64, shift []uint32) []float64 {
	v := make([]float64, len(shift))
	for i := range v {
		v[i] = float64(uint32(u[i]*(1<<32))^shift[i]) / (1 << 32)
	}
	return v
}

func (s *sobol) Ask(n int) ([]space.Point, error) {
	return s.ask(n, func() (space.Point, error) {
		for s.passed = 0; s.passed < sobolPatience; s.passed++ {
			p := s.Space.FromUnit(shifted(s.engine.Draw(), s.shift))
			if s.unseen(p) && s.Space.Feasible(p) {
				return p, nil
			}
		}
		return s.fresh(s.random())
	})
}

func (s *sobol) Tell(rs []Result) error { _, err := s.tell(rs); return err }

func (s *sobol) State() State { return s.state("sobol") }
