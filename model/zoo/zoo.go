package zoo

import (
	"fmt"
	"sort"
	"strings"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// Info describes a network of the zoo.
type Info struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	// Input is the shape of the input, batch included.
	Input []int `json:"input"`
	// Classes is the number of outputs.
	Classes int `json:"classes"`
	// MACs of the dense network.
	MACs int64 `json:"macs"`
	// Params as published: weights, biases, and scale and shift of each BatchNormalization, although
	// folding leaves only a bias of these in the graph.
	Params int64 `json:"params"`
	// Trained tells whether the weights were learned; otherwise they are random.
	Trained bool `json:"trained"`
}

// entry is a network made from its architecture.
type entry struct {
	description string
	build       func(b *builder)
}

var entries = map[string]entry{
	"c3d": {"C3D (Tran et al., ICCV 2015), 16 frames of 112x112, 101 classes",
		func(b *builder) { c3d(b, c3dPublished) }},
	"c3d-small": {"C3D with an eighth of the channels on 16 frames of 32x32, for tests",
		func(b *builder) { c3d(b, c3dSmall) }},
	"r2plus1d-18": {"R(2+1)D-18 (Tran et al., CVPR 2018) as in torchvision, 16 frames of 112x112, 101 classes",
		func(b *builder) { r2plus1d(b, resnetPublished) }},
	"r2plus1d-small": {"R(2+1)D-18 with an eighth of the channels on 8 frames of 32x32, for tests",
		func(b *builder) { r2plus1d(b, resnetSmall) }},
	"r3d-18": {"R3D-18 (Tran et al., CVPR 2018) as in torchvision, 16 frames of 112x112, 101 classes",
		func(b *builder) { r3d(b, resnetPublished) }},
	"s3d": {"S3D (Xie et al., ECCV 2018) as in torchvision, 16 frames of 224x224, 400 classes",
		s3d},
	"s3d-rt3d": {"S3D as RT3D prunes it: full 3x7x7 stem, late temporal pooling, 16 frames of 224x224, 101 classes",
		s3dRT3D},
}

// Names lists the networks in alphabetical order, trained ones included.
func Names() []string {
	var names []string
	for name := range entries {
		names = append(names, name)
	}
	names = append(names, trainedNames()...)
	sort.Strings(names)
	return names
}

// Build makes a network. Equal seeds give equal weights; a trained network ignores the seed.
func Build(name string, seed uint64) (*model.Graph, error) {
	e, ok := entries[name]
	if !ok {
		return buildTrained(name)
	}
	b := newBuilder(name)
	e.build(b)
	if b.err != nil {
		return nil, fmt.Errorf("build %s: %w", name, b.err)
	}
	b.fill(seed)
	return b.g, nil
}

// Describe tells what a network is, without making weights for one that is not trained.
func Describe(name string) (Info, error) {
	e, ok := entries[name]
	if !ok {
		return describeTrained(name)
	}
	b := newBuilder(name)
	e.build(b)
	if b.err != nil {
		return Info{}, fmt.Errorf("build %s: %w", name, b.err)
	}
	return Info{
		Name: name, Description: e.description, Input: b.g.Input.Dims, Classes: b.shapes[b.g.Output.Name].C,
		MACs: b.macs, Params: b.params,
	}, nil
}

func unknown(name string) error {
	return fmt.Errorf("network %q is not in the zoo: want one of %s", name, strings.Join(Names(), ", "))
}
