package tuner

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/rt3d-tune/rt3d-tune/bench"
	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/results"
)

const (
	// contestName of the playoff of whole networks.
	contestName = "model"
	// leastRounds of a playoff, and leastContenders.
	leastRounds     = 3
	leastContenders = 2
	// mostPlayoffs in a row: on a device that goes on getting slower, old times never stop looking good.
	mostPlayoffs = 3
)

// contender is a network in the playoff.
type contender struct {
	*point
	candidate bench.Candidate
	// rounds holds the samples of each round, by its number; nil for one that the device spoiled.
	rounds [][]results.Sample
	last   bench.Result
	out    string // why it left, empty: still in
}

// held counts the rounds that the device did not spoil.
func (c *contender) held() (n int) {
	for _, r := range c.rounds {
		if r != nil {
			n++
		}
	}
	return n
}

// playoff times the front again, all networks of a round in random order, so that drift of the device
// falls on all alike, and so that nobody keeps a time that it owes to luck. The times of the playoff are
// the reported ones. When they are longer than the search's, a network that was beaten then may now be one
// of the best by its old time: as far as the budget goes, another playoff is held, with it. A playoff that
// is interrupted is held again.
func (s *search) playoff(ctx context.Context) error {
	if done, err := s.isHeld(ctx); done || err != nil {
		s.stopped[PlayoffPhase] = "nothing was measured since the last one"
		return err
	}
	if why := s.budget.spent(0); why != "" {
		s.stopped[PlayoffPhase] = why + "; the times are those of the search"
		return nil
	}
	met := map[string]bool{}
	for range mostPlayoffs {
		front, near, err := s.contenders()
		if err != nil {
			return err
		}
		field := append(front, near...)
		surfaced := slices.ContainsFunc(front, func(p *point) bool { return !met[p.trial.Key] })
		if len(met) > 0 && (!surfaced || s.budget.trials() < len(field)) {
			return nil
		}
		for _, p := range field {
			met[p.trial.Key] = true
		}
		began := s.Options.Now()
		if err := s.hold(ctx, field); err != nil {
			return err
		}
		if left, bounded := s.budget.remaining(); bounded && left < s.Options.Now().Sub(began) {
			return nil
		}
	}
	return nil
}

// hold holds one playoff.
func (s *search) hold(ctx context.Context, points []*point) error {
	field, err := s.enter(ctx, points)
	if err != nil {
		return err
	}
	s.stopped[PlayoffPhase] = fmt.Sprintf("%d rounds", s.Options.Rounds)
	for round := range s.Options.Rounds {
		began := s.Options.Now()
		if err := s.round(ctx, field, round); err != nil {
			return err
		}
		spent := s.Options.Now().Sub(began)
		if left, bounded := s.budget.remaining(); bounded && round+1 >= leastRounds && round+1 < s.Options.Rounds && spent > left {
			s.stopped[PlayoffPhase] = fmt.Sprintf("time is up after %d rounds", round+1)
			break
		}
	}
	if err := s.makeUp(ctx, field); err != nil {
		return err
	}
	return s.settle(ctx, field)
}

// makeUp gives networks whose rounds were spoiled by the device more of them, at most as many again.
func (s *search) makeUp(ctx context.Context, field []*contender) error {
	for round := s.Options.Rounds; round < 2*s.Options.Rounds; round++ {
		var short []*contender
		for _, c := range field {
			if c.out == "" && c.held() < leastRounds {
				short = append(short, c)
			}
		}
		if left, bounded := s.budget.remaining(); len(short) == 0 || bounded && left <= 0 {
			return nil
		}
		if err := s.round(ctx, short, round); err != nil {
			return err
		}
	}
	return nil
}

// phaseName numbers the playoffs of a study, since the same network may meet others later.
func (s *search) phaseName() string {
	for n := 1; ; n++ {
		name := PlayoffPhase
		if n > 1 {
			name = Phase(fmt.Sprintf("%s-%d", PlayoffPhase, n))
		}
		if len(s.record.finished[name]) == 0 {
			return string(name)
		}
	}
}

