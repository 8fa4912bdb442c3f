package sim

import (
	"math"
	"time"

	"github.com/rt3d-tune/rt3d-tune/internal/sequential"
)

// callTime is what starting a kernel costs, and syncTime what each further thread adds.
const (
	callTime = 3 * time.Microsecond
	syncTime = 2 * time.Microsecond
	// canaryCycles are what the runner's fixed reference kernel takes.
	canaryCycles = 60_000
)

// duration is the time of one execution of a program at a frequency, without noise.
func (s *spec) duration(p *Program, cluster, threads, khz int) time.Duration {
	rate := s.clusters[cluster].macsPerCycle * float64(khz) * 1000
	memory := s.bytesPerSecond * math.Sqrt(float64(threads)) // threads share the memory
	var total float64
	for _, w := range p.Work {
		compute := float64(w.MACs) / (rate * w.Efficiency * float64(threads))
		total += max(compute, float64(w.Bytes)/memory)
		total += callTime.Seconds() + float64(threads-1)*syncTime.Seconds()
	}
	return max(time.Duration(total*1e9), time.Nanosecond)
}

// time warms a program up and takes its samples, as the runner does.
func (r *process) time(p *Program, j job, output string) error {
	phone, body := r.phone, r.phone.body
	cluster := r.clusterOf(j)
	threads := max(1, j.threads)
	busy := min(threads, phone.spec.clusters[cluster].cores)
	at := func() time.Duration { return phone.spec.duration(p, cluster, threads, body.khz(cluster)) }
	began := body.elapsed

	warm := warmUp(j, at())
	if j.limit > 0 { // believed after three executions, and when the clock has had time to rise
		body.pass(max(j.warmMin, 3*at()), cluster, busy)
		if one := at(); one > j.limit {
			return r.say("end", map[string]any{"key": j.key, "status": "over-limit", "bound_ns": one.Nanoseconds()})
		}
	}
	body.pass(max(0, warm-(body.elapsed-began)), cluster, busy)
	own := phone.noise.run()
	samples, status := 0, "done"
	slower := sequential.New(float64(j.drop))
	for samples < j.maxSamples && (samples < j.minSamples || body.elapsed-began < j.most) && status == "done" {
		ns, disturbed, err := r.sample(j, cluster, busy, at, own)
		if err != nil {
			return err
		}
		samples++
		if j.drop > 0 && !disturbed && slower.Add(ns) {
			status = "dropped"
		}
		if body.elapsed-began > j.time {
			return r.say("end", map[string]any{"key": j.key, "status": "timeout"})
		}
	}
	if j.stepRounds > 0 && status == "done" {
		if err := r.steps(p, j, cluster, threads); err != nil {
			return err
		}
	}
	peak := 2 * phone.spec.clusters[cluster].macsPerCycle * float64(body.khz(cluster)) / 1e6
	if err := r.say("result", map[string]any{"key": j.key, "nonce": j.nonce, "warm_stable": true, "warm_ns": warm.Nanoseconds(),
		"peak_gflops": peak, "peak_rss_bytes": 8 << 20, "first_output_sha256": output, "last_output_sha256": output}); err != nil {
		return err
	}
	end := map[string]any{"key": j.key, "status": status}
	if status == "dropped" {
		end["bound_ns"] = j.drop.Nanoseconds()
	}
	return r.say("end", end)
}

// steps times a program step by step: loading and storing cost no more here than a call.
func (r *process) steps(p *Program, j job, cluster, threads int) error {
	body := r.phone.body
	for _, part := range []string{"load", "store"} {
		if err := r.say("step", map[string]any{"key": j.key, "part": part, "step_ns": callTime.Nanoseconds()}); err != nil {
			return err
		}
	}
	for i, w := range p.Work {
		took := r.phone.spec.duration(&Program{Work: []Work{w}}, cluster, threads, body.khz(cluster))
		body.pass(time.Duration(j.stepRounds)*took, cluster, threads)
		if err := r.say("step", map[string]any{"key": j.key, "part": "run", "step": i, "step_ns": took.Nanoseconds()}); err != nil {
			return err
		}
	}
	return nil
}

// warmUp lasts until times are steady: ten executions, and until the governor has reached its frequency.
func warmUp(j job, one time.Duration) time.Duration {
	const steady = 6 * rampUp
	return min(max(j.warmMin, 10*one, steady), max(j.warmMax, j.warmMin))
}

// sample takes one sample with its evidence. It gives the nanoseconds of one execution, and whether the
// evidence shows a disturbance.
func (r *process) sample(j job, cluster, busy int, at func() time.Duration, own float64) (ns float64, disturbed bool, err error) {
	body := r.phone.body
	one := at()
	batch := max(1, int(math.Ceil(float64(j.minBatch)/float64(one))))
	d := r.phone.noise.sample(body.elapsed)
	before := body.khz(cluster)
	canary := canaryCycles / float64(before) * 1e6 * d.canary
	took := time.Duration(float64(one)*float64(batch)*own*d.factor) + d.stolen
	body.pass(took+time.Duration(2*canary), cluster, busy)

	c := r.phone.spec.clusters[cluster]
	core := c.first + c.cores - 1
	if len(j.cores) > 0 {
		core = j.cores[0]
	}
	after := core
	if d.hop && c.cores > 1 {
		after = c.first + (core-c.first+1)%c.cores
	}
	ns = float64(took) / float64(batch)
	disturbed = after != core || before != body.khz(cluster) || d.stolen > took/50 || body.throttleStep() > 0
	return ns, disturbed, r.say("sample", map[string]any{
		"key": j.key, "ns": ns, "batch": batch, "core_before": core, "core_after": after,
		"khz_before": before, "khz_after": body.khz(cluster), "millicelsius": int(body.celsius * 1000), "throttle": body.throttleStep(),
		"nivcsw": d.switches, "queue_ns": d.stolen.Nanoseconds(), "canary_ns": int64(canary),
	})
}
