package recover

import (
	"context"
	"fmt"
	"math"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// Mode says how accuracy is won back.
type Mode string

// The modes.
const (
	None Mode = "none"
	// Bias shifts each filter so that its mean output is the dense network's.
	Bias Mode = "bias"
	// BatchNorm rescales and shifts each filter so that mean and deviation are the dense network's;
	// fully connected layers, which have no BatchNorm, are shifted only.
	BatchNorm Mode = "batchnorm"
	// Reconstruct gives the weights that were kept the values that make the best of them in least squares,
	// and renormalises.
	Reconstruct Mode = "reconstruct"
	// OBS also chooses anew which weights are kept, as many of each layer, by what it costs to
	// reconstruct the layer without them.
	OBS Mode = "obs"
)

// Modes are all of them, in the order of what they win back.
var Modes = []Mode{None, Bias, BatchNorm, Reconstruct, OBS}

// ParseMode reads a mode's name.
func ParseMode(name string) (Mode, error) {
	for _, m := range Modes {
		if string(m) == name {
			return m, nil
		}
	}
	return "", fmt.Errorf("recovery %q: want none, bias, batchnorm, reconstruct or obs", name)
}

// Outcome says what a reconstruction came to, in relative L2 distances of the network's outputs from the
// dense network's on calibration clips that no weights were fitted on. With fewer than 32 clips there are
// none such, and apart networks are not compared: the distances are zero.
type Outcome struct {
	// BatchNorm is the distance after renormalisation alone, Reconstructed after reconstruction.
	BatchNorm, Reconstructed float64
	// Kept is the mode whose network was kept: BatchNorm where reconstruction was no better.
	Kept Mode
}

// Restore wins back accuracy of pruned, a pruned copy of the network that was measured, in place. Weights
// that are not kept stay zero. Reconstruct and OBS change a layer only as far as that proves right on clips
// that were held back, and with 32 clips or more, unless fitted apart, they end with the network that is closer to the dense one on
// those clips, of theirs and BatchNorm's.
func (s *Statistics) Restore(ctx context.Context, pruned *model.Graph, mode Mode) (Outcome, error) {
	o := Outcome{Kept: mode}
	switch mode {
	case None:
		return o, nil
	case Bias, BatchNorm:
		_, err := s.renormalise(ctx, pruned, mode == BatchNorm, true)
		return o, err
	}
	if err := s.checkClips(mode); err != nil {
		return o, err
	}
	if s.options.Apart {
		if err := s.reconstructApart(ctx, pruned, mode); err != nil {
			return o, err
		}
		_, err := s.renormalise(ctx, pruned, true, true)
		return o, err
	}
	plain := pruned.Clone()
	outputs, err := s.renormalise(ctx, plain.Clone(), true, false)
	if err != nil {
		return o, err
	}
	o.BatchNorm = s.heldDistance(outputs)
	if outputs, err = s.reconstruct(ctx, pruned, mode); err != nil {
		return o, err
	}
	o.Reconstructed = s.heldDistance(outputs)
	if len(s.clips) < fewClips {
		o.BatchNorm, o.Reconstructed = 0, 0
	} else if o.Reconstructed >= o.BatchNorm {
		o.Kept = BatchNorm
		for i, n := range pruned.Convs() {
			*n.Op.(*model.Conv) = *plain.Convs()[i].Op.(*model.Conv)
		}
	}
	// What is compared has seen the fitted clips alone; what is kept sees all of them.
	_, err = s.renormalise(ctx, pruned, true, true)
	return o, err
}

// heldDistance is the relative L2 distance of outputs on the held clips from the dense network's.
func (s *Statistics) heldDistance(outputs [][]float32) float64 {
	distance, norm := 0.0, 0.0
	for i := s.fitted(); i < len(s.clips); i++ {
		for j, v := range s.outputs[i] {
			d := float64(v) - float64(outputs[i][j])
			distance += d * d
			norm += float64(v) * float64(v)
		}
	}
	return math.Sqrt(distance / math.Max(norm, math.SmallestNonzeroFloat64))
}
