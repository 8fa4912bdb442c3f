package reports

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/rt3d-tune/rt3d-tune/results"
)

// Evidence is how a network's time was taken; of one that took over a measurement, how that was.
type Evidence struct {
	Started    time.Time
	Samples    []results.Sample
	Provenance results.Provenance
	Conditions Conditions
}

// Conditions sum up the evidence of samples: what the device told of itself while it was timed. What it
// did not tell is nil, empty or -1.
type Conditions struct {
	// Valid samples, and all of them by verdict.
	Valid    int
	Verdicts map[results.Verdict]int
	Cores    []int
	// KHz, MilliCelsius and Canary are the least and the most. Canary is the time of the reference kernel
	// beside a sample over its first time in the run.
	KHz, MilliCelsius *[2]int
	Canary            *[2]float64
	// Throttle is the highest step by which heat held the processor back, Switches the involuntary ones.
	Throttle, Switches int
}

// conditionsOf sums up samples.
func conditionsOf(samples []results.Sample) Conditions {
	c := Conditions{Verdicts: map[results.Verdict]int{}, Throttle: -1, Switches: -1}
	for _, s := range samples {
		c.Verdicts[s.Verdict]++
		for _, core := range []*int{s.CoreBefore, s.Core} {
			if core != nil && !slices.Contains(c.Cores, *core) {
				c.Cores = append(c.Cores, *core)
			}
		}
		c.KHz = widen(widen(c.KHz, s.FrequencyBefore), s.FrequencyAfter)
		c.MilliCelsius = widen(c.MilliCelsius, s.Temperature)
		c.Canary = widen(c.Canary, s.CanaryRatio)
		if s.Throttle != nil {
			c.Throttle = max(c.Throttle, *s.Throttle)
		}
		if s.InvoluntarySwitches != nil {
			c.Switches = max(c.Switches, 0) + *s.InvoluntarySwitches
		}
	}
	slices.Sort(c.Cores)
	c.Valid = c.Verdicts[results.Valid]
	return c
}

// widen makes a range hold a value; nil values change nothing.
func widen[T int | float64](r *[2]T, v *T) *[2]T {
	switch {
	case v == nil:
		return r
	case r == nil:
		return &[2]T{*v, *v}
	}
	return &[2]T{min(r[0], *v), max(r[1], *v)}
}

// readEvidence adds to each network how its time was taken, and to the report what became of the device.
func (r *Report) readEvidence(ctx context.Context, store *results.Store, studyID int64) error {
	var all []results.Sample
	for _, p := range r.points() {
		taken := p.trial
		if taken.ReusedFrom != 0 { // the samples are those of the trial that was measured
			var err error
			if taken, err = store.Trial(ctx, taken.ReusedFrom); err != nil {
				return err
			}
		}
		samples, err := store.Samples(ctx, taken.ID)
		if err != nil {
			return err
		}
		p.Evidence = Evidence{Started: taken.Started, Samples: samples, Provenance: p.trial.Provenance, Conditions: conditionsOf(samples)}
		all = append(all, samples...)
	}
	r.Conditions = conditionsOf(all)
	seconds, err := store.SampleSeconds(ctx, studyID)
	if err != nil {
		return err
	}
	for verdict, s := range seconds {
		if verdict != results.Valid {
			r.SpoiltSeconds += s
		}
	}
	trials, err := store.Trials(ctx, studyID, results.TrialFilter{})
	if err != nil {
		return err
	}
	r.Speed = speedOf(trials)
	return nil
}

// points are all networks: those of the front, the beaten and the emulated.
func (r *Report) points() []*Point { return slices.Concat(r.Front, r.Dominated, r.Emulated) }

// SpeedPoint says how fast the device was when a trial was timed.
type SpeedPoint struct {
	Trial int
	// Minutes since the first trial began.
	Minutes float64
	// Speed is the rate of multiply-adds that the trial's own process measured, over the median of all
	// trials on the same cores.
	Speed float64
}

