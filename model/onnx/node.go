package onnx

import (
	"fmt"
	"sort"
	"strings"

	pb "github.com/rt3d-tune/rt3d-tune/model/onnx/onnxpb"
)

// node is an ONNX node while it is imported: its inputs as values, and its attributes, each of which
// must be read, so that none that changes the result goes unseen.
type node struct {
	proto *pb.NodeProto
	index int
	// inputs has nil for an optional input that is left out.
	inputs []*value
	attrs  map[string]*pb.AttributeProto
}

// op is the operator's name, with its domain where that is not ONNX's own.
func (n *node) op() string { return opName(n.proto) }

func opName(p *pb.NodeProto) string {
	if d := p.GetDomain(); d != "" && d != "ai.onnx" {
		return d + "::" + p.GetOpType()
	}
	return p.GetOpType()
}

// label names a node in errors: its own name, or its first output.
func label(p *pb.NodeProto, index int) string {
	if p.GetName() != "" {
		return p.GetName()
	}
	for _, out := range p.GetOutput() {
		if out != "" {
			return out
		}
	}
	return fmt.Sprintf("#%d", index)
}

// input is the i-th input, or nil.
func (n *node) input(i int) *value {
	if i < len(n.inputs) {
		return n.inputs[i]
	}
	return nil
}

// data is the i-th input, which must be an activation.
func (n *node) data(i int) (*value, error) {
	v := n.input(i)
	if v == nil {
		return nil, fmt.Errorf("input %d is missing", i)
	}
	if v.constant != nil {
		return nil, fmt.Errorf("input %d (%q) is a constant, want an activation", i, v.constant.name)
	}
	return v, nil
}

// floats is the i-th input, which must be constant float32 values.
func (n *node) floats(i int, what string) (*tensor, error) {
	v := n.input(i)
	if v == nil {
		return nil, fmt.Errorf("%s (input %d) is missing", what, i)
	}
	if v.constant == nil {
		return nil, fmt.Errorf("%s (input %d) is computed by the network, want an initializer or Constant", what, i)
	}
	if v.constant.floats == nil {
		return nil, fmt.Errorf("%s (%q) holds no floats", what, v.constant.name)
	}
	return v.constant, nil
}

// integers is the i-th input, which must be constant integers of any size.
func (n *node) integers(i int, what string) (*tensor, error) {
	v := n.input(i)
	if v == nil {
		return nil, fmt.Errorf("%s (input %d) is missing", what, i)
	}
	if v.constant == nil {
		return nil, fmt.Errorf("%s (input %d) is computed by the network: export with static shapes", what, i)
	}
	if v.constant.floats != nil {
		return nil, fmt.Errorf("%s (%q) holds floats, want integers", what, v.constant.name)
	}
	return v.constant, nil
}

// ints is the i-th input, which must be constant integers in a range that sizes can have.
func (n *node) ints(i int, what string) ([]int, error) {
	t, err := n.integers(i, what)
	if err != nil {
		return nil, err
	}
	return sizes(t.ints, what)
}

// maxSize bounds every size that a file states, so that arithmetic on them cannot overflow.
const maxSize = 1 << 30

func sizes(in []int64, what string) ([]int, error) {
	out := make([]int, len(in))
	for i, v := range in {
		if v < -maxSize || v > maxSize {
			return nil, fmt.Errorf("%s %v is out of range", what, in)
		}
		out[i] = int(v)
	}
	return out, nil
}

// attr takes an attribute, or nil.
func (n *node) attr(name string, kind pb.AttributeProto_AttributeType) (*pb.AttributeProto, error) {
	a := n.attrs[name]
	if a == nil {
		return nil, nil
	}
	delete(n.attrs, name)
	if a.GetType() != kind {
		return nil, fmt.Errorf("attribute %q has type %s, want %s", name, a.GetType(), kind)
	}
	return a, nil
}

func (n *node) attrInt(name string, otherwise int) (int, error) {
	a, err := n.attr(name, pb.AttributeProto_INT)
	if a == nil || err != nil {
		return otherwise, err
	}
	v, err := sizes([]int64{a.GetI()}, "attribute "+name)
	if err != nil {
		return 0, err
	}
	return v[0], nil
}

// attrInts is a list attribute, nil where it is absent; n values are wanted unless count is -1.
func (n *node) attrInts(name string, count int) ([]int, error) {
	a, err := n.attr(name, pb.AttributeProto_INTS)
	if a == nil || err != nil {
		return nil, err
	}
	if count >= 0 && len(a.GetInts()) != count {
		return nil, fmt.Errorf("attribute %q has %d values, want %d", name, len(a.GetInts()), count)
	}
	return sizes(a.GetInts(), "attribute "+name)
}

func (n *node) attrFloat(name string, otherwise float32) (float32, error) {
	a, err := n.attr(name, pb.AttributeProto_FLOAT)
	if a == nil || err != nil {
		return otherwise, err
	}
	return a.GetF(), nil
}

func (n *node) attrString(name, otherwise string) (string, error) {
	a, err := n.attr(name, pb.AttributeProto_STRING)
	if a == nil || err != nil {
		return otherwise, err
	}
	return string(a.GetS()), nil
}

// ignore drops attributes that do not change the result.
func (n *node) ignore(names ...string) {
	for _, name := range names {
		delete(n.attrs, name)
	}
}

// leftover is an error if an attribute was not read.
func (n *node) leftover() error {
	if len(n.attrs) == 0 {
		return nil
	}
	var names []string
	for name := range n.attrs {
		names = append(names, name)
	}
	sort.Strings(names)
	return fmt.Errorf("attribute %s is not supported", strings.Join(names, ", "))
}
