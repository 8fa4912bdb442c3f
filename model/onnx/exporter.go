package onnx

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/rt3d-tune/rt3d-tune/model"
	pb "github.com/rt3d-tune/rt3d-tune/model/onnx/onnxpb"
)

// exporter builds the ONNX graph. ONNX values have true dimensions where the model has only shapes:
// vectors are 1xF after Gemm and Reshape, everything else is 1xCxDxHxW (1xCxHxW if the whole network
// is flat). Where an operator wants the other form, a Reshape is put between.
type exporter struct {
	g       *model.Graph
	out     *pb.GraphProto
	shapes  map[string]model.Shape
	spatial int
	dims    map[string][]int
	// names maps the model's values to the file's, and adapters a value in other dimensions.
	names    map[string]string
	adapters map[string]string
	taken    map[string]bool
	// skip are nodes that another one writes, joined the transposed convolutions that phases make.
	skip   map[*model.Node]bool
	joined map[*model.Node]*model.Transposed
}

func newExporter(g *model.Graph) (*exporter, error) {
	if len(g.Nodes) == 0 || g.Output.Name == g.Input.Name {
		return nil, errors.New("the graph has no nodes, or its output is its input")
	}
	shapes, err := g.Shapes()
	if err != nil {
		return nil, err
	}
	ex := &exporter{
		g: g, shapes: shapes, spatial: 3, out: &pb.GraphProto{Name: proto.String(g.Name)},
		dims: map[string][]int{}, names: map[string]string{}, adapters: map[string]string{}, taken: map[string]bool{},
		joined: map[*model.Node]*model.Transposed{},
	}
	if len(g.Input.Dims) == 4 && flat(g, shapes) {
		ex.spatial = 2
	}
	for name := range shapes {
		ex.names[name] = name
		ex.taken[name] = true
	}
	ex.skip = g.Joins()
	ex.joinPhases()
	ex.dims[g.Input.Name] = g.Input.Dims
	ex.out.Input = []*pb.ValueInfoProto{valueInfo(g.Input.Name, g.Input.Dims)}
	return ex, nil
}

// flat tells whether all operators leave depth alone, so that the network is two-dimensional.
func flat(g *model.Graph, shapes map[string]model.Shape) bool {
	for _, s := range shapes {
		if s.D != 1 {
			return false
		}
	}
	for _, n := range g.Nodes {
		switch op := n.Op.(type) {
		case *model.Conv:
			if op.Kernel[0] != 1 || op.Stride[0] != 1 || op.Dilation[0] != 1 || op.PadBegin[0] != 0 || op.PadEnd[0] != 0 {
				return false
			}
		case *model.Pool:
			if op.Kernel[0] != 1 || op.Stride[0] != 1 || op.PadBegin[0] != 0 || op.PadEnd[0] != 0 {
				return false
			}
		case *model.Interleave:
			if op.Step[0] != 1 {
				return false
			}
		case *model.Permute:
			if op.Order[1] != 1 {
				return false
			}
		}
	}
	return true
}

// spatialDims and flatDims are the two forms that a shape takes in the file.
func (ex *exporter) spatialDims(s model.Shape) []int { return dimsOf(s, ex.spatial) }

func flatDims(s model.Shape) []int { return []int{1, s.Count()} }

// as is the file's name of a model's value in the wanted dimensions.
func (ex *exporter) as(value string, dims []int) string {
	if slices.Equal(ex.dims[value], dims) {
		return ex.names[value]
	}
	key := fmt.Sprint(value, " ", dims)
	if ex.adapters[key] == "" {
		ex.adapters[key] = unique(value+".dims", ex.taken)
		ex.reshape(ex.adapters[key], ex.names[value], ex.adapters[key], dims)
	}
	return ex.adapters[key]
}

// reshape writes a Reshape node.
func (ex *exporter) reshape(name, from, to string, dims []int) {
	shape := unique(to+".shape", ex.taken)
	ex.out.Initializer = append(ex.out.Initializer, intTensor(shape, dims))
	ex.write(name, "Reshape", []string{from, shape}, to)
}