// speedOf follows the device's speed over the study. Trials that measured none, or took over another's
// measurement, are left out.
func speedOf(trials []*results.Trial) []SpeedPoint {
	byCores := map[string][]float64{}
	var measured []*results.Trial
	for _, t := range trials {
		if t.Provenance.PeakGFLOPS > 0 && t.ReusedFrom == 0 {
			measured = append(measured, t)
			byCores[t.Provenance.Cores] = append(byCores[t.Provenance.Cores], t.Provenance.PeakGFLOPS)
		}
	}
	if len(measured) == 0 {
		return nil
	}
	usual := map[string]float64{}
	for cores, rates := range byCores {
		slices.Sort(rates)
		usual[cores] = (rates[(len(rates)-1)/2] + rates[len(rates)/2]) / 2
	}
	began := slices.MinFunc(measured, func(a, b *results.Trial) int { return a.Started.Compare(b.Started) }).Started
	var list []SpeedPoint
	for _, t := range measured {
		list = append(list, SpeedPoint{t.Number, t.Started.Sub(began).Minutes(), t.Provenance.PeakGFLOPS / usual[t.Provenance.Cores]})
	}
	return list
}

// lost says in words where time went that gave no sample that counts.
func (r *Report) lost() []string {
	var list []string
	for _, a := range []struct{ activity, words string }{{"cool", "waiting for a hot device"}, {"wait", "waiting for other measurements and for work on this machine"},
		{idle, "nothing to measure while programs are built"}} {
		if s := r.Ledger[a.activity]; s > 0 {
			list = append(list, a.words+" "+duration(s))
		}
	}
	if r.SpoiltSeconds > 0 {
		list = append(list, "samples that do not count "+duration(r.SpoiltSeconds))
	}
	return list
}

// trust says in words under which conditions the networks were timed.
func (r *Report) trust() []string {
	c, taken := r.Conditions, 0
	for _, n := range c.Verdicts {
		taken += n
	}
	if taken == 0 {
		return nil
	}
	list := []string{fmt.Sprintf("%d of %d samples of the networks count (%.1f %%)", c.Valid, taken, 100*float64(c.Valid)/float64(taken))}
	return append(list, c.words()...)
}

// words are the conditions that the device told.
func (c Conditions) words() []string {
	var list []string
	if len(c.Cores) > 0 {
		noun := "core "
		if len(c.Cores) > 1 {
			noun = "cores "
		}
		list = append(list, noun+numbers(c.Cores))
	}
	if c.KHz != nil {
		list = append(list, between(float64(c.KHz[0])/1e6, float64(c.KHz[1])/1e6, 2, "GHz"))
	}
	if c.MilliCelsius != nil {
		list = append(list, between(float64(c.MilliCelsius[0])/1000, float64(c.MilliCelsius[1])/1000, 1, "°C"))
	}
	switch {
	case c.Throttle == 0:
		list = append(list, "never throttled")
	case c.Throttle > 0:
		list = append(list, fmt.Sprintf("throttled up to step %d", c.Throttle))
	}
	if c.Switches >= 0 {
		list = append(list, fmt.Sprintf("%d involuntary switches", c.Switches))
	}
	if c.Canary != nil {
		list = append(list, "canary "+between(c.Canary[0], c.Canary[1], 3, ""))
	}
	return list
}

// between writes a range, as one number where its ends are written alike.
func between(low, high float64, digits int, unit string) string {
	a, b := fmt.Sprintf("%.*f", digits, low), fmt.Sprintf("%.*f", digits, high)
	if a != b {
		a += " … " + b
	}
	return strings.TrimSpace(a + " " + unit)
}

// speedWords sums the device's speed up.
func (r *Report) speedWords() string {
	if len(r.Speed) == 0 {
		return ""
	}
	low, high := math.Inf(1), math.Inf(-1)
	for _, s := range r.Speed {
		low, high = min(low, s.Speed), max(high, s.Speed)
	}
	return fmt.Sprintf("Over %s the device was between %.1f %% and %.1f %% of its usual speed.", plural(len(r.Speed), "trial"), 100*low, 100*high)
}