// isHeld tells whether nothing was measured since the last playoff.
func (s *search) isHeld(ctx context.Context) (bool, error) {
	contests, err := s.Store.Contests(ctx, s.ID)
	if err != nil {
		return false, err
	}
	for _, c := range contests {
		if c.Name != contestName {
			continue
		}
		for _, t := range slices.Concat(s.record.of(SearchPhase), s.record.of(RefinePhase), s.record.of(ReorderPhase)) {
			if t.Kind == results.ModelTrial && t.ID > c.Entries[0].TrialID {
				return false, nil
			}
		}
		return true, nil
	}
	return false, nil
}

// enter makes the contenders' programs.
func (s *search) enter(ctx context.Context, points []*point) ([]*contender, error) {
	var field []*contender
	for _, p := range points {
		g, err := s.graphOf(ctx, p)
		if err != nil {
			return nil, err
		}
		c, err := s.again(p, g)
		if err != nil {
			return nil, err
		}
		field = append(field, c)
	}
	return field, nil
}

// graphOf gives a measured network: as it was kept, or made again.
func (s *search) graphOf(ctx context.Context, p *point) (*model.Graph, error) {
	if g := s.graphs[p.trial.Key]; g != nil {
		return g, nil
	}
	g, err := s.remade(ctx, p)
	if err != nil || p.reordered == nil {
		return g, err
	}
	program, err := s.program(p, g)
	if err != nil {
		return nil, err
	}
	return reordered(s.Target, program, p.reordered)
}

// remade gives a measured network with its filters in the dense network's order: read from the store where it
// was refined, or pruned again.
func (s *search) remade(ctx context.Context, p *point) (*model.Graph, error) {
	if p.trial.Refined != "" {
		data, err := s.Store.Network(ctx, p.trial.Refined)
		if err != nil {
			return nil, err
		}
		return decodeRefined(s.Graph, data)
	}
	g, refusal, err := s.prune(ctx, p.choice)
	if err == nil {
		err = refusal // it was not refused the first time
	}
	return g, err
}

// program of a measured network, with the schedules that it was measured with.
func (s *search) program(p *point, g *model.Graph) (kernels.Program, error) {
	schedules := map[string]spec.Schedule{}
	for _, l := range p.trial.Layers {
		if l.Schedule == "" {
			continue
		}
		k, err := spec.ParseSchedule(l.Schedule)
		if err != nil {
			return kernels.Program{}, fmt.Errorf("trial %d, layer %s: %w", p.trial.Number, l.Name, err)
		}
		schedules[l.Name] = k
	}
	return kernels.Program{Name: "network", Graph: g, Schedules: schedules, Threads: s.Options.Threads}, nil
}

// again describes a measured network as a candidate.
func (s *search) again(p *point, g *model.Graph) (*contender, error) {
	program, err := s.program(p, g)
	if err != nil {
		return nil, err
	}
	effort := s.Options.ModelEffort
	effort.MinSamples, effort.MaxSamples = max(1, effort.MinSamples*2/3), max(1, effort.MaxSamples/3)
	effort.MaxTime = max(effort.MaxTime/3, time.Millisecond)
	return &contender{point: p, candidate: bench.Candidate{
		Key: p.trial.Key, Kind: results.ModelTrial, Fresh: true, Effort: effort, Program: program,
	}}, nil
}

// round times every contender once, in an order drawn from the seed.
func (s *search) round(ctx context.Context, field []*contender, round int) error {
	r := rand.New(rand.NewPCG(s.Options.Seed, uint64(round)^0x91a40ff))
	var candidates []bench.Candidate
	byKey := map[string]*contender{}
	for _, i := range r.Perm(len(field)) {
		if c := field[i]; c.out == "" {
			candidates = append(candidates, c.candidate)
			byKey[c.candidate.Key] = c
		}
	}
	return s.stream(ctx, candidates, func(result bench.Result) error {
		c := byKey[result.Key]
		switch {
		case c == nil:
			return fmt.Errorf("evaluator answered %q, which was not asked for", result.Key)
		case result.Outcome == results.OK && result.Latency != nil:
			c.rounds = append(c.rounds, make([][]results.Sample, round+1-len(c.rounds))...)
			c.rounds[round] = result.Samples
			result.Build, result.Push, result.Measure = result.Build+c.last.Build, result.Push+c.last.Push, result.Measure+c.last.Measure
			c.last = result
		case result.Outcome.Teaches():
			c.out = fmt.Sprintf("%s in round %d: %s", result.Outcome, round+1, result.Detail)
		}
		return nil
	})
}

