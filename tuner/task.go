package tuner

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"

	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/results"
	"github.com/rt3d-tune/rt3d-tune/space"
	"github.com/rt3d-tune/rt3d-tune/tuner/pareto"
	"github.com/rt3d-tune/rt3d-tune/tuner/strategy"
)

// task tunes the kernels of one workload, at all densities and groups that it is wanted for.
type task struct {
	workload  spec.Workload
	name      string
	groups    []Group
	densities []float64 // below 1, descending
	cells     []cellKey // dense first
	// spaces of schedules: of dense layers, and of masked ones.
	denseSpace, maskedSpace *Schedules
	strategies              map[cellKey]strategy.Strategy
	table                   *table
	seed                    uint64
	effort                  effort
	// The job that is being learned from: its schedule and what it has gained.
	current spec.Schedule
	gain    float64
	open    bool
}

// proposal is one schedule and the cells to time it in: it is compiled once, since a mask is data.
type proposal struct {
	schedule spec.Schedule
	cells    []cellKey
}

func newTask(ctx context.Context, w spec.Workload, s *search) (*task, error) {
	t := &task{workload: w, name: w.Name(), densities: s.Options.Densities, strategies: map[cellKey]strategy.Strategy{}, table: s.table}
	h := fnv.New64a()
	h.Write([]byte(t.name))
	t.seed = s.Options.Seed ^ h.Sum64()
	for _, l := range s.layers {
		if l.workload != w {
			continue
		}
		t.effort.layers++
		for _, g := range l.groups {
			if !slices.Contains(t.groups, g) {
				t.groups = append(t.groups, g)
			}
		}
	}
	t.cells = []cellKey{denseCell(t.name)}
	for _, d := range t.densities {
		for _, g := range t.groups {
			t.cells = append(t.cells, cellKey{t.name, g, d})
		}
	}
	var err error
	if t.denseSpace, err = NewSchedules(w, s.vector, s.Options.Threads, false); err != nil {
		return nil, err
	}
	if t.maskedSpace, err = NewSchedules(w, s.vector, s.Options.Threads, true); err != nil {
		return nil, err
	}
	starts := map[*Schedules][]space.Point{}
	for _, schedules := range []*Schedules{t.denseSpace, t.maskedSpace} {
		if starts[schedules], err = promising(ctx, s.Prior, schedules, t.seed); err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			// It may be wrong, so it may be missing.
			s.Options.Log.Warn("the prior is given up", "workload", t.name, "cause", err)
			s.Prior = nil
		}
	}
	for i, k := range t.cells {
		p := strategy.Problem{
			Start:      starts[t.space(k)],
			Space:      t.space(k).Space,
			Objectives: []pareto.Objective{{Name: results.LatencyMS, Direction: pareto.Minimise}},
			Seed:       t.seed + uint64(i),
		}
		if t.strategies[k], err = strategy.New(s.Options.Kernels, p); err != nil {
			return nil, fmt.Errorf("workload %s: %w", t.name, err)
		}
	}
	return t, nil
}

// space of the schedules of a cell.
func (t *task) space(k cellKey) *Schedules {
	if k.group == dense {
		return t.denseSpace
	}
	return t.maskedSpace
}

// untried tells whether a schedule was never measured in a cell.
func (t *task) untried(k cellKey, s spec.Schedule) bool {
	c := t.table.cells[k]
	return c == nil || !c.tried[s]
}

// learn takes in a finished trial, in the order of the record.
func (t *task) learn(trial *results.Trial) error {
	k, s, err := cellOf(trial)
	if err != nil {
		return err
	}
	if t.open && s != t.current {
		t.close()
	}
	t.current, t.open = s, true
	before, had := t.table.best(k)
	if _, err := t.table.learn(trial); err != nil {
		return err
	}
	if after, has := t.table.best(k); had && has {
		t.gain += (before - after) / float64(len(t.cells))
	}
	point, in := t.space(k).Point(s)
	if !in || t.strategies[k] == nil {
		return nil
	}
	r := strategy.Result{Point: point, Outcome: trial.Outcome}
	if trial.Outcome == results.OK {
		r.Values = []float64{trial.Latency.MedianMS}
	}
	return t.strategies[k].Tell([]strategy.Result{r})
}

