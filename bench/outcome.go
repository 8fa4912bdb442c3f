package bench

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rt3d-tune/rt3d-tune/results"
)

// greet asks the device once per session who it is, so that cores can be chosen.
func (s *Session) greet(ctx context.Context, it *item) error {
	s.mu.Lock()
	known := s.hello != nil
	s.mu.Unlock()
	if known {
		return nil
	}
	hello, err := s.hail(ctx, it)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.hello = hello
	s.mu.Unlock()
	return nil
}

// hail runs the runner of an item without any job: it says who and how hot the device is.
func (s *Session) hail(ctx context.Context, it *item) (*event, error) {
	talk := newConversation(s.clock.Now)
	x, err := s.device.measure(ctx, binaryName(it.artifact), nil, s.options.TimeLimit, talk.add)
	if err != nil {
		return nil, err
	}
	if err := talk.distrust(x, it.artifact); err != nil {
		return nil, err
	}
	return talk.hello, nil
}

// jobs describes items to the runner. limit bounds the whole process.
func (s *Session) jobs(items []*item) (jobs []job, limit time.Duration) {
	limit = 30 * time.Second
	for i, it := range items {
		effort, most := it.candidate.Effort.orDefault(), it.candidate.Limit
		drop := time.Duration(it.candidate.Reference.MS * float64(time.Millisecond))
		if it.kept {
			drop = 0
		}
		if it.crowded {
			effort = effort.brief()
		}
		if s.emulated { // its times are nobody's limit
			effort, most, drop = EmulatedEffort, 0, 0
		}
		deadline := s.options.TimeLimit + 3*effort.MaxTime
		limit += deadline
		jobs = append(jobs, job{
			key: "j" + strconv.Itoa(i), program: it.artifact.Program, blob: blobName(it.artifact), nonce: newNonce(),
			seed: it.expect.Seed, positions: it.expect.Positions,
			threads: threadsOf(it.candidate), cores: s.chooseCores(threadsOf(it.candidate)),
			timed: timed(it.candidate), effort: effort,
			warmMinNS: min(20*time.Millisecond, effort.MaxTime/8).Nanoseconds(), warmMaxNS: (effort.MaxTime / 3).Nanoseconds(),
			limitNS: most.Nanoseconds(), dropNS: drop.Nanoseconds(), timeNS: deadline.Nanoseconds(),
		})
	}
	return jobs, limit
}

