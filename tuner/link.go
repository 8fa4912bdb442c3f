package tuner

import (
	"math"

	"github.com/rt3d-tune/rt3d-tune/results"
)

// link turns a quality (accuracy or fidelity) into a scale on which the losses of single layers add up.
type link struct {
	objective results.Objective
	clips     int
}

func linkFor(objective string, clips int) link {
	return link{objective: results.Objective(objective), clips: max(1, clips)}
}

// of is the log-odds of an accuracy, kept half a clip away from 0 and 1; for a fidelity it is minus the
// squared distance, since independent errors add in squares. A metric, of which nothing is known, stays
// itself.
func (l link) of(quality float64) float64 {
	switch l.objective {
	case results.Fidelity:
		d := 1 - quality
		return -d * d
	case results.Metric:
		return quality
	}
	edge := 0.5 / float64(l.clips)
	q := math.Min(math.Max(quality, edge), 1-edge)
	return math.Log(q / (1 - q))
}

// quality is the inverse of of.
func (l link) quality(x float64) float64 {
	switch l.objective {
	case results.Fidelity:
		return 1 - math.Sqrt(math.Max(0, -x))
	case results.Metric:
		return x
	}
	return 1 / (1 + math.Exp(-x))
}

// noise is the variance, on the link's scale, of the difference between two networks that answer the same
// clips. A fidelity has none that matters: its outputs are numbers, not counts. That of a metric is not
// known.
func (l link) noise(quality float64) float64 {
	if l.objective != results.Accuracy {
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
	switch l.objective {
	case results.Fidelity:
		return 0.001 // a distance of 3 %
	case results.Metric:
		return 0.001 // a twentieth of the loss that is acceptable by default
	}
	return 0.03 // of log-odds: 0.2 points at an accuracy of 92 %
}