// write adds an ONNX node.
func (ex *exporter) write(name, op string, inputs []string, output string, attrs ...*pb.AttributeProto) {
	ex.out.Node = append(ex.out.Node, &pb.NodeProto{
		Name: proto.String(name), OpType: proto.String(op), Input: inputs, Output: []string{output}, Attribute: attrs,
	})
}

// constant stores weights under LAYER.WHAT, which readers take the layer's name from.
func (ex *exporter) constant(layer, what string, dims []int, values []float32) (string, error) {
	name := layer + "." + what
	if ex.taken[name] {
		return "", fmt.Errorf("name %q is taken by a value, but its %s need it", name, what)
	}
	ex.taken[name] = true
	raw := make([]byte, 4*len(values))
	for i, v := range values {
		binary.LittleEndian.PutUint32(raw[4*i:], math.Float32bits(v))
	}
	ex.out.Initializer = append(ex.out.Initializer, &pb.TensorProto{
		Name: proto.String(name), DataType: proto.Int32(int32(pb.TensorProto_FLOAT)), Dims: wide(dims), RawData: raw,
	})
	return name, nil
}

// output declares an output in the dimensions that the model states.
func (ex *exporter) output(v model.Value) error {
	name, have, want := v.Name, ex.dims[v.Name], v.Dims
	if want == nil {
		want = have
	}
	if count(want) != count(have) {
		return fmt.Errorf("output %q is stated as %v but computed as %v", name, want, have)
	}
	if !slices.Equal(have, want) {
		// The name belongs to the result in the stated dimensions; what was called so gives way.
		inner := unique(name+".value", ex.taken)
		for _, n := range ex.out.Node {
			for _, list := range [][]string{n.Input, n.Output} {
				for i := range list {
					if list[i] == name {
						list[i] = inner
					}
				}
			}
		}
		ex.reshape(inner+".dims", inner, name, want)
	}
	ex.out.Output = append(ex.out.Output, valueInfo(name, want))
	return nil
}

func valueInfo(name string, dims []int) *pb.ValueInfoProto {
	shape := &pb.TensorShapeProto{}
	for _, d := range dims {
		shape.Dim = append(shape.Dim, &pb.TensorShapeProto_Dimension{
			Value: &pb.TensorShapeProto_Dimension_DimValue{DimValue: int64(d)},
		})
	}
	return &pb.ValueInfoProto{Name: proto.String(name), Type: &pb.TypeProto{Value: &pb.TypeProto_TensorType{
		TensorType: &pb.TypeProto_Tensor{ElemType: proto.Int32(int32(pb.TensorProto_FLOAT)), Shape: shape},
	}}}
}

func intTensor(name string, values []int) *pb.TensorProto {
	raw := make([]byte, 8*len(values))
	for i, v := range values {
		binary.LittleEndian.PutUint64(raw[8*i:], uint64(v))
	}
	return &pb.TensorProto{
		Name: proto.String(name), DataType: proto.Int32(int32(pb.TensorProto_INT64)), Dims: []int64{int64(len(values))}, RawData: raw,
	}
}

func wide(values []int) []int64 {
	out := make([]int64, len(values))
	for i, v := range values {
		out[i] = int64(v)
	}
	return out
}

func intAttr(name string, v int) *pb.AttributeProto {
	return &pb.AttributeProto{Name: proto.String(name), Type: pb.AttributeProto_INT.Enum(), I: proto.Int64(int64(v))}
}

func intsAttr(name string, v []int) *pb.AttributeProto {
	return &pb.AttributeProto{Name: proto.String(name), Type: pb.AttributeProto_INTS.Enum(), Ints: wide(v)}
}

func floatAttr(name string, v float32) *pb.AttributeProto {
	return &pb.AttributeProto{Name: proto.String(name), Type: pb.AttributeProto_FLOAT.Enum(), F: proto.Float32(v)}
}
