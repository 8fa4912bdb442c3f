package tuner

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/rt3d-tune/rt3d-tune/bench"
	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// kernelParameters are what a kernel trial can be run again from.
type kernelParameters struct {
	Workload string  `json:"workload"`
	Group            // scheme, gm, gn
	Density  float64 `json:"density"`
	Schedule string  `json:"schedule"`
	Seed     uint64  `json:"seed"` // of the weights and the mask
	// Layer whose weights it has instead, pruned by norm, its filters in the order that suits the kernel.
	Layer string `json:"layer,omitempty"`
}

// batchTasks is the number of workloads whose jobs are evaluated together, so that some compile while
// others run.
const batchTasks = 4

// tuneKernels is level 1: it fills the latency table.
func (s *search) tuneKernels(ctx context.Context) error {
	s.table = newTable()
	var tasks []*task
	byName := map[string]*task{}
	for _, l := range s.layers {
		if byName[l.id] == nil {
			t, err := newTask(ctx, l.workload, s)
			if err != nil {
				return err
			}
			tasks = append(tasks, t)
			byName[t.name] = t
		}
	}
	for _, trial := range s.record.of(TablePhase) {
		// Workloads of a configuration that kept other layers are no longer wanted.
		if t := byName[trial.Workload]; t != nil {
			if err := t.learn(trial); err != nil {
				return err
			}
		}
	}
	for _, t := range tasks {
		t.close()
	}
	if err := s.standardKernels(ctx, tasks); err != nil {
		return err
	}
	if err := s.improveKernels(ctx, tasks); err != nil {
		return err
	}
	return s.storeTable(ctx)
}

