package onnx

import (
	"fmt"
	"math"
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/rt3d-tune/rt3d-tune/model"
	pb "github.com/rt3d-tune/rt3d-tune/model/onnx/onnxpb"
)

// joinPhases finds the Interleave nodes that weave the phases of a transposed convolution, which is then
// written in their place: phases by their names, read by nobody else, with the weights of one kernel.
func (ex *exporter) joinPhases() {
	uses := map[string]int{}
	for _, v := range ex.g.Parts() {
		uses[v.Name]++
	}
	for _, n := range ex.g.Nodes {
		for _, in := range n.Inputs {
			uses[in]++
		}
	}
	for _, n := range ex.g.Nodes {
		weave, ok := n.Op.(*model.Interleave)
		if !ok {
			continue
		}
		nodes := ex.phases(n, weave, uses)
		if nodes == nil {
			continue
		}
		var phases []*model.Conv
		for _, phase := range nodes {
			phases = append(phases, phase.Op.(*model.Conv))
		}
		// Where there is none the phases are written one by one.
		if t, err := model.JoinPhases(phases, weave, ex.shapes[nodes[0].Inputs[0]]); err == nil {
			ex.joined[n] = t
			for _, phase := range nodes {
				ex.skip[phase] = true
			}
		}
	}
}

// phases are the convolutions that an Interleave reads, or nil if they are not those of one layer.
func (ex *exporter) phases(n *model.Node, weave *model.Interleave, uses map[string]int) []*model.Node {
	if len(n.Inputs) != weave.Phases() {
		return nil
	}
	var nodes []*model.Node
	for i, in := range n.Inputs {
		phase := ex.g.Node(phaseName(n.Name, i))
		if phase == nil || phase.Output != in || uses[in] != 1 {
			return nil
		}
		if _, ok := phase.Op.(*model.Conv); !ok || i > 0 && phase.Inputs[0] != nodes[0].Inputs[0] {
			return nil
		}
		nodes = append(nodes, phase)
	}
	return nodes
}

// transposed writes a transposed convolution.
func (ex *exporter) transposed(n *model.Node, t *model.Transposed, shape model.Shape) error {
	first := 3 - ex.spatial
	input := ex.g.Node(phaseName(n.Name, 0)).Inputs[0]
	input = ex.as(input, ex.spatialDims(ex.shapes[input]))
	weight, err := ex.constant(n.Name, "weight", append([]int{t.Channels, t.Filters / t.Groups}, t.Kernel[first:]...), t.Weight)
	if err != nil {
		return err
	}
	inputs := []string{input, weight}
	if t.Bias != nil {
		bias, err := ex.constant(n.Name, "bias", []int{t.Filters}, t.Bias)
		if err != nil {
			return err
		}
		inputs = append(inputs, bias)
	}
	ex.dims[n.Output] = ex.spatialDims(shape)
	ex.write(n.Name, "ConvTranspose", inputs, n.Output, append(ex.sliding(t.Kernel, t.Stride, t.PadBegin, t.PadEnd),
		intsAttr("dilations", t.Dilation[first:]), intsAttr("output_padding", t.OutputPad[first:]), intAttr("group", t.Groups))...)
	return nil
}

// interleave writes a transposed convolution, or depth-to-space in operators that any number of dimensions
// has: the phases are padded to one size and joined, then Reshape, Transpose, Reshape, and a Slice of what was
// padded.
func (ex *exporter) interleave(n *model.Node, v *model.Interleave, shape model.Shape) error {
	if t := ex.joined[n]; t != nil {
		return ex.transposed(n, t, shape)
	}
	first := 3 - ex.spatial
	size := ex.shapes[n.Inputs[0]] // of the largest phase
	joined := ex.in(n)
	if len(n.Inputs) == 1 && ex.spatial == 2 && v.Step[1] == v.Step[2] {
		ex.dims[n.Output] = ex.spatialDims(shape)
		ex.write(n.Name, "DepthToSpace", []string{joined}, n.Output, intAttr("blocksize", v.Step[1]))
		return nil
	}
	name := func(what string) string { return unique(n.Name+"."+what, ex.taken) }
	if len(n.Inputs) > 1 {
		var parts []string
		for _, in := range n.Inputs {
			s := ex.shapes[in]
			part := ex.as(in, ex.spatialDims(s))
			if missing := [3]int{size.D - s.D, size.H - s.H, size.W - s.W}; missing != [3]int{} {
				padded := name("padded")
				ex.write(padded, "Pad", []string{part, ex.integers(padded+".pads", slices.Concat([]int{0, 0}, make([]int, ex.spatial), []int{0, 0}, missing[first:]))}, padded)
				part = padded
			}
			parts = append(parts, part)
		}
		joined = name("phases")
		ex.write(joined, "Concat", parts, joined, intAttr("axis", 1))
	}
	split, perm := slices.Concat([]int{1}, v.Step[first:], []int{shape.C}, []int{size.D, size.H, size.W}[first:]), []int{0, 1 + ex.spatial}
	for i := range ex.spatial {
		perm = append(perm, 2+ex.spatial+i, 1+i)
	}
	apart, woven := name("apart"), name("woven")
	ex.reshape(apart, joined, apart, split)
	ex.write(woven, "Transpose", []string{apart}, woven, intsAttr("perm", perm))
	whole := model.Shape{C: shape.C, D: size.D * v.Step[0], H: size.H * v.Step[1], W: size.W * v.Step[2]}
	ex.dims[n.Output] = ex.spatialDims(shape)
	if whole == shape {
		ex.reshape(n.Name, woven, n.Output, ex.spatialDims(whole))
		return nil
	}
	full := name("full")
	ex.reshape(full, woven, full, ex.spatialDims(whole))
	zeros, ends, axes := make([]int, ex.spatial), []int{shape.D, shape.H, shape.W}[first:], []int{2, 3, 4}[:ex.spatial]
	ex.write(n.Name, "Slice", []string{full, ex.integers(full+".starts", zeros), ex.integers(full+".ends", ends), ex.integers(full+".axes", axes)}, n.Output)
	return nil
}

