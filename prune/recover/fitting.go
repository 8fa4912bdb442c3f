package recover

import (
	"cmp"
	"slices"

	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/prune/recover/gram"
)

// side is one part of the calibration clips: those that weights are fitted on, or those that they are held
// against.
type side struct {
	inputs, want [][]float32
	boxes        gram.Boxes
	blocks       []*secondMoments
	errors       [][]float32 // of each convolution group: [patches][filters]
}

// fitting is one convolution with what its weights are fitted from.
type fitting struct {
	conv      *model.Conv
	dense     *model.Conv // with the weights that nothing was removed from
	in, out   model.Shape
	blocks    []block
	fit, held side
	few       bool      // clips
	dampings  []float64 // of each block, for refineApart
}

// most output positions that a layer is fitted on, and held against, in all clips together.
const (
	mostFitted = 32768
	mostHeld   = 8192
)

// newFitting sums up what the convolution reads. The first split clips are fitted on, the others held
// against; columns is the most that interact.
func newFitting(c, dense *model.Conv, in, out model.Shape, inputs, want [][]float32, split, columns int) *fitting {
	f := &fitting{conv: c, dense: dense, in: in, out: out, blocks: blocks(c, columns), few: len(inputs) < fewClips}
	f.fit = newSide(out, inputs[:split], want[:split], mostFitted, 1)
	f.held = newSide(out, inputs[split:], want[split:], mostHeld, 2)
	for _, b := range f.blocks {
		for _, s := range f.sides() {
			s.blocks = append(s.blocks, newSecondMoments(f.patches(s, b), b.filters[1]-b.filters[0]))
		}
	}
	return f
}

func (f *fitting) sides() []*side { return []*side{&f.fit, &f.held} }

func newSide(out model.Shape, inputs, want [][]float32, most int, seed uint64) side {
	return side{inputs: inputs, want: want, boxes: gram.NewBoxes(out, len(inputs), most, seed)}
}

// patches of a block.
func (f *fitting) patches(s *side, b block) *gram.Patches {
	first := b.group * (f.conv.Channels / f.conv.Groups)
	return gram.NewPatches(f.conv, f.in, s.inputs, [2]int{first + b.channels[0], first + b.channels[1]}, s.boxes)
}

// observe computes the errors of the convolution's outputs on all clips.
func (f *fitting) observe(outputs [][]float32) {
	filters := f.conv.Filters / f.conv.Groups
	for _, s := range f.sides() {
		s.errors = make([][]float32, f.conv.Groups)
		for g := range s.errors {
			for i, want := range s.want {
				of := [2]int{g * filters, (g + 1) * filters}
				e := s.boxes.Cut(i, want, f.out, of)
				for j, y := range s.boxes.Cut(i, outputs[i], f.out, of) {
					e[j] -= y
				}
				s.errors[g] = append(s.errors[g], e...)
			}
		}
		outputs = outputs[len(s.want):]
	}
}

// summarise takes in the errors on the fitted clips, for chooseUnits.
func (f *fitting) summarise() {
	for i, b := range f.blocks {
		f.fit.blocks[i].observe(f.patches(&f.fit, b), f.fit.errors[b.group])
	}
}

// refine gives the convolution better weights, block after block, each on what those before it have left
// of the errors. It says how much of the squared error on the held clips is gone.
func (f *fitting) refine() (gain float64) {
	for i, b := range f.blocks {
		fit, held := f.patches(&f.fit, b), f.patches(&f.held, b)
		f.fit.blocks[i].observe(fit, f.fit.errors[b.group])
		f.held.blocks[i].observe(held, f.held.errors[b.group])
		delta, less := refine(f.fit.blocks[i], f.held.blocks[i], b.families(f.conv, f.dense), f.few)
		if less == 0 {
			continue
		}
		gain += less
		b.add(f.conv, delta)
		if slices.ContainsFunc(f.blocks[i+1:], func(o block) bool { return o.group == b.group }) {
			fit.Subtract(f.fit.errors[b.group], delta, b.filters[1]-b.filters[0])
			held.Subtract(f.held.errors[b.group], delta, b.filters[1]-b.filters[0])
		}
	}
	return gain
}

// heldError is the mean squared error on the held clips, about its mean, over all filters, as observed.
func (f *fitting) heldError() float64 {
	sum := 0.0
	filters := f.conv.Filters / f.conv.Groups
	for _, e := range f.held.errors {
		mean := means(e, filters)
		for i, v := range e {
			d := float64(v) - mean[i%filters]
			sum += d * d / float64(len(e)/filters)
		}
	}
	return sum
}

// forget drops the clips, which refineApart does not need.
func (f *fitting) forget() {
	for _, s := range f.sides() {
		s.inputs, s.want, s.errors = nil, nil, nil
	}
}

// bytes that it holds once it has forgotten the clips.
func (f *fitting) bytes() (n int64) {
	for _, s := range f.sides() {
		for _, b := range s.blocks {
			n += 4 * int64(len(b.gram))
		}
	}
	return n
}

// settle chooses the damping of each block once, so that refineApart need not do it for every mask: the one
// that is best where the lighter half of the columns is gone from all filters.
func (f *fitting) settle() {
	f.dampings = make([]float64, len(f.blocks))
	for i, b := range f.blocks {
		fit, held := f.fit.blocks[i], f.held.blocks[i]
		w := b.weights(f.dense, f.dense.Weight)
		weight := make([]float64, fit.columns)
		for at, v := range w {
			weight[at/fit.filters] += float64(v) * float64(v)
		}
		order := upTo(fit.columns)
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(weight[b], weight[a]) })
		kept := order[:(len(order)+1)/2]
		slices.Sort(kept)
		for _, column := range kept {
			clear(w[column*fit.filters : (column+1)*fit.filters])
		}
		fit.imply(w)
		held.imply(w)
		f.dampings[i] = chooseDamping(fit, held, []family{{filters: upTo(fit.filters), columns: kept}})
	}
}

// refineApart is refine for a convolution that reads what the dense network's reads: its errors follow
// from the weights that it lacks. Errors of one block are taken to have nothing to do with another's. It
// gives the squared error on the held clips that is left.
func (f *fitting) refineApart() (left float64) {
	for i, b := range f.blocks {
		missing := b.weights(f.conv, f.dense.Weight)
		for j, w := range b.weights(f.conv, f.conv.Weight) {
			missing[j] -= w
		}
		f.fit.blocks[i].imply(missing)
		f.held.blocks[i].imply(missing)
		delta, gain := refineBy(f.dampings[i], f.fit.blocks[i], f.held.blocks[i], b.families(f.conv, f.dense), f.few)
		b.add(f.conv, delta)
		left += f.held.blocks[i].energy(missing) - gain
	}
	return left
}
