package tuner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/rt3d-tune/rt3d-tune/bench"
	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/results"
	"github.com/rt3d-tune/rt3d-tune/tuner/strategy"
)

// Study is one search and everything it works with.
type Study struct {
	// ID of the study in the store; the caller has created or found it there.
	ID int64
	// Basis of the study in the store: sensitivities of other studies of this basis are taken over; empty:
	// none are.
	Basis string
	Store *results.Store
	// Graph is the dense network, Target what its kernels are compiled for.
	Graph     *model.Graph
	Target    spec.Target
	Evaluator bench.Evaluator
	Pruner    Pruner
	Accuracy  Accuracy
	// Refiner trains pruned networks on; nil: all are pruned in one shot.
	Refiner Refiner
	// Prior orders the kernels that are tried first; nil: nothing is known before it is measured.
	Prior   Prior
	Options Options
}

// Summary says what a search came to.
type Summary struct {
	// Dense is the point of the network with nothing pruned.
	Dense results.Point
	// Front from the fastest to the slowest, as the store gives it.
	Front []results.Point
	// Picked is the key of the point that the playoff picked; Tied are those that cannot be told apart
	// from it.
	Picked string
	Tied   []string
	// Gap compares the sum of the tuned layers with the time of the whole network.
	Gap []Gap
	// Trials by phase, all invocations counted.
	Trials map[Phase]int
	// Stopped says why each phase ended, for example "time is up".
	Stopped map[Phase]string
	Elapsed time.Duration
}

// Run searches until the budget is spent, the space is exhausted or ctx ends, and goes on where the
// study's record stands. A budget that is spent before the dense network was measured is an
// *OutOfBudgetError, and one that is too small for that from the start a *TooFewTrialsError. When ctx ends, everything that was finished is in the store and the error
// wraps ctx.Err(). An error that wraps a *remote.DeviceError means that the device failed for good.
// In every case the study can be resumed.
func Run(ctx context.Context, study Study) (*Summary, error) {
	s, err := newSearch(ctx, study)
	if err != nil {
		return nil, fmt.Errorf("start search: %w", err)
	}
	if err := s.Store.SetState(ctx, s.ID, results.Running); err != nil {
		return nil, fmt.Errorf("start search: %w", err)
	}
	err = s.run(ctx)
	state := results.Finished
	var over *OutOfBudgetError
	switch {
	case err == nil:
	case errors.As(err, &over):
		state = results.Interrupted
	case ctx.Err() != nil:
		state = results.Interrupted
		err = fmt.Errorf("search interrupted: %w", context.Cause(ctx))
	default:
		state = results.Failed
	}
	// The end of the search is recorded whatever ended it.
	last := context.WithoutCancel(ctx)
	err = errors.Join(err, s.ledger.flush(last), s.Store.SetState(last, s.ID, state))
	summary, sumErr := s.summary(last)
	return summary, errors.Join(err, sumErr)
}

// search is a running study.
type search struct {
	Study
	vector  spec.Vector
	layers  []layer
	record  *record
	budget  *budget
	ledger  *ledger
	table   *table
	losses  *losses
	stopped map[Phase]string
	dense   *point
	// graphs holds pruned networks for the playoff, as far as heldGraphs bytes of weights go.
	graphs map[string]*model.Graph
	held   int
	// orders of the filters of level 1's kernels.
	orders *orders
	// compiled holds the schedules of the networks so far.
	compiled []map[string]spec.Schedule
	// mustEnd is when work that must run has no more time; zero: no such work, or no bound.
	mustEnd time.Time
	// faults in a row without a result that teaches.
	faults int
	// fault is the last of them.
	fault error
	// perKernel is how long a kernel trial takes.
	perKernel time.Duration
	phase     Phase
	done      int
	best      string
	// fastest network within the acceptable loss, in ms; 0: none yet.
	fastest float64
}

