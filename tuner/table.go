package tuner

import (
	"fmt"
	"slices"

	"github.com/rt3d-tune/rt3d-tune/bench"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// cellKey names a cell of the latency table. Dense cells have group dense and density 1.
type cellKey struct {
	workload string
	group    Group
	density  float64
}

func denseCell(workload string) cellKey { return cellKey{workload, dense, 1} }

// String is the cell's part of a kernel trial's key.
func (c cellKey) String() string { return fmt.Sprintf("%s/%s@%g", c.workload, c.group, c.density) }

// cell holds what was measured: the time of each schedule, in ms.
type cell struct {
	ms    map[spec.Schedule]float64
	tried map[spec.Schedule]bool // also those that failed or were dropped
	// best is the schedule that networks run, listed the best of those that run kept lists: a mask makes
	// them faster, while a Winograd kernel runs a masked layer as a dense one.
	best, listed winner
}

// winner holds the best schedule of a cell. The first one measured, the choice by hand, keeps its place
// until another is surely faster: the least of many noisy times is mostly luck, and a network of such
// winners ran slower than one of the choices by hand.
type winner struct {
	schedule spec.Schedule
	lowMS    float64 // lower end of its interval
	highMS   float64 // upper end
	peak     float64 // GFLOP/s of multiply-adds in the same process
	trial    int64
	filled   bool
}

// take lets a schedule win that is surely faster, and tells whether it does.
func (w *winner) take(s spec.Schedule, trial *results.Trial) bool {
	if w.filled && trial.Latency.HighMS >= w.lowMS {
		return false
	}
	*w = winner{s, trial.Latency.LowMS, trial.Latency.HighMS, trial.Provenance.PeakGFLOPS, trial.ID, true}
	return true
}

// table is the latency table of level 1.
type table struct {
	cells map[cellKey]*cell
}

func newTable() *table { return &table{cells: map[cellKey]*cell{}} }

func (t *table) cell(k cellKey) *cell {
	c := t.cells[k]
	if c == nil {
		c = &cell{ms: map[spec.Schedule]float64{}, tried: map[spec.Schedule]bool{}}
		t.cells[k] = c
	}
	return c
}

// cellOf finds the cell and the schedule of a kernel trial.
func cellOf(t *results.Trial) (cellKey, spec.Schedule, error) {
	s, err := spec.ParseSchedule(t.Schedule)
	if err != nil {
		return cellKey{}, s, fmt.Errorf("read trial %d: %w", t.Number, err)
	}
	k := cellKey{t.Workload, Group{Scheme: schemeOf(t.Scheme), GM: t.GM, GN: t.GN}, t.Density}
	return k, s, nil
}

// learn takes in a finished kernel trial and tells whether it is the new best of its cell.
func (t *table) learn(trial *results.Trial) (better bool, err error) {
	k, s, err := cellOf(trial)
	if err != nil {
		return false, err
	}
	c := t.cell(k)
	c.tried[s] = true
	if trial.Outcome != results.OK || trial.Latency == nil {
		return false, nil
	}
	c.ms[s] = trial.Latency.MedianMS
	if !s.Algorithm.Winograd() {
		c.listed.take(s, trial)
	}
	return c.best.take(s, trial), nil
}

// best time of a cell in ms.
func (t *table) best(k cellKey) (float64, bool) {
	c := t.cells[k]
	if c == nil || !c.best.filled {
		return 0, false
	}
	return c.ms[c.best.schedule], true
}

// dropMargin is by how much a kernel's time must surely exceed the upper end of the best one's interval for
// it to be dropped: what differs from process to process, and no schedule's doing, is less.
const dropMargin = 1.05

// reference is what the next kernel of a cell is up against; the zero value while there is none.
func (t *table) reference(k cellKey) bench.Reference {
	c := t.cells[k]
	if c == nil || !c.best.filled {
		return bench.Reference{}
	}
	return bench.Reference{MS: dropMargin * c.best.highMS, PeakGFLOPS: c.best.peak}
}

// densities measured with kernels that run kept lists for a workload and group, ascending; dense is
// density 1.
func (t *table) densities(workload string, g Group) []float64 {
	var ds []float64
	for k, c := range t.cells {
		if c.listed.filled && k.workload == workload && (k.group == g || k.group == dense) {
			ds = append(ds, k.density)
		}
	}
	slices.Sort(ds)
	return slices.Compact(ds)
}

func (t *table) at(workload string, g Group, density float64) cellKey {
	if density == 1 {
		return denseCell(workload)
	}
	return cellKey{workload, g, density}
}

// fixedShare of a kernel's time that pruning is thought not to touch, as long as only dense was measured.
const fixedShare = 0.25

// fastDense is the Winograd schedule that a masked layer may run as well as a dense one, and its time;
// ok is false when none is the best for dense.
func (t *table) fastDense(workload string) (s spec.Schedule, ms float64, ok bool) {
	c := t.cells[denseCell(workload)]
	if c == nil || !c.best.filled || !c.best.schedule.Algorithm.Winograd() {
		return spec.Schedule{}, 0, false
	}
	return c.best.schedule, c.ms[c.best.schedule], true
}

// estimate of a layer's time in ms at any density: the interpolated one of kernels that run kept lists, or
// that of a faster kernel for dense.
func (t *table) estimate(workload string, g Group, density float64) (ms float64, ok bool) {
	ms, ok = t.interpolated(workload, g, density)
	if _, fast, has := t.fastDense(workload); has && (!ok || fast < ms) {
		return fast, true
	}
	return ms, ok
}

// interpolated is linear between the measured densities, dense being
// density 1; below the lowest one along the line through the two lowest, but by no more than in
// proportion; three quarters of the time in proportion to the density when only dense was measured. ok is
// false when nothing was.
func (t *table) interpolated(workload string, g Group, density float64) (ms float64, ok bool) {
	ds := t.densities(workload, g)
	if len(ds) == 0 {
		return 0, false
	}
	value := func(d float64) float64 { c := t.cell(t.at(workload, g, d)); return c.ms[c.listed.schedule] }
	i, exact := slices.BinarySearch(ds, density)
	switch {
	case exact:
		return value(density), true
	case i == len(ds):
		return value(ds[i-1]), true
	case i > 0:
		share := (density - ds[i-1]) / (ds[i] - ds[i-1])
		return value(ds[i-1]) + share*(value(ds[i])-value(ds[i-1])), true
	case len(ds) == 1:
		return value(ds[0]) * (fixedShare + (1-fixedShare)*density/ds[0]), true
	}
	low, next := value(ds[0]), value(ds[1])
	line := low - (ds[0]-density)*(next-low)/(ds[1]-ds[0])
	return min(low, max(line, low*density/ds[0])), true
}

// schedule chooses for a layer at any density: a faster kernel for dense, or of the best schedules of the two densities around it the one
// with the less interpolated time where both were measured at both, otherwise the best of the nearer density.
func (t *table) schedule(workload string, g Group, density float64) (spec.Schedule, bool) {
	if s, fast, has := t.fastDense(workload); has {
		if ms, ok := t.interpolated(workload, g, density); !ok || fast < ms {
			return s, true
		}
	}
	ds := t.densities(workload, g)
	if len(ds) == 0 {
		return spec.Schedule{}, false
	}
	i, exact := slices.BinarySearch(ds, density)
	if exact || i == 0 || i == len(ds) {
		return t.cell(t.at(workload, g, ds[min(i, len(ds)-1)])).listed.schedule, true
	}
	lower, upper := t.cell(t.at(workload, g, ds[i-1])), t.cell(t.at(workload, g, ds[i]))
	below, above := lower.listed.schedule, upper.listed.schedule
	share := (density - ds[i-1]) / (ds[i] - ds[i-1])
	nearer := below
	if share > 0.5 {
		nearer = above
	}
	at := func(s spec.Schedule) (ms float64, ok bool) {
		a, okA := lower.ms[s]
		b, okB := upper.ms[s]
		return a + share*(b-a), okA && okB
	}
	l, okL := at(below)
	u, okU := at(above)
	switch {
	case okL && okU && l < u:
		return below, true
	case okL && okU && u < l:
		return above, true
	}
	return nearer, true
}

// time of one schedule in ms at any density, interpolated like estimate; ok is false unless it was
// measured at both densities around.
func (t *table) time(workload string, g Group, density float64, s spec.Schedule) (ms float64, ok bool) {
	if s.Algorithm.Winograd() { // whatever the mask is
		ms, ok = t.cell(denseCell(workload)).ms[s]
		return ms, ok
	}
	ds := t.densities(workload, g)
	if len(ds) == 0 {
		return 0, false
	}
	i, exact := slices.BinarySearch(ds, density)
	if exact || i == 0 || i == len(ds) {
		ms, ok = t.cell(t.at(workload, g, ds[min(i, len(ds)-1)])).ms[s]
		return ms, ok
	}
	a, okA := t.cell(t.at(workload, g, ds[i-1])).ms[s]
	b, okB := t.cell(t.at(workload, g, ds[i])).ms[s]
	return a + (density-ds[i-1])/(ds[i]-ds[i-1])*(b-a), okA && okB
}
