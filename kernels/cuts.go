package kernels

import (
	"fmt"

	"github.com/rt3d-tune/rt3d-tune/kernels/conv"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
)

// FilterCuts says, for each convolution of a program that runs kept lists, how many filters each of its blocks has,
// in order: the groups of a mask in one block run the union of what they keep. Depthwise and Winograd kernels run
// no such lists.
func FilterCuts(t spec.Target, p Program) (map[string][]int, error) {
	plan, err := PlanOf(t, p)
	if err != nil {
		return nil, err
	}
	cuts := map[string][]int{}
	for _, step := range plan.Steps {
		if step.Conv() == nil {
			continue
		}
		k := step.Kernel
		if k.Schedule.Algorithm == spec.Depthwise || k.Schedule.Algorithm.Winograd() {
			continue
		}
		nest := conv.NestOf(plan.Info, k)
		left := k.Workload.Filters
		for block := range nest.FilterBlocks {
			filters := min(left, nest.FilterVectors(block)*nest.Lanes)
			cuts[step.Name] = append(cuts[step.Name], filters)
			left -= filters
		}
		if left != 0 {
			return nil, fmt.Errorf("cut the filters of %s: %d are in no block", step.Name, left)
		}
	}
	return cuts, nil
}