// standardKernels times the hand-made choices of every cell, dense first, then from the densest to the
// sparsest, so that a short budget leaves out the sparsest.
func (s *search) standardKernels(ctx context.Context, tasks []*task) error {
	passes := append([]float64{1}, s.Options.Densities...)
	for pass, density := range passes {
		batch := map[*task][]proposal{}
		for _, t := range tasks {
			for _, k := range t.cells {
				if k.density != density {
					continue
				}
				for _, p := range standards(t.workload, k, s.vector, s.Options.Threads) {
					if !t.untried(k, p) {
						continue
					}
					if err := spec.Check(t.workload, p, s.vector); err != nil {
						return fmt.Errorf("choose a schedule by hand: %w", err)
					}
					batch[t] = append(batch[t], proposal{p, []cellKey{k}})
				}
			}
		}
		run := func(ctx context.Context) error {
			_, err := s.runProposals(ctx, tasks, batch, pass == 0)
			return err
		}
		var err error
		if pass == 0 { // dense kernels are what everything is compared with
			err = s.must(ctx, "while the dense kernels were timed", run)
		} else {
			err = run(ctx)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// improveKernels looks for better schedules where they gain most.
func (s *search) improveKernels(ctx context.Context, tasks []*task) error {
	efforts := make([]effort, len(tasks))
	for {
		if why := s.budget.spent(0); why != "" {
			s.stopped[TablePhase] = why
			return nil
		}
		for i, t := range tasks {
			efforts[i] = t.effort
		}
		started := s.Options.Now()
		batch := map[*task][]proposal{}
		var chosen []*task
		for _, i := range allocate(efforts, batchTasks) {
			p, ok, err := tasks[i].propose()
			if err != nil {
				return err
			}
			if ok {
				batch[tasks[i]] = []proposal{p}
				chosen = append(chosen, tasks[i])
			}
		}
		s.ledger.add(activityPropose, s.Options.Now().Sub(started))
		if len(chosen) == 0 {
			if tasksDone(tasks) {
				s.stopped[TablePhase] = "every schedule was tried"
				return nil
			}
			continue // the ones that had nothing are marked done; others are next
		}
		whole, err := s.runProposals(ctx, chosen, batch, false)
		if err != nil {
			return err
		}
		if !whole {
			s.stopped[TablePhase] = orElse(s.budget.spent(s.perKernel), "time is up")
			return nil
		}
	}
}

func tasksDone(tasks []*task) bool {
	for _, t := range tasks {
		if !t.effort.done {
			return false
		}
	}
	return true
}

// heldWeights bounds the weights of the kernels in one call of the evaluator, in bytes: the first fully
// connected layer of C3D alone has 134 MB.
const heldWeights = 512 << 20

// runProposals times proposals, as many as the budget has room for unless they must run. It tells
// whether all were run.
func (s *search) runProposals(ctx context.Context, tasks []*task, batch map[*task][]proposal, must bool) (whole bool, err error) {
	var jobs []job
	var owners []*task
	var bytes int64
	flush := func() error {
		if len(jobs) == 0 {
			return ctx.Err()
		}
		err := s.runJobs(ctx, jobs, owners)
		jobs, owners, bytes = nil, nil, 0
		return err
	}
	whole = true
	for _, t := range tasks {
		for _, p := range batch[t] {
			for _, k := range p.cells {
				if must && len(jobs) >= s.budget.unspent() {
					return false, &OutOfBudgetError{fmt.Sprintf("%d trials", s.Options.Trials), "while the dense kernels were timed"}
				}
				if !must && (len(jobs) >= s.budget.trials() || s.budget.spent(time.Duration(len(jobs)+1)*s.perKernel) != "") {
					whole = false
					continue
				}
				j, err := s.kernelJob(t, k, p.schedule)
				if err != nil {
					return false, err
				}
				jobs, owners = append(jobs, j), append(owners, t)
				w := t.workload
				if bytes += 4 * int64(w.Filters) * int64(w.Channels/w.Groups) * int64(w.Positions()); bytes > heldWeights {
					if err := flush(); err != nil {
						return false, err
					}
				}
			}
		}
	}
	if err := flush(); err != nil {
		return false, err
	}
	for _, t := range tasks {
		t.close()
	}
	s.best = fmt.Sprintf("dense layers sum to %.4g ms", s.sumOfLayers(nil))
	return whole, nil
}

// runJobs times kernels; what was committed is learned from in the order of the jobs, also when the
// batch was cut short.
func (s *search) runJobs(ctx context.Context, jobs []job, owners []*task) error {
	started := s.Options.Now()
	trials, err := s.evaluate(ctx, jobs)
	for i, trial := range trials {
		if trial == nil {
			continue
		}
		if learnErr := owners[i].learn(trial); learnErr != nil {
			return learnErr
		}
	}
	if err != nil {
		return err
	}
	spent := s.Options.Now().Sub(started) / time.Duration(len(jobs))
	if s.perKernel == 0 {
		s.perKernel = spent
	}
	s.perKernel = (s.perKernel + spent) / 2
	return nil
}

// kernelJob describes one kernel to time. Its program's name says what is compiled, not how it is
// masked: equal names are equal sources.
func (s *search) kernelJob(t *task, k cellKey, schedule spec.Schedule) (job, error) {
	g, layer, err := s.orderedLayer(t.workload, k, schedule)
	if err == nil && g == nil {
		g, err = kernels.SingleConv(t.workload, s.Options.Seed, k.group.pruning(k.density))
	}
	if err != nil {
		return job{}, err
	}
	parameters, err := json.Marshal(kernelParameters{t.name, k.group, k.density, schedule.Name(), s.Options.Seed, layer})
	if err != nil {
		return job{}, err
	}
	key := k.String() + "/" + schedule.Name()
	var limit time.Duration
	if best, ok := s.table.best(k); ok {
		limit = time.Duration(2 * best * float64(time.Millisecond))
	}
	c := g.Node("conv").Op.(*model.Conv)
	d := 1.0
	if c.Mask != nil {
		d = c.Mask.Density()
	}
	return job{
		candidate: bench.Candidate{
			Key: key, Kind: results.KernelTrial, Limit: limit, Reference: s.table.reference(k), Effort: s.Options.KernelEffort,
			Program: kernels.Program{
				Name:      "k" + t.workload.Hash() + "_" + schedule.Hash(),
				Graph:     g,
				Schedules: map[string]spec.Schedule{"conv": schedule},
				Threads:   s.Options.Threads,
			},
		},
		trial: &results.Trial{
			Kind: results.KernelTrial, Phase: string(TablePhase), Key: key, Parameters: parameters,
			Workload: t.name, Scheme: string(k.group.Scheme), GM: k.group.GM, GN: k.group.GN, Density: k.density,
			Schedule: schedule.Name(), MACs: int64(math.Round(float64(t.workload.MACs()) * d)),
		},
	}, nil
}

// storeTable writes the winners of the cells beside the trials.
func (s *search) storeTable(ctx context.Context) error {
	for k, c := range s.table.cells {
		if !c.best.filled {
			continue
		}
		err := s.Store.SetLatency(ctx, s.ID, results.LatencyEntry{
			Workload: k.workload, Scheme: string(k.group.Scheme), GM: k.group.GM, GN: k.group.GN, Density: k.density, TrialID: c.best.trial,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func schemeOf(name string) model.Scheme { return model.Scheme(name) }

// sumOfLayers predicts the convolutions' time of a choice from the table, in ms; layers that were never
// measured count nothing.
func (s *search) sumOfLayers(choice []LayerChoice) float64 {
	sum := 0.0
	for _, l := range s.layers {
		group, density := chosenFor(l.name, choice)
		if ms, ok := s.table.estimate(l.id, group, density); ok {
			sum += ms
		}
	}
	return sum
}

// chosenFor gives a layer's group and density.
func chosenFor(name string, choice []LayerChoice) (Group, float64) {
	for _, c := range choice {
		if c.Layer == name && c.Rate > 0 {
			return c.Group, 1 - c.Rate
		}
	}
	return dense, 1
}
