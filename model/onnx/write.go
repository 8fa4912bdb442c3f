package onnx

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"google.golang.org/protobuf/proto"

	"github.com/rt3d-tune/rt3d-tune/model"
	pb "github.com/rt3d-tune/rt3d-tune/model/onnx/onnxpb"
)

// What a written file states. Opset 17 goes with IR version 8.
const (
	writtenOpset = 17
	writtenIR    = 8
	producer     = "rt3d-tune"
)

// WriteFile writes the graph to a file, which appears complete or not at all.
func WriteFile(path string, g *model.Graph) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".onnx-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
			err = fmt.Errorf("write %s: %w", path, err)
		}
	}()
	if err = Write(f, g); err != nil {
		return err
	}
	if err = f.Chmod(0o644); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// Write writes the graph, masks included. Equal graphs give equal bytes.
func Write(w io.Writer, g *model.Graph) error {
	m, err := encode(g)
	if err != nil {
		return fmt.Errorf("encode %s: %w", g.Name, err)
	}
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode %s: %w", g.Name, err)
	}
	_, err = w.Write(data)
	return err
}

// encode builds the message.
func encode(g *model.Graph) (*pb.ModelProto, error) {
	ex, err := newExporter(g)
	if err != nil {
		return nil, err
	}
	for _, n := range g.Nodes {
		if err := ex.node(n); err != nil {
			return nil, fmt.Errorf("node %q (%s): %w", n.Name, n.Op.Kind(), err)
		}
	}
	for _, v := range g.Parts() {
		if err := ex.output(v); err != nil {
			return nil, err
		}
	}
	m := &pb.ModelProto{
		IrVersion: proto.Int64(writtenIR), ProducerName: proto.String(producer), Graph: ex.out,
		OpsetImport: []*pb.OperatorSetIdProto{{Domain: proto.String(""), Version: proto.Int64(writtenOpset)}},
	}
	masks, err := maskProperty(g)
	if err != nil {
		return nil, err
	}
	if masks != nil {
		m.MetadataProps = append(m.MetadataProps, masks)
	}
	return m, nil
}