// close ends the job that is being learned from.
func (t *task) close() {
	if !t.open {
		return
	}
	t.effort.gains = append(t.effort.gains, t.gain)
	t.gain, t.open = 0, false
	sum, n := 0.0, 0
	for _, k := range t.cells {
		if ms, ok := t.table.best(k); ok {
			sum, n = sum+ms, n+1
		}
	}
	if n > 0 {
		t.effort.ms = sum / float64(n)
	}
}

// propose chooses the next schedule. Jobs go round the cells; in each, three sources take turns: a
// winner of a neighbouring cell that was not tried here, a neighbour of the cell's best schedule, and
// the strategy. A source that has nothing gives way to the next. ok is false when none has anything.
func (t *task) propose() (p proposal, ok bool, err error) {
	job := len(t.effort.gains)
	r := rand.New(rand.NewPCG(t.seed, uint64(job)))
	for turn := range t.cells {
		focus := t.cells[(job+turn)%len(t.cells)]
		sources := []func(cellKey, *rand.Rand) (spec.Schedule, bool, error){t.winner, t.neighbour, t.ask}
		for i := range sources {
			s, found, err := sources[(job/len(t.cells)+job+i)%len(sources)](focus, r)
			if err != nil {
				return proposal{}, false, err
			}
			if found {
				return t.spread(focus, s, job), true, nil
			}
		}
	}
	t.effort.done = true
	return proposal{}, false, nil
}

// spread adds the cells in which the schedule is worth timing too: the other densities of the group, and
// dense.
func (t *task) spread(focus cellKey, s spec.Schedule, job int) proposal {
	p := proposal{schedule: s, cells: []cellKey{focus}}
	group := focus.group
	if group == dense && len(t.groups) > 0 {
		group = t.groups[job/len(t.cells)%len(t.groups)]
	}
	for _, k := range t.cells {
		if k.group != dense && s.Algorithm.Winograd() {
			continue
		}
		if k != focus && (k.group == group || k.group == dense) && t.untried(k, s) {
			p.cells = append(p.cells, k)
		}
	}
	return p
}

// winner is the best schedule of a neighbouring cell: the next densities of the same group, dense, and
// the other groups at the same density.
func (t *task) winner(focus cellKey, _ *rand.Rand) (spec.Schedule, bool, error) {
	place := func(k cellKey) int { return slices.Index(t.densities, k.density) } // dense: -1
	for _, k := range t.cells {
		distance := place(k) - place(focus)
		near := (k.group == focus.group || k.group == dense || focus.group == dense) && (distance == 1 || distance == -1)
		near = near || k.density == focus.density && k.group != focus.group
		c := t.table.cells[k]
		if !near || c == nil {
			continue
		}
		best := c.best
		if focus.group != dense {
			best = c.listed
		}
		if best.filled && t.untried(focus, best.schedule) {
			return best.schedule, true, nil
		}
	}
	return spec.Schedule{}, false, nil
}

func (t *task) neighbour(focus cellKey, r *rand.Rand) (spec.Schedule, bool, error) {
	c := t.table.cells[focus]
	if c == nil || !c.best.filled {
		return spec.Schedule{}, false, nil
	}
	schedules := t.space(focus)
	best, in := schedules.Point(c.best.schedule)
	if !in {
		return spec.Schedule{}, false, nil
	}
	var chosen spec.Schedule
	n := 0
	for q := range schedules.Neighbours(best) {
		if s := schedules.Schedule(q); t.untried(focus, s) {
			if n++; r.IntN(n) == 0 {
				chosen = s
			}
		}
	}
	return chosen, n > 0, nil
}

func (t *task) ask(focus cellKey, _ *rand.Rand) (spec.Schedule, bool, error) {
	points, err := t.strategies[focus].Ask(1)
	if errors.Is(err, strategy.ErrExhausted) || errors.Is(err, space.ErrNoFeasible) {
		return spec.Schedule{}, false, nil
	}
	if err != nil {
		return spec.Schedule{}, false, err
	}
	s := t.space(focus).Schedule(points[0])
	return s, t.untried(focus, s), nil
}
