package onnx

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/rt3d-tune/rt3d-tune/model"
	pb "github.com/rt3d-tune/rt3d-tune/model/onnx/onnxpb"
)

// The opset versions whose operators are understood.
const (
	MinOpset = 11
	MaxOpset = 20
)

// ReadFile reads a model, and what it keeps of its weights in other files of its folder. Errors are of type *Error.
func ReadFile(path string) (*model.Graph, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		var pathError *os.PathError
		if errors.As(err, &pathError) {
			err = pathError.Err
		}
		return nil, &Error{File: path, Err: err}
	}
	return read(path, data, func(m *pb.ModelProto) error { return inline(m.GetGraph(), filepath.Dir(path)) })
}

// Decode reads a model from memory, with all its weights; file is its name in errors. Errors are of type *Error.
func Decode(file string, data []byte) (*model.Graph, error) {
	return read(file, data, func(*pb.ModelProto) error { return nil })
}

// read imports a model; complete adds what the message itself does not hold.
func read(file string, data []byte, complete func(*pb.ModelProto) error) (*model.Graph, error) {
	var m pb.ModelProto
	if err := (proto.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(data, &m); err != nil {
		return nil, &Error{File: file, Err: fmt.Errorf("not an ONNX model, or damaged: %w", err)}
	}
	if m.GetGraph() == nil || len(m.GetGraph().GetNode()) == 0 {
		return nil, &Error{File: file, Err: errors.New("not an ONNX model, or damaged: it holds no graph with nodes")}
	}
	if err := complete(&m); err != nil {
		return nil, &Error{File: file, Err: err}
	}
	im := newImporter(file)
	g, err := im.model(&m)
	if err != nil {
		var e *Error
		if !errors.As(err, &e) {
			e = &Error{File: file, Err: err}
		}
		return nil, e
	}
	return g, nil
}

// model imports everything, as one list of steps.
func (im *importer) model(m *pb.ModelProto) (*model.Graph, error) {
	if err := im.opsets(m); err != nil {
		return nil, err
	}
	gp := m.GetGraph()
	if err := im.initializers(gp); err != nil {
		return nil, err
	}
	if err := im.input(gp); err != nil {
		return nil, err
	}
	for _, p := range gp.GetNode() {
		for _, name := range p.GetOutput() {
			im.valueNames[name] = true
		}
	}
	for i, p := range gp.GetNode() {
		if err := im.node(p, i); err != nil {
			return nil, &Error{File: im.file, Node: label(p, i), Op: opName(p), Err: err}
		}
	}
	if err := im.outputs(gp); err != nil {
		return nil, err
	}
	im.g.Name = graphName(gp.GetName(), im.file)
	im.dropDead() // first, so that what nobody reads hinders no folding
	im.foldAffines()
	if _, err := im.g.Shapes(); err != nil {
		return nil, err
	}
	if err := im.masks(m.GetMetadataProps()); err != nil {
		return nil, err
	}
	return im.g, nil
}

// graphName is the name in the file unless an exporter gives every graph the same one.
func graphName(name, file string) string {
	switch name {
	case "", "torch_jit", "torch-jit-export", "main_graph":
		return strings.TrimSuffix(filepath.Base(file), ".onnx")
	}
	return name
}

func (im *importer) opsets(m *pb.ModelProto) error {
	for _, o := range m.GetOpsetImport() {
		if o.GetDomain() != "" && o.GetDomain() != "ai.onnx" {
			continue // an operator of another domain is refused where it is used
		}
		v := o.GetVersion()
		if v < MinOpset || v > MaxOpset {
			return fmt.Errorf("opset %d is not supported: export the model with an opset from %d to %d", v, MinOpset, MaxOpset)
		}
		im.opset = int(v)
		return nil
	}
	return fmt.Errorf("no opset is stated: want an opset from %d to %d", MinOpset, MaxOpset)
}

func (im *importer) initializers(gp *pb.GraphProto) error {
	if n := len(gp.GetSparseInitializer()); n > 0 {
		return fmt.Errorf("%d sparse initializers: store weights densely, zeros included", n)
	}
	for _, t := range gp.GetInitializer() {
		if _, dup := im.pending[t.GetName()]; dup || t.GetName() == "" {
			return fmt.Errorf("initializer %q is given twice or has no name", t.GetName())
		}
		im.pending[t.GetName()] = t
	}
	return nil
}

// input declares the one graph input that is not an initializer.
func (im *importer) input(gp *pb.GraphProto) error {
	var inputs []*pb.ValueInfoProto
	var names []string
	for _, v := range gp.GetInput() {
		if _, constant := im.pending[v.GetName()]; !constant {
			inputs = append(inputs, v)
			names = append(names, v.GetName())
		}
	}
	if len(inputs) != 1 {
		return fmt.Errorf("%d inputs (%s): want exactly one", len(inputs), strings.Join(names, ", "))
	}
	name := inputs[0].GetName()
	if name == "" {
		return errors.New("the input has no name")
	}
	dims, err := staticDims(inputs[0])
	if err != nil {
		return fmt.Errorf("input %q: %w", name, err)
	}
	shape, err := model.ShapeOf(dims)
	if err != nil {
		return fmt.Errorf("input %q: %w", name, err)
	}
	if err := bounded(dims); err != nil {
		return fmt.Errorf("input %q: %w", name, err)
	}
	im.g.Input = model.Value{Name: name, Dims: dims}
	im.values[name] = &value{name: name, dims: dims, shape: shape}
	im.valueNames[name] = true
	return nil
}

// staticDims are the dimensions of a float value, all of which must be numbers.
func staticDims(v *pb.ValueInfoProto) ([]int, error) {
	t := v.GetType().GetTensorType()
	if t == nil {
		return nil, errors.New("its type is not stated as a tensor")
	}
	if kind := pb.TensorProto_DataType(t.GetElemType()); kind != pb.TensorProto_FLOAT {
		return nil, fmt.Errorf("type %s, want FLOAT", kind)
	}
	if t.GetShape() == nil {
		return nil, errors.New("its shape is not stated: export with static shapes")
	}
	var dims []int
	for i, d := range t.GetShape().GetDim() {
		if d.GetValue() == nil || d.GetDimParam() != "" || d.GetDimValue() <= 0 {
			return nil, fmt.Errorf("dimension %d is dynamic (%q): export with static shapes and a batch of 1", i, d.GetDimParam())
		}
		if d.GetDimValue() > maxSize {
			return nil, fmt.Errorf("dimension %d is %d, which is out of range", i, d.GetDimValue())
		}
		dims = append(dims, int(d.GetDimValue()))
	}
	return dims, nil
}

// outputs binds the graph's outputs. Several are joined.
func (im *importer) outputs(gp *pb.GraphProto) error {
	if len(gp.GetOutput()) == 0 {
		return errors.New("no outputs: want one or more")
	}
	var parts []model.Value
	for _, o := range gp.GetOutput() {
		v, err := im.output(o)
		if err != nil {
			return fmt.Errorf("output %q: %w", o.GetName(), err)
		}
		parts = append(parts, v)
	}
	if len(parts) == 1 {
		im.g.Output = parts[0]
		return nil
	}
	return im.g.JoinOutputs(parts)
}

// output renames the model's value to what the file calls the output.
func (im *importer) output(o *pb.ValueInfoProto) (model.Value, error) {
	name := o.GetName()
	v := im.values[name]
	if v == nil || v.constant != nil {
		return model.Value{}, errors.New("it is not computed by any node")
	}
	v, err := im.settled(v)
	if err != nil {
		return model.Value{}, err
	}
	if v.name == im.g.Input.Name {
		return model.Value{}, errors.New("it is the unchanged input: the model has no layers")
	}
	if t := o.GetType().GetTensorType(); t.GetShape() != nil {
		for i, d := range t.GetShape().GetDim() {
			if i >= len(v.dims) || len(t.GetShape().GetDim()) != len(v.dims) ||
				(d.GetDimValue() > 0 && d.GetDimValue() != int64(v.dims[i])) {
				return model.Value{}, fmt.Errorf("it is stated as %s but computed as %v", shapeText(t.GetShape()), v.dims)
			}
		}
	}
	old := v.name
	if im.named[old] { // another output's name already: the same value twice
		return model.Value{}, fmt.Errorf("it is the same value as output %q", old)
	}
	for _, n := range im.g.Nodes {
		if n.Output == old {
			n.Output = name
		}
		for i, in := range n.Inputs {
			if in == old {
				n.Inputs[i] = name
			}
		}
	}
	for _, other := range im.values {
		if other.name == old {
			other.name = name
		}
	}
	im.named[name] = true
	return model.Value{Name: name, Dims: v.dims}, nil
}

func shapeText(s *pb.TensorShapeProto) string {
	var dims []string
	for _, d := range s.GetDim() {
		if d.GetDimParam() != "" {
			dims = append(dims, d.GetDimParam())
		} else {
			dims = append(dims, fmt.Sprint(d.GetDimValue()))
		}
	}
	return "[" + strings.Join(dims, " ") + "]"
}