// chooseCores gives the cores to pin n threads to: those of the options, else the fastest that the
// runner may use, of equal ones the last, because interrupts tend to go to the first.
func (s *Session) chooseCores(n int) []int {
	if len(s.options.Cores) > 0 {
		return s.options.Cores
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hello == nil {
		return nil
	}
	type core struct{ id, khz int }
	var cores []core
	for _, entry := range strings.Split(s.hello.Cores, ",") {
		var c core
		if _, err := fmt.Sscanf(entry, "%d:%d", &c.id, &c.khz); err == nil {
			cores = append(cores, c)
		}
	}
	slices.SortFunc(cores, func(a, b core) int {
		if a.khz != b.khz {
			return b.khz - a.khz
		}
		return b.id - a.id
	})
	var ids []int
	for _, c := range cores[:min(n, len(cores))] {
		ids = append(ids, c.id)
	}
	return ids
}

// judge turns what the runner said about one job into a result, or asks for a second measurement.
func (s *Session) judge(it *item, j job, r *report) (result Result, again bool) {
	result.Provenance = s.provenance(it, j, r)
	if early := s.judgeRun(it, j, r); early.Outcome != "" {
		early.Provenance = result.Provenance
		return early, false
	}
	maxError, err := checkValues(it.expect, r)
	result.Provenance.MaxError = maxError
	if err != nil {
		result.Outcome, result.Detail = results.WrongAnswer, err.Error()
		return result, false
	}
	if r.end.Status == "over-limit" {
		bound := float64(r.end.BoundNS) / 1e6
		result.Outcome = results.Dropped
		result.Detail = fmt.Sprintf("one execution takes at least %.4g ms, limit %v", bound, it.candidate.Limit)
		result.Latency = &results.Latency{LowMS: bound, Emulated: s.emulated}
		return result, false
	}
	if r.result == nil || r.result.Nonce != j.nonce {
		result.Outcome, result.Detail = results.LaunchError, "the runner ended the job without a result that echoes the nonce"
		return result, false
	}
	if r.result.FirstOutputSHA256 != r.result.LastOutputSHA256 {
		result.Outcome, result.Detail = results.WrongAnswer, "the output changed between the first and the last execution"
		return result, false
	}
	if !s.emulated {
		result.Steps = r.steps
	}
	result.First = FirstExecution{time.Duration(r.values.FirstNS), r.values.FirstFaults}
	samples := s.thresholds.judge(r.samples)
	result.Canary = canaryOf(r.samples)
	if r.end.Status == "dropped" {
		return s.judgeDrop(it, samples, result)
	}
	result.Samples = append(it.earlier, samples...)
	return s.judgeSamples(it, result)
}

// judgeSamples decides whether there are enough valid samples.
func (s *Session) judgeSamples(it *item, result Result) (Result, bool) {
	if s.emulated { // its times count for nothing, whatever disturbed them
		all := slices.Clone(result.Samples)
		for i := range all {
			all[i].Verdict = results.Valid
		}
		result.Outcome, result.Latency = results.OK, latencyOf(all)
		if result.Latency != nil {
			result.Latency.Emulated = true
		}
		return result, false
	}
	valid, want := countValid(result.Samples), it.candidate.Effort.orDefault().MinSamples
	if valid >= want {
		result.Outcome, result.Latency = results.OK, latencyOf(result.Samples)
		return result, false
	}
	counts := map[results.Verdict]int{}
	for _, sample := range result.Samples {
		counts[sample.Verdict]++
	}
	hot := counts[results.SampleHot] > (len(result.Samples)-valid)/2
	switch {
	case hot && it.heats < heats:
		it.heats++
		it.earlier = result.Samples
		return Result{}, true
	case !hot && !it.redone:
		it.redone, it.earlier = true, result.Samples
		it.crowded = counts[results.Preempted] > (len(result.Samples)-valid)/2 && result.Samples[len(result.Samples)-1].Batch > 1
		return Result{}, true
	}
	result.Outcome = results.Unstable
	if hot {
		result.Outcome = results.Hot
	}
	result.Detail = fmt.Sprintf("%d of %d samples are valid, want %d (hot %d, moved %d, preempted %d, canary-drift %d)", valid,
		len(result.Samples), want, counts[results.SampleHot], counts[results.Moved],
		counts[results.Preempted], counts[results.CanaryDrift])
	return result, false
}

// judgeRun tells how a job failed before there was a time to judge; an empty outcome means it did not.
func (s *Session) judgeRun(it *item, j job, r *report) Result {
	end := r.end
	switch {
	case end.Status == "crash":
		detail := fmt.Sprintf("%s (signal %d)", end.SignalName, end.Signal)
		if end.SignalName == "SIGKILL" {
			detail += ", probably for lack of memory on the device"
		}
		return Result{Outcome: results.Crash, Detail: detail}
	case r.failure != nil:
		detail := r.failure.Text
		if r.failure.Cause != "" {
			detail += ": " + r.failure.Cause
		}
		return Result{Outcome: results.LaunchError, Detail: detail}
	case end.Status == "failed":
		return Result{Outcome: results.Crash, Detail: "the program ended its process by itself"}
	case end.Status == "timeout":
		return Result{Outcome: results.Timeout, Detail: fmt.Sprintf("killed after %v", time.Duration(j.timeNS))}
	case end.Status == "over-limit" && !r.started:
		return Result{} // not even loaded: the bound stands
	case r.start.Nonce != j.nonce:
		return Result{Outcome: results.LaunchError, Detail: fmt.Sprintf("the runner echoed nonce %q, want %q", r.start.Nonce, j.nonce)}
	case r.start.BlobSHA256 != it.artifact.BlobHash:
		return Result{Outcome: results.LaunchError, Detail: fmt.Sprintf("the runner read the blob %q, want %q", r.start.BlobSHA256, it.artifact.BlobHash)}
	case len(j.cores) > 0 && !r.start.Pinned && !slices.Contains(s.options.Suppress, NotPinned):
		return Result{Outcome: results.LaunchError, Detail: fmt.Sprintf("%s: the device refuses to pin threads to cores %v (suppress %s to time without)",
			NotPinned, j.cores, NotPinned)}
	}
	return Result{}
}

// checkValues compares the answer. A job that was killed within its first execution has none, which
// only its limit can have done.
func checkValues(e *Expectation, r *report) (float64, error) {
	if r.values == nil {
		if r.end.Status == "over-limit" {
			return 0, nil
		}
		return 0, fmt.Errorf("check output: the runner returned no values")
	}
	got, err := r.values.values()
	if err != nil {
		return 0, err
	}
	return e.Compare(got)
}

// suppressed lists the names to stamp: NOT-PINNED only where it was so.
func suppressed(names []string, pinned bool) []string {
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == NotPinned && pinned })
}

// provenance fills in all that is known.
func (s *Session) provenance(it *item, j job, r *report) results.Provenance {
	p := s.known(it, j.cores, r.start.Pinned)
	p.Nonce = j.nonce
	if r.result != nil {
		p.PeakGFLOPS, p.PeakRSS = r.result.PeakGFLOPS, r.result.PeakRSS
		p.WarmMS, p.WarmStable = float64(r.result.WarmNS)/1e6, r.result.WarmStable
	}
	return p
}

// known is what provenance is known before a measurement, on a device that has said who it is.
func (s *Session) known(it *item, cores []int, pinned bool) results.Provenance {
	a := it.artifact
	s.mu.Lock()
	hello, held := s.hello, s.held
	s.mu.Unlock()
	p := results.Provenance{
		SourceHash: a.SourceHash, BinaryHash: a.Binary.SHA256, BlobHash: a.BlobHash,
		Compiler: s.builder.Compiler(), Flags: s.builder.Flags(), Target: s.target.String(),
		Device: s.options.Fingerprint, Cores: joinInts(cores), Clocks: held, Workload: it.workload, MaskHash: it.mask,
		Threads: threadsOf(it.candidate), Timed: timed(it.candidate), Simulated: s.device.simulated(),
		Suppressed: suppressed(s.options.Suppress, pinned), ErrorAllow: it.expect.Allowed, OutputScale: it.expect.Scale,
	}
	if p.Device == "" {
		t, _ := s.device.current()
		p.Device = fmt.Sprintf("%s %s %s cores %s", t.Name(), hello.Machine, hello.System, hello.Cores)
	}
	p.Runner = "rt3d-runner " + hello.Runner
	if s.emulated {
		p.Runner += " under " + strings.Join(s.device.config.Runner, " ")
	}
	return p
}

// timed says what of a program is timed, in the runner's words.
func timed(c Candidate) string {
	if c.Kind == results.KernelTrial {
		return "run"
	}
	return "all"
}