// settle records the contenders' times, says which cannot be told apart, and picks one.
func (s *search) settle(ctx context.Context, field []*contender) error {
	phase := s.phaseName()
	var in []*contender
	var trials []*results.Trial
	for _, c := range field {
		if c.out != "" || c.held() < leastRounds {
			s.Options.Log.Warn("left the playoff", "key", c.candidate.Key, "rounds", c.held(), "because", orElse(c.out, "met faults of the device"))
			continue
		}
		t := *c.trial
		t.ID, t.Number, t.Phase, t.ReusedFrom = 0, 0, phase, 0
		t.Started, t.Seconds = time.Time{}, 0
		t.Objectives = map[string]float64{s.Accuracy.Name(): c.quality}
		pooled := c.last
		pooled.Latency = poolRounds(c.rounds, c.last.Latency.Emulated)
		pooled.Samples = slices.Concat(c.rounds...)
		if pooled.Latency == nil {
			s.Options.Log.Warn("left the playoff", "key", c.candidate.Key, "rounds", c.held(), "because", "no valid samples")
			continue
		}
		complete(&t, pooled, s.Options)
		c.ms = t.Latency.MedianMS
		in, trials = append(in, c), append(trials, &t)
	}
	if len(in) == 0 {
		for _, c := range field {
			if c.out != "" {
				return fmt.Errorf("no network finished the playoff: %s", c.out)
			}
		}
		s.stopped[PlayoffPhase] = "the device was never quiet enough; the times are those of the search"
		return nil
	}
	for _, t := range trials {
		if err := s.commit(ctx, t); err != nil {
			return err
		}
	}
	picked, tied := s.pick(in)
	contest := results.Contest{Name: contestName}
	var gaps []Gap
	for i, c := range in {
		contest.Entries = append(contest.Entries, results.ContestEntry{TrialID: trials[i].ID, Tied: tied[i], Picked: i == picked})
		gaps = append(gaps, Gap{Key: trials[i].Key, LayersMS: s.sumOfLayers(c.choice) - s.savedByOrder(trials[i]), NetworkMS: c.ms})
	}
	s.fastest = 0
	s.noteBest(trials[picked])
	s.progress("")
	if err := s.Store.PutState(ctx, s.ID, gapState, gaps); err != nil {
		return err
	}
	return s.Store.SetContest(ctx, s.ID, contest)
}

// pick chooses among the networks that lose no more than is acceptable against dense: the fastest and
// those that cannot be told apart from it are tied; of these the best quality wins, then the fewest
// multiply-accumulates, then the key. Dense stands in when nothing else is acceptable.
func (s *search) pick(in []*contender) (picked int, tied []bool) {
	floor := s.acceptable()
	fastest := -1
	for i, c := range in {
		if c.quality >= floor && (fastest < 0 || c.ms < in[fastest].ms) {
			fastest = i
		}
	}
	if fastest < 0 { // dense left the playoff, and nothing else is acceptable: the best quality
		for i, c := range in {
			if fastest < 0 || c.quality > in[fastest].quality {
				fastest = i
			}
		}
		floor = in[fastest].quality
	}
	tied = make([]bool, len(in))
	picked = fastest
	for i, c := range in {
		tied[i] = i == fastest || c.quality >= floor && !differ(in[fastest].rounds, c.rounds)
		if tied[i] && preferred(c, in[picked]) {
			picked = i
		}
	}
	return picked, tied
}

// acceptable is the least quality that a network may have to be picked; the difference of two shares is
// right to the last digit only.
func (s *search) acceptable() float64 { return s.dense.quality - s.Options.Loss - 1e-12 }

func preferred(a, b *contender) bool {
	if a.quality != b.quality {
		return a.quality > b.quality
	}
	if a.trial.MACs != b.trial.MACs {
		return a.trial.MACs < b.trial.MACs
	}
	return a.trial.Key < b.trial.Key
}
