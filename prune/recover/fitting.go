package recover

import (
	"cmp"
	"slices"

	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/prune/recover/gram"
)

// part of the calibration clips.
type part struct {
	inputs, want [][]float32
	boxes        gram.Boxes
	blocks       []*secondMoments
	errors       [][]float32 // of each convolution group: [patches][filters]
}

// fitting is one convolution with what its weights are fitted from.
type fitting struct {
	conv     *model.Conv
	dense    *model.Conv // with the weights that nothing was removed from
	in, out  model.Shape
	blocks   []block
	parts    []*part   // those to fit on and those to hold against, or of few clips some that take turns
	few      bool      // clips
	dampings []float64 // of each block, for refineApart
}

// most output positions that a layer is fitted on, and held against, in all clips together.
const (
	mostFitted = 32768
	mostHeld   = 8192
)

// turns is how many parts few clips are put into.
const turns = 4

// newFitting sums up what the convolution reads. The first split clips are fitted on, the others held
// against, unless they are few; columns is the most that interact.
func newFitting(c, dense *model.Conv, in, out model.Shape, inputs, want [][]float32, split, columns int) *fitting {
	f := &fitting{conv: c, dense: dense, in: in, out: out, blocks: blocks(c, columns), few: len(inputs) < fewClips}
	add := func(from, to, most int) {
		boxes := gram.NewBoxes(out, to-from, most, uint64(len(f.parts)+1))
		f.parts = append(f.parts, &part{inputs: inputs[from:to], want: want[from:to], boxes: boxes})
	}
	if n := min(turns, len(inputs)); f.few {
		for i := range n {
			add(i*len(inputs)/n, (i+1)*len(inputs)/n, mostFitted/n)
		}
	} else {
		add(0, split, mostFitted)
		add(split, len(inputs), mostHeld)
	}
	for _, b := range f.blocks {
		for _, p := range f.parts {
			p.blocks = append(p.blocks, newSecondMoments(f.patches(p, b), b.filters[1]-b.filters[0]))
		}
	}
	return f
}

// fitted are the parts that weights are fitted on in the end.
func (f *fitting) fitted() []*part {
	if f.few {
		return f.parts
	}
	return f.parts[:1]
}

// held are the parts that weights are held against, all or in turns.
func (f *fitting) held() []*part {
	if f.few {
		return f.parts
	}
	return f.parts[1:]
}

// moments of a block that weights are fitted on in the end.
func (f *fitting) moments(block int) *secondMoments {
	parts := f.fitted()
	all := parts[0].blocks[block]
	for _, p := range parts[1:] {
		all = all.with(p.blocks[block])
	}
	return all
}

// trials of a block.
func (f *fitting) trials(block int) trials {
	var of []*secondMoments
	for _, p := range f.parts {
		of = append(of, p.blocks[block])
	}
	return newTrials(of, f.few)
}

// patches of a block.
func (f *fitting) patches(p *part, b block) *gram.Patches {
	first := b.group * (f.conv.Channels / f.conv.Groups)
	return gram.NewPatches(f.conv, f.in, p.inputs, [2]int{first + b.channels[0], first + b.channels[1]}, p.boxes)
}

// observe computes the errors of the convolution's outputs on all clips.
func (f *fitting) observe(outputs [][]float32) {
	filters := f.conv.Filters / f.conv.Groups
	for _, p := range f.parts {
		p.errors = make([][]float32, f.conv.Groups)
		for g := range p.errors {
			for i, want := range p.want {
				of := [2]int{g * filters, (g + 1) * filters}
				e := p.boxes.Cut(i, want, f.out, of)
				for j, y := range p.boxes.Cut(i, outputs[i], f.out, of) {
					e[j] -= y
				}
				p.errors[g] = append(p.errors[g], e...)
			}
		}
		outputs = outputs[len(p.want):]
	}
}

// summarise takes in the errors on the fitted clips, for chooseUnits.
func (f *fitting) summarise() {
	for _, p := range f.fitted() {
		for i, b := range f.blocks {
			p.blocks[i].observe(f.patches(p, b), p.errors[b.group])
		}
	}
}

// refine gives the convolution better weights, block after block, each on what those before it have left
// of the errors. It says how much of the squared error on the held clips is gone.
func (f *fitting) refine() (gain float64) {
	for i, b := range f.blocks {
		for _, p := range f.parts {
			p.blocks[i].observe(f.patches(p, b), p.errors[b.group])
		}
		delta, less := f.trials(i).refine(b.families(f.conv, f.dense))
		if less == 0 {
			continue
		}
		gain += less
		b.add(f.conv, delta)
		if slices.ContainsFunc(f.blocks[i+1:], func(o block) bool { return o.group == b.group }) {
			for _, p := range f.parts {
				f.patches(p, b).Subtract(p.errors[b.group], delta, b.filters[1]-b.filters[0])
			}
		}
	}
	return gain
}

// heldError is the mean squared error on the held clips, over all filters, as observed, once a bias takes care
// of the mean on those that are fitted on meanwhile.
func (f *fitting) heldError() float64 {
	sum := 0.0
	filters, held := f.conv.Filters/f.conv.Groups, f.held()
	for g := range f.conv.Groups {
		for _, p := range held {
			var fitted []float32
			for _, o := range f.fitted() {
				if o != p {
					fitted = append(fitted, o.errors[g]...)
				}
			}
			mean, n := means(fitted, filters), len(p.errors[g])/filters*len(held)
			for i, v := range p.errors[g] {
				d := float64(v) - mean[i%filters]
				sum += d * d / float64(n)
			}
		}
	}
	return sum
}

// forget drops the clips, which refineApart does not need.
func (f *fitting) forget() {
	for _, p := range f.parts {
		p.inputs, p.want, p.errors = nil, nil, nil
	}
}

// bytes that it holds once it has forgotten the clips.
func (f *fitting) bytes() (n int64) {
	for _, p := range f.parts {
		for _, b := range p.blocks {
			n += 4 * int64(len(b.gram))
		}
	}
	return n
}

// settle chooses the damping of each block once, so that refineApart need not do it for every mask: the one
// that is best where the lighter half of the columns is gone from all filters. Where nothing makes up for that
// half, it remains open.
func (f *fitting) settle() {
	f.dampings = make([]float64, len(f.blocks))
	for i, b := range f.blocks {
		filters := b.filters[1] - b.filters[0]
		w := b.weights(f.dense, f.dense.Weight)
		weight := make([]float64, len(w)/filters)
		for at, v := range w {
			weight[at/filters] += float64(v) * float64(v)
		}
		order := upTo(len(weight))
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(weight[b], weight[a]) })
		kept := order[:(len(order)+1)/2]
		slices.Sort(kept)
		for _, column := range kept {
			clear(w[column*filters : (column+1)*filters])
		}
		f.imply(i, w)
		f.dampings[i] = f.trials(i).chooseDamping([]family{{filters: upTo(filters), columns: kept}})
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
		f.imply(i, missing)
		t := f.trials(i)
		all := b.families(f.conv, f.dense)
		damping := f.dampings[i]
		if damping == 0 {
			damping = t.chooseDamping(all)
		}
		delta, gain := t.refineBy(damping, all)
		b.add(f.conv, delta)
		left += t.energy(missing) - gain
	}
	return left
}

// imply sets the errors of a block to those that a change of its weights makes.
func (f *fitting) imply(block int, change []float32) {
	for _, p := range f.parts {
		p.blocks[block].imply(change)
	}
}
