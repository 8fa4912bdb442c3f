package sim

import (
	"math"
	"time"
)

// The governor and the thermal control act in these steps and times.
const (
	idleShare    = 0.4                    // of the highest frequency, without load (schedutil)
	rampUp       = 20 * time.Millisecond  // time constant under load
	rampDown     = 60 * time.Millisecond  // time constant without
	controlEvery = 100 * time.Millisecond // the thermal control looks and acts
	controlStep  = 0.05                   // by this share of the highest frequency
	hysteresis   = 1.0                    // K below the limit at which it gives a step back
	leastCap     = 0.4
	idleWatts    = 0.4
	batteryJoule = 54_000 // 15 Wh
	saverPercent = 15     // below it the phone saves power
	saverShare   = 0.7
	stepKHz      = 100_000 // frequencies are multiples of it
)

// body is the physical state of a phone: temperature, frequencies, charge. It knows no programs.
type body struct {
	spec    *spec
	ambient float64
	// follows tells that the governor follows the load.
	follows bool

	elapsed time.Duration
	control time.Duration // when the thermal control acts next
	celsius float64
	charge  float64   // 0 ... 1
	cap     float64   // what heat leaves of the highest frequency
	load    []float64 // of each cluster: what the governor gives of it
}

func newBody(s *spec, ambient, charge float64, follows bool) *body {
	b := &body{spec: s, ambient: ambient, follows: follows, charge: charge, cap: 1, celsius: ambient + idleWatts*s.kelvinPerWatt,
		load: make([]float64, len(s.clusters))}
	for i := range b.load {
		b.load[i] = 1
		if follows {
			b.load[i] = idleShare
		}
	}
	return b
}

// khz is the frequency of a cluster at the moment.
func (b *body) khz(cluster int) int {
	share := min(b.load[cluster], b.cap)
	if b.charge*100 < saverPercent {
		share = min(share, saverShare)
	}
	khz := share * float64(b.spec.clusters[cluster].maxKHz)
	return max(1, int(math.Round(khz/stepKHz))) * stepKHz
}

// pass lets time pass with n busy cores of a cluster; none when the phone is idle.
func (b *body) pass(d time.Duration, cluster, n int) {
	for d > 0 {
		if b.control <= b.elapsed {
			b.steer()
		}
		step := min(d, b.control-b.elapsed)
		b.step(step, cluster, n)
		d -= step
		b.elapsed += step
	}
}

// idle lets time pass without load. What settles in any case is not followed in steps.
func (b *body) idle(d time.Duration) {
	const most = 10 * time.Minute
	b.pass(min(d, most), 0, 0)
	if d > most {
		b.elapsed += d - most
		b.control = b.elapsed
	}
}

func (b *body) step(d time.Duration, cluster, n int) {
	watts := idleWatts
	for i := range b.load {
		target, slope := idleShare, rampDown
		if n > 0 && i == cluster {
			share := float64(b.khz(i)) / float64(b.spec.clusters[i].maxKHz)
			watts += float64(n) * b.spec.clusters[i].watts * share * share * share // P ~ f V², V ~ f
			target, slope = 1, rampUp
		}
		if b.follows {
			b.load[i] = approach(b.load[i], target, d, slope)
		}
	}
	b.celsius = approach(b.celsius, b.ambient+watts*b.spec.kelvinPerWatt, d, time.Duration(b.spec.settle*float64(time.Second)))
	b.charge = max(0, b.charge-watts*d.Seconds()/batteryJoule)
}

// throttleStep is what the phone's cooling device shows: by how many steps heat holds the frequency back.
func (b *body) throttleStep() int { return int((1-b.cap)/controlStep + 0.5) }

// steer is the thermal control.
func (b *body) steer() {
	switch {
	case b.celsius > b.spec.throttle:
		b.cap = max(leastCap, b.cap-controlStep)
	case b.celsius < b.spec.throttle-hysteresis:
		b.cap = min(1, b.cap+controlStep)
	}
	b.control = b.elapsed + controlEvery
}

// approach moves a value exponentially towards a target.
func approach(value, target float64, d, constant time.Duration) float64 {
	return target + (value-target)*math.Exp(-float64(d)/float64(constant))
}