func newSearch(ctx context.Context, study Study) (*search, error) {
	s := &search{Study: study, stopped: map[Phase]string{}, graphs: map[string]*model.Graph{}, orders: newOrders()}
	if s.Store == nil || s.Graph == nil || s.Evaluator == nil || s.Pruner == nil || s.Accuracy == nil {
		return nil, errors.New("a study needs a store, a graph, an evaluator, a pruner and an accuracy")
	}
	info, err := isa.Of(s.Target.ISA, s.Target.DataType)
	if err != nil {
		return nil, err
	}
	s.vector = info.Vector()
	if err := s.Options.complete(s.Accuracy.Clips()); err != nil {
		return nil, err
	}
	if s.layers, err = layersOf(s.Graph, s.Target.DataType, s.Options); err != nil {
		return nil, err
	}
	s.Options.Contenders = min(s.Options.Contenders, roomFor(s.Graph))
	if s.record, err = openRecord(ctx, s.Store, s.ID); err != nil {
		return nil, err
	}
	if err := checkTrials(s.layers, s.vector, s.Options); err != nil {
		return nil, err
	}
	s.budget = newBudget(s.Options, s.record)
	s.ledger = newLedger(s.Store, s.ID)
	return s, nil
}

// roomFor says how many pruned copies of a network a playoff may hold in memory: 2 GiB of weights, but
// no fewer than three networks.
func roomFor(g *model.Graph) int { return max(3, (2<<30)/max(1, weightBytes(g))) }

func weightBytes(g *model.Graph) int {
	weights := 0
	for _, n := range g.Convs() {
		weights += n.Op.(*model.Conv).WeightCount()
	}
	return 4 * weights
}

// heldGraphs bounds the pruned networks that are kept for the playoff; others are pruned again.
const heldGraphs = 256 << 20

// keep remembers a pruned network while there is room.
func (s *search) keep(key string, g *model.Graph) {
	if size := weightBytes(g); s.graphs[key] == nil && s.held+size <= heldGraphs {
		s.graphs[key] = g
		s.held += size
	}
}

// run is the study loop: the phases in order.
func (s *search) run(ctx context.Context) error {
	if err := s.prepare(ctx); err != nil {
		return err
	}
	for _, phase := range []struct {
		name Phase
		run  func(context.Context) error
	}{
		{TablePhase, s.tuneKernels},
		{SensitivityPhase, s.measureLosses},
		{SearchPhase, s.searchModels},
		{RefinePhase, s.refine},
		{ReorderPhase, s.chooseOrders},
		{PlayoffPhase, s.playoff},
	} {
		if phase.name == RefinePhase && s.Refiner == nil {
			continue // nobody trains networks on
		}
		if phase.name == ReorderPhase && !s.Options.Reorder {
			continue
		}
		s.phase, s.done, s.best = phase.name, 0, ""
		s.budget.enter(phase.name)
		s.progress("")
		if err := phase.run(ctx); err != nil {
			return fmt.Errorf("%s: %w", phase.name, err)
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("%s: %w", phase.name, err)
		}
		s.Options.Log.Info("phase ended", "phase", phase.name, "trials", s.done, "because", s.stopped[phase.name])
	}
	return nil
}

// prepare lets the pruner do what it does once (statistics on calibration clips), so that the phases share
// what is left of the time rather than one of them paying for all.
func (s *search) prepare(ctx context.Context) error {
	s.budget.enter(TablePhase)
	if s.Options.Wall == 0 {
		return nil
	}
	s.phase = TablePhase
	s.progress("")
	for _, l := range s.layers {
		if len(l.groups) > 0 {
			return s.must(ctx, "while statistics were taken on the calibration clips", func(ctx context.Context) error {
				_, _, err := s.prune(ctx, []LayerChoice{{Layer: l.name, Group: l.groups[0], Rate: s.Options.Rates[0]}})
				return err
			})
		}
	}
	return nil
}

