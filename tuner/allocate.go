package tuner

import "sort"

// effort is how far one workload has been tuned.
type effort struct {
	// layers that run the workload, ms its mean time over the cells of the table.
	layers int
	ms     float64
	// gains of each job so far: by how many ms the mean time fell.
	gains []float64
	// done: no schedule is left to try.
	done bool
}

// The weights of the two estimates of allocate.
const (
	recentJobs   = 3
	gainOfFuture = 0.2 // the share of the time that is thought to be winnable still
)

// expected gain of the next job for the whole network, in ms: half of what the recent jobs gained, half
// of what is thought to be winnable divided by the jobs spent (the gradient of Ansor's task scheduler,
// Zheng et al. 2020, section 6, without its similarity term).
func (e effort) expected() float64 {
	recent := 0.0
	last := e.gains[max(0, len(e.gains)-recentJobs):]
	for _, g := range last {
		recent += g / float64(len(last))
	}
	return float64(e.layers) * (0.5*recent + 0.5*gainOfFuture*e.ms/float64(len(e.gains)+1))
}

// allocate chooses up to k workloads for the next jobs from progress alone: those whose next job gains
// most for the whole network, ties in order.
func allocate(efforts []effort, k int) []int {
	var open []int
	for i, e := range efforts {
		if !e.done {
			open = append(open, i)
		}
	}
	sort.SliceStable(open, func(a, b int) bool { return efforts[open[a]].expected() > efforts[open[b]].expected() })
	return open[:min(k, len(open))]
}
