package reports

import (
	"fmt"
	"sort"
	"strings"

	"github.com/rt3d-tune/rt3d-tune/results"
)

// title says which study, of what, on what.
func (r *Report) title() []string {
	lines := []string{fmt.Sprintf("study %s (%s)", printable(r.Study), r.State)}
	device := "not probed"
	if r.Device != nil {
		device = printable(r.Device.Name)
	}
	return append(lines, fmt.Sprintf("model %s, target %s, device %s, seed %d", printable(r.Model), printable(r.Target), device, r.Seed))
}

// warnings are what a reader must know before believing a number.
func (r *Report) warnings() []string {
	var list []string
	if r.Simulated {
		list = append(list, "SIMULATED: the device is a phone in software. All times come from a model and are those of no device.")
	}
	if len(r.Emulated) > 0 {
		list = append(list, "EMULATED: networks ran under an emulator. Their times are not latencies of any device, so they are on no front.")
	}
	if len(r.Suppressed) > 0 {
		list = append(list, "SUPPRESSED: timed although the device was found unfit: "+printable(strings.Join(r.Suppressed, ", "))+".")
	}
	if r.Objective == results.Metric {
		list = append(list, "The metric is what the study's own command printed; larger is better.")
	}
	if r.Objective == results.Fidelity {
		list = append(list, "No labels: fidelity is 1 − relative L2 distance to the dense network's output. It is not accuracy.")
	}
	if r.Dense == nil {
		list = append(list, "The dense network has not been measured: speed-ups and changes are not known.")
	}
	if len(r.Front) == 0 && len(r.Emulated) == 0 {
		list = append(list, "No network has been measured yet: there is no front.")
	}
	return list
}

// findings say in words what the search found.
func (r *Report) findings() []string {
	var list []string
	if p := r.Choice(); p != nil && p.Speedup != nil {
		what := signed(100**p.Change, 2) + " points of accuracy"
		if r.Objective != results.Accuracy {
			what = signed(*p.Change, 4) + " of " + string(r.Objective)
		}
		list = append(list, fmt.Sprintf("Trial %d is %s as fast as dense at %s.", p.Trial, times(p.Speedup), what))
		if p.LayersMS != nil {
			list = append(list, fmt.Sprintf("Its layers, tuned alone, take %s ms together; end to end it takes %s ms (gap %s ms).",
				milliseconds(*p.LayersMS), milliseconds(p.MS), signed(p.MS-*p.LayersMS, 3)))
		}
	}
	for _, p := range r.Playoffs {
		if len(p.Tied) > 1 {
			list = append(list, fmt.Sprintf("Playoff %s: of the networks that lose little enough, trials %s are the fastest and cannot be told apart; %d is picked by the tie-break.", printable(p.Name), numbers(p.Tied), p.Picked))
		} else {
			list = append(list, fmt.Sprintf("Playoff %s: of the networks that lose little enough, trial %d is the fastest.", printable(p.Name), p.Picked))
		}
	}
	return list
}

func numbers(list []int) string {
	words := make([]string, len(list))
	for i, n := range list {
		words[i] = fmt.Sprint(n)
	}
	return strings.Join(words, ", ")
}

// outcomes lists the counts that are not zero, in the fixed order.
func (r *Report) outcomes() []string {
	var list []string
	for _, o := range results.AllOutcomes {
		if n := r.Trials[o]; n > 0 {
			list = append(list, fmt.Sprintf("%s %d", o, n))
		}
	}
	if r.Reused > 0 {
		list = append(list, fmt.Sprintf("%d of them took over what the file had of the same code, compiler, device and cores", r.Reused))
	}
	return list
}

// verdicts lists the counts of samples that are not zero, valid first.
func (r *Report) verdicts() []string {
	var list []string
	for _, v := range []results.Verdict{results.Valid, results.SampleHot, results.Moved, results.Preempted, results.CanaryDrift} {
		if n := r.Samples[v]; n > 0 {
			list = append(list, fmt.Sprintf("%s %d", v, n))
		}
	}
	return list
}

// activity is one entry of the ledger.
type activity struct {
	Name    string
	Seconds float64
}

// idle is the activity of a device that waits for programs to be built: that is time of building too.
const idle = "idle"

// activities lists the ledger, the longest first, without what overlaps others.
func (r *Report) activities() (list []activity, total float64) {
	for name, seconds := range r.Ledger {
		if name == idle {
			continue
		}
		list = append(list, activity{name, seconds})
		total += seconds
	}
	sort.Slice(list, func(i, j int) bool {
		if list[i].Seconds != list[j].Seconds {
			return list[i].Seconds > list[j].Seconds
		}
		return list[i].Name < list[j].Name
	})
	return list, total
}

func (r *Report) ledger() []string {
	var list []string
	activities, total := r.activities()
	for _, a := range activities {
		each := ""
		if a.Name == "build" && r.KernelBuild > 0 {
			each = fmt.Sprintf(", %s a kernel", duration(r.KernelBuild))
		}
		list = append(list, fmt.Sprintf("%s %s (%.0f %%%s)", printable(a.Name), duration(a.Seconds), 100*a.Seconds/max(total, 1e-9), each))
	}
	return list
}
