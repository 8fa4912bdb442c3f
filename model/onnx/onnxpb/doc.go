// Package onnxpb is the wire format of ONNX models: Go code generated from the ONNX project's schema
// (onnx.proto, Apache-2.0). Nothing in it is written by hand but this note; meaning is given to the
// messages by package model/onnx, and nothing else should import it.
//
// To regenerate: go install google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.12, then go generate.
package onnxpb

//go:generate protoc --go_out=. --go_opt=paths=source_relative --go_opt=Monnx.proto=github.com/rt3d-tune/rt3d-tune/model/onnx/onnxpb onnx.proto
