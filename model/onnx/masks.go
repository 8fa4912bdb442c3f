package onnx

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/rt3d-tune/rt3d-tune/model"
	pb "github.com/rt3d-tune/rt3d-tune/model/onnx/onnxpb"
)

// MaskKey is the key in the model's metadata_props under which masks are stored. The value is JSON:
//
//	{"version": 1, "layers": {"conv2": {"scheme": "kgs", "gm": 8, "gn": 4, "units": 6912, "kept": "…"}}}
//
// A layer's name is that of its weight initializer without ".weight"; where an exporter fused a layer and
// lost that name, the node's own (of a scope path /layer1/layer1.0/conv/Conv: layer1.0.conv). scheme is "filter", "vanilla" or
// "kgs"; gm and gn are the group size (for filter: 1 and the input channels of one convolution group).
// kept is the standard base64 of one bit per unit, unit i being bit i%8 (least significant first) of
// byte i/8, with unused bits zero; units are numbered as model.Mask says. In Python:
//
//	base64.b64encode(numpy.packbits(kept, bitorder="little"))
//
// A weight whose unit is not kept must be stored as zero.
const MaskKey = "rt3d.masks"

type masksJSON struct {
	Version int                 `json:"version"`
	Layers  map[string]maskJSON `json:"layers"`
}

type maskJSON struct {
	Scheme model.Scheme `json:"scheme"`
	GM     int          `json:"gm"`
	GN     int          `json:"gn"`
	Units  int          `json:"units"`
	Kept   string       `json:"kept"`
}

// masks loads the masks of all layers and holds them against the weights.
func (im *importer) masks(props []*pb.StringStringEntryProto) error {
	for _, p := range props {
		if p.GetKey() != MaskKey {
			continue
		}
		var all masksJSON
		d := json.NewDecoder(strings.NewReader(p.GetValue()))
		d.DisallowUnknownFields()
		if err := d.Decode(&all); err != nil {
			return fmt.Errorf("metadata %s: %w", MaskKey, err)
		}
		if all.Version != 1 {
			return fmt.Errorf("metadata %s: version %d, want 1", MaskKey, all.Version)
		}
		for name, m := range all.Layers {
			n := im.g.Node(name)
			if n == nil {
				return fmt.Errorf("metadata %s: layer %q is not in the model", MaskKey, name)
			}
			c, ok := n.Op.(*model.Conv)
			if !ok {
				return &Error{File: im.file, Node: name, Op: n.Op.Kind(), Err: errors.New("it has a mask but no weights")}
			}
			mask, err := m.decode(c)
			if err != nil {
				return &Error{File: im.file, Node: name, Op: n.Op.Kind(), Err: fmt.Errorf("mask: %w", err)}
			}
			c.Mask = mask
			if err := c.CheckMask(); err != nil {
				return &Error{File: im.file, Node: name, Op: n.Op.Kind(), Err: err}
			}
		}
	}
	return nil
}

// decode makes the layer's mask.
func (m maskJSON) decode(c *model.Conv) (*model.Mask, error) {
	mask, err := model.NewMask(m.Scheme, m.GM, m.GN, c)
	if err != nil {
		return nil, err
	}
	if m.GM != mask.GM || m.GN != mask.GN {
		return nil, fmt.Errorf("group size %dx%d: scheme %s wants %dx%d here", m.GM, m.GN, m.Scheme, mask.GM, mask.GN)
	}
	if m.Units != len(mask.Kept) {
		return nil, fmt.Errorf("%d units, %s %dx%d has %d here", m.Units, m.Scheme, m.GM, m.GN, len(mask.Kept))
	}
	bits, err := base64.StdEncoding.DecodeString(m.Kept)
	if err != nil {
		return nil, err
	}
	if len(bits) != (m.Units+7)/8 {
		return nil, fmt.Errorf("%d bytes of bits, %d units want %d", len(bits), m.Units, (m.Units+7)/8)
	}
	for i := range 8 * len(bits) {
		kept := bits[i/8]>>(i%8)&1 == 1
		switch {
		case i < m.Units:
			mask.Kept[i] = kept
		case kept:
			return nil, fmt.Errorf("bit %d is set beyond %d units", i, m.Units)
		}
	}
	return mask, nil
}

// maskProperty stores the masks of a graph, or is nil if it has none.
func maskProperty(g *model.Graph) (*pb.StringStringEntryProto, error) {
	all := masksJSON{Version: 1, Layers: map[string]maskJSON{}}
	for _, n := range g.Convs() {
		c := n.Op.(*model.Conv)
		if c.Mask == nil {
			continue
		}
		if err := c.CheckMask(); err != nil {
			return nil, fmt.Errorf("node %q (%s): %w", n.Name, c.Kind(), err)
		}
		bits := make([]byte, (len(c.Mask.Kept)+7)/8)
		for i, kept := range c.Mask.Kept {
			if kept {
				bits[i/8] |= 1 << (i % 8)
			}
		}
		all.Layers[n.Name] = maskJSON{
			Scheme: c.Mask.Scheme, GM: c.Mask.GM, GN: c.Mask.GN, Units: len(c.Mask.Kept),
			Kept: base64.StdEncoding.EncodeToString(bits),
		}
	}
	if len(all.Layers) == 0 {
		return nil, nil
	}
	text, err := json.Marshal(all)
	if err != nil {
		return nil, fmt.Errorf("encode masks: %w", err)
	}
	key, value := MaskKey, string(text)
	return &pb.StringStringEntryProto{Key: &key, Value: &value}, nil
}
