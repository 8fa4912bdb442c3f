package sim

import (
	"math"
	"math/rand/v2"
	"time"
)

// Disturbances of a sample, in the proportions that phones show at rest.
const (
	preemptRate = 0.02  // another task takes the core for a while, and the kernel says so
	silentRate  = 0.005 // something slows a sample down and leaves no trace
	hopRate     = 0.003 // the scheduler moves the thread within its cluster
	runShare    = 0.3   // of the noise: what differs from process to process (memory layout)
	driftShare  = 0.5   // of the noise: what wanders over minutes
	driftTime   = 2 * time.Minute
	canaryShare = 0.5
)

// noise makes samples differ. variation is the coefficient of variation from sample to sample.
type noise struct {
	random    *rand.Rand
	variation float64
	drift     float64 // in units of its own deviation
	at        time.Duration
}

// disturbance is what happened to one sample.
type disturbance struct {
	factor   float64       // on its time
	stolen   time.Duration // by another task
	hop      bool
	canary   float64 // factor on the canary's time
	switches int
}

// run draws the factor that a process keeps for its life.
func (n *noise) run() float64 { return math.Exp(runShare * n.variation * n.random.NormFloat64()) }

// sample draws what happens to a sample at a time.
func (n *noise) sample(at time.Duration) disturbance {
	keep := math.Exp(-float64(at-n.at) / float64(driftTime))
	n.drift = n.drift*keep + math.Sqrt(1-keep*keep)*n.random.NormFloat64()
	n.at = at
	common := driftShare * n.variation * n.drift
	d := disturbance{
		factor: math.Exp(common + n.variation*n.random.NormFloat64()),
		canary: math.Exp(common + canaryShare*n.variation*n.random.NormFloat64()),
	}
	if n.random.Float64() < preemptRate {
		d.stolen = time.Duration((0.5 + 3*n.random.ExpFloat64()) * float64(time.Millisecond))
		d.switches = 1 + n.random.IntN(3)
	}
	if n.random.Float64() < silentRate {
		d.factor *= 1.05 + 0.25*n.random.Float64()
	}
	if n.random.Float64() < hopRate {
		d.hop = true
		d.factor *= 1.03
	}
	return d
}