// integers stores a list of integers under a name like the given one.
func (ex *exporter) integers(name string, values []int) string {
	name = unique(name, ex.taken)
	ex.out.Initializer = append(ex.out.Initializer, intTensor(name, values))
	return name
}

func (ex *exporter) permute(n *model.Node, p *model.Permute, shape model.Shape) {
	perm := []int{0}
	for i, axis := range p.Order {
		if i != 1 || ex.spatial == 3 {
			perm = append(perm, ex.dimension(axis))
		}
	}
	ex.dims[n.Output] = ex.spatialDims(shape)
	ex.write(n.Name, "Transpose", []string{ex.in(n)}, n.Output, intsAttr("perm", perm))
}

// dimension of ONNX that an axis of the model is: channels, depth, height, width.
func (ex *exporter) dimension(axis int) int {
	if axis == 0 {
		return 1
	}
	return axis + 1 - (3 - ex.spatial)
}

// resize writes the scales, or the sizes where float32 does not hold the scales.
func (ex *exporter) resize(n *model.Node, r *model.Resize, shape model.Shape) error {
	first, in := 3-ex.spatial, ex.shapes[n.Inputs[0]]
	scales, exact := []float32{1, 1}, true
	for i := first; i < 3; i++ {
		scales = append(scales, float32(r.Scale[i]))
		exact = exact && float64(float32(r.Scale[i])) == r.Scale[i]
	}
	inputs := []string{ex.in(n), ""}
	if exact {
		name, err := ex.constant(n.Name, "scales", []int{len(scales)}, scales)
		if err != nil {
			return err
		}
		inputs = append(inputs, name)
	} else {
		for i, size := range [3][2]int{{in.D, shape.D}, {in.H, shape.H}, {in.W, shape.W}} {
			if float64(size[1])/float64(size[0]) != r.Scale[i] {
				return fmt.Errorf("scale %g of %d positions is neither a float32 nor that of the sizes", r.Scale[i], size[0])
			}
		}
		inputs = append(inputs, "", ex.integers(n.Name+".sizes", ex.spatialDims(shape)))
	}
	attrs := []*pb.AttributeProto{stringAttr("coordinate_transformation_mode", string(r.Coordinates))}
	if r.Linear {
		attrs = append(attrs, stringAttr("mode", "linear"))
	} else {
		attrs = append(attrs, stringAttr("mode", "nearest"), stringAttr("nearest_mode", string(r.Rounding)))
	}
	ex.dims[n.Output] = ex.spatialDims(shape)
	ex.write(n.Name, "Resize", inputs, n.Output, attrs...)
	return nil
}

// gelu writes x/2 · (1 + erf(x · 1/√2)): the operator of its own is younger than the opset that is written.
func (ex *exporter) gelu(n *model.Node) error {
	var names [3]string
	for i, v := range []float32{.5, math.Sqrt2 / 2, 1} {
		var err error
		if names[i], err = ex.constant(n.Name, []string{"half", "root", "one"}[i], nil, []float32{v}); err != nil {
			return err
		}
	}
	x := ex.names[n.Inputs[0]]
	step := func(what, op string, inputs ...string) string {
		name := unique(n.Name+"."+what, ex.taken)
		ex.write(name, op, inputs, name)
		return name
	}
	half := step("halved", "Mul", x, names[0])
	erf := step("erf", "Erf", step("rooted", "Mul", x, names[1]))
	ex.write(n.Name, "Mul", []string{half, step("sum", "Add", erf, names[2])}, n.Output)
	return nil
}

func stringAttr(name, v string) *pb.AttributeProto {
	return &pb.AttributeProto{Name: proto.String(name), Type: pb.AttributeProto_STRING.Enum(), S: []byte(v)}
}
