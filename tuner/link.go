package tuner

import (
	"math"

	"github.com/rt3d-tune/rt3d-tune/results"
)

// link turns a quality (accuracy or fidelity) into a scale on which the losses of single layers add up.
type link struct {
	fidelity bool
	clips    int
}

func linkFor(objective string, clips int) link {
	return link{fidelity: objective == string(results.Fidelity), clips: max(1, clips)}
}

// of is the log-odds of an accuracy, kept half a clip away from 0 and 1; for a fidelity it is minus the
// squared distance, since independent errors add in squares.
func (l link) of(quality float64) float64 {
	if l.fidelity {
		d := 1 - quality
		return -d * d
	}
	edge := 0.5 / float64(l.clips)
	q := math.Min(math.Max(quality, edge), 1-edge)
	return math.Log(q / (1 - q))
}

// quality is the inverse of of.
func (l link) quality(x float64) float64 {
	if l.fidelity {
		return 1 - math.Sqrt(math.Max(0, -x))
	}
	return 1 / (1 + math.Exp(-x))
}

// noise is the variance, on the link's scale, of the difference between two networks that answer the same
// clips. A fidelity has none that matters: its outputs are numbers, not counts.
func (l link) noise(quality float64) float64 {
	if l.fidelity {
		return 0
	}
	edge := 0.5 / float64(l.clips)
	q := math.Min(math.Max(quality, edge), 1-edge)
	return discordant / float64(l.clips) / math.Pow(q*(1-q), 2)
}

// prior is the least loss that a layer is thought to have on average, at a rate of one half. Sensitivities
// measured on a few clips may all be nothing by chance, and a loss of nothing could never be corrected by
// what is measured later: it is only ever multiplied.
func (l link) prior() float64 {
	if l.fidelity {
		return 0.001 // a distance of 3 %
	}
	return 0.03 // of log-odds: 0.2 points at an accuracy of 92 %
}