// progress reports to whoever looks.
func (s *search) progress(trial string) {
	if s.Options.Progress == nil {
		return
	}
	elapsed, left := s.budget.elapsed(), s.budget.left()
	s.Options.Progress(Progress{Phase: s.phase, Done: s.done, Total: s.budget.expected(s.done), Best: s.best, Trial: trial, Elapsed: elapsed, Left: left})
}

// complete fills in the defaults and refuses what cannot be.
func (o *Options) complete(clips int) error {
	if o.Trials < 0 || o.Wall < 0 {
		return fmt.Errorf("budget of %d trials and %s: want neither negative", o.Trials, o.Wall)
	}
	if o.Trials == 0 && o.Wall == 0 {
		o.Trials = 400
	}
	if o.Shares == (Shares{}) {
		o.Shares = DefaultShares
	}
	if o.Shares == DefaultShares && o.Wall == 0 {
		o.Shares = ShareOfTrials
	}
	for _, share := range []float64{o.Shares.Table, o.Shares.Sensitivity, o.Shares.Search, o.Shares.Reorder, o.Shares.Playoff} {
		if !(share >= 0) {
			return fmt.Errorf("shares %+v: want none negative", o.Shares)
		}
	}
	if len(o.Groups) == 0 {
		return errors.New("no groups: want at least one way to prune")
	}
	for i, g := range o.Groups {
		if slices.Contains(o.Groups[:i], g) {
			return fmt.Errorf("group %s is given twice", g)
		}
	}
	if len(o.Densities) == 0 {
		o.Densities = []float64{1, 0.5, 0.25, 0.125}
	}
	for _, d := range o.Densities {
		if !(d > 0 && d <= 1) {
			return fmt.Errorf("density %g: want more than 0 and at most 1", d)
		}
	}
	o.Densities = slices.DeleteFunc(slices.Clone(o.Densities), func(d float64) bool { return d == 1 })
	slices.SortFunc(o.Densities, func(a, b float64) int {
		if a > b {
			return -1
		}
		return 1
	})
	o.Densities = slices.Compact(o.Densities)
	if len(o.Rates) == 0 {
		o.Rates = []float64{0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 0.9375}
	}
	o.Rates = slices.Compact(slices.Sorted(slices.Values(o.Rates)))
	for _, r := range o.Rates {
		if !(r > 0 && r < 1) {
			return fmt.Errorf("rate %g: want more than 0 and less than 1", r)
		}
	}
	o.Threads = max(1, o.Threads)
	o.Kernels = orElse(o.Kernels, "tpe")
	o.Models = orElse(o.Models, Predicted)
	if o.Models != Predicted && !slices.Contains(strategy.Names(), o.Models) {
		return fmt.Errorf("strategy %q of level 2: want %s or one of %q", o.Models, Predicted, strategy.Names())
	}
	if !slices.Contains(strategy.Names(), o.Kernels) {
		return fmt.Errorf("strategy %q of level 1: want one of %q", o.Kernels, strategy.Names())
	}
	if o.SensitivityClips <= 0 {
		o.SensitivityClips = max(clips/4, 200)
	}
	o.SensitivityClips = min(o.SensitivityClips, clips)
	if o.Loss == 0 {
		o.Loss = 0.02
	}
	o.Refined = orElse(o.Refined, 3)
	o.RefinedLoss = orElse(o.RefinedLoss, 0.2)
	o.Contenders = orElse(o.Contenders, 12)
	o.Rounds = max(orElse(o.Rounds, 6), leastRounds)
	if o.KernelEffort == (bench.Effort{}) {
		o.KernelEffort = bench.Effort{MinSamples: 7, MaxSamples: 15, MinBatch: time.Millisecond, MaxTime: 120 * time.Millisecond}
	}
	if o.ModelEffort == (bench.Effort{}) {
		o.ModelEffort = bench.Effort{MinSamples: 9, MaxSamples: 30, MinBatch: 2 * time.Millisecond, MaxTime: time.Second}
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return nil
}

func orElse[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}
