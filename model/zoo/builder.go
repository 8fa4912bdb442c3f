package zoo

import (
	"fmt"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// builder adds operators one by one and keeps the shapes, counts and statistics on the way. The first
// error sticks. A value has the name of the node that makes it.
type builder struct {
	g            *model.Graph
	shapes       map[string]model.Shape
	stats        map[string]moments
	scaling      map[string]scaling // per convolution
	normalized   map[string]bool    // convolutions that hold a folded BatchNormalization
	macs, params int64
	err          error
}

func newBuilder(name string) *builder {
	return &builder{
		g:      &model.Graph{Name: name},
		shapes: map[string]model.Shape{}, stats: map[string]moments{},
		scaling: map[string]scaling{}, normalized: map[string]bool{},
	}
}

// input declares the clip. Its values are taken to have mean 0 and variance 1, as after normalisation.
func (b *builder) input(channels, frames, height, width int) string {
	b.g.Input = model.Value{Name: "input", Dims: []int{1, channels, frames, height, width}}
	b.shapes["input"] = model.Shape{C: channels, D: frames, H: height, W: width}
	b.stats["input"] = moments{0, 1}
	return "input"
}

// output declares the result, a vector of class scores.
func (b *builder) output(value string) {
	b.g.Output = model.Value{Name: value, Dims: []int{1, b.shapes[value].C}}
}

// add appends a node whose output shape is already known.
func (b *builder) add(name string, op model.Op, out model.Shape, stats moments, inputs ...string) string {
	b.g.Nodes = append(b.g.Nodes, &model.Node{Name: name, Op: op, Inputs: inputs, Output: name})
	b.shapes[name], b.stats[name] = out, stats
	return name
}

// infer appends a node without weights.
func (b *builder) infer(name string, op model.Op, stats moments, inputs ...string) string {
	var in []model.Shape
	for _, x := range inputs {
		in = append(in, b.shapes[x])
	}
	out, err := op.Infer(in)
	if err != nil && b.err == nil {
		b.err = fmt.Errorf("node %q: %w", name, err)
	}
	return b.add(name, op, out, stats, inputs...)
}

// layer appends a convolution whose weights are filled in later. It counts parameters as published:
// with normalized a BatchNormalization (scale and shift) follows and the convolution itself has no
// bias; otherwise it has one.
func (b *builder) layer(name string, c *model.Conv, normalized bool, x string) string {
	in := b.shapes[x]
	c.Channels, c.Groups, c.Dilation = in.C, 1, [3]int{1, 1, 1}
	out, err := c.OutShape(in)
	if err != nil && b.err == nil {
		b.err = fmt.Errorf("node %q: %w", name, err)
	}
	b.macs += c.MACs(nil, out)
	b.params += int64(c.WeightCount() + c.Filters)
	if normalized {
		b.params += int64(c.Filters)
	}
	b.normalized[name] = normalized
	b.scaling[name] = scalingFor(c.WeightCount()/c.Filters, b.stats[x])
	return b.add(name, c, out, moments{0, 1}, x)
}

// conv is a convolution with bias.
func (b *builder) conv(name, x string, filters int, kernel, stride, pad [3]int) string {
	c := &model.Conv{Filters: filters, Kernel: kernel, Stride: stride, PadBegin: pad, PadEnd: pad}
	return b.layer(name, c, false, x)
}

// convBN is a convolution without bias and the BatchNormalization that follows it.
func (b *builder) convBN(name, x string, filters int, kernel, stride, pad [3]int) string {
	c := &model.Conv{Filters: filters, Kernel: kernel, Stride: stride, PadBegin: pad, PadEnd: pad}
	return b.layer(name, c, true, x)
}

// fc is a fully connected layer with bias on a flat activation.
func (b *builder) fc(name, x string, units int) string {
	one := [3]int{1, 1, 1}
	return b.layer(name, &model.Conv{Filters: units, Kernel: one, Stride: one, FullyConnected: true}, false, x)
}

func (b *builder) relu(name, x string) string {
	return b.infer(name, &model.Activation{Function: model.Relu}, b.stats[x].rectified(), x)
}

func (b *builder) maxPool(name, x string, kernel, stride, pad [3]int) string {
	p := &model.Pool{Function: model.MaxPool, Kernel: kernel, Stride: stride, PadBegin: pad, PadEnd: pad}
	return b.infer(name, p, b.stats[x].largest(kernel[0]*kernel[1]*kernel[2]), x)
}

func (b *builder) averagePool(name, x string, kernel [3]int) string {
	p := &model.Pool{Function: model.AveragePool, Kernel: kernel, Stride: [3]int{1, 1, 1}}
	return b.infer(name, p, b.stats[x].averaged(kernel[0]*kernel[1]*kernel[2]), x)
}

func (b *builder) globalAverage(name, x string) string {
	s := b.shapes[x]
	return b.infer(name, &model.GlobalAveragePool{}, b.stats[x].averaged(s.D*s.H*s.W), x)
}

func (b *builder) sum(name, x, y string) string {
	return b.infer(name, &model.Add{}, b.stats[x].plus(b.stats[y]), x, y)
}

func (b *builder) concat(name string, xs ...string) string {
	return b.infer(name, &model.Concat{}, b.stats[xs[0]], xs...)
}

func (b *builder) flatten(name, x string) string {
	to := model.Shape{C: b.shapes[x].Count(), D: 1, H: 1, W: 1}
	return b.infer(name, &model.Reshape{To: to}, b.stats[x], x)
}
