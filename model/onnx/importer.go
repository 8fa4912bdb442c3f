package onnx

import (
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/rt3d-tune/rt3d-tune/model"
	pb "github.com/rt3d-tune/rt3d-tune/model/onnx/onnxpb"
)

// value is what an ONNX name stands for: a constant, or an activation. An activation has the
// dimensions that ONNX sees and the model's value with its shape; both have the same number of values
// in the same order. The two shapes may differ for a while (a relabelling that no operator has asked
// for yet), so that relabellings which cancel out or change nothing leave no node behind.
type value struct {
	constant *tensor

	name  string
	dims  []int
	shape model.Shape
	// relabelled is the ONNX node that gave the dimensions, while the model's shape still lags behind.
	relabelled *node
}

// importer turns one file into a graph.
type importer struct {
	file  string
	opset int
	g     *model.Graph
	// pending are the initializers, decoded when they are first used.
	pending map[string]*pb.TensorProto
	values  map[string]*value
	// unsupported are second outputs, which may exist but not be used.
	unsupported map[string]string
	// names and valueNames are taken.
	names, valueNames map[string]bool
	// exact holds an Affine's factors before rounding, for folding.
	exact map[*model.Affine]factors
	// named are the outputs bound so far.
	named map[string]bool
	// spare is how many values constants may yet be expanded to, so that a small file stays small.
	spare int
}

func newImporter(file string) *importer {
	return &importer{
		file: file, g: &model.Graph{},
		pending: map[string]*pb.TensorProto{}, values: map[string]*value{}, unsupported: map[string]string{},
		names: map[string]bool{}, valueNames: map[string]bool{},
		exact: map[*model.Affine]factors{}, named: map[string]bool{}, spare: 1 << 24,
	}
}

// handler imports one operator.
type handler func(im *importer, n *node) error

// handlers are the known operators.
var handlers map[string]handler

func init() {
	handlers = map[string]handler{
		"Conv": importConv, "ConvTranspose": importConvTranspose, "Gemm": importGemm, "MatMul": importMatMul,
		"BatchNormalization": importBatchNorm, "Add": importAdd, "Sub": importSub, "Mul": importMul, "Div": importDiv, "Sum": importSum,
		"Relu": importRelu, "LeakyRelu": importLeakyRelu, "Elu": importElu, "Sigmoid": importSigmoid, "Tanh": importTanh, "Clip": importClip,
		"Erf": importErf, "Gelu": importGelu,
		"MaxPool": importPool, "AveragePool": importPool, "GlobalAveragePool": importGlobalAverage, "ReduceMean": importReduceMean,
		"Softmax": importSoftmax, "Concat": importConcat, "Pad": importPad, "Resize": importResize, "DepthToSpace": importDepthToSpace,
		"Flatten": importFlatten, "Reshape": importReshape, "Squeeze": importSqueeze, "Unsqueeze": importUnsqueeze, "Transpose": importTranspose,
		"Identity": importIdentity, "Dropout": importDropout, "Constant": importConstant,
		"Shape": importShape, "Gather": importGather, "Slice": importSlice, "Cast": importCast, "ConstantOfShape": importConstantOfShape,
	}
}

