package sim

import "time"

// Reading is one sample of a phone that is timed without programs, files and protocol.
type Reading struct {
	Nanoseconds   float64
	KHz, CanaryNS float64
	// Disturbed says that the evidence of the sample shows a disturbance: another task, another core or
	// another frequency. Some disturbances leave none.
	Disturbed bool
}

// Heat lets the fastest core work for a while.
func (p *Phone) Heat(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.body.pass(d, len(p.spec.clusters)-1, 1)
}

// Process times work on the fastest core as a process of its own would: it starts, warms up and takes
// samples. It is for the study of statistics, of which a night takes thousands.
func (p *Phone) Process(w Work, samples int) []Reading {
	p.mu.Lock()
	defer p.mu.Unlock()
	b, cluster := p.body, len(p.spec.clusters)-1
	b.idle(startTime)
	b.pass(2*rampUp, cluster, 1)
	own := p.noise.run()
	program := &Program{Work: []Work{w}}
	readings := make([]Reading, samples)
	for i := range readings {
		before := b.khz(cluster)
		one := p.spec.duration(program, cluster, 1, before)
		d := p.noise.sample(b.elapsed)
		took := time.Duration(float64(one)*own*d.factor) + d.stolen
		b.pass(took, cluster, 1)
		after := b.khz(cluster)
		readings[i] = Reading{Nanoseconds: float64(took), KHz: float64(after), CanaryNS: canaryCycles / float64(before) * 1e6 * d.canary,
			Disturbed: d.hop || d.stolen > took/50 || before != after}
	}
	return readings
}