// Operators lists the ONNX operators that can be read, in alphabetical order.
func Operators() []string {
	var names []string
	for name := range handlers {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// node imports one ONNX node.
func (im *importer) node(p *pb.NodeProto, index int) error {
	n := &node{proto: p, index: index, attrs: map[string]*pb.AttributeProto{}}
	handle := handlers[n.op()]
	if handle == nil {
		return fmt.Errorf("the operator is not supported; known operators: %s", strings.Join(Operators(), ", "))
	}
	for _, a := range p.GetAttribute() {
		if a.GetRefAttrName() != "" {
			return fmt.Errorf("attribute %q refers to a function's attribute, which is not supported", a.GetName())
		}
		n.attrs[a.GetName()] = a
	}
	for _, name := range p.GetInput() {
		v, err := im.lookup(name)
		if err != nil {
			return err
		}
		n.inputs = append(n.inputs, v)
	}
	if len(p.GetOutput()) == 0 || p.GetOutput()[0] == "" {
		return errors.New("its first output has no name")
	}
	for _, name := range p.GetOutput() {
		if _, constant := im.pending[name]; name != "" && (constant || im.values[name] != nil) {
			return fmt.Errorf("value %q is defined twice", name)
		}
	}
	if err := handle(im, n); err != nil {
		return err
	}
	if im.values[p.GetOutput()[0]] == nil {
		return errors.New("importing it gave no value") // a handler's fault
	}
	for _, name := range p.GetOutput()[1:] {
		im.unsupported[name] = label(p, index)
	}
	return n.leftover()
}

// lookup finds an input by name; an empty name is an input that is left out.
func (im *importer) lookup(name string) (*value, error) {
	if name == "" {
		return nil, nil
	}
	if v := im.values[name]; v != nil {
		return v, nil
	}
	if t := im.pending[name]; t != nil {
		constant, err := decode(t)
		if err != nil {
			return nil, err
		}
		v := &value{constant: constant}
		im.values[name] = v
		return v, nil
	}
	if owner, ok := im.unsupported[name]; ok {
		return nil, fmt.Errorf("input %q is a further output of node %q, which is not supported", name, owner)
	}
	return nil, fmt.Errorf("input %q is neither an initializer nor computed by an earlier node", name)
}

// define binds the node's first output.
func (im *importer) define(n *node, v *value) {
	im.values[n.proto.GetOutput()[0]] = v
}

// emit adds an operator to the model as what the ONNX node computes. dims are the true dimensions of
// its output; weights, where given, name the layer.
func (im *importer) emit(n *node, op model.Op, dims []int, weights *tensor, inputs ...*value) error {
	out, err := im.append(im.layerName(n, weights), n.proto.GetOutput()[0], op, dims, inputs...)
	if err != nil {
		return err
	}
	im.define(n, out)
	return nil
}

// append adds a node and checks that its shape holds as many values as the true dimensions.
func (im *importer) append(name, output string, op model.Op, dims []int, inputs ...*value) (*value, error) {
	if err := bounded(dims); err != nil {
		return nil, err
	}
	n := &model.Node{Name: name, Op: op, Output: output}
	var shapes []model.Shape
	for _, v := range inputs {
		n.Inputs = append(n.Inputs, v.name)
		shapes = append(shapes, v.shape)
	}
	shape, err := op.Infer(shapes)
	if err != nil {
		return nil, err
	}
	if err := bounded([]int{shape.C, shape.D, shape.H, shape.W}); err != nil {
		return nil, err
	}
	if shape.Count() != count(dims) {
		return nil, fmt.Errorf("its output %s does not fit the dimensions %v", shape, dims)
	}
	im.g.Nodes = append(im.g.Nodes, n)
	return &value{name: output, dims: dims, shape: shape}, nil
}

// maxValues bounds the values of one activation.
const maxValues = 1 << 30

// bounded tells whether dimensions are positive and their product is one that can be held.
func bounded(dims []int) error {
	n := 1
	for _, d := range dims {
		if d < 1 || d > maxValues/n {
			return fmt.Errorf("an activation of dimensions %v is empty or too large", dims)
		}
		n *= d
	}
	return nil
}

// canonical is the shape that ONNX dimensions have for spatial operators: batch 1, channels, then up
// to three spatial dimensions.
func canonical(dims []int) (model.Shape, bool) {
	if len(dims) == 3 && dims[0] == 1 {
		return model.Shape{C: dims[1], D: 1, H: 1, W: dims[2]}, true
	}
	s, err := model.ShapeOf(dims)
	return s, err == nil
}

// as is the value with a given shape, relabelled by a Reshape node if need be.
func (im *importer) as(v *value, shape model.Shape) (*value, error) {
	if v.shape == shape {
		return v, nil
	}
	if own, ok := canonical(v.dims); ok && own == shape && v.relabelled != nil {
		n := v.relabelled
		out, err := im.append(im.layerName(n, nil), n.proto.GetOutput()[0], &model.Reshape{To: shape}, v.dims, v)
		if err == nil {
			*v = *out
		}
		return v, err
	}
	return im.append(unique(v.name+".reshape", im.names), unique(v.name+".reshape", im.valueNames),
		&model.Reshape{To: shape}, v.dims, v)
}

// settled is the value in the shape of its own dimensions, if a relabelling is still open.
func (im *importer) settled(v *value) (*value, error) {
	if v.relabelled == nil {
		return v, nil
	}
	shape, _ := canonical(v.dims)
	return im.as(v, shape)
}

// spatial is the value as a convolution or pooling sees it, with the number of spatial dimensions.
func (im *importer) spatial(v *value) (*value, int, error) {
	shape, ok := canonical(v.dims)
	if !ok || len(v.dims) < 3 {
		return nil, 0, fmt.Errorf("its input has dimensions %v, want 1xCxDxHxW, 1xCxHxW or 1xCxW", v.dims)
	}
	v, err := im.as(v, shape)
	return v, len(v.dims) - 2, err
}

// dimsOf are the ONNX dimensions of a shape with so many spatial dimensions.
func dimsOf(s model.Shape, spatial int) []int {
	return append([]int{1, s.C}, []int{s.D, s.H, s.W}[3-spatial:]...)
}

// triple fills leading spatial dimensions that a 2D (or 1D) operator lacks.
func triple(values []int, otherwise int) [3]int {
	t := [3]int{otherwise, otherwise, otherwise}
	copy(t[3-len(values):], values)
	return t
}
